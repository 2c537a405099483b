use super::role::RoleName;
use crate::problem::{Kind, Problem};
use serde::Deserialize;
use skillgate_domain::crm::ObjectKind;
use skillgate_domain::ids::{
    AgentId, CommunityId, Malformed, SkillName, SubmissionId, TeamId, TezAddress, TokenId,
    ToolName, UserId,
};
use skillgate_domain::policy::{Act, Resource, ResourceKind, Sharing, Subject};
use utoipa::ToSchema;

/// A text of policies.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyText {
    /// The text.
    pub text: String,
}

/// Policies to be put.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPolicies {
    /// The text.
    pub text: String,
    /// The version that must still be in force.
    pub expected_version: u32,
}

/// A question to the policies.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyQuestion {
    /// Who would ask.
    pub principal: PrincipalQuestion,
    /// For what, like `invoke-skill` or `crm-read`.
    pub action: String,
    /// On what.
    pub resource: ResourceQuestion,
}

/// Who would ask.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PrincipalQuestion {
    /// As what.
    pub role: RoleName,
    /// The person.
    pub user: String,
    /// The agent that acts for the person; for the role agent only.
    pub agent: Option<String>,
}

/// On what; each type with what policies know of it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "the same names as in policies/schema.cedarschema"
)]
pub enum ResourceQuestion {
    Community {},
    Policy {},
    AuditLog {},
    Team {
        id: String,
        /// Of what is to be shared: to whom.
        #[serde(default)]
        recipients: Vec<String>,
        /// Of what is to be shared: the kinds of record in it.
        #[serde(default)]
        objects: Vec<String>,
    },
    Skill {
        skill: String,
    },
    Tool {
        skill: String,
        tool: String,
    },
    ObjectType {
        object: String,
        skill: String,
        tool: String,
    },
    Module {
        id: String,
        skill: String,
        publisher: String,
    },
    Token {
        id: String,
        user: String,
        role: RoleName,
    },
}

impl PolicyQuestion {
    /// Reads the names in it. Who and what are of the community of whoever asks.
    pub fn decode(self, community: &CommunityId) -> Result<(Subject, Act, Resource), Problem> {
        let action = Act::from_name(&self.action).ok_or_else(|| {
            invalid("there is no such action; policies/schema.cedarschema lists them")
        })?;
        let agent = self.principal.agent.map(|id| AgentId::parse(&id));
        let subject = Subject {
            community: community.clone(),
            role: self.principal.role.0,
            user: UserId::parse(&self.principal.user).map_err(malformed)?,
            agent: agent.transpose().map_err(malformed)?,
        };
        let kind = self.resource.decode()?;
        Ok((subject, action, Resource::of(community, kind)))
    }
}

/// A team alone, or what is to be shared in it.
fn team(id: &str, recipients: &[String], objects: &[String]) -> Result<ResourceKind, Problem> {
    let team = TeamId::parse(id).map_err(malformed)?;
    if recipients.is_empty() && objects.is_empty() {
        return Ok(ResourceKind::Team(team));
    }
    let recipients = recipients
        .iter()
        .map(|to| TezAddress::parse(to).map_err(malformed));
    let objects = objects.iter().map(|object| object_kind(object));
    Ok(ResourceKind::Sharing(Box::new(Sharing {
        team,
        recipients: recipients.collect::<Result<_, _>>()?,
        objects: objects.collect::<Result<_, _>>()?,
    })))
}

fn object_kind(name: &str) -> Result<ObjectKind, Problem> {
    ObjectKind::from_name(name).ok_or_else(|| invalid("there is no such kind of record"))
}

impl ResourceQuestion {
    fn decode(self) -> Result<ResourceKind, Problem> {
        let skill = |name: String| SkillName::parse(&name).map_err(malformed);
        let tool = |name: String| ToolName::parse(&name).map_err(malformed);
        Ok(match self {
            Self::Community {} => ResourceKind::Community,
            Self::Policy {} => ResourceKind::Policies,
            Self::AuditLog {} => ResourceKind::AuditLog,
            Self::Team {
                id,
                recipients,
                objects,
            } => team(&id, &recipients, &objects)?,
            Self::Skill { skill: name } => ResourceKind::Skill(skill(name)?),
            Self::Tool {
                skill: name,
                tool: of,
            } => ResourceKind::Tool(skill(name)?, tool(of)?),
            Self::ObjectType {
                object,
                skill: name,
                tool: of,
            } => ResourceKind::Records {
                object: object_kind(&object)?,
                skill: skill(name)?,
                tool: tool(of)?,
            },
            Self::Module {
                id,
                skill: name,
                publisher,
            } => ResourceKind::Module {
                id: SubmissionId::parse(&id).map_err(malformed)?,
                skill: skill(name)?,
                publisher,
            },
            Self::Token { id, user, role } => ResourceKind::Token {
                id: TokenId::parse(&id).map_err(malformed)?,
                user: UserId::parse(&user).map_err(malformed)?,
                role: role.0,
            },
        })
    }
}

fn invalid(why: &str) -> Problem {
    Problem::with_detail(Kind::BodyInvalid, why)
}

fn malformed(rule: Malformed) -> Problem {
    Problem::with_detail(Kind::BodyInvalid, rule)
}
