use super::outbound::{outbound_from_json, write_outbound};
use crate::explain::listed;
use crate::finding::{finding, quoted, tidy, under};
use crate::schema::Shape;
use crate::similar::similar;
use serde_json::{Map, Value, json};
use skillgate_domain::capability::{Capabilities, Interface, ObjectCapability, Verb};
use skillgate_domain::crm::{Field, FieldKey, FieldSet, ObjectKind, is_system_name};
use skillgate_domain::egress::Outbound;
use skillgate_domain::skill::Finding;
use std::collections::BTreeSet;

const FIELD_VERBS: [Verb; 3] = [Verb::Read, Verb::Create, Verb::Update];
/// The lists of fields that capabilities have for each kind of record.
pub(crate) const FIELD_LISTS: [&str; 3] = [
    FIELD_VERBS[0].name(),
    FIELD_VERBS[1].name(),
    FIELD_VERBS[2].name(),
];

/// Writes capabilities: `{"interfaces": [..], "crm": {"contact": {"read": [..]}, "task": {"link": true}}}`.
///
/// Rules for requests to services outside are under `http`, their credentials under `credentials`.
/// Absent verbs and kinds are left out; names are in a fixed order, so that equal sets are equal texts.
pub fn capabilities_to_json(capabilities: &Capabilities) -> Value {
    let interfaces: Vec<_> = capabilities.interfaces.iter().map(|i| i.name()).collect();
    let crm: Map<String, Value> = ObjectKind::ALL
        .into_iter()
        .map(|kind| (kind, capabilities.object(kind)))
        .filter(|(_, capability)| **capability != ObjectCapability::default())
        .map(|(kind, capability)| (kind.name().to_owned(), object_to_json(capability)))
        .collect();
    let mut set = Map::new();
    set.insert("interfaces".to_owned(), json!(interfaces));
    set.insert("crm".to_owned(), Value::Object(crm));
    write_outbound(&capabilities.http, &mut set);
    Value::Object(set)
}

fn object_to_json(capability: &ObjectCapability) -> Value {
    let mut verbs = Map::new();
    for verb in FIELD_VERBS {
        if let Some(selection) = capability.fields(verb) {
            verbs.insert(verb.name().to_owned(), json!(selection.names()));
        }
    }
    if capability.link {
        verbs.insert(Verb::Link.name().to_owned(), Value::Bool(true));
    }
    Value::Object(verbs)
}

/// Reads what [`capabilities_to_json`] writes. `crm` may be absent.
///
/// Findings have paths within `value`.
pub fn capabilities_from_json(value: &Value) -> Result<Capabilities, Vec<Finding>> {
    let mut findings = Shape::CapabilitySet.findings(value);
    let (interfaces, repeated) = interfaces_from_json(&value["interfaces"]);
    findings.extend(under("/interfaces", repeated));
    findings.extend(under("/crm", field_findings(&value["crm"], &FIELD_LISTS)));
    let http = outbound_from_json(value);
    let http = http.unwrap_or_else(|wrong| {
        findings.extend(wrong);
        Outbound::default()
    });
    if !findings.is_empty() {
        return Err(tidy(findings));
    }
    let mut capabilities = crm_from_json(&value["crm"]);
    capabilities.interfaces = interfaces;
    capabilities.http = http;
    Ok(capabilities)
}

/// Reads a list of interfaces; unknown ones are the schema's to report.
pub(crate) fn interfaces_from_json(value: &Value) -> (BTreeSet<Interface>, Vec<Finding>) {
    let mut interfaces = BTreeSet::new();
    let mut findings = Vec::new();
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        let Some(interface) = item.as_str().and_then(Interface::from_name) else {
            continue;
        };
        if !interfaces.insert(interface) {
            findings.push(repeated(format!("/{index}"), interface.name()));
        }
    }
    (interfaces, findings)
}

/// Reads the `crm` part, which must be free of findings. What is not of its form is left out.
pub(crate) fn crm_from_json(crm: &Value) -> Capabilities {
    let mut capabilities = Capabilities::default();
    for kind in ObjectKind::ALL {
        let verbs = &crm[kind.name()];
        let fields = |verb: Verb| {
            let names = verbs[verb.name()].as_array()?.iter();
            Some(
                names
                    .filter_map(|name| FieldKey::from_name(kind, name.as_str()?))
                    .collect(),
            )
        };
        let capability = ObjectCapability {
            read: fields(Verb::Read),
            create: fields(Verb::Create),
            update: fields(Verb::Update),
            link: verbs[Verb::Link.name()] == true,
        };
        capabilities.set_object(kind, capability);
    }
    capabilities
}

/// Lists the field names that no field can have, and those given twice, in the `lists` of each kind of record.
pub(crate) fn field_findings(by_kind: &Value, lists: &[&str]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for kind in ObjectKind::ALL {
        for list in lists {
            let mut seen = BTreeSet::new();
            let names = by_kind[kind.name()][*list].as_array();
            for (index, name) in names.into_iter().flatten().enumerate() {
                let path = format!("/{}/{list}/{index}", kind.name());
                match name.as_str() {
                    // The schema reports what is no name at all.
                    None | Some("") => {}
                    Some(name) if !seen.insert(name) => findings.push(repeated(path, name)),
                    Some(name) => findings.extend(unknown_field(path, kind, name)),
                }
            }
        }
    }
    findings
}

fn repeated(path: String, name: &str) -> Finding {
    let problem = format!("{} is given more than once", quoted(name));
    finding(path, problem, "Keep one of them.")
}

fn unknown_field(path: String, kind: ObjectKind, name: &str) -> Option<Finding> {
    if FieldKey::from_name(kind, name).is_some() {
        return None;
    }
    let typed: Vec<&str> = FieldSet::of(kind).iter().map(Field::name).collect();
    if is_system_name(name) {
        let problem = format!(
            "{} is a field of the CRM's own, which no module may reach by that name",
            quoted(name)
        );
        let fix = match similar(name, typed.iter().copied()) {
            Some(typed) => format!("Use the typed field `{typed}`."),
            None => format!(
                "Remove it. Typed fields of a {}: {}.",
                kind.name(),
                listed(&typed)
            ),
        };
        return Some(finding(path, problem, fix));
    }
    let problem = format!("{} is no field of a {}", quoted(name), kind.name());
    let fix = match similar(name, typed.iter().copied()) {
        Some(meant) => format!("Did you mean `{meant}`?"),
        None => format!(
            "Typed fields of a {}: {}. A community's own field is written in camelCase.",
            kind.name(),
            listed(&typed)
        ),
    };
    Some(finding(path, problem, fix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use skillgate_domain::crm::Selection;

    fn selection(kind: ObjectKind) -> impl Strategy<Value = Option<Selection>> {
        let typed: Vec<Field> = FieldSet::of(kind).iter().collect();
        let count = typed.len();
        let custom = prop::collection::vec("x[a-zA-Z0-9]{1,62}", 0..4);
        let keys = (prop::sample::subsequence(typed, 0..=count), custom).prop_map(
            move |(typed, custom)| {
                let typed = typed.into_iter().map(FieldKey::Standard);
                let custom = custom
                    .iter()
                    .filter_map(|name| FieldKey::from_name(kind, name));
                typed.chain(custom).collect::<Selection>()
            },
        );
        prop::option::of(keys)
    }

    fn object(kind: ObjectKind) -> impl Strategy<Value = ObjectCapability> {
        (
            selection(kind),
            selection(kind),
            selection(kind),
            any::<bool>(),
        )
            .prop_map(move |(read, create, update, link)| ObjectCapability {
                read,
                create,
                update,
                link: link && kind.links(),
            })
    }

    fn capabilities() -> impl Strategy<Value = Capabilities> {
        let interfaces =
            prop::sample::subsequence(Interface::ALL.to_vec(), 0..=Interface::ALL.len());
        (interfaces, ObjectKind::ALL.map(object)).prop_map(|(interfaces, objects)| {
            let mut all = Capabilities::default();
            all.interfaces.extend(interfaces);
            for (kind, object) in ObjectKind::ALL.into_iter().zip(objects) {
                all.set_object(kind, object);
            }
            all
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn every_set_reads_back(set in capabilities()) {
            prop_assert_eq!(capabilities_from_json(&capabilities_to_json(&set)), Ok(set));
        }
    }

    #[test]
    fn the_form_is_small_and_ordered() {
        let text = r#"{"interfaces":["log","crm"],"crm":{"note":{"link":true,"read":[]},
                      "contact":{"read":["leadSource","email","first_name"]},"task":{"link":false}}}"#;
        let set = capabilities_from_json(&serde_json::from_str(text).unwrap()).unwrap();
        assert_eq!(
            capabilities_to_json(&set),
            json!({"interfaces": ["crm", "log"], "crm": {
                "contact": {"read": ["first_name", "email", "leadSource"]},
                "note": {"read": [], "link": true},
            }})
        );
    }

    #[test]
    fn what_is_not_a_set_of_capabilities_is_refused() {
        for (value, path) in [
            (json!({}), ""),
            (json!([]), ""),
            (json!({"interfaces": ["sockets"]}), "/interfaces/0"),
            (json!({"interfaces": ["log", "log"]}), "/interfaces/1"),
            (
                json!({"interfaces": [], "crm": {"person": {}}}),
                "/crm/person",
            ),
            (
                json!({"interfaces": [], "crm": {"contact": {"delete": []}}}),
                "/crm/contact/delete",
            ),
            (
                json!({"interfaces": [], "crm": {"contact": {"link": false}}}),
                "/crm/contact/link",
            ),
            (
                json!({"interfaces": [], "crm": {"contact": {"read": "email"}}}),
                "/crm/contact/read",
            ),
            (
                json!({"interfaces": [], "crm": {"contact": {"read": [1]}}}),
                "/crm/contact/read/0",
            ),
            (
                json!({"interfaces": [], "crm": {"contact": {"read": [""]}}}),
                "/crm/contact/read/0",
            ),
            (
                json!({"interfaces": [], "crm": {"note": {"read": ["createdBy"]}}}),
                "/crm/note/read/0",
            ),
            (
                json!({"interfaces": [], "crm": {"note": {"read": ["due_at"]}}}),
                "/crm/note/read/0",
            ),
            (
                json!({"interfaces": [], "crm": {"note": {"read": ["x", "x"]}}}),
                "/crm/note/read/1",
            ),
        ] {
            let found = capabilities_from_json(&value).unwrap_err();
            let paths: Vec<_> = found.iter().map(|f| f.path.as_str()).collect();
            assert_eq!(paths, [path], "{value}");
        }
    }

    #[test]
    fn fields_have_a_most() {
        let reading = |count: usize| {
            let names: Vec<_> = (0..count).map(|i| format!("x{i}")).collect();
            capabilities_from_json(&json!({"interfaces": [], "crm": {"note": {"read": names}}}))
        };
        assert!(reading(200).is_ok());
        assert!(reading(201).is_err());
    }
}
