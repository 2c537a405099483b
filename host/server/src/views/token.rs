use crate::problem::{Kind, Problem};
use serde::Deserialize;
use serde_json::{Value, json};
use skillgate_app::ports::TokenRecord;
use skillgate_app::tokens::NewToken;
use skillgate_domain::ids::{AgentId, CommunityId, Malformed, SkillName, UserId};
use skillgate_domain::principal::{Role, TokenScope};
use std::collections::BTreeSet;
use std::time::Duration;

/// A token to be made, as JSON.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenRequest {
    /// What it is for.
    #[serde(default)]
    pub label: String,
    /// For whom it will speak.
    pub user: String,
    /// Which agent will hold it.
    pub agent: Option<String>,
    /// As what: `admin`, `member`, `agent`, `partner` or `service`.
    pub role: String,
    /// Only these skills; all when absent.
    pub skills: Option<BTreeSet<String>>,
    /// Whether skills run for it may write to the CRM.
    pub may_write: bool,
    /// How long it works, in seconds.
    pub life_s: u64,
}

impl TokenRequest {
    /// Reads the names in it.
    pub fn decode(self, community: CommunityId) -> Result<NewToken, Problem> {
        let invalid = |rule: Malformed| Problem::with_detail(Kind::BodyInvalid, rule);
        let skills = self
            .skills
            .map(|names| names.iter().map(|n| SkillName::parse(n)).collect());
        Ok(NewToken {
            label: self.label,
            community,
            user: UserId::parse(&self.user).map_err(invalid)?,
            agent: self
                .agent
                .map(|id| AgentId::parse(&id))
                .transpose()
                .map_err(invalid)?,
            role: Role::from_name(&self.role).ok_or(Problem::with_detail(
                Kind::BodyInvalid,
                "role must be admin, member, agent, partner or service",
            ))?,
            scope: TokenScope {
                skills: skills.transpose().map_err(invalid)?,
                may_write: self.may_write,
            },
            life: Duration::from_secs(self.life_s),
        })
    }
}

/// A token, without its secret.
pub fn token(record: &TokenRecord) -> Value {
    let skills = record.scope.skills.as_ref();
    json!({
        "id": record.id.to_string(),
        "label": record.label,
        "community": record.community.as_str(),
        "user": record.user.as_str(),
        "agent": record.agent.as_ref().map(AgentId::as_str),
        "role": record.role.name(),
        "skills": skills.map(|names| names.iter().map(SkillName::as_str).collect::<Value>()),
        "may_write": record.scope.may_write,
        "created_at": super::time(record.created_at),
        "expires_at": super::time(record.expires_at),
        "revoked_at": record.revoked_at.map(super::time),
    })
}
