//! Custom fields that are probably a typed field misspelt: the codec takes them; manifests and new
//! settings do not.

use crate::finding::{finding, quoted};
use serde_json::Value;
use skillgate_domain::crm::{Field, FieldKey, FieldSet, ObjectKind};
use skillgate_domain::skill::Finding;

/// Lists custom fields in the `lists` of each kind of record whose name is that of a typed field in another spelling, or
/// with two letters exchanged. Anything looser would refuse honest names such as `phone2`.
pub(crate) fn findings(by_kind: &Value, lists: &[&str]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for kind in ObjectKind::ALL {
        for list in lists {
            let names = by_kind[kind.name()][*list].as_array();
            for (index, name) in names.into_iter().flatten().enumerate() {
                let Some(name) = name.as_str() else { continue };
                let Some(meant) = misspelt(kind, name) else {
                    continue;
                };
                findings.push(finding(
                    format!("/{}/{list}/{index}", kind.name()),
                    format!(
                        "{} looks like a typed field in another spelling",
                        quoted(name)
                    ),
                    format!("Did you mean `{}`?", meant.name()),
                ));
            }
        }
    }
    findings
}

fn misspelt(kind: ObjectKind, name: &str) -> Option<Field> {
    let Some(FieldKey::Custom(_)) = FieldKey::from_name(kind, name) else {
        return None;
    };
    let letters = |name: &str| name.replace('_', "").to_ascii_lowercase();
    let spelt = letters(name);
    FieldSet::of(kind).iter().find(|field| {
        let typed = letters(field.name());
        typed == spelt || exchanged(&typed, &spelt)
    })
}

/// Tells whether `b` is `a` with two neighbouring letters exchanged.
fn exchanged(a: &str, b: &str) -> bool {
    a.len() == b.len() && a != b && strsim::damerau_levenshtein(a, b) == 1 && {
        let (mut a, mut b) = (a.as_bytes().to_vec(), b.as_bytes().to_vec());
        a.sort_unstable();
        b.sort_unstable();
        a == b
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_slips_are_suspected() {
        for (name, meant) in [
            ("firstName", Some(Field::ContactFirstName)),
            ("emial", Some(Field::ContactEmail)),
            ("jobtitle", Some(Field::ContactJobTitle)),
            ("email", None),
            ("phone2", None),
            ("leadSource", None),
            ("city", None),
        ] {
            assert_eq!(misspelt(ObjectKind::Contact, name), meant, "{name}");
        }
    }
}
