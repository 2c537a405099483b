//! Who belongs to a community, as its admins keep it.
//!
//! A community need not list anybody: then its tokens alone say who is what. Whoever is listed has no more than the
//! list says, whatever a token says, and whoever has left has nothing.

mod address;

pub use address::{ADDRESS_BYTES_MAX, EmailAddress, NotAnAddress};

use crate::ids::UserId;
use crate::principal::Role;
use crate::tez::DisplayName;
use crate::time::Timestamp;
use crate::words::words;
use std::fmt;

/// Most people that a community lists.
pub const MEMBERS_MAX: u32 = 10_000;
/// Most of them that are admins: each hears of every move of a partnership.
pub const ADMINS_MAX: u32 = 100;

words! {
    /// As what somebody belongs to a community.
    MemberRole {
        /// Speaks for it.
        Admin = "admin",
        /// Is in it.
        Member = "member",
    }
}

/// What a community's list says of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// Nothing: never was on it.
    Never,
    /// Belongs to it.
    As(MemberRole),
    /// Did.
    Left,
}

impl Listed {
    /// Narrows what a credential says to what the list says. Nothing is left of whoever has left, nor of whoever acts
    /// for them.
    pub const fn narrows(self, role: Role) -> Option<Role> {
        match (self, role) {
            (Self::Left, _) => None,
            (Self::As(MemberRole::Member), Role::Admin) => Some(Role::Member),
            (Self::Never | Self::As(_), role) => Some(role),
        }
    }
}

/// What opens a person's choice whether mail comes, and nothing else: it stands in each mail.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct MailKey([u8; 32]);

impl MailKey {
    /// Wraps random bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for MailKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailKey")
    }
}

/// Somebody who belongs to a community, or did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub user: UserId,
    /// As what; of whoever has left, as what before.
    pub role: MemberRole,
    /// How they are called. Gone when they have left.
    pub name: Option<DisplayName>,
    /// Where mail for them goes. Gone when they have left.
    pub email: Option<EmailAddress>,
    /// Whether they want mail.
    pub wants_mail: bool,
    /// What opens that choice.
    pub mail_key: MailKey,
    /// How often this was changed, its beginning included.
    pub version: u32,
    /// Since when they belong to it.
    pub joined_at: Timestamp,
    /// When this was changed last.
    pub changed_at: Timestamp,
    /// Since when they no longer do.
    pub left_at: Option<Timestamp>,
}

impl Member {
    /// Tells what the list says of them.
    pub const fn listed(&self) -> Listed {
        match self.left_at {
            None => Listed::As(self.role),
            Some(_) => Listed::Left,
        }
    }

    const fn is_admin(&self) -> bool {
        matches!(self.listed(), Listed::As(MemberRole::Admin))
    }
}

/// What an admin says of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberTerms {
    /// As what they belong to the community.
    pub role: MemberRole,
    /// How they are called.
    pub name: Option<DisplayName>,
    /// Where mail for them goes.
    pub email: Option<EmailAddress>,
}

/// Why a list stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unchanged {
    /// Nobody of this id belongs to it.
    #[error("nobody of this id belongs to the community")]
    NotThere,
    /// Nobody would be left who speaks for the community.
    #[error("this is the only admin that the community lists; list another one first")]
    LastAdmin,
    /// As many are listed as there may be.
    #[error("a community lists at most {MEMBERS_MAX} people")]
    TooMany,
    /// As many admins are listed as there may be.
    #[error("a community lists at most {ADMINS_MAX} admins")]
    TooManyAdmins,
}

/// A community's list, as far as one person is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    /// The person, if they ever were on it.
    pub present: Option<Member>,
    /// How many belong to the community.
    pub members: u32,
    /// How many of them are admins.
    pub admins: u32,
}

impl Roster {
    /// Lists somebody, or changes what is said of them. `key` is theirs if they never were listed.
    pub fn put(
        &self,
        user: &UserId,
        terms: MemberTerms,
        (key, at): (MailKey, Timestamp),
    ) -> Result<Member, Unchanged> {
        let before = self.present.as_ref();
        let was_here = before.filter(|it| it.left_at.is_none());
        if was_here.is_none() && self.members >= MEMBERS_MAX {
            return Err(Unchanged::TooMany);
        }
        let was_admin = before.is_some_and(Member::is_admin);
        match terms.role {
            MemberRole::Admin if !was_admin && self.admins >= ADMINS_MAX => {
                return Err(Unchanged::TooManyAdmins);
            }
            MemberRole::Member if was_admin && self.admins <= 1 => {
                return Err(Unchanged::LastAdmin);
            }
            MemberRole::Admin | MemberRole::Member => {}
        }
        Ok(Member {
            user: user.clone(),
            role: terms.role,
            name: terms.name,
            email: terms.email,
            wants_mail: before.is_none_or(|it| it.wants_mail),
            mail_key: before.map_or(key, |it| it.mail_key),
            version: before.map_or(1, |it| it.version.saturating_add(1)),
            joined_at: was_here.map_or(at, |it| it.joined_at),
            changed_at: at,
            left_at: None,
        })
    }

    /// Takes somebody off the list.
    pub fn remove(&self, at: Timestamp) -> Result<Member, Unchanged> {
        let before = self.here()?;
        if before.is_admin() && self.admins <= 1 {
            return Err(Unchanged::LastAdmin);
        }
        Ok(Member {
            name: None,
            email: None,
            left_at: Some(at),
            ..next(before, at)
        })
    }

    /// Has mail come to somebody, or no more.
    pub fn want_mail(&self, wants_mail: bool, at: Timestamp) -> Result<Member, Unchanged> {
        let before = self.here()?;
        Ok(Member {
            wants_mail,
            ..next(before, at)
        })
    }

    fn here(&self) -> Result<&Member, Unchanged> {
        let present = self.present.as_ref();
        let here = present.filter(|it| it.left_at.is_none());
        here.ok_or(Unchanged::NotThere)
    }
}

fn next(before: &Member, at: Timestamp) -> Member {
    Member {
        version: before.version.saturating_add(1),
        changed_at: at,
        ..before.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EARLY: Timestamp = Timestamp::from_unix_ms(1_000);
    const LATE: Timestamp = Timestamp::from_unix_ms(2_000);

    fn ada() -> UserId {
        UserId::parse("ada").unwrap()
    }

    fn terms(role: MemberRole) -> MemberTerms {
        MemberTerms {
            role,
            name: Some(DisplayName::parse("Ada").unwrap()),
            email: Some(EmailAddress::parse("ada@example.org").unwrap()),
        }
    }

    fn roster(present: Option<Member>, members: u32, admins: u32) -> Roster {
        Roster {
            present,
            members,
            admins,
        }
    }

    fn put(roster: &Roster, role: MemberRole, at: Timestamp) -> Result<Member, Unchanged> {
        roster.put(&ada(), terms(role), (MailKey::new([7; 32]), at))
    }

    fn listed(role: MemberRole) -> Member {
        put(&roster(None, 0, 0), role, EARLY).unwrap()
    }

    #[test]
    fn a_list_only_takes_away() {
        use Listed::{As, Left, Never};
        for role in Role::ALL {
            assert_eq!(Left.narrows(role), None);
            assert_eq!(Never.narrows(role), Some(role));
            assert_eq!(As(MemberRole::Admin).narrows(role), Some(role));
            let as_member = match role {
                Role::Admin => Role::Member,
                other => other,
            };
            assert_eq!(As(MemberRole::Member).narrows(role), Some(as_member));
        }
    }

    #[test]
    fn whoever_leaves_takes_their_name_along_and_may_come_back() {
        let mia = listed(MemberRole::Member);
        assert_eq!((mia.version, mia.wants_mail), (1, true));
        let quiet = roster(Some(mia), 1, 0).want_mail(false, LATE).unwrap();
        let gone = roster(Some(quiet), 1, 0).remove(LATE).unwrap();
        assert_eq!((gone.version, gone.listed()), (3, Listed::Left));
        assert_eq!((&gone.name, &gone.email), (&None, &None));
        let away = roster(Some(gone), 0, 0);
        assert_eq!(away.remove(LATE), Err(Unchanged::NotThere));
        assert_eq!(away.want_mail(true, LATE), Err(Unchanged::NotThere));
        let back = put(&away, MemberRole::Member, LATE).unwrap();
        // What they chose, and what opens that choice, is theirs for good.
        assert!(!back.wants_mail);
        assert_eq!(back.mail_key, MailKey::new([7; 32]));
        assert_eq!((back.version, back.joined_at), (4, LATE));
        assert_eq!(back.listed(), Listed::As(MemberRole::Member));
    }

    #[test]
    fn somebody_always_speaks_for_a_community_that_lists_admins() {
        use MemberRole::{Admin, Member};
        let of = |admins| roster(Some(listed(Admin)), 2, admins);
        assert_eq!(put(&of(1), Member, LATE), Err(Unchanged::LastAdmin));
        assert_eq!(of(1).remove(LATE), Err(Unchanged::LastAdmin));
        assert!(put(&of(1), Admin, LATE).is_ok());
        assert!(put(&of(2), Member, LATE).is_ok());
        assert!(of(2).remove(LATE).is_ok());
        // One that lists none may go on so.
        let nobody = roster(None, 0, 0);
        assert!(put(&nobody, Member, LATE).is_ok());
    }

    #[test]
    fn a_list_has_limits() {
        use MemberRole::{Admin, Member};
        let new = |members, admins| roster(None, members, admins);
        assert_eq!(
            put(&new(MEMBERS_MAX, 1), Member, LATE),
            Err(Unchanged::TooMany)
        );
        assert!(put(&new(MEMBERS_MAX - 1, 1), Member, LATE).is_ok());
        assert_eq!(
            put(&new(ADMINS_MAX, ADMINS_MAX), Admin, LATE),
            Err(Unchanged::TooManyAdmins)
        );
        assert!(put(&new(ADMINS_MAX, ADMINS_MAX - 1), Admin, LATE).is_ok());
        let full = |role| roster(Some(listed(role)), MEMBERS_MAX, ADMINS_MAX);
        assert!(put(&full(Admin), Admin, LATE).is_ok());
        assert!(put(&full(Member), Member, LATE).is_ok());
        assert_eq!(
            put(&full(Member), Admin, LATE),
            Err(Unchanged::TooManyAdmins)
        );
    }
}
