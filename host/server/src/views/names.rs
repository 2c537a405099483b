//! Enumerations of the domain by their words, in requests, answers and the description.

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident($of:ty);)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::schema::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some(<$of>::ALL.iter().map(|one| one.name())))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {}
    )*};
}
pub(crate) use names;
