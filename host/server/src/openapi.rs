//! The OpenAPI document: made of the handlers themselves, so that a route and its description are one.

mod idempotency_key;
mod page;
mod refusals;

pub(crate) use idempotency_key::IdempotencyKey;
pub(crate) use page::{content_security_policy, page};
pub(crate) use refusals::{
    AUTHENTICATED, JSON_BODY, KEYED, RELAY, mypa_refusals, mypa_responses, refusals, refused,
    relay_refusals, relay_responses, responses,
};

use crate::problem::Problem;
use serde_json::{Map, Value};
use skillgate_manifest::{MANIFEST_SCHEMA, PERMISSIONS_SCHEMA};
use utoipa::PartialSchema;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, License, OpenApi, OpenApiBuilder, Ref};

/// Where the document keeps what several answers share.
const COMPONENTS: &str = "#/components/schemas/";
/// Name of the credential in the document.
const BEARER: &str = "bearer";
/// Name of the credential that only metrics take.
const METRICS: &str = "metrics";
/// Name of the credential that only webhooks have.
const WEBHOOK: &str = "webhook";
/// What the manifest's schema calls the form of capabilities, of settings and of limits.
const CAPABILITY_SET: &str = "capability_set";
const COMMUNITY_SETTINGS: &str = "community_settings";
const LIMITS: &str = "limits";
/// Name of the form of a partnership's permissions.
const PARTNERSHIP_PERMISSIONS: &str = "PartnershipPermissions";

/// Returns what every description starts with.
pub(crate) fn base() -> OpenApi {
    let info = InfoBuilder::new()
        .title("skillgate")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Sandboxed skills for personal-assistant agents, against a CRM.",
        ))
        .license(Some(License::new(env!("CARGO_PKG_LICENSE"))))
        .build();
    let bearer = |description: &str| {
        let mut scheme = Http::new(HttpAuthScheme::Bearer);
        scheme.description = Some(description.to_owned());
        SecurityScheme::Http(scheme)
    };
    let caller = bearer("A token of skillgate, or of MyPA where those are accepted.");
    let components = ComponentsBuilder::new()
        .schema("Problem", Problem::schema())
        .security_scheme(BEARER, caller)
        .security_scheme(
            METRICS,
            bearer("What the setting `metrics.token` refers to."),
        )
        .security_scheme(
            WEBHOOK,
            SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(
                "X-Twenty-Webhook-Signature",
                "HMAC-SHA256 in hexadecimal over timestamp, colon and body, with the secret that \
                 the setting `crm.webhook_secret` refers to.",
            ))),
        )
        .build();
    OpenApiBuilder::new()
        .info(info)
        .components(Some(components))
        .security(Some([SecurityRequirement::new(BEARER, [""; 0])]))
        .build()
}

/// Returns the whole document: what the handlers say, with the forms that manifests share with answers.
pub(crate) fn document(openapi: &OpenApi) -> Value {
    let mut document = serde_json::to_value(openapi).expect("a description is JSON");
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        schemas.extend(manifest_forms());
        let permissions = serde_json::from_str(PERMISSIONS_SCHEMA).expect("its own tests read it");
        schemas.insert(PARTNERSHIP_PERMISSIONS.to_owned(), permissions);
    }
    document
}

/// Refers to the form of capabilities.
pub(crate) fn capability_set() -> Ref {
    Ref::new(format!("{COMPONENTS}{}", component(CAPABILITY_SET)))
}

/// Refers to the form of a community's settings.
pub(crate) fn community_settings() -> Ref {
    Ref::new(format!("{COMPONENTS}{}", component(COMMUNITY_SETTINGS)))
}

/// Refers to the form of limits.
pub(crate) fn limits() -> Ref {
    Ref::new(format!("{COMPONENTS}{}", component(LIMITS)))
}

/// Refers to the form of a partnership's permissions.
pub(crate) fn partnership_permissions() -> Ref {
    Ref::new(format!("{COMPONENTS}{PARTNERSHIP_PERMISSIONS}"))
}

/// Takes the forms of capabilities, settings and limits, and what they refer to, from the manifest's schema.
fn manifest_forms() -> Map<String, Value> {
    let schema: Value = serde_json::from_str(MANIFEST_SCHEMA).expect("its own tests read it");
    let mut forms = Map::new();
    let mut wanted: Vec<_> = [CAPABILITY_SET, COMMUNITY_SETTINGS, LIMITS]
        .map(str::to_owned)
        .into();
    while let Some(name) = wanted.pop() {
        if !forms.contains_key(&component(&name)) {
            let mut form = schema["$defs"][&name].clone();
            redirect(&mut form, &mut wanted);
            forms.insert(component(&name), form);
        }
    }
    forms
}

/// Points every reference at the document's components, and notes what is referred to.
fn redirect(form: &mut Value, wanted: &mut Vec<String>) {
    match form {
        Value::Object(members) => {
            for (key, member) in members {
                let target = member.as_str().and_then(|to| to.strip_prefix("#/$defs/"));
                if let (true, Some(name)) = (key == "$ref", target.map(str::to_owned)) {
                    *member = format!("{COMPONENTS}{}", component(&name)).into();
                    wanted.push(name);
                } else {
                    redirect(member, wanted);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| redirect(item, wanted)),
        _ => {}
    }
}

/// Names a form of the manifest as components are named: `field_names` is `FieldNames`.
fn component(name: &str) -> String {
    let word = |word: &str| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_ascii_uppercase() + rest
    };
    name.split('_').map(word).collect()
}
