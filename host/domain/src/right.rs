//! What one call may do: grant, caller and policies, compiled once, asked at every host call.
//!
//! Only [`Right::decide`] makes a [`Pass`], and only a [`Pass`] opens an [`Unredacted`] record, so a
//! path that forgot to ask does not compile.

mod permitted;

use crate::capability::{Capabilities, Interface, ObjectCapability, Verb};
use crate::crm::{Link, ObjectKind, Record, Selection};
use crate::egress::Outbound;
use crate::plan::Draft;
use crate::principal::TokenScope;
pub use permitted::PolicyRight;
use std::fmt;

/// What a skill wants to do with the CRM.
#[derive(Debug, Clone, Copy)]
pub enum CrmAction<'a> {
    /// Read records of a kind, comparing these fields.
    Read(ObjectKind, &'a Selection),
    /// Create a record with these fields.
    Create(ObjectKind, &'a Selection),
    /// Set or empty these fields of a record.
    Update(ObjectKind, &'a Selection),
    /// Attach one record to another.
    Link(Link),
}

impl CrmAction<'_> {
    /// Returns the kind of record acted on.
    pub const fn object(&self) -> ObjectKind {
        match self {
            Self::Read(object, _) | Self::Create(object, _) | Self::Update(object, _) => *object,
            Self::Link(link) => link.source.object,
        }
    }

    /// Returns what is done to it.
    pub const fn verb(&self) -> Verb {
        match self {
            Self::Read(..) => Verb::Read,
            Self::Create(..) => Verb::Create,
            Self::Update(..) => Verb::Update,
            Self::Link(..) => Verb::Link,
        }
    }
}

/// Why a host call was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// The kind of record.
    pub object: ObjectKind,
    /// What was wanted.
    pub verb: Verb,
    /// What is missing.
    pub cause: DenialCause,
}

/// What is missing for a host call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DenialCause {
    /// The grant does not have the verb on this kind of record.
    NotGranted,
    /// The grant has the verb, but not on this field.
    FieldNotGranted(String),
    /// The community's policies do not let this caller do it with this skill.
    PolicyDenied,
    /// The community's policies want a person to confirm it first.
    RequiresConfirmation,
    /// The caller's token is for reading only.
    CallerMayNotWrite,
    /// The manifest promises that the tool only reads.
    ToolReadsOnly,
    /// The call is narrowed to other records.
    OutsideRecordScope,
}

impl Denial {
    /// Returns a stable code.
    pub const fn code(&self) -> &'static str {
        match self.cause {
            DenialCause::NotGranted => "not-granted",
            DenialCause::FieldNotGranted(_) => "field-not-granted",
            DenialCause::PolicyDenied => "policy-denied",
            DenialCause::RequiresConfirmation => "requires-confirmation",
            DenialCause::CallerMayNotWrite => "caller-may-not-write",
            DenialCause::ToolReadsOnly => "tool-reads-only",
            DenialCause::OutsideRecordScope => "record-out-of-scope",
        }
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (object, verb) = (self.object.name(), self.verb.name());
        match &self.cause {
            DenialCause::NotGranted => write!(f, "the grant has no {object}.{verb}"),
            DenialCause::FieldNotGranted(field) => {
                write!(f, "the grant has {object}.{verb}, but not on {field}")
            }
            DenialCause::PolicyDenied => {
                write!(f, "the community's policies do not allow {object}.{verb}")
            }
            DenialCause::RequiresConfirmation => {
                write!(f, "a person must confirm {object}.{verb} first")
            }
            DenialCause::OutsideRecordScope => {
                write!(f, "this call is for other records than this {object}")
            }
            DenialCause::ToolReadsOnly => {
                write!(
                    f,
                    "the tool's manifest says that it only reads, and {object}.{verb} writes"
                )
            }
            DenialCause::CallerMayNotWrite => {
                write!(
                    f,
                    "the caller's token is for reading only, and {object}.{verb} writes"
                )
            }
        }
    }
}

/// An answer to "may it?".
#[derive(Debug)]
pub enum Decision<'a> {
    /// Yes; the pass redacts the answer.
    Allow(Pass<'a>),
    /// No.
    Deny(Denial),
}

/// Proof that a check happened. Made by [`Right::decide`] only.
#[derive(Debug)]
pub struct Pass<'a> {
    readable: Option<&'a Selection>,
}

/// A record as the CRM gave it. Opens with a [`Pass`] only.
#[derive(Debug, Clone, PartialEq)]
pub struct Unredacted(Record);

impl Unredacted {
    /// Seals a record that came from the CRM.
    pub const fn seal(record: Record) -> Self {
        Self(record)
    }

    /// Returns the record as a plan's updates would leave it. Still sealed.
    #[must_use]
    pub fn amended(mut self, draft: &Draft) -> Self {
        draft.amend(&mut self.0);
        self
    }

    /// Returns about how many bytes the record's values take.
    pub fn bytes(&self) -> usize {
        self.0.bytes()
    }

    /// Tells whether the record changed last at this moment. Where either is not known, it did not.
    pub fn changed_at(&self, updated_at: Option<&str>) -> bool {
        updated_at.is_some() && self.0.updated_at.as_deref() == updated_at
    }

    /// Tells whether both are known to be what the record was after different changes.
    pub fn is_another_state(&self, other: &Self) -> bool {
        let (ours, theirs) = (&self.0.updated_at, &other.0.updated_at);
        ours.is_some() && theirs.is_some() && ours != theirs
    }

    /// Tells whether both hold the same, whenever that was written.
    pub fn holds_the_same(&self, other: &Self) -> bool {
        (self.0.object, self.0.id, &self.0.fields) == (other.0.object, other.0.id, &other.0.fields)
    }

    /// Returns the record's id, which is never hidden from a caller who may name the record.
    pub const fn id(&self) -> crate::ids::RecordId {
        self.0.id
    }
}

impl Pass<'_> {
    /// Removes every field that may not be read.
    #[must_use]
    pub fn redact(&self, record: Unredacted) -> Record {
        let mut record = record.0;
        if let Some(readable) = self.readable {
            record.fields.retain(|key, _| readable.contains(key));
        } else {
            record.fields.clear();
            record.updated_at = None;
        }
        record
    }

    /// Returns the fields that redaction would leave, so that no others need be fetched.
    pub const fn readable(&self) -> Option<&Selection> {
        self.readable
    }
}

/// What one call may do.
#[derive(Debug, Clone)]
pub struct Right {
    granted: Capabilities,
    permitted: PolicyRight,
    caller_may_write: bool,
    tool_reads_only: bool,
    confirmed: bool,
}

impl Right {
    /// Combines what the module was granted, what policies permit, and what the caller's credential is
    /// good for.
    pub fn compile(granted: Capabilities, permitted: PolicyRight, scope: &TokenScope) -> Self {
        Self {
            granted,
            permitted,
            caller_may_write: scope.may_write,
            tool_reads_only: false,
            confirmed: false,
        }
    }

    /// Allows what a person must confirm first: one has, or it is only shown to one.
    #[must_use]
    pub fn confirmed(self) -> Self {
        Self {
            confirmed: true,
            ..self
        }
    }

    /// Tells whether what a person must confirm is allowed.
    pub const fn is_confirmed(&self) -> bool {
        self.confirmed
    }

    /// Tells whether a person must confirm whatever changes something.
    pub const fn confirms_all(&self) -> bool {
        self.permitted.confirms_all()
    }

    /// Tells whether a person must confirm this first.
    pub const fn confirms(&self, object: ObjectKind, verb: Verb) -> bool {
        self.permitted.confirms(object, verb)
    }

    /// Tells whether a person may have to confirm something of what is allowed.
    pub fn confirms_something(&self) -> bool {
        let may_change = self.caller_may_write && !self.tool_reads_only;
        may_change && self.permitted.confirms_any_of(&self.granted)
    }

    /// Takes away everything that changes something.
    #[must_use]
    pub fn reading_only(self) -> Self {
        Self {
            tool_reads_only: true,
            ..self
        }
    }

    /// Tells whether the grant has an interface, and, where it changes something elsewhere, whether caller and
    /// tool may do that at all.
    pub fn reaches(&self, interface: Interface, changes: bool) -> bool {
        let may_change = self.caller_may_write && !self.tool_reads_only;
        self.granted.interfaces.contains(&interface) && (may_change || !changes)
    }

    /// Returns what may be asked of services outside.
    pub const fn outbound(&self) -> &Outbound {
        &self.granted.http
    }

    /// Decides one host call by table look-up. Does not allocate when it allows.
    pub fn decide(&self, action: &CrmAction<'_>) -> Decision<'_> {
        let granted = self.granted.object(action.object());
        match self.missing(granted, action) {
            None => Decision::Allow(Pass {
                readable: self.readable(action.object(), granted),
            }),
            Some(cause) => Decision::Deny(Denial {
                object: action.object(),
                verb: action.verb(),
                cause,
            }),
        }
    }

    /// What a write answers is as narrow as what a read would.
    fn readable<'a>(
        &self,
        object: ObjectKind,
        granted: &'a ObjectCapability,
    ) -> Option<&'a Selection> {
        let granted = granted.read.as_ref();
        granted.filter(|_| self.permitted.permits(object, Verb::Read))
    }

    fn missing(&self, granted: &ObjectCapability, action: &CrmAction<'_>) -> Option<DenialCause> {
        let verb = action.verb();
        match action {
            CrmAction::Link(_) if !granted.link => return Some(DenialCause::NotGranted),
            CrmAction::Link(_) => {}
            CrmAction::Read(_, touched)
            | CrmAction::Create(_, touched)
            | CrmAction::Update(_, touched) => {
                let Some(allowed) = granted.fields(verb) else {
                    return Some(DenialCause::NotGranted);
                };
                if let Some(field) = touched.first_outside(allowed) {
                    return Some(DenialCause::FieldNotGranted(field.to_owned()));
                }
            }
        }
        if !self.permitted.permits_confirmed(action.object(), verb) {
            return Some(DenialCause::PolicyDenied);
        }
        match verb {
            Verb::Read => None,
            _ if !self.caller_may_write => Some(DenialCause::CallerMayNotWrite),
            _ if self.tool_reads_only => Some(DenialCause::ToolReadsOnly),
            _ => {
                let unconfirmed = !self.confirmed && self.confirms(action.object(), verb);
                unconfirmed.then_some(DenialCause::RequiresConfirmation)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::{EntryRef, Field, FieldKey, FieldValue};
    use crate::ids::RecordId;
    use crate::policy::Basis;
    use std::collections::BTreeMap;
    use std::fmt::Write;
    use uuid::Uuid;

    fn fields(list: &[Field]) -> Selection {
        list.iter().copied().map(FieldKey::Standard).collect()
    }

    fn right(may_write: bool) -> Right {
        right_under(PolicyRight::of(|_, _| true), may_write)
    }

    fn right_under(permitted: PolicyRight, may_write: bool) -> Right {
        let mut granted = Capabilities::default();
        granted.set_object(
            ObjectKind::Contact,
            ObjectCapability {
                read: Some(fields(&[Field::ContactEmail, Field::ContactFirstName])),
                update: Some(fields(&[Field::ContactJobTitle])),
                ..ObjectCapability::default()
            },
        );
        granted.set_object(
            ObjectKind::Task,
            ObjectCapability {
                link: true,
                ..ObjectCapability::default()
            },
        );
        Right::compile(
            granted,
            permitted,
            &TokenScope {
                skills: None,
                may_write,
            },
        )
    }

    fn link(source: ObjectKind) -> Link {
        let id = RecordId::new(Uuid::nil());
        let target = EntryRef {
            object: ObjectKind::Contact,
            id,
        };
        Link {
            source: EntryRef { object: source, id },
            target,
        }
    }

    #[test]
    fn what_is_to_be_confirmed_is_allowed_to_whoever_was() {
        let job = fields(&[Field::ContactJobTitle]);
        let update = CrmAction::Update(ObjectKind::Contact, &job);
        let nothing = Selection::default();
        let read = CrmAction::Read(ObjectKind::Contact, &nothing);
        let ask = |object, verb| match (object, verb) {
            (ObjectKind::Contact, Verb::Update | Verb::Read) => Basis::RequiresConfirmation,
            _ => Basis::Permitted,
        };
        let all = PolicyRight::of(|_, _| true).confirming_all(true);
        let interface = PolicyRight::of(|_, _| true).confirming(|it| it == Interface::Http);
        let link = CrmAction::Link(link(ObjectKind::Task));
        let cause = |right: &Right, action| match right.decide(action) {
            Decision::Allow(_) => "allowed",
            Decision::Deny(denial) => denial.code(),
        };
        for (permitted, action, first, confirmed) in [
            (
                PolicyRight::judged(ask),
                &update,
                "requires-confirmation",
                "allowed",
            ),
            (PolicyRight::judged(ask), &link, "allowed", "allowed"),
            // Nobody can be shown what would be read.
            (
                PolicyRight::judged(ask),
                &read,
                "policy-denied",
                "policy-denied",
            ),
            (all, &update, "requires-confirmation", "allowed"),
            (all, &link, "requires-confirmation", "allowed"),
            (all, &read, "allowed", "allowed"),
            (
                PolicyRight::NONE.confirming_all(true),
                &update,
                "policy-denied",
                "policy-denied",
            ),
            (interface, &update, "allowed", "allowed"),
        ] {
            let right = right_under(permitted, true);
            assert_eq!(cause(&right, action), first, "{action:?}");
            assert_eq!(cause(&right.confirmed(), action), confirmed, "{action:?}");
        }
        // A token or a tool that may not write has nothing to be confirmed.
        let asking = PolicyRight::judged(ask);
        assert_eq!(
            cause(&right_under(asking, false), &update),
            "caller-may-not-write"
        );
        assert!(right_under(asking, true).confirms_something());
        assert!(!right_under(asking, false).confirms_something());
        assert!(
            !right_under(asking, true)
                .reading_only()
                .confirms_something()
        );
        assert!(!right(true).confirms_something());
        // The grant has no such interface.
        assert!(!right_under(interface, true).confirms_something());
    }

    #[test]
    fn decisions() {
        let email = fields(&[Field::ContactEmail]);
        let phone = fields(&[Field::ContactPhone]);
        let job = fields(&[Field::ContactJobTitle]);
        let actions = [
            CrmAction::Read(ObjectKind::Contact, &email),
            CrmAction::Read(ObjectKind::Contact, &phone),
            CrmAction::Read(ObjectKind::Company, &email),
            CrmAction::Update(ObjectKind::Contact, &job),
            CrmAction::Update(ObjectKind::Contact, &email),
            CrmAction::Create(ObjectKind::Contact, &job),
            CrmAction::Link(link(ObjectKind::Task)),
            CrmAction::Link(link(ObjectKind::Note)),
        ];
        let mut table = String::new();
        for action in &actions {
            for (caller, right) in [
                ("writer", right(true)),
                ("reader", right(false)),
                ("look-up", right(true).reading_only()),
            ] {
                let answer = match right.decide(action) {
                    Decision::Allow(_) => "allowed".to_owned(),
                    Decision::Deny(denial) => format!("{}: {denial}", denial.code()),
                };
                writeln!(
                    table,
                    "{} {:<7} {caller} {answer}",
                    action.object().name(),
                    action.verb().name()
                )
                .unwrap();
            }
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn every_kind_and_verb_has_a_bit_of_its_own() {
        assert_eq!(PolicyRight::of(|_, _| false), PolicyRight::NONE);
        for object in ObjectKind::ALL {
            for verb in Verb::ALL {
                let one = PolicyRight::of(|o, v| (o, v) == (object, verb));
                for (o, v) in ObjectKind::ALL
                    .into_iter()
                    .flat_map(|o| Verb::ALL.map(|v| (o, v)))
                {
                    assert_eq!(one.permits(o, v), (o, v) == (object, verb));
                }
            }
        }
    }

    #[test]
    fn policies_take_away_what_was_granted_and_add_nothing() {
        let job = fields(&[Field::ContactJobTitle]);
        let email = fields(&[Field::ContactEmail]);
        let no_updates = PolicyRight::of(|_, verb| verb != Verb::Update);
        let cases = [
            (CrmAction::Read(ObjectKind::Contact, &email), None),
            (
                CrmAction::Update(ObjectKind::Contact, &job),
                Some("policy-denied"),
            ),
            (
                CrmAction::Create(ObjectKind::Contact, &job),
                Some("not-granted"),
            ),
            (CrmAction::Link(link(ObjectKind::Task)), None),
        ];
        let right = right_under(no_updates, true);
        for (action, refused) in cases {
            let code = match right.decide(&action) {
                Decision::Allow(_) => None,
                Decision::Deny(denial) => Some(denial.code()),
            };
            assert_eq!(code, refused, "{action:?}");
        }
    }

    #[test]
    fn a_write_answers_nothing_that_policies_do_not_let_be_read() {
        let job = fields(&[Field::ContactJobTitle]);
        let update = CrmAction::Update(ObjectKind::Contact, &job);
        for may_read in [true, false] {
            let permitted = PolicyRight::of(|_, verb| verb != Verb::Read || may_read);
            let right = right_under(permitted, true);
            let Decision::Allow(pass) = right.decide(&update) else {
                panic!("updating job titles is granted");
            };
            assert_eq!(pass.readable().is_some(), may_read);
        }
    }

    #[test]
    fn only_what_may_be_read_comes_through() {
        let record = Record {
            object: ObjectKind::Contact,
            id: RecordId::new(Uuid::nil()),
            updated_at: None,
            fields: BTreeMap::from([Field::ContactEmail, Field::ContactPhone].map(|field| {
                (
                    FieldKey::Standard(field),
                    FieldValue::Text(field.name().to_owned()),
                )
            })),
        };
        let right = right(true);
        let nothing = Selection::default();
        let Decision::Allow(pass) = right.decide(&CrmAction::Read(ObjectKind::Contact, &nothing))
        else {
            panic!("reading contacts is granted");
        };
        let seen = pass.redact(Unredacted::seal(record.clone()));
        let keys: Vec<_> = seen.fields.keys().map(FieldKey::name).collect();
        assert_eq!(keys, ["email"]);

        let Decision::Allow(blind) = right.decide(&CrmAction::Link(link(ObjectKind::Task))) else {
            panic!("linking tasks is granted");
        };
        assert!(blind.redact(Unredacted::seal(record)).fields.is_empty());
    }
}
