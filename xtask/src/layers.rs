//! `cargo xtask layers`: which crate may see which.

use crate::shell;
use anyhow::bail;
use serde_json::Value;
use std::collections::BTreeMap;

/// For each crate of the house, the crates of the house it may depend on. Whoever is not named here
/// may depend on none.
const ALLOWED: &[(&str, &[&str])] = &[
    ("skillgate-domain", &[]),
    ("skillgate-app", &["skillgate-domain"]),
    ("skillgate-manifest", &["skillgate-domain"]),
    (
        "skillgate-runtime",
        &["skillgate-domain", "skillgate-app", "skillgate-manifest"],
    ),
    (
        "skillgate-storage",
        &["skillgate-domain", "skillgate-app", "skillgate-manifest"],
    ),
    ("skillgate-policy", &["skillgate-domain", "skillgate-app"]),
    (
        "skillgate-connectors",
        &["skillgate-domain", "skillgate-app", "skillgate-manifest"],
    ),
    (
        "skillgate-server",
        &["skillgate-domain", "skillgate-app", "skillgate-manifest"],
    ),
    ("skillgate-crm-embedded", &[]),
    ("skillgate-sdk", &["skillgate-sdk-macros"]),
    ("skillgate-sdk-macros", &[]),
    ("skillgate-skill-crm", &["skillgate-sdk"]),
    ("skillgate-example-enrich-lead", &["skillgate-sdk"]),
    ("skillgate-courier", &["skillgate-sdk"]),
    ("skillgate-skill-tez-handoff", &["skillgate-sdk"]),
    ("xtask", &[]),
];

/// Crates that wire adapters together, and so may see all.
const WIRING: &[&str] = &["skillgate", "skillgate-tests"];

/// Outside crates that `domain` may use: nothing that does I/O, keeps time or knows a wire format.
const DOMAIN_USES: &[&str] = &["ipnet", "thiserror", "unicode-normalization", "uuid"];

pub(crate) fn run() -> anyhow::Result<()> {
    shell::say("layers");
    let metadata =
        shell::output(shell::cargo().args(["metadata", "--format-version=1", "--no-deps"]))?;
    let breaches = breaches(&serde_json::from_str(&metadata)?);
    if !breaches.is_empty() {
        bail!(
            "edges that the house does not have (see ARCHITECTURE.md):\n  {}",
            breaches.join("\n  ")
        );
    }
    Ok(())
}

fn breaches(metadata: &Value) -> Vec<String> {
    let allowed: BTreeMap<_, _> = ALLOWED.iter().copied().collect();
    let packages: Vec<&Value> = metadata["packages"]
        .as_array()
        .into_iter()
        .flatten()
        .collect();
    let name = |package: &Value| package["name"].as_str().unwrap_or_default().to_owned();
    let house: Vec<String> = packages.iter().map(|package| name(package)).collect();
    let mut breaches = Vec::new();
    for package in &packages {
        let from = name(package);
        if WIRING.contains(&from.as_str()) {
            continue;
        }
        // Tests may use what they like.
        let edges = package["dependencies"].as_array().into_iter().flatten();
        for to in edges
            .filter(|edge| edge["kind"] != "dev")
            .filter_map(|edge| edge["name"].as_str())
        {
            let known = allowed.get(from.as_str()).copied().unwrap_or_default();
            let inside = house.iter().any(|crate_| crate_ == to);
            let outside_domain = from == "skillgate-domain" && !DOMAIN_USES.contains(&to);
            if (inside && !known.contains(&to)) || outside_domain {
                breaches.push(format!("{from} -> {to}"));
            }
        }
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn house(from: &str, to: &str, kind: &Value) -> Value {
        let edge = json!({ "name": to, "kind": kind });
        json!({ "packages": [{ "name": from, "dependencies": [edge] }, { "name": to, "dependencies": [] }] })
    }

    #[test]
    fn edges() {
        for (from, to, breach) in [
            ("skillgate-app", "skillgate-domain", false),
            ("skillgate-domain", "skillgate-app", true),
            ("skillgate-runtime", "skillgate-storage", true),
            ("skillgate", "skillgate-storage", false),
            ("skillgate-new", "skillgate-domain", true),
        ] {
            assert_eq!(
                !breaches(&house(from, to, &Value::Null)).is_empty(),
                breach,
                "{from} -> {to}"
            );
            assert!(breaches(&house(from, to, &json!("dev"))).is_empty());
        }
        let serde = json!({ "packages": [
            { "name": "skillgate-domain", "dependencies": [{ "name": "serde", "kind": null }] },
        ] });
        assert_eq!(breaches(&serde), ["skillgate-domain -> serde"]);
    }
}
