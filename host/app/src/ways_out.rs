//! What a request of a skill would meet on its way out, before anything is sent.

use crate::modules::{ModuleError, Modules};
use crate::ports::{HttpClient, HttpError};
use skillgate_domain::egress::{Method, Part, Target};
use skillgate_domain::ids::{CredentialName, SkillName};
use skillgate_domain::principal::Principal;
use std::sync::Arc;

/// What one rule says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleAnswer {
    /// The rule, in its one spelling.
    pub rule: String,
    /// The credential that goes with what it allows.
    pub credential: Option<CredentialName>,
    /// Nothing where it allows the request; else what of it does not fit first.
    pub misfit: Option<Part>,
}

/// What the rules of a grant say, and the address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Each rule, in the grant's order.
    pub rules: Vec<RuleAnswer>,
    /// Why nothing is sent to where the name leads.
    pub address: Result<(), HttpError>,
}

impl Explanation {
    /// Tells whether the request would leave.
    pub fn is_allowed(&self) -> bool {
        self.rules.iter().any(|rule| rule.misfit.is_none()) && self.address.is_ok()
    }
}

/// The use case of those who ask.
pub struct WaysOut {
    modules: Arc<Modules>,
    client: Arc<dyn HttpClient>,
}

impl WaysOut {
    /// Answers with what `modules` may show, and what `client` says of addresses.
    pub fn new(modules: Arc<Modules>, client: Arc<dyn HttpClient>) -> Self {
        Self { modules, client }
    }

    /// Says of each rule of a skill's grant in the caller's community whether it allows a request, and whether
    /// anything may be sent to where the name leads at present.
    pub async fn explain(
        &self,
        caller: &Principal,
        skill: &SkillName,
        (method, target): (Method, &Target),
    ) -> Result<Explanation, ModuleError> {
        let grant = self.modules.granted(caller, skill).await?;
        let said = grant.capabilities.http.explain(method, target);
        let answer = said.map(|(route, answer)| RuleAnswer {
            rule: route.rule.to_string(),
            credential: route.credential.clone(),
            misfit: answer.err(),
        });
        Ok(Explanation {
            rules: answer.collect(),
            // Asked last, since it asks somebody else.
            address: self.client.judge(target).await,
        })
    }
}
