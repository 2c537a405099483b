use crate::problem::convert::findings;
use crate::problem::{Kind, Problem};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use skillgate_domain::grant::{Grant, GrantTerms};
use skillgate_domain::ids::ConfigKey;
use skillgate_domain::limits::CallLimits;
use skillgate_domain::skill::Finding;
use skillgate_manifest::wire;
use std::collections::BTreeMap;

/// What an admin decided, as JSON. What is absent is granted as the manifest asks.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// What may be reached, in the manifest's form.
    capabilities: Option<Value>,
    /// What a call may use, in the manifest's form.
    limits: Option<Value>,
    /// Settings.
    #[serde(default)]
    config: BTreeMap<String, String>,
}

impl Terms {
    /// Reads the terms; all faults at once.
    pub fn decode(self) -> Result<GrantTerms, Problem> {
        let mut faults = Vec::new();
        let mut note = |place: &str, found: Vec<Finding>| {
            faults.extend(found.into_iter().map(|finding| Finding {
                path: format!("/{place}{}", finding.path),
                ..finding
            }));
        };
        let capabilities = self
            .capabilities
            .map(|value| wire::capabilities_from_json(&value));
        let capabilities = capabilities.transpose().unwrap_or_else(|found| {
            note("capabilities", found);
            None
        });
        let limits = self
            .limits
            .map(|v| wire::limits_from_json(&v, CallLimits::CEILING));
        let limits = limits.transpose().unwrap_or_else(|found| {
            note("limits", found);
            None
        });
        let mut config = BTreeMap::new();
        for (key, value) in self.config {
            match ConfigKey::parse(&key) {
                Ok(key) => drop(config.insert(key, value)),
                Err(rule) => note(
                    "config",
                    vec![Finding {
                        path: String::new(),
                        problem: rule.to_string(),
                        fix: "Use a setting that the manifest declares.".to_owned(),
                    }],
                ),
            }
        }
        if faults.is_empty() {
            Ok(GrantTerms {
                capabilities,
                limits,
                config,
            })
        } else {
            Err(Problem::new(Kind::BodyInvalid).member("findings", findings(&faults)))
        }
    }
}

/// A grant: what was approved, for what, by whom.
pub fn grant(grant: &Grant) -> Value {
    let config: Map<String, Value> = grant
        .config
        .iter()
        .map(|(key, value)| (key.to_string(), value.as_str().into()))
        .collect();
    json!({
        "id": grant.id.to_string(),
        "skill": grant.skill.as_str(),
        "module": grant.submission.to_string(),
        "component": grant.component.to_string(),
        "manifest": grant.manifest.to_string(),
        "capabilities": wire::capabilities_to_json(&grant.capabilities),
        "limits": wire::limits_to_json(&grant.limits),
        "config": config,
        "granted_by": grant.granted_by.as_str(),
        "granted_at": super::time(grant.granted_at),
        "revoked_at": grant.revoked_at.map(super::time),
    })
}
