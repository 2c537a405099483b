//! Everything that the contract lets a guest import is refused without a grant. The lists come from the
//! contract itself, so that nothing new is forgotten.

use serde_json::{Value, json};
use skillgate_app::audit::{Trail, record};
use skillgate_app::broker::{Broker, BrokerError, DueTasks};
use skillgate_app::budgets::{WriteBudgets, WriteLimits};
use skillgate_app::invocations::InvokeError;
use skillgate_app::modules::ModuleError;
use skillgate_app::ports::{AuditStore, Clock, Inadmissible};
use skillgate_app::run::Run;
use skillgate_domain::audit::{Entry, Outcome, Target};
use skillgate_domain::capability::{Capabilities, Interface, ObjectCapability};
use skillgate_domain::crm::{
    Changes, EntryRef, Field, FieldKey, FieldValue, Link, ObjectKind, Query, Selection,
};
use skillgate_domain::grant::GrantTerms;
use skillgate_domain::ids::{InvocationId, RecordId};
use skillgate_domain::principal::Action;
use skillgate_domain::right::PolicyRight;
use skillgate_tests::crm::OneContact;
use skillgate_tests::guests::{self, Import};
use skillgate_tests::host::{Counting, TestHost, admin, agent, manifest, trail};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

async fn host() -> (TestHost, Arc<OneContact>) {
    let crm = Arc::new(OneContact::default());
    (TestHost::start(crm.clone()).await, crm)
}

/// A skill's name, of letters and dashes.
fn skill(import: &Import) -> String {
    format!("{}-{}", import.interface, import.function)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_import_is_linked_without_a_grant() {
    let (host, _) = host().await;
    let imports = guests::imports();
    assert!(imports.len() >= 9, "{imports:?}");
    for import in &imports {
        let (name, component) = (skill(import), guests::importing(import));
        let silent = host.submit(&manifest(&name, &[]), &component).await;
        assert!(
            matches!(
                &silent,
                Err(ModuleError::Component(Inadmissible::Imports(_)))
            ),
            "{name}: {silent:?}"
        );
        let asks = match import.interface.as_str() {
            // It speaks of records by the types of another interface.
            one @ ("tez" | "tez-sharing") => manifest(&name, &[one, "crm"]),
            one => manifest(&name, &[one]),
        };
        let module = host.submit(&asks, &component).await.unwrap();
        let nothing = GrantTerms {
            capabilities: Some(Capabilities::default()),
            ..GrantTerms::default()
        };
        let modules = &host.app.modules;
        modules.grant(&admin(), module, nothing).await.unwrap();
        let refused = host.call(&name, &json!({})).await;
        assert!(
            matches!(
                &refused,
                Err(InvokeError::NotRunnable(Inadmissible::Imports(_)))
            ),
            "{name}: {refused:?}"
        );
        // The positive control.
        let asked = GrantTerms::default();
        modules.grant(&admin(), module, asked).await.unwrap();
        assert_eq!(
            host.call(&name, &json!({})).await.unwrap(),
            json!({ "ok": true })
        );
    }
}

/// Every interface, and nothing of what is behind it.
fn interfaces_alone() -> Capabilities {
    let mut all = Capabilities::default();
    all.interfaces.extend(Interface::ALL);
    all
}

async fn broker(host: &TestHost, crm: &Arc<OneContact>) -> (Broker, Trail) {
    let (storage, clock) = (host.storage.clone(), host.clock.clone());
    let budgets = WriteBudgets::new(storage.clone(), clock.clone(), WriteLimits::DEFAULT);
    let trail = trail(&storage, clock.clone()).await;
    let entropy = Arc::new(Counting::default());
    let broker = Broker::new(
        crm.clone(),
        clock,
        entropy,
        storage,
        Arc::new(budgets),
        trail.clone(),
    );
    (broker, trail)
}

/// What every function of the CRM answers to a run. A function of the contract that is not asked fails here.
async fn each(broker: &Broker, run: &Run) -> BTreeMap<&'static str, Result<(), BrokerError>> {
    let id = RecordId::new(Uuid::from_u128(2));
    let entry = |object| EntryRef { object, id };
    let email = FieldKey::Standard(Field::ContactEmail);
    let changes = Changes {
        object: ObjectKind::Contact,
        set: BTreeMap::from([(email, FieldValue::Text("ada@engines.example".to_owned()))]),
        clear: BTreeSet::new(),
    };
    let query = Query {
        limit: 1,
        ..Query::everything(ObjectKind::Contact)
    };
    let link = Link {
        source: entry(ObjectKind::Task),
        target: entry(ObjectKind::Contact),
    };
    let ada = entry(ObjectKind::Contact);
    let title = FieldKey::Standard(Field::TaskTitle);
    let task = Changes {
        object: ObjectKind::Task,
        set: BTreeMap::from([(title, FieldValue::Text("Call".to_owned()))]),
        clear: BTreeSet::new(),
    };
    let due = DueTasks {
        until: "2026-03-01T00:00:00.000Z".to_owned(),
        about: None,
        assignee: None,
        limit: 1,
    };
    let asked = BTreeMap::from([
        ("get", broker.get(run, ada).await.map(drop)),
        ("search", broker.search(run, &query).await.map(drop)),
        ("create", broker.create(run, &changes).await.map(drop)),
        ("update", broker.update(run, id, &changes).await.map(drop)),
        ("upsert", broker.upsert(run, &changes).await.map(drop)),
        ("link", broker.link(run, &link).await),
        (
            "upsert-task",
            broker.upsert_task(run, None, &task, &[]).await.map(drop),
        ),
        ("due-tasks", broker.due_tasks(run, &due).await.map(drop)),
    ]);
    let all = guests::imports();
    let of_crm = all.iter().filter(|import| import.interface == "crm");
    let contract: BTreeSet<_> = of_crm.map(|import| import.function.as_str()).collect();
    let named: BTreeSet<_> = asked.keys().copied().collect();
    assert_eq!(named, contract, "every function of the contract is asked");
    asked
}

#[tokio::test(flavor = "multi_thread")]
async fn no_function_of_the_crm_reaches_it_without_a_capability() {
    let (host, crm) = host().await;
    let asks = manifest("guest", &["crm", "clock", "log", "config"]);
    let grant = host
        .install(&asks, &guests::component("good"))
        .await
        .unwrap();
    let bare = skillgate_domain::grant::Grant {
        capabilities: interfaces_alone(),
        ..grant
    };
    let (broker, _) = broker(&host, &crm).await;
    let everything = PolicyRight::of(|_, _| true);
    let invocation = InvocationId::new(Uuid::from_u128(1));
    let run = Run::without_guest(invocation, agent(), bare, everything);
    let asked = each(&broker, &run).await;
    for (function, answer) in asked {
        let refusal = answer.err();
        assert!(
            matches!(&refusal, Some(BrokerError::Denied(denial)) if denial.code() == "not-granted"),
            "{function}: {refusal:?}"
        );
    }
    assert_eq!(crm.calls(), (0, 0));
    assert_eq!(run.touched().denials.values().sum::<u32>(), 8);
}

/// What was recorded of the writes of a run, in order.
async fn writes(host: &TestHost) -> Vec<String> {
    let rows = host.storage.audit_from(0).await.unwrap();
    let leaves = rows
        .iter()
        .map(|row| serde_json::from_str(&row.leaf).unwrap());
    let line = |leaf: Value| {
        let (action, outcome) = (leaf["action"].as_str()?, leaf["outcome"].as_str()?);
        leaf["write"]["invocation"].as_str()?;
        Some(format!("{action} {outcome}"))
    };
    leaves.filter_map(line).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_function_of_the_crm_leaves_its_record() {
    let (host, crm) = host().await;
    let asks = manifest("guest", &["crm", "clock", "log", "config"]);
    let grant = host.install(&asks, &guests::component("good")).await;
    let mut granted = interfaces_alone();
    let email: Selection = [FieldKey::Standard(Field::ContactEmail)]
        .into_iter()
        .collect();
    let contact = ObjectCapability {
        read: Some(email.clone()),
        create: Some(email.clone()),
        update: Some(email),
        ..ObjectCapability::default()
    };
    let of_task = [Field::TaskTitle, Field::TaskStatus, Field::TaskDueAt];
    let of_task: Selection = of_task.map(FieldKey::Standard).into_iter().collect();
    let task = ObjectCapability {
        read: Some(of_task.clone()),
        create: Some(of_task),
        link: true,
        ..ObjectCapability::default()
    };
    granted.set_object(ObjectKind::Contact, contact);
    granted.set_object(ObjectKind::Task, task);
    let grant = skillgate_domain::grant::Grant {
        capabilities: granted,
        ..grant.unwrap()
    };
    let (broker, trail) = broker(&host, &crm).await;
    let everything = PolicyRight::of(|_, _| true);
    let invocation = InvocationId::new(Uuid::from_u128(1));
    let run = Run::without_guest(invocation, agent(), grant, everything);
    for (function, answer) in each(&broker, &run).await {
        assert!(answer.is_ok(), "{function}: {answer:?}");
    }
    // Outcomes are on their way; what is recorded later is behind them.
    let last = Entry::asked(
        host.clock.now(),
        &agent(),
        Action::InvokeSkill,
        Target::Community,
        Outcome::Done,
    );
    trail.recorder().record(record(&last, None)).await.unwrap();
    // Writes each by their own, before and after; an upsert finds a contact and updates it.
    let both = |action| [format!("{action} intended"), format!("{action} done")];
    let of_each = [
        "crm-create",
        "crm-update",
        "crm-update",
        "crm-link",
        "crm-create",
    ];
    assert_eq!(writes(&host).await, of_each.map(both).concat());
    assert_eq!(crm.calls().1, 5);
    // Reads with the record of the call that they belong to: an upsert looks its contact up.
    let touched = run.touched();
    assert_eq!((touched.read_count, touched.write_count), (5, 5));
    assert!(
        touched
            .reads
            .keys()
            .any(|(_, id)| *id == RecordId::new(Uuid::from_u128(2)))
    );
    assert!(touched.denials.is_empty());
}
