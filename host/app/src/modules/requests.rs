//! What the grant of a skill says to a request, rule by rule.

use super::{ModuleError, Modules};
use skillgate_domain::audit::Target;
use skillgate_domain::egress::{Method, Part, Target as Address};
use skillgate_domain::ids::{CredentialName, SkillName};
use skillgate_domain::policy::{Resource, ResourceKind};
use skillgate_domain::principal::{Action, Principal};

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

impl Modules {
    /// Says of each rule of a skill's grant in the caller's community whether it allows a request. Sends nothing.
    pub async fn explain_request(
        &self,
        caller: &Principal,
        skill: &SkillName,
        (method, target): (Method, &Address),
    ) -> Result<Vec<RuleAnswer>, ModuleError> {
        let asked = self.rules(caller, skill, (method, target)).await;
        let about = Target::Skill(skill.clone());
        self.recorded(caller, Action::ShowModule, about, asked)
            .await
    }

    async fn rules(
        &self,
        caller: &Principal,
        skill: &SkillName,
        (method, target): (Method, &Address),
    ) -> Result<Vec<RuleAnswer>, ModuleError> {
        let community = Resource::of(&caller.community, ResourceKind::Community);
        self.access
            .permit(caller, Action::ShowModule, &community)
            .await?;
        let grant = self.storage.active_grant(&caller.community, skill).await?;
        let grant = grant.ok_or(ModuleError::NotFound)?;
        let said = grant.capabilities.http.explain(method, target);
        let answer = said.map(|(route, answer)| RuleAnswer {
            rule: route.rule.to_string(),
            credential: route.credential.clone(),
            misfit: answer.err(),
        });
        Ok(answer.collect())
    }
}
