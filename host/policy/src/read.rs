//! A text to policies, or findings.

use crate::finding::{of, place};
use crate::structure;
use cedar_policy::{ActionConstraint, Effect, PolicyId, PolicySet, ValidationMode, Validator};
use skillgate_app::ports::{Policy, PolicyEffect};
use skillgate_domain::ids::PolicyName;
use skillgate_domain::policy::Act;
use skillgate_domain::skill::Finding;
use std::collections::{BTreeSet, HashSet};

/// Most findings told of one text.
const FINDINGS_MAX: usize = 20;
/// How far a policy may look: at principal, resource and what the context names, not at what these refer
/// to. So whatever a policy asks for is there when it is asked.
const LEVELS: u32 = 1;
/// The annotation that names a policy.
const ID: &str = "id";
/// The annotation of what is forbidden until a person has confirmed it.
const ASK: &str = "ask";

type Findings = Vec<Finding>;

/// What a text says.
#[derive(Default)]
pub(crate) struct Read {
    /// All policies.
    pub(crate) policies: PolicySet,
    /// Those that do not ask.
    pub(crate) confirmed: PolicySet,
    /// What the others ask about.
    pub(crate) to_confirm: HashSet<Act>,
    /// All policies, in the order of the text.
    pub(crate) listed: Vec<Policy>,
}

/// Reads policies and checks them against the schema. Every policy is known by its `@id`.
pub(crate) fn read(text: &str, validator: &Validator) -> Result<Read, Findings> {
    structure::check(text).map_err(|finding| vec![finding])?;
    let parsed = parse(text)?;
    let read = named(&parsed, text)?;
    let result = validator.validate_with_level(&read.policies, ValidationMode::Strict, LEVELS);
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
        Ok(read)
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
fn named(parsed: &PolicySet, text: &str) -> Result<Read, Findings> {
    let mut read = Read::default();
    let (mut names, mut findings) = (BTreeSet::new(), Vec::new());
    let mut from = 0;
    for policy in parsed.policies() {
        let own = policy.to_cedar().unwrap_or_default();
        // Its text is a piece of the whole one, and they come in order.
        let at = text[from..].find(&own).map_or(from, |found| from + found);
        from = at + own.len().min(text.len() - at);
        let added = name(policy).and_then(|name| {
            if !names.insert(name.clone()) {
                let problem = format!("there are two policies with the id \"{name}\"");
                return Err((problem, OWN_ID.to_owned()));
            }
            read.add(policy, name)
        });
        if let Err((problem, fix)) = added {
            findings.push(Finding {
                path: place(text, at),
                problem,
                fix,
            });
        }
    }
    if findings.is_empty() {
        return Ok(read);
    }
    findings.truncate(FINDINGS_MAX);
    Err(findings)
}

/// What to do where two policies have one id.
const OWN_ID: &str = "Give each policy an id of its own.";

impl Read {
    fn add(
        &mut self,
        policy: &cedar_policy::Policy,
        name: PolicyName,
    ) -> Result<(), (String, String)> {
        let asked = asked(policy)?;
        let effect = match policy.effect() {
            _ if asked.is_some() => PolicyEffect::Ask,
            Effect::Forbid => PolicyEffect::Forbid,
            Effect::Permit => PolicyEffect::Permit,
        };
        let policy = policy.new_id(PolicyId::new(name.as_str()));
        let twice = |error: cedar_policy::PolicySetError| (error.to_string(), OWN_ID.to_owned());
        if effect != PolicyEffect::Ask {
            self.confirmed.add(policy.clone()).map_err(twice)?;
        }
        self.policies.add(policy).map_err(twice)?;
        self.to_confirm.extend(asked.into_iter().flatten());
        self.listed.push(Policy { name, effect });
        Ok(())
    }
}

/// Returns what a policy asks a person about, if it asks.
fn asked(policy: &cedar_policy::Policy) -> Result<Option<Vec<Act>>, (String, String)> {
    let Some(words) = policy.annotation(ASK) else {
        return Ok(None);
    };
    if policy.effect() != Effect::Forbid || !words.is_empty() {
        let problem = "@ask stands before forbid, and says nothing more".to_owned();
        let fix = "Write @ask forbid (…), next to a permit of the same thing.".to_owned();
        return Err((problem, fix));
    }
    let actions = match policy.action_constraint() {
        ActionConstraint::Any => Vec::new(),
        ActionConstraint::In(actions) => actions,
        ActionConstraint::Eq(action) => vec![action],
    };
    let asked = actions.iter().map(|action| {
        let act = Act::from_name(action.id().unescaped());
        act.filter(|act| act.can_be_confirmed())
    });
    let asked: Option<Vec<_>> = asked.collect();
    asked
        .filter(|all| !all.is_empty())
        .map(Some)
        .ok_or_else(|| {
            let can = Act::all().filter(|act| act.can_be_confirmed());
            let names: Vec<_> = can.map(Act::name).collect();
            let problem = "@ask is for what can be shown before it happens".to_owned();
            (
                problem,
                format!("Name actions of these only: {}.", names.join(", ")),
            )
        })
}

fn name(policy: &cedar_policy::Policy) -> Result<PolicyName, (String, String)> {
    if let Some((other, _)) = policy
        .annotations()
        .find(|(key, _)| ![ID, ASK].contains(key))
    {
        return Err((
            format!("the annotation @{other} is not supported"),
            "Keep @id and @ask only, and say the rest in a comment.".to_owned(),
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
