//! What policies permit, and what of it a person must confirm.

use crate::capability::{Capabilities, Interface, Verb};
use crate::crm::ObjectKind;
use crate::policy::Basis;

/// What the policies of a community let a caller do through one tool: a bit for each kind of record
/// and verb, so that asking costs nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PolicyRight {
    permitted: u32,
    /// What is permitted once a person has confirmed it.
    to_confirm: u32,
    /// Interfaces through which something may be asked for that a person must confirm.
    interfaces_to_confirm: u16,
    /// Whatever the tool changes, a person must confirm.
    all_to_confirm: bool,
}

impl PolicyRight {
    /// Nothing.
    pub const NONE: Self = Self {
        permitted: 0,
        to_confirm: 0,
        interfaces_to_confirm: 0,
        all_to_confirm: false,
    };

    /// Asks `permitted` for every kind of record and verb, once.
    pub fn of(permitted: impl Fn(ObjectKind, Verb) -> bool) -> Self {
        Self::judged(|object, verb| {
            if permitted(object, verb) {
                Basis::Permitted
            } else {
                Basis::Forbidden
            }
        })
    }

    /// Asks `judge` for every kind of record and verb, once.
    pub fn judged(judge: impl Fn(ObjectKind, Verb) -> Basis) -> Self {
        let mut right = Self::NONE;
        for object in ObjectKind::ALL {
            for verb in Verb::ALL {
                match judge(object, verb) {
                    Basis::Permitted => right.permitted |= bit(object, verb),
                    // What only is read cannot be shown before it is.
                    Basis::RequiresConfirmation if verb != Verb::Read => {
                        right.to_confirm |= bit(object, verb);
                    }
                    _ => {}
                }
            }
        }
        right
    }

    /// Has a person confirm whatever the tool changes.
    #[must_use]
    pub const fn confirming_all(self, all: bool) -> Self {
        Self {
            all_to_confirm: all,
            ..self
        }
    }

    /// Says that a person may have to confirm what is asked for through some interfaces.
    #[must_use]
    pub fn confirming(self, interfaces: impl Fn(Interface) -> bool) -> Self {
        let bits = Interface::ALL.into_iter().filter(|it| interfaces(*it));
        Self {
            interfaces_to_confirm: bits.fold(0, |all, it| all | interface_bit(it)),
            ..self
        }
    }

    /// Tells whether `verb` is permitted on records of `object`.
    pub const fn permits(self, object: ObjectKind, verb: Verb) -> bool {
        self.permitted & bit(object, verb) != 0
    }

    /// Tells whether `verb` is permitted on records of `object` once a person has confirmed it.
    pub(super) const fn permits_confirmed(self, object: ObjectKind, verb: Verb) -> bool {
        (self.permitted | self.to_confirm) & bit(object, verb) != 0
    }

    /// Tells whether a person must confirm whatever changes something.
    pub(super) const fn confirms_all(self) -> bool {
        self.all_to_confirm
    }

    /// Tells whether a person must confirm it first.
    pub(super) const fn confirms(self, object: ObjectKind, verb: Verb) -> bool {
        let changes = !matches!(verb, Verb::Read);
        changes && (self.all_to_confirm || self.to_confirm & bit(object, verb) != 0)
    }

    /// Tells whether a person may have to confirm anything at all.
    pub const fn confirms_anything(self) -> bool {
        self.all_to_confirm || self.to_confirm != 0 || self.interfaces_to_confirm != 0
    }

    /// Tells whether a person may have to confirm something that `granted` allows.
    pub(super) fn confirms_any_of(self, granted: &Capabilities) -> bool {
        if self.all_to_confirm {
            return granted.change_something();
        }
        let of_records = |object: ObjectKind| {
            let own = granted.object(object);
            let may = |verb| match verb {
                Verb::Link => own.link,
                verb => own.fields(verb).is_some(),
            };
            Verb::ALL
                .into_iter()
                .any(|verb| may(verb) && self.confirms(object, verb))
        };
        let reached = |it: &Interface| self.interfaces_to_confirm & interface_bit(*it) != 0;
        granted.interfaces.iter().any(reached) || ObjectKind::ALL.into_iter().any(of_records)
    }
}

const fn interface_bit(interface: Interface) -> u16 {
    const { assert!(Interface::ALL.len() <= u16::BITS as usize) };
    1 << interface as u16
}

const fn bit(object: ObjectKind, verb: Verb) -> u32 {
    const { assert!(ObjectKind::ALL.len() * Verb::ALL.len() <= u32::BITS as usize) };
    1 << (object as usize * Verb::ALL.len() + verb as usize)
}
