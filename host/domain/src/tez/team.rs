use super::text::bounded;
use super::{TeamRole, Visibility};

/// Longest name of a team or of a person, in characters.
pub const NAME_CHARS_MAX: usize = 200;

/// A team's or a person's name: sanitised, on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisplayName(String);

/// A text that is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a name must have 1 to {NAME_CHARS_MAX} characters on one line")]
pub struct NotAName;

impl DisplayName {
    /// Sanitises a text and checks that it is a name.
    pub fn parse(text: &str) -> Result<Self, NotAName> {
        let name = bounded(text, NAME_CHARS_MAX);
        let name = name.filter(|name| !name.contains(['\n', '\t']));
        name.map(Self).ok_or(NotAName)
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TeamRole {
    /// Tells whether somebody of this role may add another of `role`.
    pub const fn may_add(self, role: Self) -> bool {
        match self {
            Self::Owner => true,
            Self::Admin => !matches!(role, Self::Owner),
            Self::Member => false,
        }
    }
}

/// What somebody is to a Tez.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reader {
    /// Who shared it.
    pub is_sender: bool,
    /// One of those to whom it went.
    pub is_recipient: bool,
    /// One of its team.
    pub is_member: bool,
}

impl Visibility {
    /// Tells whether a Tez is shown to somebody.
    pub const fn shows_to(self, reader: Reader) -> bool {
        reader.is_sender
            || match self {
                Self::Team => reader.is_member,
                Self::Dm => reader.is_recipient,
                Self::Private => false,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    #[test]
    fn who_sees_what() {
        let yes_or_no = |is| if is { "yes" } else { "-" };
        let mut table = format!("{:<28}", "sender recipient member");
        for visibility in Visibility::ALL {
            write!(table, " {:<7}", visibility.name()).unwrap();
        }
        for bits in 0..8 {
            let reader = Reader {
                is_sender: bits & 4 != 0,
                is_recipient: bits & 2 != 0,
                is_member: bits & 1 != 0,
            };
            let [sender, recipient, member] =
                [reader.is_sender, reader.is_recipient, reader.is_member].map(yes_or_no);
            write!(table, "\n{sender:<6} {recipient:<9} {member:<11}").unwrap();
            for visibility in Visibility::ALL {
                write!(table, " {:<7}", yes_or_no(visibility.shows_to(reader))).unwrap();
            }
        }
        let lines: Vec<_> = table.lines().map(str::trim_end).collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        sender recipient member      team    dm      private
        -      -         -           -       -       -
        -      -         yes         yes     -       -
        -      yes       -           -       yes     -
        -      yes       yes         yes     yes     -
        yes    -         -           yes     yes     yes
        yes    -         yes         yes     yes     yes
        yes    yes       -           yes     yes     yes
        yes    yes       yes         yes     yes     yes
        ");
    }

    #[test]
    fn who_adds_whom() {
        use TeamRole::{Admin, Member, Owner};
        for (by, may) in [
            (Owner, [true, true, true]),
            (Admin, [false, true, true]),
            (Member, [false, false, false]),
        ] {
            assert_eq!(
                [Owner, Admin, Member].map(|role| by.may_add(role)),
                may,
                "{by:?}"
            );
        }
    }

    #[test]
    fn a_name_is_short_and_on_one_line() {
        let longest = "é".repeat(NAME_CHARS_MAX);
        for (text, kept) in [
            ("Sales", Some("Sales")),
            (" Sal\u{200b}es ", Some("Sales")),
            (longest.as_str(), Some(longest.as_str())),
            ("", None),
            ("\u{200b}", None),
            ("a\nb", None),
            (&"é".repeat(NAME_CHARS_MAX + 1), None),
        ] {
            let name = DisplayName::parse(text);
            assert_eq!(
                name.as_ref().ok().map(DisplayName::as_str),
                kept,
                "{text:?}"
            );
        }
    }
}
