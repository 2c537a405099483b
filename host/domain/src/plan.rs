//! Plans: what a call would write, shown before it happens.

use crate::capability::{Interface, Verb};
use crate::crm::{Changes, EntryRef, FieldKey, FieldValue, Link, ObjectKind, Record};
use crate::digest::Digest;
use crate::egress::Request;
use crate::ids::{
    AgentId, CommunityId, EffectId, GrantId, InvocationId, PlanId, RecordId, SkillName, ToolName,
    UserId,
};
use crate::policy::Act;
use crate::principal::{Action, Principal};
use crate::sharing::LetOut;
use crate::tez::{Provenance, TezDraft};
use crate::time::Timestamp;
use crate::workspace::{CalendarAction, Email};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How long a plan can be applied: what a person looked at has hardly changed by then.
pub const PLAN_LIFETIME: Duration = Duration::from_hours(1);
/// Most plans of a community that can still be applied.
pub const OPEN_PLANS_MAX: u32 = 1_000;
/// Most of them for one person: what somebody can look through.
pub const OPEN_PLANS_OF_USER_MAX: u32 = 100;
/// Longest plan, in bytes of its canonical form.
pub const PLAN_BYTES_MAX: usize = 1024 * 1024;

/// Whether a call writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// It does what the tool does.
    #[default]
    Execute,
    /// It reads; what it would write becomes a plan.
    Plan,
}

/// What a record held in the fields that an update touches.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Before {
    /// Fields with a value, as far as they may be read.
    pub fields: BTreeMap<FieldKey, FieldValue>,
    /// Fields that may be written, not read.
    pub hidden: BTreeSet<FieldKey>,
}

impl Before {
    /// Tells whether a record, as far as it may be read, still holds this in the fields of `changes`.
    pub fn holds(&self, record: &Record, changes: &Changes) -> bool {
        let touched = changes.set.keys().chain(&changes.clear);
        touched
            .filter(|key| !self.hidden.contains(*key))
            .all(|key| record.fields.get(key) == self.fields.get(key))
    }
}

/// One write of a plan, with every id that it needs.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Creates a record.
    Create {
        /// The id it will have.
        id: RecordId,
        /// Its fields.
        changes: Changes,
    },
    /// Changes a record.
    Update {
        /// Which.
        id: RecordId,
        /// Fields to set and to empty.
        changes: Changes,
        /// What they held.
        before: Before,
    },
    /// Attaches a task or note.
    Link {
        /// The id that the attachment will have.
        id: RecordId,
        /// What to what.
        link: Link,
    },
    /// Reaches somebody outside the CRM.
    Outward {
        /// Its own id; of a Tez, the one it is shared under.
        id: EffectId,
        /// What reaches them.
        outward: Outward,
    },
}

/// What reaches somebody outside the CRM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outward {
    /// A Tez.
    ShareTez(TezDraft),
    /// An e-mail.
    SendEmail(Email),
    /// An entry in a calendar.
    LogAction(CalendarAction),
    /// A request to a service outside.
    Request(Box<Request>),
}

impl Outward {
    /// Returns what is asked of the host.
    pub const fn action(&self) -> Action {
        match self {
            Self::ShareTez(_) => Action::ShareTez,
            Self::SendEmail(_) => Action::SendEmail,
            Self::LogAction(_) => Action::LogCalendar,
            Self::Request(_) => Action::SendRequest,
        }
    }

    /// Returns the interface through which skills ask for it.
    pub const fn interface(&self) -> Interface {
        match self {
            Self::ShareTez(_) => Interface::TezSharing,
            Self::SendEmail(_) | Self::LogAction(_) => Interface::Workspace,
            Self::Request(_) => Interface::Http,
        }
    }
}

impl Effect {
    /// Returns what is done.
    pub const fn act(&self) -> Act {
        match self {
            Self::Create { .. } => Act::Crm(Verb::Create),
            Self::Update { .. } => Act::Crm(Verb::Update),
            Self::Link { .. } => Act::Crm(Verb::Link),
            Self::Outward { outward, .. } => Act::Host(outward.action()),
        }
    }

    /// Returns the record that is written, if one is.
    pub const fn record(&self) -> Option<EntryRef> {
        match self {
            Self::Create { id, changes } | Self::Update { id, changes, .. } => Some(EntryRef {
                object: changes.object,
                id: *id,
            }),
            Self::Link { link, .. } => Some(link.source),
            Self::Outward { .. } => None,
        }
    }
}

/// Whose a plan is: who asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The person.
    pub user: UserId,
    /// The agent that asked for the person.
    pub agent: Option<AgentId>,
}

impl Owner {
    /// Returns who asks.
    pub fn of(caller: &Principal) -> Self {
        Self {
            user: caller.user.clone(),
            agent: caller.agent.clone(),
        }
    }

    /// Tells whether the plan is this caller's: what a person asked for, they apply themselves; what
    /// their agent asked for, the same agent or the person.
    pub fn is(&self, caller: &Principal) -> bool {
        self.user == caller.user && (caller.agent.is_none() || self.agent == caller.agent)
    }
}

/// What a call would write, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Its id.
    pub id: PlanId,
    /// The tenant.
    pub community: CommunityId,
    /// Whose it is.
    pub owner: Owner,
    /// The call that made it.
    pub invocation: InvocationId,
    /// The skill.
    pub skill: SkillName,
    /// The tool.
    pub tool: ToolName,
    /// The component that ran.
    pub component: Digest,
    /// The grant it ran under; the plan is applied under no other.
    pub grant: GrantId,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it can no longer be applied.
    pub expires_at: Timestamp,
    /// The writes.
    pub effects: Vec<Effect>,
    /// What the call was given of records for others: what reaches somebody may hold it.
    pub let_out: LetOut,
    /// The call that waits for it, where policies want a person to confirm what the call would write.
    pub awaited: Option<AwaitedCall>,
}

/// A call that a person is to confirm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwaitedCall {
    /// SHA-256 of the canonical form of its input.
    pub parameters: Digest,
    /// What it is answered once its effects have happened: JSON that satisfies the tool's output schema.
    pub output: String,
}

/// What came of one effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receipt {
    /// It happened.
    Done,
    /// It happened, and this was answered: JSON.
    Answered(String),
    /// It did not happen. A stable code says why.
    Failed(String),
    /// Nobody can tell whether it happened.
    Unknown,
}

impl Receipt {
    /// Tells whether it happened.
    pub const fn is_done(&self) -> bool {
        matches!(self, Self::Done | Self::Answered(_))
    }
}

/// What became of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanState {
    /// It can be applied.
    Open,
    /// It can no longer be applied; nothing happened.
    Expired,
    /// Somebody is applying it.
    Applying,
    /// Whoever applied it did not get to the end; applying it again goes on.
    Interrupted,
    /// Every effect happened.
    Applied,
    /// An effect did not happen, or nobody can tell; those after it were not tried.
    Stopped,
    /// A person said no; nothing happened, and nothing will.
    Declined,
}

impl PlanState {
    /// Returns the name used in answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Expired => "expired",
            Self::Applying => "applying",
            Self::Interrupted => "interrupted",
            Self::Applied => "applied",
            Self::Stopped => "stopped",
            Self::Declined => "declined",
        }
    }
}

/// The writes of a call that is being planned, and what records would look like after them.
#[derive(Debug, Default)]
pub struct Draft {
    effects: Vec<Effect>,
    let_out: LetOut,
}

impl Draft {
    /// Adds a write.
    pub fn push(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// Takes the writes out, in order.
    #[must_use]
    pub fn take(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Notes what the call was given of a record for others.
    pub fn let_out(&mut self, of: &Provenance) {
        self.let_out.add_all(of);
    }

    /// Takes out what the call was given for others.
    #[must_use]
    pub fn take_let_out(&mut self) -> LetOut {
        std::mem::take(&mut self.let_out)
    }

    /// Returns a record that the plan would create, as it would be now.
    pub fn created(&self, target: EntryRef) -> Option<Record> {
        let created = self.effects.iter().find_map(|effect| match effect {
            Effect::Create { id, changes } if effect.record() == Some(target) => {
                Some((*id, changes))
            }
            _ => None,
        });
        let (id, changes) = created?;
        let mut record = Record {
            object: changes.object,
            id,
            updated_at: None,
            fields: BTreeMap::new(),
        };
        changes.apply_to(&mut record);
        self.amend(&mut record);
        Some(record)
    }

    /// Changes a record as the plan's updates of it would.
    pub fn amend(&self, record: &mut Record) {
        let target = EntryRef {
            object: record.object,
            id: record.id,
        };
        for effect in &self.effects {
            match effect {
                Effect::Update { changes, .. } if effect.record() == Some(target) => {
                    changes.apply_to(record);
                }
                _ => {}
            }
        }
    }

    /// Finds a record that the plan would create with this value.
    pub fn holder(
        &self,
        object: ObjectKind,
        key: &FieldKey,
        value: &FieldValue,
    ) -> Option<RecordId> {
        let mut created = self.effects.iter().filter_map(|effect| match effect {
            Effect::Create { id, changes } if changes.object == object => {
                self.created(EntryRef { object, id: *id })
            }
            _ => None,
        });
        created
            .find(|record| record.fields.get(key) == Some(value))
            .map(|record| record.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::Field;
    use uuid::Uuid;

    const EMAIL: FieldKey = FieldKey::Standard(Field::ContactEmail);
    const JOB: FieldKey = FieldKey::Standard(Field::ContactJobTitle);

    fn text(text: &str) -> FieldValue {
        FieldValue::Text(text.to_owned())
    }

    fn id(number: u128) -> RecordId {
        RecordId::new(Uuid::from_u128(number))
    }

    fn changes(set: &[(FieldKey, &str)], clear: &[FieldKey]) -> Changes {
        Changes {
            object: ObjectKind::Contact,
            set: set.iter().map(|(k, v)| (k.clone(), text(v))).collect(),
            clear: clear.iter().cloned().collect(),
        }
    }

    fn record(number: u128, fields: &[(FieldKey, &str)]) -> Record {
        Record {
            object: ObjectKind::Contact,
            id: id(number),
            updated_at: None,
            fields: fields.iter().map(|(k, v)| (k.clone(), text(v))).collect(),
        }
    }

    fn update(number: u128, changes: Changes) -> Effect {
        Effect::Update {
            id: id(number),
            changes,
            before: Before::default(),
        }
    }

    #[test]
    fn a_draft_shows_records_as_they_would_be() {
        let mut draft = Draft::default();
        draft.push(Effect::Create {
            id: id(1),
            changes: changes(&[(EMAIL, "ada@example.org"), (JOB, "Analyst")], &[]),
        });
        draft.push(update(1, changes(&[], std::slice::from_ref(&JOB))));
        draft.push(update(2, changes(&[(JOB, "Countess")], &[])));
        let contact = |number| EntryRef {
            object: ObjectKind::Contact,
            id: id(number),
        };
        assert_eq!(
            draft.created(contact(1)),
            Some(record(1, &[(EMAIL, "ada@example.org")]))
        );
        assert_eq!(draft.created(contact(2)), None);
        let mut present = record(2, &[(EMAIL, "bea@example.org"), (JOB, "none")]);
        draft.amend(&mut present);
        assert_eq!(
            present,
            record(2, &[(EMAIL, "bea@example.org"), (JOB, "Countess")])
        );
        let by = |address| draft.holder(ObjectKind::Contact, &EMAIL, &text(address));
        assert_eq!(by("ada@example.org"), Some(id(1)));
        assert_eq!(by("bea@example.org"), None);
        assert_eq!(draft.take().len(), 3);
    }

    #[test]
    fn what_was_shown_holds_or_not() {
        let written = changes(&[(JOB, "Countess")], std::slice::from_ref(&EMAIL));
        let before = Before {
            fields: BTreeMap::from([(JOB, text("Analyst"))]),
            hidden: BTreeSet::new(),
        };
        let cases: [(&[(FieldKey, &str)], bool); 3] = [
            (&[(JOB, "Analyst")], true),
            (&[(JOB, "Analyst"), (EMAIL, "ada@example.org")], false),
            (&[(JOB, "Countess")], false),
        ];
        for (fields, expected) in cases {
            let holds = before.holds(&record(1, fields), &written);
            assert_eq!(holds, expected, "{fields:?}");
        }
        let unseen = Before {
            hidden: BTreeSet::from([EMAIL, JOB]),
            ..Before::default()
        };
        assert!(unseen.holds(&record(1, &[(JOB, "anything")]), &written));
    }
}
