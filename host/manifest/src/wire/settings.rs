use super::field_findings;
use crate::finding::{finding, quoted, tidy, under};
use crate::lookalike;
use crate::schema::Shape;
use serde_json::{Map, Value, json};
use skillgate_domain::crm::{FieldKey, ObjectKind, Selection};
use skillgate_domain::ids::SkillName;
use skillgate_domain::settings::{CommunitySettings, SETTINGS_BYTES_MAX};
use skillgate_domain::sharing::{FieldAllowlist, FieldAllowlists, SHARED_CUSTOM_FIELDS_MAX};
use skillgate_domain::skill::Finding;
use std::collections::BTreeSet;

/// The lists of fields that settings have for each kind of record.
const SHARING_LISTS: [&str; 2] = ["always", "on_request"];

/// Writes a community's settings: `{"coordinator": "..", "sharing": {"contact": {"always": [..], "on_request":
/// [..]}, ..}}`. Every kind and list is there, so that what is shipped later changes nothing in them.
pub fn settings_to_json(settings: &CommunitySettings) -> Value {
    let sharing: Map<String, Value> = ObjectKind::ALL
        .into_iter()
        .map(|kind| {
            let list = settings.sharing.of(kind);
            let lists = json!({
                "always": list.always.names(),
                "on_request": list.on_request.names(),
            });
            (kind.name().to_owned(), lists)
        })
        .collect();
    json!({ "coordinator": settings.coordinator.as_str(), "sharing": sharing })
}

/// Reads what [`settings_to_json`] writes; a kind or list may be absent, and is empty then.
///
/// Findings have paths within `value`.
pub fn settings_from_json(value: &Value) -> Result<CommunitySettings, Vec<Finding>> {
    read(value, form(value))
}

/// Reads settings that somebody wants to put: as [`settings_from_json`], and a field's name that is probably
/// a slip is a finding too.
pub fn new_settings_from_json(value: &Value) -> Result<CommunitySettings, Vec<Finding>> {
    let mut findings = form(value);
    let slips = lookalike::findings(&value["sharing"], &SHARING_LISTS);
    findings.extend(under("/sharing", slips));
    read(value, findings)
}

/// Lists every way in which `value` is not of the form of settings.
fn form(value: &Value) -> Vec<Finding> {
    let sharing = &value["sharing"];
    let mut findings = Shape::Settings.findings(value);
    let lists = field_findings(sharing, &SHARING_LISTS);
    findings.extend(under("/sharing", lists));
    for kind in ObjectKind::ALL {
        let of_kind = &sharing[kind.name()];
        let at = format!("/sharing/{}", kind.name());
        findings.extend(under(&at, in_both(of_kind)));
        let crowded = SHARING_LISTS.map(|list| too_many(kind, list, &of_kind[list]));
        findings.extend(under(&at, crowded.into_iter().flatten().collect()));
    }
    findings
}

/// Lists the fields that are let out always, and on request too.
fn in_both(of_kind: &Value) -> Vec<Finding> {
    let always: BTreeSet<_> = texts(&of_kind["always"]).map(|(_, name)| name).collect();
    let both = texts(&of_kind["on_request"]).filter(|(_, name)| always.contains(name));
    both.map(|(index, name)| {
        let problem = format!("{} is in both lists", quoted(name));
        finding(format!("/on_request/{index}"), problem, "Keep it in one.")
    })
    .collect()
}

fn too_many(kind: ObjectKind, list: &str, names: &Value) -> Option<Finding> {
    let custom = |name: &str| matches!(FieldKey::from_name(kind, name), Some(FieldKey::Custom(_)));
    let count = texts(names).filter(|(_, name)| custom(name)).count();
    (count > SHARED_CUSTOM_FIELDS_MAX).then(|| {
        finding(
            format!("/{list}"),
            format!("the list has {count} fields of the community's own"),
            format!("Keep them to {SHARED_CUSTOM_FIELDS_MAX}."),
        )
    })
}

fn texts(names: &Value) -> impl Iterator<Item = (usize, &str)> {
    let names = names.as_array().into_iter().flatten().enumerate();
    names.filter_map(|(index, name)| Some((index, name.as_str()?)))
}

/// Reads settings that must be free of `findings`.
fn read(value: &Value, findings: Vec<Finding>) -> Result<CommunitySettings, Vec<Finding>> {
    if !findings.is_empty() {
        return Err(tidy(findings));
    }
    let coordinator = SkillName::parse(value["coordinator"].as_str().unwrap_or_default());
    let coordinator = coordinator.map_err(|malformed| {
        // The schema's pattern is the model's rule; a test holds them together.
        vec![finding(
            "/coordinator",
            malformed.to_string(),
            "Correct the name.",
        )]
    })?;
    let mut sharing = FieldAllowlists::default();
    for kind in ObjectKind::ALL {
        let fields = |list: &str| -> Selection {
            let names = texts(&value["sharing"][kind.name()][list]);
            names
                .filter_map(|(_, name)| FieldKey::from_name(kind, name))
                .collect()
        };
        let list = FieldAllowlist {
            always: fields("always"),
            on_request: fields("on_request"),
        };
        sharing = sharing.with(kind, list);
    }
    let settings = CommunitySettings {
        sharing,
        coordinator,
    };
    let bytes = settings_to_json(&settings).to_string().len();
    if bytes > SETTINGS_BYTES_MAX {
        return Err(vec![finding(
            "/sharing",
            format!("the settings have {bytes} bytes"),
            format!("Keep them within {SETTINGS_BYTES_MAX} bytes: let out fewer fields."),
        )]);
    }
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(sharing: &Value) -> Value {
        json!({ "coordinator": "tez-handoff", "sharing": sharing })
    }

    /// `count` names of a community's own fields, each as long as a name can be.
    fn custom(word: &str, count: usize) -> Vec<String> {
        let name = |number| format!("{word}{number:0>width$}", width = 63 - word.len());
        (0..count).map(name).collect()
    }

    #[test]
    fn settings_read_back() {
        let shipped = CommunitySettings::default();
        let written = settings_to_json(&shipped);
        assert_eq!(settings_from_json(&written), Ok(shipped.clone()));
        assert_eq!(new_settings_from_json(&written), Ok(shipped));

        let own = settings(&json!({
            "opportunity": { "always": ["dealSource", "amount", "name"], "on_request": ["stage"] },
            "note": {},
        }));
        let own = settings_from_json(&own).unwrap();
        let written = settings_to_json(&own);
        assert_eq!(settings_from_json(&written), Ok(own));
        let empty = json!({ "always": [], "on_request": [] });
        let amounts = ["name", "amount", "dealSource"];
        assert_eq!(
            written["sharing"],
            json!({
                "contact": empty, "company": empty, "task": empty, "note": empty,
                "opportunity": { "always": amounts, "on_request": ["stage"] },
            })
        );
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let wrong = json!({
            "coordinator": "Not A Name",
            "color": "red",
            "sharing": {
                "opportunity": {
                    "always": ["amount", "first_name", "createdBy", "amount", "closeDate"],
                    "on_request": ["amount", "", 7],
                    "never": [],
                },
                "person": {},
            },
        });
        let found = new_settings_from_json(&wrong).unwrap_err();
        let told: Vec<_> = found
            .iter()
            .map(|f| format!("{} {}", f.path, f.problem))
            .collect();
        let expected = [
            "/color `color` is not known here",
            "/coordinator `Not A Name` has not the form required",
            "/sharing/opportunity/always/1 `first_name` is no field of a opportunity",
            "/sharing/opportunity/always/2 `createdBy` is a field of the CRM's own, which no module may \
             reach by that name",
            "/sharing/opportunity/always/3 `amount` is given more than once",
            "/sharing/opportunity/always/4 `closeDate` is a field of the CRM's own, which no module may \
             reach by that name",
            "/sharing/opportunity/never `never` is not known here",
            "/sharing/opportunity/on_request/0 `amount` is in both lists",
            "/sharing/opportunity/on_request/1 the text is empty",
            "/sharing/opportunity/on_request/2 this must be of type string",
            "/sharing/person `person` is not known here",
        ];
        assert_eq!(told, expected);
        assert_eq!(found[5].fix, "Use the typed field `close_date`.");
        for (value, path) in [
            (json!(null), ""),
            (json!({ "coordinator": "x" }), ""),
            (json!({ "sharing": {} }), ""),
            (json!({ "coordinator": "x", "sharing": [] }), "/sharing"),
        ] {
            let found = settings_from_json(&value).unwrap_err();
            assert_eq!(found[0].path, path, "{value}");
        }
    }

    #[test]
    fn a_slip_is_read_back_and_not_put() {
        let slip = settings(&json!({ "contact": { "always": ["firstName"] } }));
        assert!(settings_from_json(&slip).is_ok());
        let found = new_settings_from_json(&slip).unwrap_err();
        assert_eq!(found[0].path, "/sharing/contact/always/0");
        assert_eq!(found[0].fix, "Did you mean `first_name`?");
    }

    #[test]
    fn fields_of_a_communitys_own_have_a_most() {
        let of = |count| {
            let names = custom("a", count);
            new_settings_from_json(&settings(&json!({ "note": { "on_request": names } })))
        };
        assert!(of(SHARED_CUSTOM_FIELDS_MAX).is_ok());
        let found = of(SHARED_CUSTOM_FIELDS_MAX + 1).unwrap_err();
        assert_eq!(found[0].path, "/sharing/note/on_request");
    }

    #[test]
    fn settings_have_a_most_of_bytes() {
        // As many names as fit, and one that is longer or shorter.
        let all = |last: usize| {
            let mut kinds = Map::new();
            for kind in ObjectKind::ALL {
                let (always, on_request) = (custom("a", 50), custom("b", 50));
                let lists = json!({ "always": always, "on_request": on_request });
                kinds.insert(kind.name().to_owned(), lists);
            }
            let cut = kinds["note"]["on_request"].as_array_mut().unwrap();
            cut.truncate(42);
            cut.push(format!("c{}", "x".repeat(last)).into());
            json!({ "coordinator": "hand-offs-of-ours", "sharing": kinds })
        };
        let bytes = |value: &Value| value.to_string().len();
        let room = SETTINGS_BYTES_MAX - bytes(&all(0));
        assert_eq!(bytes(&all(room)), SETTINGS_BYTES_MAX);
        assert!(settings_from_json(&all(room)).is_ok());
        let found = settings_from_json(&all(room + 1)).unwrap_err();
        assert_eq!(found[0].path, "/sharing");
    }

    #[test]
    fn a_coordinators_name_is_a_skills() {
        for (name, is) in [
            ("tez-handoff".to_owned(), true),
            ("a".repeat(64), true),
            ("a".repeat(65), false),
            (String::new(), false),
            ("Tez".to_owned(), false),
            ("a--b".to_owned(), false),
        ] {
            let read = settings_from_json(&json!({ "coordinator": name, "sharing": {} }));
            assert_eq!(read.is_ok(), is, "{name}");
            assert_eq!(SkillName::parse(&name).is_ok(), is, "{name}");
        }
    }
}
