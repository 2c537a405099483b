//! Writes whose outcome nobody saw, over a CRM in which they happened or did not.

use super::*;
use crate::audit::memory::MemoryAudit;
use crate::ports::{Clock, UnavailableCause};
use async_trait::async_trait;
use skillgate_domain::audit::Outcome;
use skillgate_domain::crm::{Changes, Field, FieldValue, Link, Page, Record};
use skillgate_domain::right::Unredacted;
use skillgate_domain::time::Timestamp;
use std::collections::BTreeMap;
use std::fmt::Write;
use uuid::Uuid;

struct Later;

impl Clock for Later {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(1_000)
    }
}

/// What the CRM says of the one record that is asked for.
#[derive(Clone)]
enum Says {
    Holds(&'static str),
    NotThere,
    Nothing,
}

struct OneRecord(Says);

const RECORD: RecordId = RecordId::new(Uuid::from_u128(1));

fn job() -> FieldKey {
    FieldKey::Standard(Field::ContactJobTitle)
}

fn changes(title: &str) -> Changes {
    Changes {
        object: ObjectKind::Contact,
        set: BTreeMap::from([(job(), FieldValue::Text(title.to_owned()))]),
        clear: BTreeSet::new(),
    }
}

impl OneRecord {
    fn record(&self, object: ObjectKind) -> Result<Unredacted, CrmError> {
        let title = match self.0 {
            Says::Holds(title) => title,
            Says::NotThere => return Err(CrmError::NotFound),
            Says::Nothing => return Err(CrmError::Unavailable(UnavailableCause::Timeout)),
        };
        let other = FieldKey::Standard(Field::ContactEmail);
        Ok(Unredacted::seal(Record {
            object,
            id: RECORD,
            updated_at: None,
            fields: BTreeMap::from([
                (job(), FieldValue::Text(title.to_owned())),
                (other, FieldValue::Text("ada@engines.example".to_owned())),
            ]),
        }))
    }
}

#[async_trait]
impl Crm for OneRecord {
    async fn get(
        &self,
        _: &CommunityId,
        target: EntryRef,
        _: &Selection,
    ) -> Result<Unredacted, CrmError> {
        self.record(target.object)
    }

    async fn search(
        &self,
        _: &CommunityId,
        query: &Query,
        _: &Selection,
    ) -> Result<Page<Unredacted>, CrmError> {
        let items = match self.record(query.object) {
            Ok(record) => vec![record],
            Err(CrmError::NotFound) => Vec::new(),
            Err(error) => return Err(error),
        };
        Ok(Page {
            items,
            next_cursor: None,
            total: 1,
        })
    }

    async fn create(
        &self,
        _: &CommunityId,
        _: RecordId,
        _: &Changes,
        _: &Selection,
    ) -> Result<Unredacted, CrmError> {
        panic!("recovery writes nothing")
    }

    async fn update(
        &self,
        _: &CommunityId,
        _: RecordId,
        _: &Changes,
        _: &Selection,
    ) -> Result<Unredacted, CrmError> {
        panic!("recovery writes nothing")
    }

    async fn link(&self, _: &CommunityId, _: RecordId, _: &Link) -> Result<(), CrmError> {
        panic!("recovery writes nothing")
    }

    async fn check(&self) -> Result<(), CrmError> {
        Ok(())
    }
}

/// The intent of a write of `title`, as the broker records it.
fn intent(verb: Verb, deadline_ms: i64) -> crate::ports::AuditRecord {
    let home = CommunityId::parse("home").unwrap();
    let linked = verb == Verb::Link;
    let changes = changes("Countess");
    let id = RecordId::new(Uuid::from_u128(9));
    let entry = Entry {
        at: Timestamp::from_unix_ms(0),
        community: home.clone(),
        actor: Actor::Host,
        act: Act::Crm(verb),
        target: Target::Record(
            if linked {
                ObjectKind::Task
            } else {
                ObjectKind::Contact
            },
            RECORD,
        ),
        outcome: Outcome::Intended,
        facts: Facts::Write(WriteFacts {
            invocation: InvocationId::new(Uuid::nil()),
            skill: SkillName::parse("crm").unwrap(),
            write: id,
            fields: if linked {
                Vec::new()
            } else {
                vec!["job_title".to_owned()]
            },
            values: effect::digest(&changes),
            linked_to: linked.then_some((ObjectKind::Contact, RECORD)),
        }),
    };
    let pending = PendingWrite {
        id,
        community: home,
        deadline: Timestamp::from_unix_ms(deadline_ms),
        intent: crate::audit::leaf(&entry),
    };
    record(&entry, Some(WriteChange::Begin(pending)))
}

async fn resolved(verb: Verb, says: Says) -> (usize, Vec<String>, usize) {
    let audit = Arc::new(MemoryAudit::default());
    let trail = audit.trail(Arc::new(Later)).await;
    trail.recorder().record(intent(verb, 999)).await.unwrap();
    let recovery = Recovery::new(audit.clone(), Arc::new(OneRecord(says)), trail);
    let count = recovery.resolve().await.unwrap();
    let again = recovery.resolve().await.unwrap();
    assert_eq!(again, 0, "an outcome is recorded once");
    let pending = audit.kept().pending.len();
    (count, audit.lines().split_off(1), pending)
}

#[tokio::test]
async fn every_write_is_looked_up() {
    let mut table = String::new();
    for (name, verb) in [
        ("create", Verb::Create),
        ("update", Verb::Update),
        ("link", Verb::Link),
    ] {
        for (found, says) in [
            ("what was written", Says::Holds("Countess")),
            ("something else", Says::Holds("Baroness")),
            ("no record", Says::NotThere),
            ("no answer", Says::Nothing),
        ] {
            let (count, lines, pending) = resolved(verb, says).await;
            assert_eq!(count, lines.len());
            let line = lines.first().map_or("tried again later", String::as_str);
            writeln!(table, "{name:<7} {found:<17} {line}; {pending} left").unwrap();
        }
    }
    insta::assert_snapshot!(table);
}

#[tokio::test]
async fn a_write_that_somebody_may_wait_for_is_left_alone() {
    let audit = Arc::new(MemoryAudit::default());
    let trail = audit.trail(Arc::new(Later)).await;
    trail
        .recorder()
        .record(intent(Verb::Create, 1_000))
        .await
        .unwrap();
    let crm = Arc::new(OneRecord(Says::NotThere));
    let recovery = Recovery::new(audit.clone(), crm, trail);
    assert_eq!(recovery.resolve().await.unwrap(), 0);
    assert_eq!(audit.kept().pending.len(), 1);
}
