//! A manifest's text to a skill, or everything that is wrong with it.

use crate::finding::{finding, quoted, tidy, under};
use crate::schema::Shape;
use crate::wire::{
    FIELD_LISTS, crm_from_json, field_findings, interfaces_from_json, limits_from_json,
    outbound_from_json,
};
use crate::{json, license, lookalike, manual, tools};
use serde_json::Value;
use skillgate_domain::capability::{Interface, ObjectCapability};
use skillgate_domain::crm::ObjectKind;
use skillgate_domain::ids::{ConfigKey, Malformed, SkillName, ToolName};
use skillgate_domain::limits::CallLimits;
use skillgate_domain::skill::{ConfigDeclaration, Finding, HOST_SKILL, Skill, Tool};
use std::collections::{BTreeMap, BTreeSet};

/// The only form of manifest that is read.
pub const MANIFEST_VERSION: u64 = 1;

/// Reads a manifest. On refusal the list is not empty, sorted by path, and complete as far as the
/// text can be read at all.
pub fn parse(text: &str) -> Result<Skill, Vec<Finding>> {
    let (manifest, mut findings) = json::read(text).map_err(|finding| vec![finding])?;
    if let Some(unknown) = unknown_version(&manifest) {
        // What another version means by its fields is not known, so nothing else is judged.
        return Err(vec![unknown]);
    }
    findings.extend(Shape::Manifest.findings(&manifest));
    findings.extend(meaning(&manifest));
    if !findings.is_empty() {
        return Err(tidy(findings));
    }
    build(&manifest).map_err(|malformed| {
        // The schema's patterns are the model's rules; a test holds them together.
        vec![finding("", malformed.to_string(), "Correct the name.")]
    })
}

fn unknown_version(manifest: &Value) -> Option<Finding> {
    let version = manifest.get("manifest_version")?;
    let problem = match version.as_u64() {
        Some(MANIFEST_VERSION) => return None,
        Some(other) => format!("this host does not know version {other} of the manifest"),
        None => "the version of the manifest must be a whole number".to_owned(),
    };
    let fix = format!("Use `\"manifest_version\": {MANIFEST_VERSION}`, or a newer host.");
    Some(finding("/manifest_version", problem, fix))
}

/// Checks what a schema cannot say.
fn meaning(manifest: &Value) -> Vec<Finding> {
    let mut findings = Vec::new();
    if manifest["name"] == HOST_SKILL {
        findings.push(finding(
            "/name",
            format!("the name {} is the host's own", quoted(HOST_SKILL)),
            "Choose another name.",
        ));
    }
    if let Some(version) = manifest["version"].as_str() {
        findings.extend(check_version(version));
    }
    if let Some(expression) = manifest["license"].as_str().filter(|text| !text.is_empty()) {
        findings.extend(license::check(expression));
    }
    let (interfaces, repeated) = interfaces_from_json(&manifest["interfaces"]);
    findings.extend(under("/interfaces", repeated));
    let crm = &manifest["capabilities"]["crm"];
    findings.extend(under(
        "/capabilities/crm",
        field_findings(crm, &FIELD_LISTS),
    ));
    findings.extend(under(
        "/capabilities/crm",
        lookalike::findings(crm, &FIELD_LISTS),
    ));
    findings.extend(check_crm_interface(manifest, &interfaces));
    findings.extend(check_http_interface(manifest, &interfaces));
    if let Err(wrong) = outbound_from_json(&manifest["capabilities"]) {
        findings.extend(under("/capabilities", wrong));
    }
    if let Some(Err(wrong)) = read_limits(manifest) {
        findings.extend(under("/limits", wrong));
    }
    findings.extend(check_tools(&manifest["tools"]));
    findings.extend(manual::check(manifest));
    findings
}

fn read_limits(manifest: &Value) -> Option<Result<CallLimits, Vec<Finding>>> {
    let limits = manifest.get("limits")?;
    Some(limits_from_json(limits, CallLimits::DEFAULT))
}

fn check_version(version: &str) -> Option<Finding> {
    let error = semver::Version::parse(version).err()?;
    Some(finding(
        "/version",
        format!("{} is no semantic version: {error}", quoted(version)),
        "Write major.minor.patch, for example 1.4.0.",
    ))
}

fn check_crm_interface(manifest: &Value, interfaces: &BTreeSet<Interface>) -> Option<Finding> {
    let crm = crm_from_json(&manifest["capabilities"]["crm"]);
    let asks = ObjectKind::ALL
        .into_iter()
        .any(|kind| *crm.object(kind) != ObjectCapability::default());
    match (asks, interfaces.contains(&Interface::Crm)) {
        (true, false) => Some(finding(
            "/interfaces",
            "CRM capabilities are asked for without the interface `crm`",
            "Add `crm` to the interfaces, or remove the capabilities.",
        )),
        (false, true) => Some(finding(
            "/capabilities",
            "the interface `crm` is imported, and no CRM capability is asked for",
            "Say under `capabilities.crm` which records and fields are needed, or remove the interface.",
        )),
        _ => None,
    }
}

fn check_http_interface(manifest: &Value, interfaces: &BTreeSet<Interface>) -> Option<Finding> {
    let rules = manifest["capabilities"]["http"].as_array();
    let asks = rules.is_some_and(|rules| !rules.is_empty());
    match (asks, interfaces.contains(&Interface::Http)) {
        (true, false) => Some(finding(
            "/interfaces",
            "rules for requests are given without the interface `http`",
            "Add `http` to the interfaces, or remove the rules.",
        )),
        (false, true) => Some(finding(
            "/capabilities",
            "the interface `http` is imported, and no rule allows a request",
            "Say under `capabilities.http` what is asked of whom, or remove the interface.",
        )),
        _ => None,
    }
}

fn check_tools(tools: &Value) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut names = BTreeSet::new();
    for (index, tool) in tools.as_array().into_iter().flatten().enumerate() {
        let at = format!("/tools/{index}");
        if let Some(name) = tool["name"].as_str()
            && !names.insert(name)
        {
            findings.push(finding(
                format!("{at}/name"),
                format!("another tool is named {} too", quoted(name)),
                "Give each tool a name of its own.",
            ));
        }
        if tool["input_schema"].is_object() {
            let path = format!("{at}/input_schema");
            findings.extend(tools::check_input(&tool["input_schema"], &path));
        }
        if tool["output_schema"].is_object() {
            let path = format!("{at}/output_schema");
            findings.extend(tools::check_schema(&tool["output_schema"], &path));
        }
    }
    findings
}

fn build(manifest: &Value) -> Result<Skill, Malformed> {
    let mut requests = crm_from_json(&manifest["capabilities"]["crm"]);
    requests.interfaces = interfaces_from_json(&manifest["interfaces"]).0;
    requests.http = outbound_from_json(&manifest["capabilities"]).unwrap_or_default();
    let tools = manifest["tools"].as_array().into_iter().flatten();
    Ok(Skill {
        name: SkillName::parse(&text(manifest, "name"))?,
        version: text(manifest, "version"),
        title: text(manifest, "title"),
        description: text(manifest, "description"),
        publisher: text(manifest, "publisher"),
        license: text(manifest, "license"),
        tools: tools.map(build_tool).collect::<Result<_, _>>()?,
        requests,
        limits: match read_limits(manifest) {
            Some(Ok(limits)) => limits,
            _ => CallLimits::DEFAULT,
        },
        config: build_config(&manifest["config"])?,
        manual: manual::build(manifest),
    })
}

fn build_tool(tool: &Value) -> Result<Tool, Malformed> {
    Ok(Tool {
        name: ToolName::parse(&text(tool, "name"))?,
        title: text(tool, "title"),
        description: text(tool, "description"),
        input_schema: canonical(&tool["input_schema"]),
        output_schema: canonical(&tool["output_schema"]),
        reads_only: tool["reads_only"] == true,
    })
}

/// Prints a schema in the one form of RFC 8785, since a digest of the text says whether it was approved.
fn canonical(schema: &Value) -> String {
    serde_json_canonicalizer::to_string(schema).expect("JSON that was parsed has a canonical form")
}

fn build_config(config: &Value) -> Result<BTreeMap<ConfigKey, ConfigDeclaration>, Malformed> {
    let settings = config.as_object().into_iter().flatten();
    settings
        .map(|(key, setting)| {
            let declaration = ConfigDeclaration {
                description: text(setting, "description"),
                default: setting["default"].as_str().map(str::to_owned),
            };
            Ok((ConfigKey::parse(key)?, declaration))
        })
        .collect()
}

/// Returns a text that the schema requires.
fn text(object: &Value, name: &str) -> String {
    object[name].as_str().unwrap_or_default().to_owned()
}
