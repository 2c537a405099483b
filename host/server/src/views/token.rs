use super::role::RoleName;
use crate::problem::{Kind, Problem};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use skillgate_app::ports::TokenRecord;
use skillgate_app::tokens::NewToken;
use skillgate_domain::ids::{AgentId, CommunityId, Malformed, SkillName, UserId};
use skillgate_domain::principal::TokenScope;
use std::collections::BTreeSet;
use std::time::Duration;
use utoipa::ToSchema;

/// A token to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenRequest {
    /// What it is for.
    #[serde(default)]
    pub label: String,
    /// For whom it will speak.
    pub user: String,
    /// Which agent will hold it.
    pub agent: Option<String>,
    /// As what.
    pub role: RoleName,
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
            role: self.role.0,
            scope: TokenScope {
                skills: skills.transpose().map_err(invalid)?,
                may_write: self.may_write,
            },
            life: Duration::from_secs(self.life_s),
        })
    }
}

/// Tokens, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenList {
    tokens: Vec<TokenView>,
}

/// A token, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Token)]
pub struct TokenView {
    /// The agent that holds it.
    #[schema(required)]
    agent: Option<String>,
    community: String,
    #[schema(format = DateTime, required)]
    created_at: Option<String>,
    #[schema(format = DateTime, required)]
    expires_at: Option<String>,
    #[schema(format = "uuid")]
    id: String,
    label: String,
    may_write: bool,
    #[schema(format = DateTime, required)]
    revoked_at: Option<String>,
    role: RoleName,
    /// Only these skills; all when null.
    #[schema(required)]
    skills: Option<Vec<String>>,
    user: String,
}

/// A token that was just made.
#[derive(Serialize, ToSchema)]
pub struct IssuedToken {
    #[serde(flatten)]
    record: TokenView,
    /// What the bearer presents. No other answer ever shows it.
    token: String,
}

/// Shows tokens in a list.
pub fn tokens<'a>(records: impl IntoIterator<Item = &'a TokenRecord>) -> TokenList {
    TokenList {
        tokens: records.into_iter().map(token).collect(),
    }
}

/// Shows a token.
pub fn token(record: &TokenRecord) -> TokenView {
    let skills = record.scope.skills.as_ref();
    TokenView {
        agent: record.agent.as_ref().map(AgentId::to_string),
        community: record.community.to_string(),
        created_at: super::time(record.created_at),
        expires_at: super::time(record.expires_at),
        id: record.id.to_string(),
        label: record.label.clone(),
        may_write: record.scope.may_write,
        revoked_at: record.revoked_at.and_then(super::time),
        role: RoleName(record.role),
        skills: skills.map(|names| names.iter().map(SkillName::to_string).collect()),
        user: record.user.to_string(),
    }
}

/// Shows a token that was just made, with its secret.
pub fn issued(record: &TokenRecord, text: &SecretString) -> IssuedToken {
    IssuedToken {
        record: token(record),
        token: text.expose_secret().to_owned(),
    }
}
