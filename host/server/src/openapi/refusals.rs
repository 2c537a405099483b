use crate::problem::{Kind, Problem, mypa_envelope, relay_envelope};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::schema::{AllOfBuilder, ArrayBuilder, ObjectBuilder, Type};
use utoipa::openapi::{Ref, RefOr, Response, ResponseBuilder};

/// What may refuse every request that needs a caller.
pub(crate) const AUTHENTICATED: &[Kind] = &[
    Kind::HostBusy,
    Kind::AuthenticationRequired,
    Kind::TokenNotValid,
    Kind::StorageBusy,
    Kind::StorageFull,
    Kind::StorageUnavailable,
    Kind::AuditBroken,
    Kind::Internal,
];

/// What may refuse a request that may have an `Idempotency-Key`. With one, its body is read first.
pub(crate) const KEYED: &[Kind] = &[
    Kind::IdempotencyKeyInvalid,
    Kind::IdempotencyKeyReused,
    Kind::IdempotencyInProgress,
    Kind::IdempotencyOutcomeUnknown,
    Kind::IdempotencyNotReplayable,
    Kind::IdempotencyKeysExhausted,
    Kind::BodyTooLarge,
    Kind::BodyUnreadable,
    Kind::RequestTimeout,
];

/// What may refuse a JSON body.
pub(crate) const JSON_BODY: &[Kind] = &[
    Kind::UnsupportedMediaType,
    Kind::BodyTooLarge,
    Kind::BodyUnreadable,
    Kind::BodyInvalid,
    Kind::RequestTimeout,
];

/// What may refuse every request to the relay.
pub(crate) const RELAY: &[Kind] = &[Kind::RateLimited, Kind::Forbidden];

/// Names the refusals that a route describes, as `Refusals`.
macro_rules! refusals {
    ($($kinds:expr),+ $(,)?) => {
        $crate::openapi::refused!(responses, $($kinds),+);
    };
}
pub(crate) use refusals;

/// Names refusals as `Refusals`, as a function describes them.
macro_rules! refused {
    ($describe:ident, $($kinds:expr),+) => {
        pub(crate) struct Refusals;

        impl utoipa::IntoResponses for Refusals {
            fn responses() -> std::collections::BTreeMap<
                String,
                utoipa::openapi::RefOr<utoipa::openapi::Response>,
            > {
                $crate::openapi::$describe(&[$($kinds),+])
            }
        }
    };
}
pub(crate) use refused;

/// Names the refusals that a route of the relay describes, as `Refusals`.
macro_rules! relay_refusals {
    ($($kinds:expr),* $(,)?) => {
        $crate::openapi::refused!(
            relay_responses,
            $crate::openapi::AUTHENTICATED,
            $crate::openapi::RELAY
            $(, $kinds)*
        );
    };
}
pub(crate) use relay_refusals;

/// Describes refusals in the relay's form, one response for each status.
pub(crate) fn relay_responses(kinds: &[&[Kind]]) -> BTreeMap<String, RefOr<Response>> {
    let mut by_status: BTreeMap<u16, BTreeSet<&str>> = BTreeMap::new();
    for kind in kinds.iter().copied().flatten() {
        let same = by_status
            .entry(relay_envelope::status(*kind).as_u16())
            .or_default();
        same.insert(relay_envelope::code(*kind));
    }
    let described = |(status, codes): (u16, BTreeSet<_>)| {
        let schema = relay_envelope::schema(codes.iter().copied());
        let codes: Vec<_> = codes.into_iter().map(|code| format!("`{code}`")).collect();
        let content = ContentBuilder::new().schema(Some(schema)).build();
        let response = ResponseBuilder::new()
            .description(codes.join(", "))
            .content("application/json", content)
            .build();
        (status.to_string(), response.into())
    };
    by_status.into_iter().map(described).collect()
}

/// Names the refusals of a route of the surface that MyPA's clients know, as `Refusals`.
macro_rules! mypa_refusals {
    ($($kinds:expr),+ $(,)?) => {
        $crate::openapi::refused!(mypa_responses, $($kinds),+);
    };
}
pub(crate) use mypa_refusals;

/// Describes refusals in the form of MyPA's clients, one response for each status.
pub(crate) fn mypa_responses(kinds: &[&[Kind]]) -> BTreeMap<String, RefOr<Response>> {
    let mut by_status: BTreeMap<u16, BTreeMap<String, Vec<Kind>>> = BTreeMap::new();
    for kind in kinds.iter().copied().flatten() {
        let (status, code) = mypa_envelope::code(*kind);
        let codes = by_status.entry(status.as_u16()).or_default();
        let same = codes.entry(code).or_default();
        if !same.contains(kind) {
            same.push(*kind);
        }
    }
    let described =
        |(status, codes): (u16, BTreeMap<_, _>)| (status.to_string(), envelope(&codes).into());
    by_status.into_iter().map(described).collect()
}

fn envelope(codes: &BTreeMap<String, Vec<Kind>>) -> Response {
    let line = |(code, kinds): (&String, &Vec<Kind>)| {
        let meanings: Vec<_> = kinds.iter().map(|kind| kind.meaning()).collect();
        format!("- `{code}`: {}", meanings.join(" "))
    };
    let lines: Vec<_> = codes.iter().map(line).collect();
    let detail = |name: &str| {
        (
            name.to_owned(),
            ObjectBuilder::new().schema_type(Type::String),
        )
    };
    let details = [detail("path"), detail("message")]
        .into_iter()
        .fold(ObjectBuilder::new(), |object, (name, member)| {
            object.property(&name, member).required(name)
        });
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let error = ObjectBuilder::new()
        .property(
            "code",
            text().enum_values(Some(codes.keys().map(String::as_str))),
        )
        .required("code")
        .property("message", text())
        .required("message")
        .property("details", ArrayBuilder::new().items(details));
    let body = ObjectBuilder::new()
        .property("error", error)
        .required("error");
    let content = ContentBuilder::new().schema(Some(body)).build();
    ResponseBuilder::new()
        .description(lines.join("\n"))
        .content("application/json", content)
        .build()
}

/// Describes refusals, one response for each status.
pub(crate) fn responses(kinds: &[&[Kind]]) -> BTreeMap<String, RefOr<Response>> {
    let mut by_status: BTreeMap<u16, Vec<Kind>> = BTreeMap::new();
    for kind in kinds.iter().copied().flatten() {
        let same = by_status.entry(kind.status().as_u16()).or_default();
        if !same.contains(kind) {
            same.push(*kind);
        }
    }
    let described = |(status, kinds): (u16, Vec<_>)| (status.to_string(), response(&kinds).into());
    by_status.into_iter().map(described).collect()
}

fn response(kinds: &[Kind]) -> Response {
    let line = |kind: &Kind| format!("- `{}`: {}", kind.code(), kind.meaning());
    let lines: Vec<_> = kinds.iter().map(line).collect();
    let codes = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(kinds.iter().map(|kind| kind.code())));
    let narrowed = AllOfBuilder::new()
        .item(Ref::from_schema_name(Problem::name()))
        .item(ObjectBuilder::new().property("code", codes));
    let content = ContentBuilder::new().schema(Some(narrowed)).build();
    ResponseBuilder::new()
        .description(lines.join("\n"))
        .content("application/problem+json", content)
        .build()
}
