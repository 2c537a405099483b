//! A text to policies, or findings.

use crate::finding::{of, place};
use crate::structure;
use cedar_policy::{Effect, PolicyId, PolicySet, ValidationMode, Validator};
use skillgate_app::ports::Policy;
use skillgate_domain::ids::PolicyName;
use skillgate_domain::skill::Finding;
use std::collections::BTreeSet;

/// Most findings told of one text.
const FINDINGS_MAX: usize = 20;
/// How far a policy may look: at principal, resource and what the context names, not at what these refer
/// to. So whatever a policy asks for is there when it is asked.
const LEVELS: u32 = 1;
/// The one annotation.
const ID: &str = "id";

type Findings = Vec<Finding>;

/// Reads policies and checks them against the schema. Every policy is known by its `@id`.
pub(crate) fn read(
    text: &str,
    validator: &Validator,
) -> Result<(PolicySet, Vec<Policy>), Findings> {
    structure::check(text).map_err(|finding| vec![finding])?;
    let parsed = parse(text)?;
    let (policies, listed) = named(&parsed, text)?;
    let result = validator.validate_with_level(&policies, ValidationMode::Strict, LEVELS);
    let errors = result.validation_errors().map(|error| {
        let fix = "Use the types, actions and attributes of policies/schema.cedarschema.";
        of(error, text, fix)
    });
    // A policy that can never apply protects nobody, and a name that looks like another misleads.
    let warnings = result.validation_warnings().map(|warning| {
        let fix = "Remove it, or write what you mean: what is put must be able to take effect.";
        of(warning, text, fix)
    });
    let findings: Findings = errors.chain(warnings).collect();
    if findings.is_empty() {
        Ok((policies, listed))
    } else {
        Err(first(findings))
    }
}

fn parse(text: &str) -> Result<PolicySet, Findings> {
    let parsed: PolicySet = text.parse().map_err(|errors: cedar_policy::ParseErrors| {
        let fix = "Write Cedar: permit or forbid (principal, action, resource) when { … };";
        let told = errors.iter().take(FINDINGS_MAX);
        told.map(|error| of(error, text, fix)).collect::<Findings>()
    })?;
    if parsed.num_of_templates() > 0 {
        return Err(vec![Finding {
            path: String::new(),
            problem: "there is a template".to_owned(),
            fix: "Name the principal and the resource instead of ?principal and ?resource."
                .to_owned(),
        }]);
    }
    Ok(parsed)
}

/// Gives every policy the name in its `@id`.
fn named(parsed: &PolicySet, text: &str) -> Result<(PolicySet, Vec<Policy>), Findings> {
    let (mut policies, mut listed) = (Vec::new(), Vec::new());
    let (mut names, mut findings) = (BTreeSet::new(), Vec::new());
    let mut from = 0;
    for policy in parsed.policies() {
        let own = policy.to_cedar().unwrap_or_default();
        // Its text is a piece of the whole one, and they come in order.
        let at = text[from..].find(&own).map_or(from, |found| from + found);
        from = at + own.len().min(text.len() - at);
        match name(policy) {
            Ok(name) if names.insert(name.clone()) => {
                policies.push(policy.new_id(PolicyId::new(name.as_str())));
                listed.push(Policy {
                    name,
                    forbids: policy.effect() == Effect::Forbid,
                });
            }
            Ok(name) => findings.push(Finding {
                path: place(text, at),
                problem: format!("there are two policies with the id \"{name}\""),
                fix: "Give each policy an id of its own.".to_owned(),
            }),
            Err((problem, fix)) => findings.push(Finding {
                path: place(text, at),
                problem,
                fix,
            }),
        }
    }
    if !findings.is_empty() {
        findings.truncate(FINDINGS_MAX);
        return Err(findings);
    }
    let set = PolicySet::from_policies(policies).map_err(|error| {
        vec![Finding {
            path: String::new(),
            problem: error.to_string(),
            fix: "Give each policy an id of its own.".to_owned(),
        }]
    })?;
    Ok((set, listed))
}

fn name(policy: &cedar_policy::Policy) -> Result<PolicyName, (String, String)> {
    if let Some((other, _)) = policy.annotations().find(|(key, _)| *key != ID) {
        return Err((
            format!("the annotation @{other} is not supported"),
            "Keep @id only, and say the rest in a comment.".to_owned(),
        ));
    }
    let id = policy.annotation(ID).ok_or_else(|| {
        let problem = "the policy has no id".to_owned();
        (problem, "Write @id(\"a-name\") before it.".to_owned())
    })?;
    PolicyName::parse(id).map_err(|malformed| {
        let fix = "Write an id like \"interns-write-nothing\".".to_owned();
        (malformed.to_string(), fix)
    })
}

/// Returns the first ones in the order of the text. Cedar tells them in no order.
fn first(mut findings: Findings) -> Findings {
    findings.sort_by_cached_key(|finding| {
        let place = finding.path.split_once(':');
        let place = place.and_then(|(line, column)| {
            Some((line.parse::<usize>().ok()?, column.parse::<usize>().ok()?))
        });
        (place, finding.problem.clone())
    });
    findings.truncate(FINDINGS_MAX);
    findings
}
