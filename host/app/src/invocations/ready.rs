use super::InvokeError;
use crate::digest::contract;
use crate::schema::Schema;
use skillgate_domain::digest::Digest;
use skillgate_domain::grant::Grant;
use skillgate_domain::ids::ToolName;
use skillgate_domain::skill::{Skill, Tool};
use std::collections::HashMap;

/// A skill made ready: its manifest read, its schemas compiled.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) skill: Skill,
    tools: HashMap<ToolName, ReadyTool>,
}

/// A tool made ready.
#[derive(Debug)]
pub(super) struct ReadyTool {
    contract: Digest,
    pub(super) input: Schema,
    pub(super) output: Schema,
    pub(super) reads_only: bool,
}

impl Ready {
    pub(super) fn new(skill: Skill) -> Result<Self, String> {
        let compile = |tool: &Tool| {
            let ready = ReadyTool {
                contract: contract(tool),
                input: Schema::compile(&tool.input_schema)?,
                output: Schema::compile(&tool.output_schema)?,
                reads_only: tool.reads_only,
            };
            Ok((tool.name.clone(), ready))
        };
        let tools = skill
            .tools
            .iter()
            .map(compile)
            .collect::<Result<_, String>>()?;
        Ok(Self { skill, tools })
    }

    /// Returns the skill with the tools that `grant` approved, as they were approved.
    pub(super) fn enabled(&self, grant: &Grant) -> Skill {
        let mut skill = self.skill.clone();
        skill
            .tools
            .retain(|tool| self.approved(&tool.name, grant).is_some());
        skill
    }

    fn approved(&self, name: &ToolName, grant: &Grant) -> Option<&ReadyTool> {
        let tool = self.tools.get(name)?;
        (grant.tools.get(name) == Some(&tool.contract)).then_some(tool)
    }

    pub(super) fn tool(&self, name: &ToolName, grant: &Grant) -> Result<&ReadyTool, InvokeError> {
        self.approved(name, grant).ok_or_else(|| {
            let tools = self.enabled(grant).tools;
            InvokeError::UnknownTool {
                skill: self.skill.name.clone(),
                tool: name.clone(),
                known: tools.iter().map(|tool| tool.name.to_string()).collect(),
            }
        })
    }
}
