use crate::problem::Problem;
use serde::{Deserialize, Deserializer, Serialize};
use skillgate_app::communities::{CommunityChange, FoundPage, NewCommunity, Rank, Said, Search};
use skillgate_domain::community::{Community, Description};
use utoipa::{IntoParams, ToSchema};

/// What an admin says of the community.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CommunityRequest {
    /// How it is called: 1 to 200 characters on one line.
    pub name: String,
    /// A name that people can type: 1 to 64 lower-case letters, digits and single `-`, starting with a letter. No
    /// two communities have the same.
    pub short_id: String,
    /// What it says of itself: at most 2,000 characters.
    pub description: Option<String>,
}

impl CommunityRequest {
    /// Returns what is said.
    pub fn said(&self) -> NewCommunity<'_> {
        NewCommunity {
            name: &self.name,
            short_id: &self.short_id,
            description: self.description.as_deref(),
        }
    }
}

/// What an admin says anew. What is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CommunityPatch {
    /// How it is called: 1 to 200 characters on one line.
    pub name: Option<String>,
    /// A name that people can type: 1 to 64 lower-case letters, digits and single `-`, starting with a letter.
    pub short_id: Option<String>,
    /// What it says of itself: at most 2,000 characters. Null takes it away.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub description: Patched,
}

/// Tells null from what is absent.
#[derive(Debug, Default)]
pub enum Patched {
    /// Absent.
    #[default]
    Absent,
    /// Null, or a text.
    Present(Option<String>),
}

impl<'de> Deserialize<'de> for Patched {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::Present)
    }
}

impl CommunityPatch {
    /// Returns what is said.
    pub fn said(&self) -> CommunityChange<'_> {
        CommunityChange {
            name: self.name.as_deref(),
            short_id: self.short_id.as_deref(),
            description: match &self.description {
                Patched::Absent => Said::Nothing,
                Patched::Present(None) => Said::Gone,
                Patched::Present(Some(text)) => Said::Text(text),
            },
        }
    }
}

/// What others see of a community.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CommunityInfo {
    id: String,
    name: String,
    short_id: String,
    #[schema(required)]
    description: Option<String>,
}

/// A community as its own people see it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CommunityView {
    #[serde(flatten)]
    info: CommunityInfo,
    #[schema(format = DateTime, required)]
    created_at: Option<String>,
    #[schema(format = DateTime, required)]
    updated_at: Option<String>,
}

pub(super) fn info(community: &Community) -> CommunityInfo {
    let description = community.description.as_ref();
    CommunityInfo {
        id: community.id.to_string(),
        name: community.name.as_str().to_owned(),
        short_id: community.short_id.to_string(),
        description: description.map(|it: &Description| it.as_str().to_owned()),
    }
}

/// Shows a community to its own people.
pub fn community(community: &Community) -> CommunityView {
    CommunityView {
        info: info(community),
        created_at: super::time(community.created_at),
        updated_at: super::time(community.updated_at),
    }
}

/// What is searched for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CommunitySearch {
    /// What is typed of a name or a short id: 2 to 100 characters. Each word must fit, in any order; longer ones may
    /// have a slip or two.
    #[param(min_length = 2, max_length = 100)]
    pub q: String,
    /// Whether those are left out with which there is a partnership, or an invitation that waits.
    #[serde(default)]
    pub exclude_existing: bool,
    /// Where the page begins: what the page before says as `next`.
    pub after: Option<String>,
}

impl CommunitySearch {
    /// Reads what is searched for.
    pub fn read(&self) -> Result<Search<'_>, Problem> {
        Ok(Search {
            query: &self.q,
            exclude_existing: self.exclude_existing,
            after: super::after(self.after.as_deref(), Rank::parse)?,
        })
    }
}

/// Communities that were found, the best first.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundList {
    /// At most 20.
    communities: Vec<FoundView>,
    /// What the next page is asked for with, as `after`, if there is one.
    #[schema(required)]
    next: Option<String>,
}

/// A community that was found.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = FoundCommunity)]
struct FoundView {
    #[serde(flatten)]
    info: CommunityInfo,
    /// How many people it lists; null, where somebody else keeps them.
    #[schema(required)]
    member_count: Option<u32>,
    /// Whether the two are partners.
    is_partner: bool,
    /// Whether one has invited the other and nobody has answered.
    has_pending_invite: bool,
}

/// Shows communities that were found.
pub fn found(page: &FoundPage) -> FoundList {
    let each = page.communities.iter().map(|it| FoundView {
        info: info(&it.community),
        member_count: (it.community.members > 0).then_some(it.community.members),
        is_partner: it.is_partner,
        has_pending_invite: it.has_pending_invite,
    });
    FoundList {
        communities: each.collect(),
        next: page.next.as_ref().map(Rank::cursor),
    }
}
