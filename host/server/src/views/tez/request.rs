use super::names::{
    ContextSourceName, LayerName, TeamRoleName, TezKindName, TezStatusName, UrgencyName,
    VisibilityName,
};
use crate::problem::{Kind, Problem};
use serde::Deserialize;
use skillgate_app::relay::{Reply, STREAM_PAGE};
use skillgate_app::time::parse_rfc3339;
use skillgate_domain::ids::{Malformed, TeamId, TezAddress, UserId};
use skillgate_domain::tez::{ContextItem, TeamRole, TezDraft, TezKind, Urgency, Visibility};
use skillgate_domain::time::Timestamp;
use utoipa::{IntoParams, ToSchema};

/// A Tez to be shared.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ShareRequest {
    /// Into which team.
    #[schema(format = "uuid")]
    pub team_id: String,
    /// What people read first: 1 to 10,000 characters.
    pub surface_text: String,
    /// `note` where nothing is said.
    pub r#type: Option<TezKindName>,
    /// `normal` where nothing is said.
    pub urgency: Option<UrgencyName>,
    /// What the recipients are asked to do: at most 500 characters.
    pub action_requested: Option<String>,
    /// `team` where nothing is said.
    pub visibility: Option<VisibilityName>,
    /// Ids of people, or addresses at other relays: at most 100.
    #[serde(default)]
    pub recipients: Vec<String>,
    /// What it rests on: at most 50 items.
    #[serde(default)]
    pub context: Vec<ContextRequest>,
}

/// An item of context.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContextRequest {
    /// What it is to the message.
    pub layer: LayerName,
    /// What it says: 1 to 262,144 bytes.
    pub content: String,
    /// What is not one of a few harmless types is kept as `text/plain`.
    pub mime_type: Option<String>,
    /// 0 to 100.
    pub confidence: Option<u8>,
    /// Where it comes from, in the sender's word.
    pub source: ContextSourceName,
    /// What it was concluded from: at most 500 characters.
    pub derived_from: Option<String>,
}

/// An answer to a Tez.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReplyRequest {
    /// What people read first: 1 to 10,000 characters.
    pub surface_text: String,
    /// `note` where nothing is said.
    pub r#type: Option<TezKindName>,
    /// `normal` where nothing is said.
    pub urgency: Option<UrgencyName>,
    /// What is asked for: at most 500 characters.
    pub action_requested: Option<String>,
    /// What it rests on: at most 50 items.
    #[serde(default)]
    pub context: Vec<ContextRequest>,
}

/// A new status.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusRequest {
    /// Whether it is still shown.
    pub status: TezStatusName,
}

/// Which part of a team's stream.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StreamQuery {
    /// The team.
    #[param(format = "uuid")]
    team_id: String,
    /// Tez at most: 1 to 100; 50 where nothing is said.
    limit: Option<u32>,
    /// Only Tez that were shared before this moment.
    #[param(format = DateTime)]
    before: Option<String>,
}

/// A team to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamRequest {
    /// Its name: 1 to 200 characters on one line.
    pub name: String,
}

/// Somebody for a team.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MemberRequest {
    /// Who.
    pub user_id: String,
    /// `member` where nothing is said.
    pub role: Option<TeamRoleName>,
}

/// How the caller is called.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContactRequest {
    /// A name: 1 to 200 characters on one line.
    pub display_name: String,
    /// An e-mail address.
    pub email: Option<String>,
}

fn malformed(rule: Malformed) -> Problem {
    Problem::with_detail(Kind::BodyInvalid, rule)
}

fn items(requests: Vec<ContextRequest>) -> Vec<ContextItem> {
    let item = |request: ContextRequest| ContextItem {
        layer: request.layer.0,
        content: request.content,
        mime_type: request.mime_type,
        confidence: request.confidence,
        source: request.source.0,
        derived_from: request.derived_from,
        provenance: None,
    };
    requests.into_iter().map(item).collect()
}

impl ShareRequest {
    /// Reads the ids in it.
    pub fn decode(self) -> Result<TezDraft, Problem> {
        let recipients = self.recipients.iter().map(|text| TezAddress::parse(text));
        Ok(TezDraft {
            team: TeamId::parse(&self.team_id).map_err(malformed)?,
            kind: self.r#type.map_or(TezKind::Note, |name| name.0),
            urgency: self.urgency.map_or(Urgency::Normal, |name| name.0),
            visibility: self.visibility.map_or(Visibility::Team, |name| name.0),
            surface_text: self.surface_text,
            action_requested: self.action_requested,
            recipients: recipients.collect::<Result<_, _>>().map_err(malformed)?,
            context: items(self.context),
        })
    }
}

impl ReplyRequest {
    /// Returns what it says.
    pub fn decode(self) -> Reply {
        Reply {
            kind: self.r#type.map_or(TezKind::Note, |name| name.0),
            urgency: self.urgency.map_or(Urgency::Normal, |name| name.0),
            surface_text: self.surface_text,
            action_requested: self.action_requested,
            context: items(self.context),
        }
    }
}

impl MemberRequest {
    /// Reads the id in it.
    pub fn decode(self) -> Result<(UserId, TeamRole), Problem> {
        let user = UserId::parse(&self.user_id).map_err(malformed)?;
        Ok((user, self.role.map_or(TeamRole::Member, |name| name.0)))
    }
}

impl StreamQuery {
    /// Reads the team, the moment and the limit.
    pub fn decode(self) -> Result<(TeamId, Option<Timestamp>, u32), Problem> {
        let invalid = |rule: &dyn std::fmt::Display| Problem::with_detail(Kind::QueryInvalid, rule);
        let team = TeamId::parse(&self.team_id).map_err(|rule| invalid(&rule))?;
        let before = self.before.map(|text| {
            parse_rfc3339(&text)
                .ok_or_else(|| invalid(&"before must be a moment like 2026-03-01T12:00:00Z"))
        });
        Ok((team, before.transpose()?, self.limit.unwrap_or(STREAM_PAGE)))
    }
}
