//! What a module may reach: asked for in its manifest, given (perhaps narrower) by a grant.

use crate::crm::{ObjectKind, Selection};
use crate::egress::Outbound;
use std::collections::BTreeSet;

/// An interface of the contract that a component may import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Interface {
    /// CRM records.
    Crm,
    /// Records for other people's assistants.
    Tez,
    /// Handing them over.
    TezSharing,
    /// An agent that thinks.
    Planner,
    /// Mailbox and calendar.
    Workspace,
    /// Services outside.
    Http,
    /// What the skill keeps from one call to the next.
    State,
    /// Scratch files of one call.
    Files,
    /// The operator's log.
    Log,
    /// How far a call has come.
    Progress,
    /// The time of day.
    Clock,
    /// Settings.
    Config,
}

impl Interface {
    /// Every interface.
    pub const ALL: [Self; 12] = [
        Self::Crm,
        Self::Tez,
        Self::TezSharing,
        Self::Planner,
        Self::Workspace,
        Self::Http,
        Self::State,
        Self::Files,
        Self::Log,
        Self::Progress,
        Self::Clock,
        Self::Config,
    ];

    /// Returns the interface's name in WIT and in manifests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Crm => "crm",
            Self::Tez => "tez",
            Self::TezSharing => "tez-sharing",
            Self::Planner => "planner",
            Self::Workspace => "workspace",
            Self::Http => "http",
            Self::State => "state",
            Self::Files => "files",
            Self::Log => "log",
            Self::Progress => "progress",
            Self::Clock => "clock",
            Self::Config => "config",
        }
    }

    /// Finds an interface by its name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|interface| interface.name() == name)
    }
}

/// What can be done to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// See it.
    Read,
    /// Make one.
    Create,
    /// Change one.
    Update,
    /// Attach a task or note to another record.
    Link,
}

impl Verb {
    /// Every verb, in a fixed order.
    pub const ALL: [Self; 4] = [Self::Read, Self::Create, Self::Update, Self::Link];

    /// Returns the name used in manifests and refusals.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Create => "create",
            Self::Update => "update",
            Self::Link => "link",
        }
    }
}

/// What may be done with records of one kind. An absent verb is not allowed at all; an empty
/// selection allows the verb on no field (to see that a record exists, to create an empty one).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ObjectCapability {
    /// Fields that may be seen, filtered and sorted by.
    pub read: Option<Selection>,
    /// Fields that may be set on a new record.
    pub create: Option<Selection>,
    /// Fields that may be changed or emptied.
    pub update: Option<Selection>,
    /// Whether records of this kind may be attached to others (tasks and notes only).
    pub link: bool,
}

impl ObjectCapability {
    /// Returns the fields allowed for `verb`, or `None` where the verb is not allowed.
    pub fn fields(&self, verb: Verb) -> Option<&Selection> {
        match verb {
            Verb::Read => self.read.as_ref(),
            Verb::Create => self.create.as_ref(),
            Verb::Update => self.update.as_ref(),
            Verb::Link => None,
        }
    }

    /// Tells whether any write is allowed.
    pub fn writes(&self) -> bool {
        self.create.is_some() || self.update.is_some() || self.link
    }
}

/// Everything a module may reach.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Capabilities {
    /// Interfaces that may be linked.
    pub interfaces: BTreeSet<Interface>,
    /// What may be asked of services outside.
    pub http: Outbound,
    crm: [ObjectCapability; ObjectKind::ALL.len()],
}

/// One thing that is in a set of capabilities and not in another, for example `contact.update.email`.
pub type Excess = String;

impl Capabilities {
    /// Returns what may be done with records of `object`.
    pub fn object(&self, object: ObjectKind) -> &ObjectCapability {
        &self.crm[object as usize]
    }

    /// Replaces what may be done with records of `object`.
    pub fn set_object(&mut self, object: ObjectKind, capability: ObjectCapability) {
        self.crm[object as usize] = capability;
    }

    /// Tells whether anything can be changed with them: in the CRM, in what the skill keeps, or elsewhere.
    pub fn change_something(&self) -> bool {
        let has = |interface| self.interfaces.contains(&interface);
        let keeps = has(Interface::State);
        let tells = has(Interface::TezSharing) || has(Interface::Workspace);
        let writes = has(Interface::Crm) && self.crm.iter().any(ObjectCapability::writes);
        let sends = has(Interface::Http) && self.http.changes();
        keeps || tells || writes || sends
    }

    /// Tells whether what is there can be replaced with them, and not only added to.
    pub fn replace_something(&self) -> bool {
        let has = |interface| self.interfaces.contains(&interface);
        let updates = self.crm.iter().any(|object| object.update.is_some());
        has(Interface::Crm) && updates || has(Interface::Http) && self.http.changes()
    }

    /// Tells whether somebody beside the CRM can be reached with them.
    pub fn reach_others(&self) -> bool {
        [
            Interface::Http,
            Interface::Planner,
            Interface::TezSharing,
            Interface::Workspace,
        ]
        .iter()
        .any(|interface| self.interfaces.contains(interface))
    }

    /// Returns what is in both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let mut both = Self {
            interfaces: &self.interfaces & &other.interfaces,
            http: self.http.and(&other.http),
            ..Self::default()
        };
        for object in ObjectKind::ALL {
            let (mine, theirs) = (self.object(object), other.object(object));
            let fields = |verb| Some(mine.fields(verb)?.and(theirs.fields(verb)?));
            let capability = ObjectCapability {
                read: fields(Verb::Read),
                create: fields(Verb::Create),
                update: fields(Verb::Update),
                link: mine.link && theirs.link,
            };
            both.set_object(object, capability);
        }
        both
    }

    /// Names everything that may be reached, for example `interfaces.crm`, `contact.read`,
    /// `contact.read.email` and `task.link`. Equal sets have equal names, and different ones do not.
    pub fn names(&self) -> BTreeSet<String> {
        let interfaces = self.interfaces.iter();
        let mut names: BTreeSet<_> = interfaces
            .map(|interface| format!("interfaces.{}", interface.name()))
            .chain(self.http.names())
            .collect();
        for object in ObjectKind::ALL {
            let capability = self.object(object);
            for verb in [Verb::Read, Verb::Create, Verb::Update] {
                let Some(fields) = capability.fields(verb) else {
                    continue;
                };
                let name = format!("{}.{}", object.name(), verb.name());
                names.extend(fields.names().iter().map(|field| format!("{name}.{field}")));
                names.insert(name);
            }
            if capability.link {
                names.insert(format!("{}.{}", object.name(), Verb::Link.name()));
            }
        }
        names
    }

    /// Lists everything here that `ceiling` lacks. Empty means: not wider in any respect.
    pub fn excess_over(&self, ceiling: &Self) -> Vec<Excess> {
        let mut excess: Vec<Excess> = self
            .interfaces
            .difference(&ceiling.interfaces)
            .map(|i| i.name().to_owned())
            .chain(self.http.excess_over(&ceiling.http))
            .collect();
        for object in ObjectKind::ALL {
            let (mine, theirs) = (self.object(object), ceiling.object(object));
            for verb in [Verb::Read, Verb::Create, Verb::Update] {
                let name = format!("{}.{}", object.name(), verb.name());
                match (mine.fields(verb), theirs.fields(verb)) {
                    (Some(_), None) => excess.push(name),
                    (Some(asked), Some(given)) => {
                        excess.extend(
                            asked
                                .first_outside(given)
                                .map(|field| format!("{name}.{field}")),
                        );
                    }
                    (None, _) => {}
                }
            }
            if mine.link && !theirs.link {
                excess.push(format!("{}.link", object.name()));
            }
        }
        excess
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::Field;
    use crate::crm::FieldKey;

    fn reading(fields: &[Field]) -> Capabilities {
        let mut all = Capabilities::default();
        let read = fields.iter().copied().map(FieldKey::Standard).collect();
        let contact = ObjectCapability {
            read: Some(read),
            ..ObjectCapability::default()
        };
        all.set_object(ObjectKind::Contact, contact);
        all
    }

    #[test]
    fn wider_is_named() {
        let narrow = reading(&[Field::ContactEmail]);
        let wide = reading(&[Field::ContactEmail, Field::ContactPhone]);
        assert!(narrow.excess_over(&wide).is_empty());
        assert_eq!(wide.excess_over(&narrow), ["contact.read.phone"]);
        assert_eq!(
            narrow.excess_over(&Capabilities::default()),
            ["contact.read"]
        );

        let linking = Capabilities {
            interfaces: [Interface::Crm].into(),
            ..Capabilities::default()
        };
        assert_eq!(linking.excess_over(&narrow), ["crm"]);
    }

    #[test]
    fn what_is_in_both_is_in_each() {
        let mut one = reading(&[Field::ContactEmail, Field::ContactPhone]);
        one.interfaces.extend([Interface::Crm, Interface::Log]);
        let linking = ObjectCapability {
            link: true,
            create: Some(Selection::EMPTY),
            ..ObjectCapability::default()
        };
        one.set_object(ObjectKind::Task, linking.clone());
        let mut other = reading(&[Field::ContactPhone]);
        other.interfaces.insert(Interface::Log);
        assert_eq!(
            one.and(&other).names().into_iter().collect::<Vec<_>>(),
            ["contact.read", "contact.read.phone", "interfaces.log"]
        );
        assert_eq!(one.and(&one), one);
        assert_eq!(one.and(&other), other.and(&one));
        assert_eq!(one.and(&Capabilities::default()), Capabilities::default());
        assert!(
            one.names()
                .is_superset(&["task.create", "task.link"].map(str::to_owned).into())
        );
    }
}
