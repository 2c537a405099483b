//! A skill as its manifest describes it.

use crate::capability::Capabilities;
use crate::ids::{ConfigKey, SkillName, ToolName};
use crate::limits::CallLimits;
use std::collections::BTreeMap;

/// The name under which policies and the audit trail know what the host itself does with records. No module
/// may have it: what a policy says of the host would hold for the module.
pub const HOST_SKILL: &str = "host";

/// One tool. Schemas are JSON Schema 2020-12 as text; the application compiles them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Tool {
    /// Unique in the skill.
    pub name: ToolName,
    /// A few words for people.
    pub title: String,
    /// What it does and when to use it, in the words people say.
    pub description: String,
    /// What the input must satisfy.
    pub input_schema: String,
    /// What the output must satisfy.
    pub output_schema: String,
    /// Whether it changes nothing, in the CRM or elsewhere. The host holds it to that.
    pub reads_only: bool,
}

/// A setting that an admin may give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigDeclaration {
    /// What it changes.
    pub description: String,
    /// The value when the admin gives none.
    pub default: Option<String>,
}

/// What a manifest says of a skill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skill {
    /// Unique in a community.
    pub name: SkillName,
    /// Semantic version of the module.
    pub version: String,
    /// A few words for people.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// Who ships it.
    pub publisher: String,
    /// SPDX expression.
    pub license: String,
    /// Its tools, by name.
    pub tools: Vec<Tool>,
    /// What it asks to reach.
    pub requests: Capabilities,
    /// What a call may use.
    pub limits: CallLimits,
    /// Settings it understands.
    pub config: BTreeMap<ConfigKey, ConfigDeclaration>,
    /// What agents read to use it, if it has such a thing.
    pub manual: Option<Manual>,
}

/// What agents read to use a skill, as `agentskills.io` describes it: texts, `SKILL.md` among them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Manual {
    /// What `SKILL.md` begins with, as a JSON object.
    pub frontmatter: String,
    /// Texts by their paths below the skill's folder.
    pub files: BTreeMap<String, String>,
}

impl Manual {
    /// The text that each has.
    pub const MAIN: &str = "SKILL.md";
}

impl Skill {
    /// Finds a tool by its name.
    pub fn tool(&self, name: &ToolName) -> Option<&Tool> {
        self.tools.iter().find(|tool| tool.name == *name)
    }
}

/// Something wrong with a manifest or with policies, where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// A JSON Pointer into a manifest, or line and column in a policy text, like `3:14`; empty for the
    /// whole.
    pub path: String,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub fix: String,
}
