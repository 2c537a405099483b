//! Digests of what was approved and of what was asked.

use sha2::{Digest as _, Sha256};
use skillgate_domain::capability::Capabilities;
use skillgate_domain::digest::Digest;
use skillgate_domain::event::{Link, Notification};
use skillgate_domain::ids::ToolName;
use skillgate_domain::member::{EmailAddress, Member};
use skillgate_domain::partnership::{Message, NotificationKind, Terms};
use skillgate_domain::settings::CommunitySettings;
use skillgate_domain::skill::{Skill, Tool};
use skillgate_domain::tez::DisplayName;
use std::collections::BTreeMap;

/// Digests bytes as everything here is digested.
pub fn sha256(bytes: &[u8]) -> Digest {
    Digest::from_bytes(Sha256::digest(bytes).into())
}

/// Digests parts, each behind its length, so that no two lists of parts read alike.
pub fn of_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Digest {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(part);
    }
    Digest::from_bytes(hasher.finalize().into())
}

/// Tells what is absent from what is empty.
fn optional(part: Option<&str>) -> String {
    part.map_or_else(String::new, |it| format!("={it}"))
}

/// Digests a set of capabilities.
pub fn capability_set(capabilities: &Capabilities) -> Digest {
    let names = capabilities.names();
    of_parts(names.iter().map(String::as_bytes))
}

/// Digests a community's settings.
pub fn settings(settings: &CommunitySettings) -> Digest {
    let names = settings.names();
    of_parts(names.iter().map(String::as_bytes))
}

/// Digests what each side of a partnership may send the other.
pub fn terms(terms: &Terms) -> Digest {
    let both = [&terms.source_to_target, &terms.target_to_source];
    let parts: Vec<String> = both
        .into_iter()
        .flat_map(|permissions| {
            let kinds = NotificationKind::ALL.iter();
            let told = kinds.map(|kind| format!("{} {}", kind.name(), permissions.allows(*kind)));
            let (rates, filters) = (permissions.rates(), permissions.filters());
            let numbers = [
                format!("{} {}", rates.per_hour, rates.per_day),
                format!("{} {:?}", filters.min_votes, filters.boards),
            ];
            told.chain(numbers).collect::<Vec<_>>()
        })
        .collect();
    of_parts(parts.iter().map(String::as_bytes))
}

/// Digests what is told of a community.
pub fn notification(it: &Notification) -> Digest {
    let number = |part: Option<i64>| part.map_or_else(String::new, |it| it.to_string());
    let parts = [
        it.kind.name().to_owned(),
        number(it.board),
        number(it.votes.map(i64::from)),
        it.title.as_str().to_owned(),
        optional(it.text.as_ref().map(Message::as_str)),
        optional(it.link.as_ref().map(Link::as_str)),
    ];
    of_parts(parts.iter().map(String::as_bytes))
}

/// Digests who somebody is: their name and address of mail.
pub fn person(it: &Member) -> Digest {
    let parts = [
        optional(it.name.as_ref().map(DisplayName::as_str)),
        optional(it.email.as_ref().map(EmailAddress::as_str)),
    ];
    of_parts(parts.iter().map(String::as_bytes))
}

/// Digests everything that a caller sees of a tool, and is promised of it: a change of any of it is to be
/// approved.
pub fn contract(tool: &Tool) -> Digest {
    let parts = [
        tool.name.as_str(),
        &tool.title,
        &tool.description,
        &tool.input_schema,
        &tool.output_schema,
    ];
    let promise = tool.reads_only.then_some("reads only");
    of_parts(parts.into_iter().chain(promise).map(str::as_bytes))
}

/// Digests the contract of each tool of a skill.
pub fn contracts(skill: &Skill) -> BTreeMap<ToolName, Digest> {
    let tools = skill.tools.iter();
    tools
        .map(|tool| (tool.name.clone(), contract(tool)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn nothing_shifts_between_parts() {
        let lists: [&[&str]; 5] = [&["ab", ""], &["a", "b"], &["", "ab"], &["ab"], &[]];
        let of = |parts: &[&str]| of_parts(parts.iter().map(|part| part.as_bytes()));
        let digests: BTreeSet<_> = lists.into_iter().map(of).collect();
        assert_eq!(digests.len(), lists.len());
    }

    #[test]
    fn every_part_of_a_tool_is_in_its_contract() {
        let text = String::new;
        let tool = || Tool {
            name: ToolName::parse("say").unwrap(),
            title: text(),
            description: text(),
            input_schema: text(),
            output_schema: text(),
            reads_only: false,
        };
        let x = || "x".to_owned();
        let tools = [
            tool(),
            Tool {
                name: ToolName::parse("tell").unwrap(),
                ..tool()
            },
            Tool {
                title: x(),
                ..tool()
            },
            Tool {
                description: x(),
                ..tool()
            },
            Tool {
                input_schema: x(),
                ..tool()
            },
            Tool {
                output_schema: x(),
                ..tool()
            },
            Tool {
                reads_only: true,
                ..tool()
            },
        ];
        let digests: BTreeSet<_> = tools.iter().map(contract).collect();
        assert_eq!(digests.len(), tools.len());
    }
}
