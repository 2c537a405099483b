//! Ids and names. Each is its own type, so that one cannot stand in for another.

use std::fmt;
use uuid::Uuid;

/// A text that does not have the form its id or name requires.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} must be {rule}")]
pub struct Malformed {
    /// What was asked for, for example `skill name`.
    pub what: &'static str,
    /// The form it must have.
    pub rule: &'static str,
}

macro_rules! uuid_ids {
    ($($(#[$doc:meta])* $name:ident = $what:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID.
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// Returns the UUID.
            pub const fn uuid(self) -> Uuid {
                self.0
            }

            /// Reads the hyphenated form. Other forms of a UUID are refused, so that an id has one spelling.
            pub fn parse(text: &str) -> Result<Self, Malformed> {
                let malformed = Malformed { what: $what, rule: "a UUID in its hyphenated form" };
                if text.len() != 36 {
                    return Err(malformed);
                }
                Uuid::try_parse(text).map(Self).map_err(|_| malformed)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    )*};
}

uuid_ids! {
    /// One run of one skill's tool for one caller.
    InvocationId = "invocation id";
    /// A record of the CRM.
    RecordId = "record id";
    /// What a call would write, to be applied.
    PlanId = "plan id";
    /// Something that a call did, or would do, to the world outside the CRM.
    EffectId = "effect id";
    /// A bearer token (its id, never its secret).
    TokenId = "token id";
    /// An approval of one submission for one community.
    GrantId = "grant id";
    /// One component with its manifest, as handed in.
    SubmissionId = "submission id";
    /// A Tez: a message that was shared.
    TezId = "Tez id";
    /// A team of a Tez relay: some people of a community.
    TeamId = "team id";
    /// An item of the context of a Tez.
    ContextId = "context item id";
    /// A question for more of a record than a Tez says.
    ExpansionId = "expansion id";
}

/// A partnership of two communities. A number, as the requirement has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartnershipId(i64);

impl PartnershipId {
    /// Wraps a number.
    pub const fn new(number: i64) -> Self {
        Self(number)
    }

    /// Returns the number.
    pub const fn number(self) -> i64 {
        self.0
    }

    /// Reads a number above zero in its one spelling: digits, no sign, no zero before them.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let number = text.parse().ok().filter(|number: &i64| *number > 0);
        let one_spelling = number.filter(|number| number.to_string() == text);
        one_spelling.map(Self).ok_or(Malformed {
            what: "partnership id",
            rule: "a number above zero",
        })
    }
}

impl fmt::Display for PartnershipId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident = $what:literal, $check:ident, $rule:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Checks the form and wraps the text.
            pub fn parse(text: &str) -> Result<Self, Malformed> {
                if $check(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(Malformed { what: $what, rule: $rule })
                }
            }

            /// Returns the text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

names! {
    /// A community: the tenant. The CRM surface calls the same thing a team.
    CommunityId = "community id", is_opaque_id, "1 to 128 letters, digits, '-', '_', '.' or ':'";
    /// A name of a community that people can type.
    ShortId = "community short id", is_kebab_name, "1 to 64 lower-case letters, digits and single '-', starting with a letter";
    /// A person, as an opaque id of whoever issued the token.
    UserId = "user id", is_opaque_id, "1 to 128 letters, digits, '-', '_', '.' or ':'";
    /// A personal-assistant agent that acts for a user.
    AgentId = "agent id", is_opaque_id, "1 to 128 letters, digits, '-', '_', '.' or ':'";
    /// A request, as the caller or the door named it.
    RequestId = "request id", is_opaque_id, "1 to 128 letters, digits, '-', '_', '.' or ':'";
    /// A skill, unique in a community.
    SkillName = "skill name", is_kebab_name, "1 to 64 lower-case letters, digits and single '-', starting with a letter";
    /// A tool, unique in its skill.
    ToolName = "tool name", is_snake_name, "1 to 50 lower-case letters, digits and '_', starting with a letter";
    /// A field that a community added to its CRM.
    CustomFieldName = "custom field name", is_camel_name, "1 to 63 letters and digits, starting with a lower-case letter";
    /// A policy, unique in the policies of a community.
    PolicyName = "policy id", is_kebab_name, "1 to 64 lower-case letters, digits and single '-', starting with a letter";
    /// To whom a Tez goes: a user's id, or an address at another relay.
    TezAddress = "Tez address", is_tez_address, "a user id, or an address like `name@relay.example` of at most 320 characters";
    /// A credential that a manifest asks for, by the name under which an admin gives it.
    CredentialName = "credential name", is_snake_name, "1 to 50 lower-case letters, digits and '_', starting with a letter";
    /// A setting that a manifest declares.
    ConfigKey = "config key", is_snake_name, "1 to 50 lower-case letters, digits and '_', starting with a letter";
}

fn is_opaque_id(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b))
}

fn is_tez_address(text: &str) -> bool {
    match text.split_once('@') {
        None => is_opaque_id(text),
        Some((name, relay)) => text.len() <= 320 && is_opaque_id(name) && is_opaque_id(relay),
    }
}

fn starts_with_letter(text: &str) -> bool {
    text.as_bytes().first().is_some_and(u8::is_ascii_lowercase)
}

fn is_kebab_name(text: &str) -> bool {
    text.len() <= 64
        && starts_with_letter(text)
        && !text.ends_with('-')
        && !text.contains("--")
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn is_snake_name(text: &str) -> bool {
    text.len() <= 50
        && starts_with_letter(text)
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn is_camel_name(text: &str) -> bool {
    text.len() <= 63 && starts_with_letter(text) && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_one_form() {
        for (good, bad) in [
            ("crm", "Crm"),
            ("a-b2", "a--b"),
            ("tez-handoff", "-a"),
            ("a", "a-"),
        ] {
            assert!(SkillName::parse(good).is_ok(), "{good}");
            assert!(SkillName::parse(bad).is_err(), "{bad}");
        }
        for bad in ["", "a/b", "a?b", "a%2fb", "a b", "é", "a\n"] {
            assert!(CommunityId::parse(bad).is_err(), "{bad:?}");
            assert!(ToolName::parse(bad).is_err(), "{bad:?}");
        }
        assert!(CommunityId::parse(&"a".repeat(128)).is_ok());
        assert!(CommunityId::parse(&"a".repeat(129)).is_err());
    }

    #[test]
    fn a_record_id_has_one_spelling() {
        let id = "0190f5fe-7c00-7a00-8000-000000000001";
        assert_eq!(RecordId::parse(id).unwrap().to_string(), id);
        for bad in [
            "",
            "0190f5fe7c007a008000000000000001",
            "{0190f5fe-7c00-7a00-8000-000000000001}",
            "../0190f5fe-7c00-7a00-8000-00000000",
            &format!("{id}?"),
            &"0".repeat(10_000),
        ] {
            assert!(RecordId::parse(bad).is_err(), "{bad}");
        }
    }
}
