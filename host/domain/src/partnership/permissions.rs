use crate::words::words;
use std::collections::BTreeSet;

/// Most notifications that a partner may be sent in an hour.
pub const PER_HOUR_MAX: u16 = 1_000;
/// Most notifications that a partner may be sent in a day.
pub const PER_DAY_MAX: u16 = 10_000;
/// Most boards of a whitelist.
pub const BOARDS_MAX: usize = 256;

words! {
    /// What of a community its partners can be told of.
    NotificationKind {
        /// A new post.
        Posts = "posts",
        /// A post has so many votes now.
        Votes = "votes",
        /// A new comment.
        Comments = "comments",
        /// A new board.
        Boards = "boards",
        /// Something that the community announces.
        Announcements = "announcements",
    }
}

/// What one community's notifications to the other must be like to be sent on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permissions {
    /// The kinds that are sent on at all.
    notifications: BTreeSet<NotificationKind>,
    rates: Rates,
    filters: Filters,
}

/// How many notifications are sent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// In an hour, at most.
    pub per_hour: u16,
    /// In a day, at most.
    pub per_day: u16,
}

/// Which posts are told of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filters {
    /// Those with so many votes at least.
    pub min_votes: u32,
    /// Those on these boards; on all of them when there are none here.
    pub boards: BTreeSet<i64>,
}

/// What permissions cannot say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PermissionsFault {
    /// More in an hour than [`PER_HOUR_MAX`].
    #[error("maxPerHour must be at most {PER_HOUR_MAX}")]
    PerHour,
    /// More in a day than [`PER_DAY_MAX`].
    #[error("maxPerDay must be at most {PER_DAY_MAX}")]
    PerDay,
    /// Fewer in a day than in an hour.
    #[error("maxPerDay must not be less than maxPerHour")]
    DayBelowHour,
    /// More boards than [`BOARDS_MAX`].
    #[error("boardWhitelist must have at most {BOARDS_MAX} boards")]
    Boards,
}

impl Permissions {
    /// Checks what they say.
    pub fn new(
        notifications: BTreeSet<NotificationKind>,
        rates: Rates,
        filters: Filters,
    ) -> Result<Self, PermissionsFault> {
        if rates.per_hour > PER_HOUR_MAX {
            return Err(PermissionsFault::PerHour);
        }
        if rates.per_day > PER_DAY_MAX {
            return Err(PermissionsFault::PerDay);
        }
        if rates.per_day < rates.per_hour {
            return Err(PermissionsFault::DayBelowHour);
        }
        if filters.boards.len() > BOARDS_MAX {
            return Err(PermissionsFault::Boards);
        }
        Ok(Self {
            notifications,
            rates,
            filters,
        })
    }

    /// Tells whether a kind is sent on at all.
    pub fn allows(&self, kind: NotificationKind) -> bool {
        self.notifications.contains(&kind)
    }

    /// Returns how many are sent on.
    pub const fn rates(&self) -> Rates {
        self.rates
    }

    /// Returns which posts are told of.
    pub const fn filters(&self) -> &Filters {
        &self.filters
    }
}

impl Default for Permissions {
    /// What a new partnership has where nobody says otherwise: the requirement's, which tells of no votes and no
    /// comments.
    fn default() -> Self {
        use NotificationKind as N;
        Self {
            notifications: BTreeSet::from([N::Posts, N::Boards, N::Announcements]),
            rates: Rates {
                per_hour: 5,
                per_day: 20,
            },
            filters: Filters {
                min_votes: 3,
                boards: BTreeSet::new(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(per_hour: u16, per_day: u16, boards: usize) -> Result<Permissions, PermissionsFault> {
        let filters = Filters {
            min_votes: 0,
            boards: (0..).take(boards).collect(),
        };
        Permissions::new(BTreeSet::new(), Rates { per_hour, per_day }, filters)
    }

    #[test]
    fn what_they_can_say() {
        use PermissionsFault as F;
        for (hour, day, boards, fault) in [
            (0, 0, 0, None),
            (1_000, 1_000, 256, None),
            (1_000, 10_000, 0, None),
            (1_001, 10_000, 0, Some(F::PerHour)),
            (1_000, 10_001, 0, Some(F::PerDay)),
            (6, 5, 0, Some(F::DayBelowHour)),
            (5, 5, 257, Some(F::Boards)),
        ] {
            assert_eq!(
                with(hour, day, boards).err(),
                fault,
                "{hour} {day} {boards}"
            );
        }
    }

    #[test]
    fn the_default_is_a_permission() {
        let it = Permissions::default();
        let again = Permissions::new(it.notifications.clone(), it.rates, it.filters.clone());
        assert_eq!(again, Ok(it.clone()));
        let told: Vec<_> = NotificationKind::ALL
            .iter()
            .filter(|kind| it.allows(**kind))
            .map(|kind| kind.name())
            .collect();
        assert_eq!(told, ["posts", "boards", "announcements"]);
    }
}
