use serde::{Deserialize, Serialize};
use skillgate_domain::principal::Role;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// A role by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub struct RoleName(pub Role);

impl From<RoleName> for &'static str {
    fn from(role: RoleName) -> Self {
        role.0.name()
    }
}

impl TryFrom<String> for RoleName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let known = || Role::ALL.map(Role::name).join(", ");
        let role = Role::from_name(&name).ok_or_else(|| format!("role must be one of {}", known()));
        role.map(Self)
    }
}

impl PartialSchema for RoleName {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(Role::ALL.map(Role::name)))
            .into()
    }
}

impl ToSchema for RoleName {}
