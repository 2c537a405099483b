//! The model's subjects and resources as Cedar's entities.

use cedar_policy::{
    Context, Entities, EntityId, EntityTypeName, EntityUid, Request, RestrictedExpression, Schema,
};
use skillgate_domain::ids::{CommunityId, SkillName, ToolName};
use skillgate_domain::policy::{Act, Resource, ResourceKind, Sharing, Subject};
use skillgate_domain::principal::Role;
use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::str::FromStr;

type Fault = Box<dyn Error + Send + Sync>;
type Attributes = HashMap<String, RestrictedExpression>;

/// A question as Cedar takes it.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) request: Request,
    pub(crate) entities: Entities,
}

impl Question {
    /// Puts a question together. Fails where the schema knows no such question.
    pub(crate) fn new(
        subject: &Subject,
        action: Act,
        resource: &Resource,
        schema: &Schema,
    ) -> Result<Self, Fault> {
        let mut known = Known::default();
        let principal = known.subject(subject)?;
        let (resource, context) = known.resource(resource)?;
        let action = uid("Action", action.name())?;
        Ok(Self {
            request: Request::new(principal, action, resource, context, Some(schema))?,
            entities: Entities::from_entities(known.entities, None)?,
        })
    }
}

/// The entities a question brings along.
#[derive(Default)]
struct Known {
    entities: Vec<cedar_policy::Entity>,
}

impl Known {
    fn add(
        &mut self,
        uid: EntityUid,
        attributes: Attributes,
        parent: EntityUid,
    ) -> Result<EntityUid, Fault> {
        let parents = HashSet::from([parent]);
        let entity = cedar_policy::Entity::new(uid.clone(), attributes, parents)?;
        self.entities.push(entity);
        Ok(uid)
    }

    fn subject(&mut self, subject: &Subject) -> Result<EntityUid, Fault> {
        let user = subject.user.as_str();
        let own = match subject.role {
            Role::Admin | Role::Member => uid("User", user)?,
            Role::Partner => uid("Partner", user)?,
            Role::Service => uid("Service", user)?,
            Role::Agent => {
                let agent = subject.agent.as_ref().ok_or("an agent without an id")?;
                uid("Agent", agent.as_str())?
            }
        };
        let role = uid("Role", subject.role.name())?;
        let mut attributes = Attributes::from([
            reference("community", community(&subject.community)?),
            reference("role", role.clone()),
        ]);
        if subject.role == Role::Agent {
            attributes.extend([reference("user", uid("User", user)?)]);
        }
        self.add(own, attributes, role)
    }

    fn resource(&mut self, resource: &Resource) -> Result<(EntityUid, Context), Fault> {
        let home = community(&resource.community)?;
        let own = match &resource.kind {
            ResourceKind::Community => home,
            ResourceKind::Policies => self.add(
                uid("Policy", resource.community.as_str())?,
                Attributes::new(),
                home,
            )?,
            ResourceKind::AuditLog => self.add(
                uid("AuditLog", resource.community.as_str())?,
                Attributes::new(),
                home,
            )?,
            ResourceKind::Team(id) => {
                self.add(uid("Team", &id.to_string())?, Attributes::new(), home)?
            }
            ResourceKind::Sharing(sharing) => {
                let id = sharing.team.to_string();
                let team = self.add(uid("Team", &id)?, Attributes::new(), home)?;
                return Ok((team, sharing_context(sharing)?));
            }
            ResourceKind::Skill(name) => self.skill(name, home)?,
            ResourceKind::Tool(skill, tool) => self.tool(skill, tool, home)?.1,
            ResourceKind::Module {
                id,
                skill,
                publisher,
            } => {
                let attributes = Attributes::from([
                    reference("skill", uid("Skill", skill.as_str())?),
                    string("publisher", publisher),
                ]);
                self.add(uid("Module", &id.to_string())?, attributes, home)?
            }
            ResourceKind::Token { id, user, role } => {
                let attributes = Attributes::from([
                    reference("role", uid("Role", role.name())?),
                    string("user", user.as_str()),
                ]);
                self.add(uid("Token", &id.to_string())?, attributes, home)?
            }
            ResourceKind::Records {
                object,
                skill,
                tool,
            } => {
                let (skill, tool) = self.tool(skill, tool, home)?;
                let context =
                    Context::from_pairs([reference("skill", skill), reference("tool", tool)])?;
                return Ok((uid("ObjectType", object.name())?, context));
            }
        };
        Ok((own, Context::empty()))
    }

    fn skill(&mut self, name: &SkillName, home: EntityUid) -> Result<EntityUid, Fault> {
        self.add(uid("Skill", name.as_str())?, Attributes::new(), home)
    }

    fn tool(
        &mut self,
        skill: &SkillName,
        tool: &ToolName,
        home: EntityUid,
    ) -> Result<(EntityUid, EntityUid), Fault> {
        let id = format!("{skill}/{tool}");
        let skill = self.skill(skill, home)?;
        let tool = self.add(uid("Tool", &id)?, Attributes::new(), skill.clone())?;
        Ok((skill, tool))
    }
}

fn sharing_context(sharing: &Sharing) -> Result<Context, Fault> {
    let recipients = sharing.recipients.iter();
    let recipients = recipients.map(|to| RestrictedExpression::new_string(to.as_str().to_owned()));
    let objects = sharing.objects.iter().map(|object| {
        let object = uid("ObjectType", object.name())?;
        Ok(RestrictedExpression::new_entity_uid(object))
    });
    let objects = objects.collect::<Result<Vec<_>, Fault>>()?;
    Ok(Context::from_pairs([
        (
            "recipients".to_owned(),
            RestrictedExpression::new_set(recipients),
        ),
        ("objects".to_owned(), RestrictedExpression::new_set(objects)),
    ])?)
}

fn uid(kind: &'static str, id: &str) -> Result<EntityUid, Fault> {
    let kind = EntityTypeName::from_str(kind)?;
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(id)))
}

fn community(id: &CommunityId) -> Result<EntityUid, Fault> {
    uid("Community", id.as_str())
}

fn reference(name: &str, to: EntityUid) -> (String, RestrictedExpression) {
    (name.to_owned(), RestrictedExpression::new_entity_uid(to))
}

fn string(name: &str, text: &str) -> (String, RestrictedExpression) {
    (
        name.to_owned(),
        RestrictedExpression::new_string(text.to_owned()),
    )
}
