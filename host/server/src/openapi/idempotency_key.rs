use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};

/// Describes the header of a request that happens once.
pub(crate) struct IdempotencyKey;

impl IntoParams for IdempotencyKey {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let key = ParameterBuilder::new()
            .name("Idempotency-Key")
            .parameter_in(ParameterIn::Header)
            .description(Some(
                "Makes the request happen once: a repeat with the same key within 24 hours is answered as the first one was, with the header `Idempotency-Replayed: true`.",
            ))
            .schema(Some(ObjectBuilder::new().schema_type(Type::String)));
        vec![key.build()]
    }
}
