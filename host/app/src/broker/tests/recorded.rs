//! What the broker leaves in the audit trail.

use super::*;
use crate::budgets::{WriteBudgets, WriteLimits};
use std::fmt::Write;

/// Says of every grant and token what it was told to say.
pub(super) struct Said {
    grant: Result<GrantStatus, ()>,
    token_revoked: bool,
}

impl Default for Said {
    fn default() -> Self {
        Self {
            grant: Ok(GrantStatus::InForce),
            token_revoked: false,
        }
    }
}

impl Said {
    /// Says that every grant has ended.
    pub(super) fn ended(cause: EndCause) -> Self {
        Self {
            grant: Ok(GrantStatus::Ended(cause)),
            ..Self::default()
        }
    }
}

#[async_trait]
impl RightsInForce for Said {
    async fn grant_status(&self, _: &CommunityId, _: GrantId) -> Result<GrantStatus, StorageError> {
        let unknown = |()| StorageError::Corrupt(String::new());
        self.grant.map_err(unknown)
    }

    async fn token_revoked(&self, _: TokenId) -> Result<bool, StorageError> {
        Ok(self.token_revoked)
    }
}

#[tokio::test]
async fn a_write_is_recorded_before_it_leaves_and_after() {
    let (broker, crm, audit) = recorded_broker().await;
    let run = run(true);
    let changes = email();
    broker.create(&run, &changes).await.unwrap();
    *crm.create_fails.lock().unwrap() = vec![CrmError::OutcomeUnknown];
    broker.create(&run, &changes).await.unwrap_err();
    // Handed over, not waited for: the next record that is durable says so of them.
    let mut any = audit.kept().records[0].clone();
    any.write = None;
    broker.trail.recorder().record(any).await.unwrap();

    let lines = audit.lines();
    assert_eq!(
        lines[..4],
        [
            "crm-create intended",
            "crm-create done",
            "crm-create intended",
            "crm-create unknown"
        ]
    );
    let leaves: Vec<serde_json::Value> = audit.kept().records[..2]
        .iter()
        .map(|record| serde_json::from_str(&record.leaf).unwrap())
        .collect();
    assert_eq!(leaves[0]["write"], leaves[1]["write"]);
    assert_eq!(leaves[0]["target"], leaves[1]["target"]);
    assert_eq!(leaves[0]["write"]["fields"], serde_json::json!(["email"]));
    assert!(
        !audit.kept().records[0].leaf.contains("engines.example"),
        "no value is kept"
    );
    // The write whose outcome nobody knows waits for somebody to look it up.
    let pending = audit.kept().pending.clone();
    assert_eq!(pending.len(), 1);
    let wall = run.limits.wall + crate::broker::WRITE_GRACE;
    assert_eq!(pending[0].deadline, Fixed.now().plus(wall));
}

#[tokio::test]
async fn a_write_that_cannot_be_recorded_does_not_happen() {
    let (broker, crm, audit) = recorded_broker().await;
    audit.kept().full = true;
    let changes = email();
    let refused = broker.create(&run(true), &changes).await.unwrap_err();
    assert_eq!(refused, BrokerError::Audit(AuditError::Full));
    assert_eq!(crm.calls(), [""; 0]);
    audit.kept().full = false;
    broker.create(&run(true), &changes).await.unwrap();
    assert_eq!(crm.calls().len(), 1);
}

#[tokio::test]
async fn a_run_remembers_what_its_guest_saw() {
    let (broker, _) = broker().await;
    let run = run(true);
    broker.get(&run, contact(KNOWN)).await.unwrap();
    broker.search(&run, &query()).await.unwrap();
    let denied = set(Field::ContactFirstName, text("Ada"));
    broker.create(&run, &denied).await.unwrap_err();
    let touched = run.touched();
    let fields: Vec<_> = touched.reads[&(ObjectKind::Contact, KNOWN)]
        .iter()
        .collect();
    assert_eq!(fields, ["email"], "not the telephone, which was redacted");
    assert_eq!((touched.read_count, touched.write_count), (2, 0));
    assert_eq!(touched.denials, BTreeMap::from([("field-not-granted", 1)]));
}

#[tokio::test]
async fn what_is_taken_back_ends_with_the_next_host_call() {
    let (broker, crm, audit) = recorded_broker().await;
    let trail = broker.trail;
    let mut table = String::new();
    let ended = |cause| Ok(GrantStatus::Ended(cause));
    for (name, grant, token_revoked) in [
        ("in force", Ok(GrantStatus::InForce), false),
        ("frozen", Ok(GrantStatus::Frozen), false),
        ("of no partner", Ok(GrantStatus::PartnershipInactive), false),
        ("replaced", ended(EndCause::Replaced), false),
        ("revoked", ended(EndCause::Revoked), false),
        ("rolled back", ended(EndCause::RolledBack), false),
        ("token revoked", Ok(GrantStatus::InForce), true),
        ("both", ended(EndCause::Replaced), true),
        ("storage does not say", Err(()), false),
    ] {
        let said = Arc::new(Said {
            grant,
            token_revoked,
        });
        let (clock, entropy) = (Arc::new(Fixed), Arc::new(Fixed));
        let budgets = budgets(&audit);
        let trail = trail.clone();
        let broker = Broker::new(crm.clone(), clock, entropy, said, budgets, trail);
        let fresh = run(true);
        let link = Link {
            source: EntryRef {
                object: ObjectKind::Task,
                id: KNOWN,
            },
            target: contact(KNOWN),
        };
        let answers = [
            broker.get(&fresh, contact(KNOWN)).await.err(),
            broker.search(&fresh, &query()).await.err(),
            broker.create(&fresh, &email()).await.err(),
            broker.update(&fresh, KNOWN, &email()).await.err(),
            broker.upsert(&run(true), &email()).await.err(),
            broker.link(&run(true), &link).await.err(),
        ];
        let first = answers[0].clone();
        assert!(
            answers.iter().all(|answer| *answer == first),
            "{name}: {answers:?}"
        );
        let asked = !crm.calls().is_empty();
        let answer = first.map_or("goes on".to_owned(), |error| error.to_string());
        writeln!(table, "{name}: {answer}; the CRM was asked: {asked}").unwrap();
    }
    insta::assert_snapshot!(table);
}

pub(super) fn budgets(audit: &Arc<MemoryAudit>) -> Arc<WriteBudgets> {
    let limits = WriteLimits::DEFAULT;
    Arc::new(WriteBudgets::new(audit.clone(), Arc::new(Fixed), limits))
}
