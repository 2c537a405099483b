use serde::Serialize;
use serde_json::Value;
use skillgate_app::policies::{Explanation, PolicyView as Policies};
use skillgate_app::ports::{Policy, VersionPut};
use skillgate_app::versions::History;
use skillgate_domain::ids::PolicyName;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// A version of the policies with its text.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Policies)]
pub struct PoliciesView {
    /// Digest of the text.
    digest: String,
    /// In the order of the text.
    policies: Vec<PolicyView>,
    /// Nothing for those that are shipped.
    #[schema(format = DateTime, required)]
    put_at: Option<String>,
    /// The admin; nobody for those that are shipped.
    #[schema(required)]
    put_by: Option<String>,
    text: String,
    /// 0 for those that are shipped.
    version: u32,
}

/// The policies of a text, in its order.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyList {
    policies: Vec<PolicyView>,
}

/// A policy.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Policy)]
struct PolicyView {
    /// `permit` or `forbid`.
    effect: &'static str,
    id: String,
}

/// A page of what was put, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyHistory {
    /// What the next page is asked for with, if there is one.
    #[schema(required)]
    next_before: Option<u32>,
    versions: Vec<PolicyVersionView>,
}

/// A version without its text.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PolicyVersion)]
struct PolicyVersionView {
    /// Digest of the text.
    digest: String,
    #[schema(format = DateTime, required)]
    put_at: Option<String>,
    /// The admin.
    put_by: String,
    version: u32,
}

/// How the policies decide, and why.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Explanation)]
pub struct ExplanationView {
    /// What the answer rests on.
    basis: &'static str,
    permitted: bool,
    /// The ids of the policies that decided.
    policies: Vec<String>,
    /// The version in force.
    version: u32,
}

/// Shows a version of the policies.
pub fn policies(view: &Policies) -> PoliciesView {
    let put = view.put.as_ref();
    PoliciesView {
        digest: view.digest.to_string(),
        policies: view.policies.iter().map(policy).collect(),
        put_at: put.and_then(|(_, at)| super::time(*at)),
        put_by: put.map(|(by, _)| by.to_string()),
        text: view.text.clone(),
        version: view.version,
    }
}

/// Shows the policies of a text.
pub fn policy_list(list: &[Policy]) -> PolicyList {
    PolicyList {
        policies: list.iter().map(policy).collect(),
    }
}

fn policy(policy: &Policy) -> PolicyView {
    PolicyView {
        effect: policy.effect.name(),
        id: policy.name.to_string(),
    }
}

/// Shows a page of what was put.
pub fn policy_history(history: &History) -> PolicyHistory {
    PolicyHistory {
        next_before: history.next_before,
        versions: history.changes.iter().map(change).collect(),
    }
}

fn change(change: &VersionPut) -> PolicyVersionView {
    PolicyVersionView {
        digest: change.digest.to_string(),
        put_at: super::time(change.put_at),
        put_by: change.put_by.to_string(),
        version: change.version,
    }
}

/// Shows how the policies decide.
pub fn explanation(explanation: &Explanation) -> ExplanationView {
    let verdict = &explanation.verdict;
    ExplanationView {
        basis: verdict.basis.code(),
        permitted: verdict.permits(),
        policies: verdict.policies.iter().map(PolicyName::to_string).collect(),
        version: explanation.version,
    }
}

/// The ids of policies.
pub(crate) fn policy_names(names: &BTreeSet<PolicyName>) -> Value {
    names.iter().map(PolicyName::as_str).collect()
}
