//! What partnerships do, told a second time: short, and without a thought of time, storage or others.

/// Which of the two communities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// It invited.
    Source,
    /// It was invited.
    Target,
}

/// What an admin wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    Invite,
    Accept,
    /// Accept, but with other permissions.
    Counter,
    Reject,
    Cancel,
    Suspend,
    Reactivate,
    SetPermissions,
    /// Both, or nothing.
    SuspendAndSet,
    End,
    Look,
}

impl Wish {
    pub(super) const ALL: [Self; 11] = [
        Self::Invite,
        Self::Accept,
        Self::Counter,
        Self::Reject,
        Self::Cancel,
        Self::Suspend,
        Self::Reactivate,
        Self::SetPermissions,
        Self::SuspendAndSet,
        Self::End,
        Self::Look,
    ];
}

/// Where a partnership stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Invited,
    /// The target wants other terms.
    Countered,
    Accepted,
    /// By the source, by the target, or by both.
    Suspended(bool, bool),
    Over(&'static str),
}

impl Standing {
    /// The word for it.
    pub(super) const fn status(self) -> &'static str {
        match self {
            Self::Invited | Self::Countered => "pending",
            Self::Accepted => "accepted",
            Self::Suspended(..) => "suspended",
            Self::Over(how) => how,
        }
    }

    pub(super) const fn is_over(self) -> bool {
        matches!(self, Self::Over(_))
    }

    pub(super) const fn is_pending(self) -> bool {
        matches!(self, Self::Invited | Self::Countered)
    }

    /// What happens when a side wishes something, move by move; nothing, where it is refused. An invitation is about
    /// what is not there yet.
    pub(super) fn moves(self, side: Side, wish: Wish) -> Option<Vec<(&'static str, Self)>> {
        use Side::{Source, Target};
        let one = |name, next| Some(vec![(name, next)]);
        match (self, side, wish) {
            (Self::Invited, Target, Wish::Accept) | (Self::Countered, Source, Wish::Accept) => {
                one("accepted", Self::Accepted)
            }
            (Self::Invited, Target, Wish::Counter) => one("counter-offered", Self::Countered),
            (Self::Invited, Target, Wish::Reject) | (Self::Countered, _, Wish::Reject) => {
                one("rejected", Self::Over("rejected"))
            }
            (Self::Invited | Self::Countered, Source, Wish::Cancel) => {
                one("cancelled", Self::Over("cancelled"))
            }
            (Self::Accepted | Self::Suspended(..), _, Wish::Suspend) => {
                one("suspended", self.suspended(side)?)
            }
            (Self::Suspended(source, target), _, Wish::Reactivate) => {
                let (mine, theirs) = match side {
                    Source => (source, target),
                    Target => (target, source),
                };
                let next = match (mine, theirs, side) {
                    (false, ..) => return None,
                    (true, false, _) => Self::Accepted,
                    (true, true, Source) => Self::Suspended(false, true),
                    (true, true, Target) => Self::Suspended(true, false),
                };
                one("reactivated", next)
            }
            (Self::Accepted | Self::Suspended(..), _, Wish::SetPermissions) => {
                one("permissions-set", self)
            }
            (Self::Accepted | Self::Suspended(..), _, Wish::SuspendAndSet) => {
                let next = self.suspended(side)?;
                Some(vec![("suspended", next), ("permissions-set", next)])
            }
            (Self::Accepted | Self::Suspended(..), _, Wish::End) => {
                one("ended", Self::Over("ended"))
            }
            _ => None,
        }
    }

    fn suspended(self, side: Side) -> Option<Self> {
        match (self, side) {
            (Self::Accepted, Side::Source) => Some(Self::Suspended(true, false)),
            (Self::Accepted, Side::Target) => Some(Self::Suspended(false, true)),
            (Self::Suspended(false, true), Side::Source)
            | (Self::Suspended(true, false), Side::Target) => Some(Self::Suspended(true, true)),
            _ => None,
        }
    }
}
