use crate::openapi::{capability_set, limits};
use crate::problem::convert::findings;
use crate::problem::{Kind, Problem};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use skillgate_domain::grant::{Grant, GrantTerms};
use skillgate_domain::ids::ConfigKey;
use skillgate_domain::limits::CallLimits;
use skillgate_domain::skill::Finding;
use skillgate_manifest::wire;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What an admin decided. What is absent is granted as the manifest asks.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// What may be reached.
    #[schema(schema_with = capability_set)]
    capabilities: Option<Value>,
    /// What a call may use.
    #[schema(schema_with = limits)]
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
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Grant)]
pub struct GrantView {
    /// What may be reached.
    #[schema(schema_with = capability_set)]
    capabilities: Value,
    /// Digest of the component.
    component: String,
    /// Settings.
    config: BTreeMap<String, String>,
    #[schema(format = DateTime, required)]
    granted_at: Option<String>,
    /// The admin.
    granted_by: String,
    #[schema(format = "uuid")]
    id: String,
    /// What a call may use.
    #[schema(schema_with = limits)]
    limits: Value,
    /// Digest of the manifest.
    manifest: String,
    #[schema(format = "uuid")]
    module: String,
    #[schema(format = DateTime, required)]
    revoked_at: Option<String>,
    skill: String,
}

/// Shows a grant.
pub fn grant(grant: &Grant) -> GrantView {
    let config = grant.config.iter();
    GrantView {
        capabilities: wire::capabilities_to_json(&grant.capabilities),
        component: grant.component.to_string(),
        config: config.map(|(k, v)| (k.to_string(), v.clone())).collect(),
        granted_at: super::time(grant.granted_at),
        granted_by: grant.granted_by.to_string(),
        id: grant.id.to_string(),
        limits: wire::limits_to_json(&grant.limits),
        manifest: grant.manifest.to_string(),
        module: grant.submission.to_string(),
        revoked_at: grant.revoked_at.and_then(super::time),
        skill: grant.skill.to_string(),
    }
}
