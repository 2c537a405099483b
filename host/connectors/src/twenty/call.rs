//! The closed list of requests that this client can make.
//!
//! Paths are built from typed ids only. There is no call that changes or deletes more than one record:
//! `PATCH` on a collection, or on a path that ends in a slash, would update up to 200 of them.

use super::config::Timeouts;
use super::object::names;
use bytes::Bytes;
use http::Method;
use serde_json::{Map, Value, json};
use skillgate_domain::crm::ObjectKind;
use skillgate_domain::ids::RecordId;
use std::time::Duration;

/// One request.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Call {
    /// `GET /rest/{plural}/{id}`
    Get(ObjectKind, RecordId),
    /// `PATCH /rest/{plural}/{id}`
    Update(ObjectKind, RecordId, Map<String, Value>),
    /// `DELETE /rest/{plural}/{id}?soft_delete=true`; without the parameter it would be for ever.
    SoftDelete(ObjectKind, RecordId),
    /// `GET /rest/metadata/objects`
    Metadata(Option<RecordId>),
    /// `POST /graphql`
    GraphQl(GraphQl),
}

/// A GraphQL request.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct GraphQl {
    /// Made of our own words and validated names.
    pub(super) document: String,
    /// Holds every value that comes from elsewhere.
    pub(super) variables: Value,
    pub(super) effect: Effect,
    /// Root fields; the server counts each as a request.
    pub(super) roots: u32,
}

/// What a GraphQL request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// Reads records.
    Read,
    /// Creates one record.
    Create,
    /// Full-text search, which the server does not count.
    Probe,
}

impl Call {
    pub(super) fn method(&self) -> Method {
        match self {
            Self::Get(..) | Self::Metadata(_) => Method::GET,
            Self::Update(..) => Method::PATCH,
            Self::SoftDelete(..) => Method::DELETE,
            Self::GraphQl(_) => Method::POST,
        }
    }

    pub(super) fn path(&self) -> String {
        match self {
            Self::Get(object, id) | Self::Update(object, id, _) => {
                format!("/rest/{}/{id}", names(*object).plural)
            }
            Self::SoftDelete(object, id) => {
                format!("/rest/{}/{id}?soft_delete=true", names(*object).plural)
            }
            Self::Metadata(None) => "/rest/metadata/objects".to_owned(),
            Self::Metadata(Some(after)) => {
                format!("/rest/metadata/objects?starting_after={after}")
            }
            Self::GraphQl(_) => "/graphql".to_owned(),
        }
    }

    pub(super) fn body(&self) -> Option<Bytes> {
        let value = match self {
            Self::Get(..) | Self::SoftDelete(..) | Self::Metadata(_) => return None,
            Self::Update(_, _, body) => Value::Object(body.clone()),
            Self::GraphQl(query) => {
                json!({"query": query.document, "variables": query.variables})
            }
        };
        Some(Bytes::from(value.to_string()))
    }

    /// Names the call in traces.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Get(..) => "get",
            Self::Update(..) => "update",
            Self::SoftDelete(..) => "soft-delete",
            Self::Metadata(_) => "metadata",
            Self::GraphQl(query) => match query.effect {
                Effect::Read => "query",
                Effect::Create => "create",
                Effect::Probe => "probe",
            },
        }
    }

    pub(super) fn timeout(&self, timeouts: &Timeouts) -> Duration {
        match self {
            Self::Metadata(_) => timeouts.metadata,
            _ if self.writes() => timeouts.write,
            _ => timeouts.read,
        }
    }

    /// Returns how many requests the server will count.
    pub(super) fn cost(&self) -> u32 {
        match self {
            Self::Metadata(_) => 0,
            Self::GraphQl(query) if query.effect == Effect::Probe => 0,
            Self::GraphQl(query) => query.roots,
            Self::Get(..) | Self::Update(..) | Self::SoftDelete(..) => 1,
        }
    }

    pub(super) fn writes(&self) -> bool {
        match self {
            Self::Get(..) | Self::Metadata(_) => false,
            Self::Update(..) | Self::SoftDelete(..) => true,
            Self::GraphQl(query) => query.effect == Effect::Create,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_call() -> Vec<Call> {
        let id = RecordId::parse("0190f5fe-7c00-7a00-8000-000000000001").unwrap();
        let mut calls = vec![Call::Metadata(None), Call::Metadata(Some(id))];
        for object in ObjectKind::ALL {
            calls.push(Call::Get(object, id));
            calls.push(Call::Update(object, id, Map::new()));
            calls.push(Call::SoftDelete(object, id));
        }
        for effect in [Effect::Read, Effect::Create, Effect::Probe] {
            calls.push(Call::GraphQl(GraphQl {
                document: String::new(),
                variables: Value::Null,
                effect,
                roots: 1,
            }));
        }
        calls
    }

    #[test]
    fn what_writes_names_one_record() {
        let mut patches = 0;
        for call in every_call() {
            let path = call.path();
            let segments: Vec<_> = path.split(['/', '?']).collect();
            match call.method() {
                Method::PATCH => {
                    assert_eq!(segments.len(), 4, "{path}");
                    assert!(RecordId::parse(segments[3]).is_ok(), "{path}");
                    patches += 1;
                }
                Method::DELETE => {
                    assert!(RecordId::parse(segments[3]).is_ok(), "{path}");
                    assert_eq!(segments[4], "soft_delete=true");
                }
                Method::POST => assert_eq!(path, "/graphql"),
                method => assert_eq!(method, Method::GET),
            }
            assert!(!path.ends_with('/'), "{path}");
        }
        assert_eq!(patches, ObjectKind::ALL.len());
    }

    #[test]
    fn only_metadata_and_probes_are_free() {
        for call in every_call() {
            let free = matches!(call.name(), "metadata" | "probe");
            assert_eq!(call.cost() == 0, free, "{}", call.name());
        }
    }
}
