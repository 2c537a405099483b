use super::{Generation, Grant};
use crate::capability::{Capabilities, Excess};
use crate::digest::Digest;
use crate::ids::{ConfigKey, ToolName};
use crate::limits::{CallLimits, SETTING_BYTES_MAX};
use crate::skill::Skill;
use std::collections::{BTreeMap, BTreeSet};

/// Why a grant cannot be given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GrantRefusal {
    /// More than the manifest asks for.
    #[error("the grant is wider than the manifest asks: {}", .0.join(", "))]
    Wider(Vec<Excess>),
    /// A setting that the manifest does not declare.
    #[error("the manifest declares no setting \"{0}\"")]
    UnknownSetting(ConfigKey),
    /// A setting's value that is too long, or that a database cannot keep.
    #[error("the setting \"{0}\" must have at most {SETTING_BYTES_MAX} bytes and no NUL")]
    UnacceptableSetting(ConfigKey),
    /// A tool that the manifest does not list.
    #[error("the manifest lists no tool \"{0}\"")]
    UnknownTool(ToolName),
    /// Terms beside those that are carried over.
    #[error("a grant that is carried over takes no other terms; grant without carrying over")]
    CarriesOverOnly,
    /// No grant of the skill is in force.
    #[error("no grant of this skill is in force, so there is nothing to carry over")]
    NothingToCarryOver,
}

/// What an admin decided. Absent parts mean: as the manifest asks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GrantTerms {
    /// What may be reached.
    pub capabilities: Option<Capabilities>,
    /// What a call may use.
    pub limits: Option<CallLimits>,
    /// Settings.
    pub config: BTreeMap<ConfigKey, String>,
    /// The tools that may be called.
    pub tools: Option<BTreeSet<ToolName>>,
    /// Grant what the grant in force gives and the manifest still asks for, unchanged, and no more.
    pub carry_over: bool,
    /// The skill's generation that the admin looked at. Where it has moved on, nothing is granted.
    pub expected_generation: Option<Generation>,
}

/// Terms that were checked, with nothing left open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// What may be reached.
    pub capabilities: Capabilities,
    /// What a call may use.
    pub limits: CallLimits,
    /// Settings.
    pub config: BTreeMap<ConfigKey, String>,
    /// The tools that may be called, with the digests of their contracts.
    pub tools: BTreeMap<ToolName, Digest>,
}

impl GrantTerms {
    /// Checks the terms against what `skill` asks for and fills in what they leave open. `contracts`
    /// holds the digest of each of its tools, `in_force` the skill's present grant.
    ///
    /// Terms are attenuation only.
    pub fn settle(
        self,
        skill: &Skill,
        contracts: &BTreeMap<ToolName, Digest>,
        in_force: Option<&Grant>,
    ) -> Result<Settled, GrantRefusal> {
        if self.carry_over {
            if self.capabilities.is_some()
                || self.limits.is_some()
                || self.tools.is_some()
                || !self.config.is_empty()
            {
                return Err(GrantRefusal::CarriesOverOnly);
            }
            let in_force = in_force.ok_or(GrantRefusal::NothingToCarryOver)?;
            return Ok(carried_over(in_force, skill, contracts));
        }
        let capabilities = self.capabilities.unwrap_or_else(|| skill.requests.clone());
        let excess = capabilities.excess_over(&skill.requests);
        if !excess.is_empty() {
            return Err(GrantRefusal::Wider(excess));
        }
        check_settings(&self.config, skill)?;
        let limits = self.limits.unwrap_or(skill.limits);
        Ok(Settled {
            capabilities,
            limits: limits.and(skill.limits).and(CallLimits::CEILING),
            config: self.config,
            tools: named(self.tools, contracts)?,
        })
    }
}

fn check_settings(config: &BTreeMap<ConfigKey, String>, skill: &Skill) -> Result<(), GrantRefusal> {
    for (key, value) in config {
        if !skill.config.contains_key(key) {
            return Err(GrantRefusal::UnknownSetting(key.clone()));
        }
        if value.len() > SETTING_BYTES_MAX || value.contains('\0') {
            return Err(GrantRefusal::UnacceptableSetting(key.clone()));
        }
    }
    Ok(())
}

fn named(
    tools: Option<BTreeSet<ToolName>>,
    contracts: &BTreeMap<ToolName, Digest>,
) -> Result<BTreeMap<ToolName, Digest>, GrantRefusal> {
    let Some(tools) = tools else {
        return Ok(contracts.clone());
    };
    let contract = |tool: ToolName| match contracts.get(&tool) {
        Some(digest) => Ok((tool, *digest)),
        None => Err(GrantRefusal::UnknownTool(tool)),
    };
    tools.into_iter().map(contract).collect()
}

/// What `in_force` gives and `skill` asks for. A tool stays where nothing of its contract changed.
fn carried_over(
    in_force: &Grant,
    skill: &Skill,
    contracts: &BTreeMap<ToolName, Digest>,
) -> Settled {
    let same_contract =
        |(tool, digest): &(&ToolName, &Digest)| contracts.get(*tool) == Some(*digest);
    let tools = in_force.tools.iter().filter(same_contract);
    let declared = |(key, _): &(&ConfigKey, &String)| skill.config.contains_key(*key);
    let config = in_force.config.iter().filter(declared);
    Settled {
        capabilities: in_force.capabilities.and(&skill.requests),
        limits: in_force.limits.and(skill.limits),
        config: config
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
        tools: tools
            .map(|(tool, digest)| (tool.clone(), *digest))
            .collect(),
    }
}

#[cfg(test)]
mod tests;
