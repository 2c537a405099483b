//! The broker over a CRM that remembers what it was asked.

mod kept;
mod recent;
mod recorded;

use super::{Broker, BrokerError, LogLevel, Upserted};
use crate::audit::AuditError;
use crate::audit::memory::MemoryAudit;
use crate::ports::{Clock, Crm, CrmError, Entropy, RightsInForce, StorageError, UnavailableCause};
use crate::run::{Budget, Run};
use async_trait::async_trait;
use recorded::{Said, budgets};
use skillgate_domain::capability::{Capabilities, ObjectCapability};
use skillgate_domain::crm::{
    Changes, Comparison, EntryRef, Field, FieldKey, FieldValue, Filter, FilterKey, LIMIT_MAX, Link,
    Money, ObjectKind, Page, Query, Record, Selection, Sort,
};
use skillgate_domain::digest::Digest;
use skillgate_domain::grant::{EndCause, Generation, Grant, GrantStatus};
use skillgate_domain::ids::{
    CommunityId, GrantId, InvocationId, RecordId, RequestId, SkillName, SubmissionId, TokenId,
    UserId,
};
use skillgate_domain::limits::{
    CURSOR_BYTES_MAX, CallLimits, FIELD_TEXT_BYTES_MAX, FILTERS_MAX, LIST_ITEMS_MAX,
    SEARCH_TEXT_BYTES_MAX,
};
use skillgate_domain::principal::{Door, Origin, Principal, Role, TokenScope};
use skillgate_domain::right::{PolicyRight, Unredacted};
use skillgate_domain::skill::Skill;
use skillgate_domain::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use uuid::Uuid;

const KNOWN: RecordId = RecordId::new(Uuid::from_u128(1));

/// A CRM with one contact, which holds the e-mail address `ada@engines.example` and a job title.
#[derive(Default)]
struct Memory {
    calls: Mutex<Vec<String>>,
    /// What the next creations answer.
    create_fails: Mutex<Vec<CrmError>>,
    empty_searches: Mutex<u32>,
}

impl Memory {
    fn record(&self, call: String) {
        self.calls.lock().unwrap().push(call);
    }

    fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }
}

fn ada(object: ObjectKind, id: RecordId) -> Unredacted {
    let text = |text: &str| FieldValue::Text(text.to_owned());
    Unredacted::seal(Record {
        object,
        id,
        updated_at: None,
        fields: BTreeMap::from([
            (
                FieldKey::Standard(Field::ContactEmail),
                text("ada@engines.example"),
            ),
            (FieldKey::Standard(Field::ContactPhone), text("secret")),
        ]),
    })
}

#[async_trait]
impl Crm for Memory {
    async fn get(
        &self,
        _: &CommunityId,
        target: EntryRef,
        _: &Selection,
    ) -> Result<Unredacted, CrmError> {
        self.record(format!("get {}", target.object.name()));
        Ok(ada(target.object, target.id))
    }

    async fn search(
        &self,
        _: &CommunityId,
        query: &Query,
        _: &Selection,
    ) -> Result<Page<Unredacted>, CrmError> {
        self.record(format!("search {}", query.object.name()));
        let mut empty = self.empty_searches.lock().unwrap();
        let found = *empty == 0;
        *empty = empty.saturating_sub(1);
        let items = if found {
            vec![ada(query.object, KNOWN)]
        } else {
            Vec::new()
        };
        Ok(Page {
            total: 1,
            next_cursor: None,
            items,
        })
    }

    async fn create(
        &self,
        _: &CommunityId,
        id: RecordId,
        changes: &Changes,
        _: &Selection,
    ) -> Result<Unredacted, CrmError> {
        self.record(format!("create {} {id}", changes.object.name()));
        match self.create_fails.lock().unwrap().pop() {
            Some(failure) => Err(failure),
            None => Ok(ada(changes.object, id)),
        }
    }

    async fn update(
        &self,
        _: &CommunityId,
        id: RecordId,
        changes: &Changes,
        _: &Selection,
    ) -> Result<Unredacted, CrmError> {
        self.record(format!("update {} {id}", changes.object.name()));
        Ok(ada(changes.object, id))
    }

    async fn link(&self, _: &CommunityId, _: RecordId, link: &Link) -> Result<(), CrmError> {
        self.record(format!(
            "link {} {}",
            link.source.object.name(),
            link.target.object.name()
        ));
        Ok(())
    }

    async fn check(&self) -> Result<(), CrmError> {
        Ok(())
    }
}

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(1_772_366_400_000)
    }
}

impl Entropy for Fixed {
    fn uuid(&self) -> Uuid {
        Uuid::from_u128(7)
    }

    fn secret(&self) -> [u8; 32] {
        [7; 32]
    }
}

fn fields(list: &[Field]) -> Selection {
    list.iter().copied().map(FieldKey::Standard).collect()
}

/// May read a contact's e-mail, write e-mail and job title, and link tasks to contacts.
fn granted() -> Capabilities {
    let mut granted = Capabilities::default();
    let written = Some(fields(&[Field::ContactEmail, Field::ContactJobTitle]));
    let contact = ObjectCapability {
        read: Some(fields(&[Field::ContactEmail])),
        create: written.clone(),
        update: written,
        link: false,
    };
    granted.set_object(ObjectKind::Contact, contact);
    let task = ObjectCapability {
        link: true,
        read: Some(fields(&[])),
        ..ObjectCapability::default()
    };
    granted.set_object(ObjectKind::Task, task);
    granted
}

fn skill() -> Skill {
    Skill {
        name: SkillName::parse("crm").unwrap(),
        version: "0.1.0".to_owned(),
        title: String::new(),
        description: String::new(),
        publisher: String::new(),
        license: String::new(),
        tools: Vec::new(),
        requests: granted(),
        limits: CallLimits::DEFAULT,
        config: BTreeMap::new(),
        manual: None,
    }
}

fn run(may_write: bool) -> Run {
    let community = CommunityId::parse("riverside").unwrap();
    let user = UserId::parse("ada").unwrap();
    let grant = Grant {
        id: GrantId::new(Uuid::nil()),
        community: community.clone(),
        skill: skill().name,
        generation: Generation::new(1),
        submission: SubmissionId::new(Uuid::nil()),
        component: Digest::from_bytes([0; 32]),
        manifest: Digest::from_bytes([0; 32]),
        capability_set: crate::digest::capability_set(&granted()),
        capabilities: granted(),
        tools: BTreeMap::new(),
        limits: CallLimits {
            crm_reads: 3,
            crm_writes: 2,
            log_lines: 2,
            ..CallLimits::DEFAULT
        },
        config: BTreeMap::new(),
        granted_by: user.clone(),
        granted_at: Timestamp::from_unix_ms(0),
        end: None,
        frozen_at: None,
        owner: None,
    };
    let scope = TokenScope {
        skills: None,
        may_write,
    };
    let principal = Principal {
        community,
        user,
        agent: None,
        role: Role::Member,
        scope,
        token: Some(TokenId::new(Uuid::nil())),
        foreign: None,
        origin: Origin {
            door: Door::Cli,
            address: None,
            request: RequestId::parse("r").unwrap(),
        },
    };
    Run::new(
        InvocationId::new(Uuid::nil()),
        principal,
        &skill(),
        grant,
        PolicyRight::of(|_, _| true),
    )
}

async fn broker() -> (Broker, Arc<Memory>) {
    let (broker, crm, _) = recorded_broker().await;
    (broker, crm)
}

async fn recorded_broker() -> (Broker, Arc<Memory>, Arc<MemoryAudit>) {
    let (crm, audit) = (Arc::<Memory>::default(), Arc::<MemoryAudit>::default());
    let trail = audit.trail(Arc::new(Fixed)).await;
    let grants = Arc::new(Said::default());
    let (clock, entropy) = (Arc::new(Fixed), Arc::new(Fixed));
    let budgets = budgets(&audit);
    let broker = Broker::new(crm.clone(), clock, entropy, grants, budgets, trail);
    (broker, crm, audit)
}

fn contact(id: RecordId) -> EntryRef {
    EntryRef {
        object: ObjectKind::Contact,
        id,
    }
}

fn query() -> Query {
    Query {
        object: ObjectKind::Contact,
        text: None,
        filters: Vec::new(),
        linked_to: None,
        among: None,
        sort: None,
        limit: 10,
        cursor: None,
    }
}

fn text(text: &str) -> FieldValue {
    FieldValue::Text(text.to_owned())
}

fn set(field: Field, value: FieldValue) -> Changes {
    let set = BTreeMap::from([(FieldKey::Standard(field), value)]);
    Changes {
        object: field.object(),
        set,
        clear: BTreeSet::new(),
    }
}

fn email() -> Changes {
    set(Field::ContactEmail, text("ada@engines.example"))
}

fn filter(field: Field, comparison: Comparison) -> Filter {
    Filter {
        key: FilterKey::Field(FieldKey::Standard(field)),
        comparison,
    }
}

#[tokio::test]
async fn what_may_not_be_read_is_taken_out() {
    let (broker, _) = broker().await;
    let run = run(true);
    let got = broker.get(&run, contact(KNOWN)).await.unwrap();
    let found = broker.search(&run, &query()).await.unwrap();
    let written = broker.update(&run, KNOWN, &email()).await.unwrap();
    for record in [&got, &found.items[0], &written] {
        let seen: Vec<_> = record.fields.keys().map(FieldKey::name).collect();
        assert_eq!(seen, ["email"]);
    }
}

const COMPANY: EntryRef = EntryRef {
    object: ObjectKind::Company,
    id: KNOWN,
};

fn task_to(target: EntryRef) -> Link {
    let source = EntryRef {
        object: ObjectKind::Task,
        id: KNOWN,
    };
    Link { source, target }
}

/// Searches whose answer would tell something of what may not be read.
fn probes() -> [Query; 3] {
    let filters = vec![filter(Field::ContactPhone, Comparison::IsSet)];
    let key = FilterKey::Field(FieldKey::Standard(Field::ContactPhone));
    let sort = Some(Sort {
        key,
        descending: true,
    });
    let around = Query {
        object: ObjectKind::Task,
        linked_to: Some(COMPANY),
        ..query()
    };
    [
        Query { filters, ..query() },
        Query { sort, ..query() },
        around,
    ]
}

#[tokio::test]
async fn a_refused_call_never_reaches_the_crm_and_costs_nothing() {
    let (broker, crm) = broker().await;
    let (run, reader) = (run(true), run(false));
    let name = set(Field::ContactFirstName, text("Ada"));
    let (to_company, to_contact) = (task_to(COMPANY), task_to(contact(KNOWN)));
    let mut refusals = vec![
        broker.get(&run, COMPANY).await.err(),
        broker.create(&run, &name).await.err(),
        broker.update(&reader, KNOWN, &email()).await.err(),
        broker.upsert(&reader, &email()).await.err(),
        broker.link(&run, &to_company).await.err(),
        broker.link(&reader, &to_contact).await.err(),
    ];
    for probe in probes() {
        refusals.push(broker.search(&run, &probe).await.err());
    }
    for (nth, refusal) in refusals.into_iter().enumerate() {
        let denied = matches!(refusal, Some(BrokerError::Denied(_)));
        assert!(denied, "{nth}: {refusal:?}");
    }
    assert!(crm.calls().is_empty());
    assert_eq!((run.crm_calls(), reader.crm_calls()), ((0, 0), (0, 0)));
    // The same calls, allowed.
    broker.link(&run, &to_contact).await.unwrap();
    broker.update(&run, KNOWN, &email()).await.unwrap();
    assert_eq!(crm.calls().len(), 2);
}

#[tokio::test]
async fn budgets_end_at_their_edge() {
    let (broker, crm) = broker().await;
    let run = run(true);
    for _ in 0..3 {
        broker.get(&run, contact(KNOWN)).await.unwrap();
    }
    let over = broker.get(&run, contact(KNOWN)).await.unwrap_err();
    assert_eq!(over, BrokerError::BudgetExhausted(Budget::CrmReads));
    for _ in 0..2 {
        broker.create(&run, &email()).await.unwrap();
    }
    let over = broker.create(&run, &email()).await.unwrap_err();
    assert_eq!(over, BrokerError::BudgetExhausted(Budget::CrmWrites));
    assert_eq!(crm.calls().len(), 5);
    for _ in 0..3 {
        broker.log(&run, LogLevel::Debug, "a line");
    }
    assert!(!run.spend_log_line());
}

#[tokio::test]
async fn an_upsert_finds_or_makes() {
    let (broker, crm) = broker().await;
    let (upserted, record) = broker.upsert(&run(true), &email()).await.unwrap();
    assert_eq!((upserted, record.id), (Upserted::Updated, KNOWN));
    assert_eq!(
        crm.calls(),
        [
            "search contact".to_owned(),
            format!("update contact {KNOWN}")
        ]
    );

    *crm.empty_searches.lock().unwrap() = 1;
    let (upserted, record) = broker.upsert(&run(true), &email()).await.unwrap();
    let ours = RecordId::new(Fixed.uuid());
    assert_eq!(
        (upserted, record.id),
        (Upserted::Created, ours),
        "under an id of our choice"
    );
    crm.calls();

    // Somebody else was faster.
    *crm.empty_searches.lock().unwrap() = 1;
    *crm.create_fails.lock().unwrap() = vec![CrmError::Conflict { holder: None }];
    let (upserted, _) = broker.upsert(&run(true), &email()).await.unwrap();
    assert_eq!(upserted, Upserted::Updated);
    assert_eq!(
        crm.calls().last().unwrap(),
        &format!("update contact {KNOWN}")
    );

    // A deleted record holds the address: it is not found, and not brought back.
    *crm.empty_searches.lock().unwrap() = 2;
    *crm.create_fails.lock().unwrap() = vec![CrmError::Conflict {
        holder: Some(KNOWN),
    }];
    let refusal = broker.upsert(&run(true), &email()).await.unwrap_err();
    assert!(matches!(
        refusal,
        BrokerError::Crm(CrmError::Conflict { .. })
    ));
    assert!(!crm.calls().iter().any(|call| call.starts_with("update")));
}

#[tokio::test]
async fn a_failure_of_the_crm_is_passed_on_as_what_it_is() {
    let (broker, crm) = broker().await;
    for failure in [
        CrmError::OutcomeUnknown,
        CrmError::Unavailable(UnavailableCause::Timeout),
    ] {
        *crm.create_fails.lock().unwrap() = vec![failure.clone()];
        let told = broker.create(&run(true), &email()).await.unwrap_err();
        assert_eq!(told.retry(), failure.retry());
        assert_eq!(told, BrokerError::Crm(failure));
    }
}

/// Asserts for each query whether it makes sense.
async fn check_queries(cases: impl IntoIterator<Item = (Query, bool)>) {
    let (broker, _) = broker().await;
    for (query, accepted) in cases {
        let answer = broker.search(&run(true), &query).await;
        let sense = !matches!(answer, Err(BrokerError::Invalid(_)));
        assert_eq!(sense, accepted, "{query:?}");
    }
}

#[tokio::test]
async fn sizes_of_a_query_end_at_their_edge() {
    let limit = |limit| Query { limit, ..query() };
    let words = |bytes| Query {
        text: Some("x".repeat(bytes)),
        ..query()
    };
    let cursor = |bytes| Query {
        cursor: Some("x".repeat(bytes)),
        ..query()
    };
    let many = |n| Query {
        filters: vec![filter(Field::ContactEmail, Comparison::IsSet); n],
        ..query()
    };
    check_queries([
        (limit(0), false),
        (limit(1), true),
        (limit(LIMIT_MAX), true),
        (limit(LIMIT_MAX + 1), false),
        (words(0), false),
        (words(SEARCH_TEXT_BYTES_MAX), true),
        (words(SEARCH_TEXT_BYTES_MAX + 1), false),
        (cursor(CURSOR_BYTES_MAX), true),
        (cursor(CURSOR_BYTES_MAX + 1), false),
        (many(FILTERS_MAX), true),
        (many(FILTERS_MAX + 1), false),
    ])
    .await;
}

#[tokio::test]
async fn comparisons_that_make_no_sense_are_refused() {
    let with = |comparison| Query {
        filters: vec![filter(Field::ContactEmail, comparison)],
        ..query()
    };
    let options = |n| Comparison::OneOf(vec![String::new(); n]);
    let linked = |object, target| Query {
        object,
        linked_to: Some(EntryRef {
            object: target,
            id: KNOWN,
        }),
        ..query()
    };
    check_queries([
        (with(options(0)), false),
        (with(options(LIST_ITEMS_MAX)), true),
        (with(options(LIST_ITEMS_MAX + 1)), false),
        (with(Comparison::Equals(text("a@b.example"))), true),
        (with(Comparison::Equals(FieldValue::Number(1.0))), false),
        (with(Comparison::Contains("\0".to_owned())), false),
        (linked(ObjectKind::Task, ObjectKind::Contact), true),
        (linked(ObjectKind::Task, ObjectKind::Task), false),
        (linked(ObjectKind::Contact, ObjectKind::Contact), false),
    ])
    .await;
}

#[tokio::test]
async fn changes_that_make_no_sense_are_refused_at_the_edge() {
    let (broker, _) = broker().await;
    let money = |amount_micros| {
        FieldValue::Money(Money {
            amount_micros,
            currency: "EUR".to_owned(),
        })
    };
    let mut both = email();
    both.clear.insert(FieldKey::Standard(Field::ContactEmail));
    let cases = [
        (email(), true),
        (both, false),
        (set(Field::ContactEmail, FieldValue::Boolean(true)), false),
        (
            set(Field::ContactEmail, text(&"x".repeat(FIELD_TEXT_BYTES_MAX))),
            true,
        ),
        (
            set(
                Field::ContactEmail,
                text(&"x".repeat(FIELD_TEXT_BYTES_MAX + 1)),
            ),
            false,
        ),
        (set(Field::ContactEmail, text("a\0b")), false),
        (set(Field::OpportunityAmount, money((1 << 53) - 1)), true),
        (set(Field::OpportunityAmount, money(1 << 53)), false),
        (set(Field::OpportunityAmount, money(i64::MIN)), false),
        (
            set(
                Field::ContactAdditionalEmails,
                FieldValue::Texts(vec![String::new(); LIST_ITEMS_MAX]),
            ),
            true,
        ),
        (
            set(
                Field::ContactAdditionalEmails,
                FieldValue::Texts(vec![String::new(); LIST_ITEMS_MAX + 1]),
            ),
            false,
        ),
    ];
    for (changes, accepted) in cases {
        let answer = broker.create(&run(true), &changes).await;
        let sense = !matches!(answer, Err(BrokerError::Invalid(_)));
        assert_eq!(sense, accepted, "{:?}", changes.set.keys());
    }
    for without_key in [Field::TaskTitle, Field::ContactJobTitle] {
        let changes = set(without_key, text("x"));
        let refused = broker.upsert(&run(true), &changes).await;
        assert!(matches!(refused, Err(BrokerError::Invalid(_))));
    }
}
