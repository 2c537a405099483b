//! The manifest's JSON Schema and that of a partnership's permissions: the one place where each form is written down.

use crate::explain::explain;
use jsonschema::{PatternOptions, Validator};
use serde_json::{Value, json};
use skillgate_domain::skill::Finding;
use std::sync::LazyLock;

/// The JSON Schema of a manifest, for editors and the documentation.
pub const MANIFEST_SCHEMA: &str = include_str!("../../../manifests/module.schema.json");

/// The JSON Schema of a partnership's permissions.
pub const PERMISSIONS_SCHEMA: &str = include_str!("../../../manifests/partnership.schema.json");

static ROOT: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(MANIFEST_SCHEMA).expect("the schema is JSON: a test reads it")
});

static PERMISSIONS_ROOT: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(PERMISSIONS_SCHEMA).expect("the schema is JSON: a test reads it")
});

static MANIFEST: LazyLock<Validator> = LazyLock::new(|| compile(&ROOT));
static CAPABILITY_SET: LazyLock<Validator> = LazyLock::new(|| part("capability_set"));
static LIMITS: LazyLock<Validator> = LazyLock::new(|| part("limits"));
static SETTINGS: LazyLock<Validator> = LazyLock::new(|| part("community_settings"));
static PERMISSIONS: LazyLock<Validator> = LazyLock::new(|| compile(&PERMISSIONS_ROOT));

/// A document, or a part of one, that the schema describes.
#[derive(Clone, Copy)]
pub(crate) enum Shape {
    Manifest,
    CapabilitySet,
    Limits,
    Settings,
    Permissions,
}

impl Shape {
    /// Lists every way in which `value` has not this shape.
    pub(crate) fn findings(self, value: &Value) -> Vec<Finding> {
        let (validator, root) = match self {
            Self::Manifest => (&MANIFEST, &ROOT),
            Self::CapabilitySet => (&CAPABILITY_SET, &ROOT),
            Self::Limits => (&LIMITS, &ROOT),
            Self::Settings => (&SETTINGS, &ROOT),
            Self::Permissions => (&PERMISSIONS, &PERMISSIONS_ROOT),
        };
        validator
            .iter_errors(value)
            .flat_map(|error| explain(&error, root))
            .collect()
    }
}

fn part(name: &str) -> Validator {
    compile(&json!({
        "$schema": ROOT["$schema"],
        "$defs": ROOT["$defs"],
        "$ref": format!("#/$defs/{name}"),
    }))
}

fn compile(schema: &Value) -> Validator {
    jsonschema::draft202012::options()
        .with_pattern_options(PatternOptions::regex())
        .build(schema)
        .expect("the schema compiles: a test compiles it")
}

#[cfg(test)]
mod tests {
    use super::*;
    use skillgate_domain::capability::Interface;
    use skillgate_domain::crm::ObjectKind;
    use skillgate_domain::limits::CallLimits;
    use std::collections::BTreeSet;

    #[test]
    fn every_object_is_closed_and_every_property_described() {
        fn check(root: &Value, node: &Value, path: &str) {
            if let Some(properties) = node.get("properties").and_then(Value::as_object) {
                assert!(node.get("additionalProperties").is_some(), "{path} is open");
                for (name, property) in properties {
                    let described = match property["$ref"].as_str() {
                        Some(target) => &root.pointer(&target[1..]).unwrap()["description"],
                        None => &property["description"],
                    };
                    assert!(described.is_string(), "{path}/{name} is not described");
                    check(root, property, &format!("{path}/{name}"));
                }
            }
            for (name, part) in node
                .get("$defs")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
            {
                assert!(part["description"].is_string(), "$defs/{name}");
                check(root, part, name);
            }
        }
        for root in [&ROOT, &PERMISSIONS_ROOT] {
            check(root, root, "");
            jsonschema::draft202012::meta::validate(root).unwrap();
        }
    }

    /// Settings may be read for the first time in a host function, on the rest of a guest's stack.
    #[test]
    fn settings_are_held_against_their_shape_on_a_small_stack() {
        let check = || {
            let whole = part("community_settings");
            assert!(!whole.is_valid(&json!({ "coordinator": "a", "sharing": { "planet": {} } })));
            whole.is_valid(
                &json!({ "coordinator": "a", "sharing": { "note": { "always": ["title"] } } }),
            )
        };
        let small = std::thread::Builder::new().stack_size(512 * 1024);
        assert!(small.spawn(check).unwrap().join().unwrap());
    }

    #[test]
    fn the_schema_and_the_model_have_the_same_limits() {
        let ceiling = CallLimits::CEILING;
        let limits = &ROOT["$defs"]["limits"]["properties"];
        for (name, most) in [
            ("cpu_ms", ceiling.cpu.as_millis().try_into().unwrap()),
            ("wall_ms", ceiling.wall.as_millis().try_into().unwrap()),
            ("memory_mib", ceiling.memory_bytes / (1024 * 1024)),
            ("crm_reads", ceiling.crm_reads.into()),
            ("crm_writes", ceiling.crm_writes.into()),
            ("log_lines", ceiling.log_lines.into()),
            ("http_requests", ceiling.http_requests.into()),
        ] {
            assert_eq!(limits[name]["maximum"], json!(most), "{name}");
        }
        assert_eq!(limits.as_object().unwrap().len(), 7);
    }

    #[test]
    fn permissions_have_the_same_limits() {
        use skillgate_domain::partnership::{BOARDS_MAX, PER_DAY_MAX, PER_HOUR_MAX};
        let parts = &PERMISSIONS_ROOT["properties"];
        let rates = &parts["rateLimit"]["properties"];
        assert_eq!(rates["maxPerHour"]["maximum"], json!(PER_HOUR_MAX));
        assert_eq!(rates["maxPerDay"]["maximum"], json!(PER_DAY_MAX));
        let filters = &parts["filters"]["properties"];
        assert_eq!(filters["minVoteThreshold"]["maximum"], json!(u32::MAX));
        assert_eq!(filters["boardWhitelist"]["maxItems"], json!(BOARDS_MAX));
    }

    #[test]
    fn the_schema_and_the_model_have_the_same_names() {
        let interfaces: Vec<_> = Interface::ALL.map(Interface::name).into();
        assert_eq!(
            ROOT["$defs"]["interfaces"]["items"]["enum"],
            json!(interfaces)
        );

        let shared = ROOT["$defs"]["sharing"]["properties"].as_object().unwrap();
        let kinds: BTreeSet<_> = ObjectKind::ALL.map(ObjectKind::name).into();
        assert_eq!(
            shared.keys().map(String::as_str).collect::<BTreeSet<_>>(),
            kinds
        );

        let objects = ROOT["$defs"]["crm"]["properties"].as_object().unwrap();
        assert_eq!(objects.len(), ObjectKind::ALL.len());
        for kind in ObjectKind::ALL {
            let shape = if kind.links() {
                "linked_record_verbs"
            } else {
                "record_verbs"
            };
            let target = format!("#/$defs/{shape}");
            assert_eq!(
                objects[kind.name()]["$ref"],
                json!(target),
                "{}",
                kind.name()
            );
        }
    }
}
