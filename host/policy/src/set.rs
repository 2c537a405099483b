//! Policies that were read, and how they decide.

use crate::entities::Question;
use crate::read::Read;
use cedar_policy::{AuthorizationError, Authorizer, Decision, PolicyId, Schema};
use skillgate_app::ports::{Policy, PolicyEffect, PolicySet};
use skillgate_domain::ids::PolicyName;
use skillgate_domain::policy::{Act, Basis, Resource, Subject, Verdict};
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

/// Policies, ready to decide.
pub(crate) struct Set {
    policies: cedar_policy::PolicySet,
    /// Those that hold once a person has confirmed what is asked for.
    confirmed: cedar_policy::PolicySet,
    /// What the others want confirmed.
    to_confirm: HashSet<Act>,
    listed: Vec<Policy>,
    schema: Arc<Schema>,
    authorizer: Authorizer,
}

impl Set {
    pub(crate) fn new(read: Read, schema: Arc<Schema>) -> Self {
        Self {
            policies: read.policies,
            confirmed: read.confirmed,
            to_confirm: read.to_confirm,
            listed: read.listed,
            schema,
            authorizer: Authorizer::new(),
        }
    }
}

impl PolicySet for Set {
    fn policies(&self) -> &[Policy] {
        &self.listed
    }

    fn judge(&self, subject: &Subject, action: Act, resource: &Resource) -> Verdict {
        // The schema has no such question, so no policy can permit it.
        let Ok(question) = Question::new(subject, action, resource, &self.schema) else {
            return Verdict::without_policy(Basis::NotPermitted);
        };
        let response =
            self.authorizer
                .is_authorized(&question.request, &self.policies, &question.entities);
        let diagnostics = response.diagnostics();
        // Cedar passes over a policy that fails; if it was one that forbids, that would be a yes.
        let failed: BTreeSet<_> = diagnostics.errors().filter_map(failed_policy).collect();
        if !failed.is_empty() {
            return Verdict {
                basis: Basis::PolicyFailed,
                policies: failed,
            };
        }
        let policies: BTreeSet<_> = diagnostics.reason().filter_map(name).collect();
        let basis = match response.decision() {
            Decision::Allow => Basis::Permitted,
            Decision::Deny if policies.is_empty() => Basis::NotPermitted,
            Decision::Deny if !policies.iter().all(|name| self.asks(name)) => Basis::Forbidden,
            Decision::Deny if self.permits_confirmed(&question) => Basis::RequiresConfirmation,
            // Nobody need be asked about what is not permitted in the first place.
            Decision::Deny => return Verdict::without_policy(Basis::NotPermitted),
        };
        Verdict { basis, policies }
    }

    fn wants_confirmed(&self, action: Act) -> bool {
        self.to_confirm.contains(&action)
    }
}

impl Set {
    fn asks(&self, name: &PolicyName) -> bool {
        let mut asking = self.listed.iter();
        asking.any(|policy| policy.name == *name && policy.effect == PolicyEffect::Ask)
    }

    /// Tells whether it would be permitted if no policy asked. None of those failed a moment ago.
    fn permits_confirmed(&self, question: &Question) -> bool {
        let (request, entities) = (&question.request, &question.entities);
        let answer = self
            .authorizer
            .is_authorized(request, &self.confirmed, entities);
        answer.decision() == Decision::Allow
    }
}

fn failed_policy(error: &AuthorizationError) -> Option<PolicyName> {
    let AuthorizationError::PolicyEvaluationError(error) = error;
    name(error.policy_id())
}

/// Every policy was given a name's form when it was read.
fn name(id: &PolicyId) -> Option<PolicyName> {
    PolicyName::parse(id.as_ref()).ok()
}
