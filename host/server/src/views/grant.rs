use crate::problem::convert::findings;
use crate::problem::{Kind, Problem};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use skillgate_domain::grant::{Generation, Grant, GrantTerms, SkillStanding};
use skillgate_domain::ids::{ConfigKey, Malformed, SkillName, ToolName};
use skillgate_domain::limits::CallLimits;
use skillgate_domain::skill::Finding;
use skillgate_manifest::wire;
use std::collections::{BTreeMap, BTreeSet};

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
    /// The tools that may be called.
    tools: Option<BTreeSet<String>>,
    /// Grant what the grant in force gives and the manifest still asks for, unchanged, and no more.
    #[serde(default)]
    carry_over: bool,
    /// The generation that the admin looked at.
    expected_generation: Option<u64>,
}

/// A roll-back, as JSON.
#[derive(Debug, Default, Deserialize)]
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
pub fn standing(skill: &SkillName, standing: &SkillStanding) -> Value {
    json!({
        "skill": skill.as_str(),
        "generation": standing.generation.count(),
        "frozen_at": standing.frozen_at.map(super::time),
    })
}

/// A grant: what was approved, for what, by whom.
pub fn grant(grant: &Grant) -> Value {
    let config: Map<String, Value> = grant
        .config
        .iter()
        .map(|(key, value)| (key.to_string(), value.as_str().into()))
        .collect();
    let tools: Map<String, Value> = grant
        .tools
        .iter()
        .map(|(name, contract)| (name.to_string(), contract.to_string().into()))
        .collect();
    json!({
        "id": grant.id.to_string(),
        "skill": grant.skill.as_str(),
        "generation": grant.generation.count(),
        "module": grant.submission.to_string(),
        "component": grant.component.to_string(),
        "manifest": grant.manifest.to_string(),
        "capabilities": wire::capabilities_to_json(&grant.capabilities),
        "capability_set": grant.capability_set.to_string(),
        "tools": tools,
        "limits": wire::limits_to_json(&grant.limits),
        "config": config,
        "granted_by": grant.granted_by.as_str(),
        "granted_at": super::time(grant.granted_at),
        "revoked_at": grant.end.map(|end| super::time(end.at)),
        "ended_as": grant.end.map(|end| end.cause.name()),
        "frozen_at": grant.frozen_at.map(super::time),
    })
}
