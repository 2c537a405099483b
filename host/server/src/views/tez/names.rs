use serde::{Deserialize, Serialize};
use skillgate_domain::tez::expansion::FieldVerdict;
use skillgate_domain::tez::{
    ContextSource, Layer, TeamRole, TezKind, TezStatus, Urgency, Visibility,
};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident($of:ty);)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(into = "&'static str", try_from = "String")]
        pub struct $name(pub $of);

        impl From<$name> for &'static str {
            fn from(name: $name) -> Self {
                name.0.name()
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(name: String) -> Result<Self, String> {
                let known = || {
                    let names: Vec<_> = <$of>::ALL.iter().map(|one| one.name()).collect();
                    format!("expected one of {}", names.join(", "))
                };
                <$of>::from_name(&name).map(Self).ok_or_else(known)
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .enum_values(Some(<$of>::ALL.iter().map(|one| one.name())))
                    .into()
            }
        }

        impl ToSchema for $name {}
    )*};
}

names! {
    /// What a Tez is for.
    TezKindName(TezKind);
    /// How soon it matters.
    UrgencyName(Urgency);
    /// Who may see it.
    VisibilityName(Visibility);
    /// What an item of context is to the message.
    LayerName(Layer);
    /// Where an item of context comes from.
    ContextSourceName(ContextSource);
    /// Whether a Tez is still shown.
    TezStatusName(TezStatus);
    /// What somebody is in a team.
    TeamRoleName(TeamRole);
    /// Whether a field is let out.
    FieldVerdictName(FieldVerdict);
}
