use serde_json::{Value, json};
use skillgate_app::policies::{Explanation, History, PolicyView};
use skillgate_app::ports::{Policy, PolicyChange};
use skillgate_domain::ids::PolicyName;
use std::collections::BTreeSet;

/// A version of the policies with its text.
pub fn policies(view: &PolicyView) -> Value {
    json!({
        "version": view.version,
        "digest": view.digest.to_string(),
        "put_by": view.put.as_ref().map(|(by, _)| by.as_str()),
        "put_at": view.put.as_ref().map(|(_, at)| super::time(*at)),
        "policies": policy_list(&view.policies),
        "text": view.text,
    })
}

/// The policies of a text, in its order.
pub fn policy_list(list: &[Policy]) -> Value {
    let entry = |policy: &Policy| {
        let effect = if policy.forbids { "forbid" } else { "permit" };
        json!({ "id": policy.name.as_str(), "effect": effect })
    };
    list.iter().map(entry).collect()
}

/// A page of what was put, newest first.
pub fn policy_history(history: &History) -> Value {
    let entry = |change: &PolicyChange| {
        json!({
            "version": change.version,
            "digest": change.digest.to_string(),
            "put_by": change.put_by.as_str(),
            "put_at": super::time(change.put_at),
        })
    };
    json!({
        "versions": history.changes.iter().map(entry).collect::<Value>(),
        "next_before": history.next_before,
    })
}

/// How the policies decide, and why.
pub fn explanation(explanation: &Explanation) -> Value {
    let verdict = &explanation.verdict;
    json!({
        "permitted": verdict.permits(),
        "basis": verdict.basis.code(),
        "policies": policy_names(&verdict.policies),
        "version": explanation.version,
    })
}

/// The ids of policies.
pub(crate) fn policy_names(names: &BTreeSet<PolicyName>) -> Value {
    names.iter().map(PolicyName::as_str).collect()
}
