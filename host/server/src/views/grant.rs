use super::module::OwnerView;
use crate::openapi::{capability_set, limits};
use crate::problem::convert::findings;
use crate::problem::{Kind, Problem};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use skillgate_domain::grant::{Generation, Grant, GrantTerms, SkillStanding};
use skillgate_domain::ids::{ConfigKey, Malformed, SkillName, ToolName};
use skillgate_domain::limits::CallLimits;
use skillgate_domain::skill::Finding;
use skillgate_manifest::wire;
use std::collections::{BTreeMap, BTreeSet};
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
    /// The tools that may be called.
    tools: Option<BTreeSet<String>>,
    /// Grant what the grant in force gives and the manifest still asks for, unchanged, and no more.
    #[serde(default)]
    carry_over: bool,
    /// The generation that the admin looked at.
    expected_generation: Option<u64>,
}

/// A roll-back.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RollBack {
    /// The generation that the admin looked at.
    expected_generation: Option<u64>,
}

impl RollBack {
    /// Returns the generation that the admin looked at.
    pub fn expected_generation(&self) -> Option<Generation> {
        self.expected_generation.map(Generation::new)
    }
}

impl Terms {
    /// Reads the terms; all faults at once.
    pub fn decode(self) -> Result<GrantTerms, Problem> {
        let mut faults = Faults::default();
        let capabilities = self.capabilities.map(|v| wire::capabilities_from_json(&v));
        let limits = self
            .limits
            .map(|v| wire::limits_from_json(&v, CallLimits::CEILING));
        let terms = GrantTerms {
            capabilities: faults.read("/capabilities", capabilities.transpose()),
            limits: faults.read("/limits", limits.transpose()),
            config: self
                .config
                .into_iter()
                .filter_map(|(key, value)| {
                    Some((faults.name("/config", ConfigKey::parse(&key))?, value))
                })
                .collect(),
            tools: self.tools.map(|names| {
                let names = names.iter().map(|name| ToolName::parse(name));
                names
                    .filter_map(|name| faults.name("/tools", name))
                    .collect()
            }),
            carry_over: self.carry_over,
            expected_generation: self.expected_generation.map(Generation::new),
        };
        if faults.0.is_empty() {
            Ok(terms)
        } else {
            Err(Problem::new(Kind::BodyInvalid).member("findings", findings(&faults.0)))
        }
    }
}

/// Everything that is wrong with terms.
#[derive(Default)]
struct Faults(Vec<Finding>);

impl Faults {
    fn read<T>(&mut self, place: &str, read: Result<Option<T>, Vec<Finding>>) -> Option<T> {
        read.unwrap_or_else(|found| {
            self.0.extend(found.into_iter().map(|finding| Finding {
                path: format!("{place}{}", finding.path),
                ..finding
            }));
            None
        })
    }

    fn name<T>(&mut self, place: &str, name: Result<T, Malformed>) -> Option<T> {
        name.inspect_err(|rule| {
            self.0.push(Finding {
                path: place.to_owned(),
                problem: rule.to_string(),
                fix: "Use a name that the manifest declares.".to_owned(),
            });
        })
        .ok()
    }
}

/// Where a skill stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SkillStanding)]
pub struct StandingView {
    /// Since when it is stopped.
    #[schema(format = DateTime, required)]
    frozen_at: Option<String>,
    /// Grows with every change of what the skill may do.
    generation: u64,
    skill: String,
}

/// Shows where a skill stands.
pub fn standing(skill: &SkillName, standing: &SkillStanding) -> StandingView {
    StandingView {
        frozen_at: standing.frozen_at.and_then(super::time),
        generation: standing.generation.count(),
        skill: skill.to_string(),
    }
}

/// A grant: what was approved, for what, by whom.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Grant)]
pub struct GrantView {
    /// What may be reached.
    #[schema(schema_with = capability_set)]
    capabilities: Value,
    /// Digest of what may be reached.
    capability_set: String,
    /// Digest of the component.
    component: String,
    /// Settings.
    config: BTreeMap<String, String>,
    /// How it ended: `replaced`, `revoked` or `rolled-back`.
    #[schema(required)]
    ended_as: Option<&'static str>,
    /// Since when the skill is stopped.
    #[schema(format = DateTime, required)]
    frozen_at: Option<String>,
    /// The generation of the skill that it began.
    generation: u64,
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
    /// Whose the module is, where it is another community's.
    #[schema(required)]
    owner: Option<OwnerView>,
    /// When it ended, however it did.
    #[schema(format = DateTime, required)]
    revoked_at: Option<String>,
    skill: String,
    /// The tools that may be called, with the digests of what they promise.
    tools: BTreeMap<String, String>,
}

/// Shows a grant.
pub fn grant(grant: &Grant) -> GrantView {
    let (config, tools) = (grant.config.iter(), grant.tools.iter());
    GrantView {
        capabilities: wire::capabilities_to_json(&grant.capabilities),
        capability_set: grant.capability_set.to_string(),
        component: grant.component.to_string(),
        config: config.map(|(k, v)| (k.to_string(), v.clone())).collect(),
        ended_as: grant.end.map(|end| end.cause.name()),
        frozen_at: grant.frozen_at.and_then(super::time),
        generation: grant.generation.count(),
        granted_at: super::time(grant.granted_at),
        granted_by: grant.granted_by.to_string(),
        id: grant.id.to_string(),
        limits: wire::limits_to_json(&grant.limits),
        manifest: grant.manifest.to_string(),
        module: grant.submission.to_string(),
        owner: grant.owner.as_ref().map(super::module::owner),
        revoked_at: grant.end.and_then(|end| super::time(end.at)),
        skill: grant.skill.to_string(),
        tools: tools.map(|(k, v)| (k.to_string(), v.to_string())).collect(),
    }
}
