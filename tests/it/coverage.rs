//! Everything that the contract lets a guest import is refused without a grant. The lists come from the
//! contract itself, so that nothing new is forgotten.

use serde_json::json;
use skillgate_app::broker::{Broker, BrokerError};
use skillgate_app::budgets::{WriteBudgets, WriteLimits};
use skillgate_app::invocations::InvokeError;
use skillgate_app::modules::ModuleError;
use skillgate_app::ports::Inadmissible;
use skillgate_app::run::Run;
use skillgate_domain::capability::{Capabilities, Interface};
use skillgate_domain::crm::{
    Changes, EntryRef, Field, FieldKey, FieldValue, Link, ObjectKind, Query,
};
use skillgate_domain::grant::GrantTerms;
use skillgate_domain::ids::{InvocationId, RecordId};
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
        let asks = manifest(&name, &[&import.interface]);
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

async fn broker(host: &TestHost, crm: &Arc<OneContact>) -> Broker {
    let (storage, clock) = (host.storage.clone(), host.clock.clone());
    let budgets = WriteBudgets::new(storage.clone(), clock.clone(), WriteLimits::DEFAULT);
    let trail = trail(&storage, clock.clone()).await;
    let entropy = Arc::new(Counting::default());
    Broker::new(
        crm.clone(),
        clock,
        entropy,
        storage,
        Arc::new(budgets),
        trail,
    )
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
    let broker = broker(&host, &crm).await;
    let everything = PolicyRight::of(|_, _| true);
    let invocation = InvocationId::new(Uuid::from_u128(1));
    let run = Run::without_guest(invocation, agent(), bare, everything);
    let id = RecordId::new(Uuid::from_u128(2));
    let entry = |object| EntryRef { object, id };
    let email = FieldKey::Standard(Field::ContactEmail);
    let changes = Changes {
        object: ObjectKind::Contact,
        set: BTreeMap::from([(email, FieldValue::Text("ada@engines.example".to_owned()))]),
        clear: BTreeSet::new(),
    };
    let query = Query {
        object: ObjectKind::Contact,
        text: None,
        filters: Vec::new(),
        linked_to: None,
        among: None,
        sort: None,
        limit: 1,
        cursor: None,
    };
    let link = Link {
        source: entry(ObjectKind::Task),
        target: entry(ObjectKind::Contact),
    };
    let asked = BTreeMap::from([
        (
            "get",
            broker.get(&run, entry(ObjectKind::Contact)).await.err(),
        ),
        ("search", broker.search(&run, &query).await.err()),
        ("create", broker.create(&run, &changes).await.err()),
        ("update", broker.update(&run, id, &changes).await.err()),
        ("upsert", broker.upsert(&run, &changes).await.err()),
        ("link", broker.link(&run, &link).await.err()),
    ]);
    let all = guests::imports();
    let of_crm = all.iter().filter(|import| import.interface == "crm");
    let contract: BTreeSet<_> = of_crm.map(|import| import.function.as_str()).collect();
    let named: BTreeSet<_> = asked.keys().copied().collect();
    assert_eq!(named, contract, "every function of the contract is asked");
    for (function, refusal) in asked {
        assert!(
            matches!(&refusal, Some(BrokerError::Denied(denial)) if denial.code() == "not-granted"),
            "{function}: {refusal:?}"
        );
    }
    assert_eq!(crm.calls(), (0, 0));
    assert_eq!(run.touched().denials.values().sum::<u32>(), 6);
}
