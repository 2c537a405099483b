use crate::problem::{Kind, Problem};
use crate::views::crm::EntityType;
use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;
use skillgate_domain::ids::RecordId;

/// Longest id in a path, in characters.
const ID_CHARS_MAX: usize = 200;

/// The id of a record, as a path or a body has it. What is no id of the CRM's names nothing there.
pub(crate) struct EntityId(pub(crate) Result<RecordId, Problem>);

/// A kind of record in a path.
pub(crate) struct Entity(pub(crate) EntityType);

/// Reads the id of a record.
pub(crate) fn entity_id(text: &str) -> Result<RecordId, Problem> {
    if text.is_empty() || text.chars().count() > ID_CHARS_MAX {
        let rule = format_args!("an id has 1 to {ID_CHARS_MAX} characters");
        return Err(Problem::with_detail(Kind::QueryInvalid, rule));
    }
    RecordId::parse(text).map_err(|_| Problem::new(Kind::CrmNotFound))
}

impl<S: Send + Sync> FromRequestParts<S> for EntityId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let text = part(parts, state, "entityId").await?;
        Ok(Self(entity_id(&text)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Entity {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let text = part(parts, state, "entityType").await?;
        let unknown = "entityType is person, opportunity or task";
        EntityType::from_name(&text)
            .map(Self)
            .ok_or_else(|| Problem::with_detail(Kind::QueryInvalid, unknown))
    }
}

async fn part<S: Send + Sync>(
    parts: &mut Parts,
    state: &S,
    wanted: &str,
) -> Result<String, Problem> {
    let params = RawPathParams::from_request_parts(parts, state)
        .await
        .map_err(|_| Problem::new(Kind::InvalidPath))?;
    let found = params.iter().find(|(name, _)| *name == wanted);
    Ok(found.map_or(String::new(), |(_, text)| text.to_owned()))
}
