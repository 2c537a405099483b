//! A skill's grant after it was made: stopped for a while, taken back, or exchanged for the one before.

use super::offers::of_partner;
use super::permission::{foreign, permitted};
use super::{ModuleError, Modules, RollBackRefusal};
use skillgate_domain::audit::{Facts, Target};
use skillgate_domain::grant::{EndCause, Generation, Grant, SkillStanding};
use skillgate_domain::ids::{GrantId, SkillName, SubmissionId};
use skillgate_domain::principal::{Action, Principal};

impl Modules {
    /// Takes a grant of a module back. The skill is gone with the next call.
    pub async fn revoke(
        &self,
        caller: &Principal,
        module: SubmissionId,
        id: GrantId,
    ) -> Result<(), ModuleError> {
        let done = self.revoke_if_allowed(caller, module, id).await;
        self.recorded(caller, Action::RevokeGrant, Target::Grant(id), done)
            .await
    }

    async fn revoke_if_allowed(
        &self,
        caller: &Principal,
        module: SubmissionId,
        id: GrantId,
    ) -> Result<(), ModuleError> {
        self.permit(caller, Action::RevokeGrant).await?;
        let now = self.clock.now();
        let target = Target::Grant(id);
        let change = self.change(caller, Action::RevokeGrant, target, Facts::None);
        let known = self
            .storage
            .revoke_grant(&caller.community, module, id, now, &change)
            .await?;
        if known {
            Ok(())
        } else {
            Err(ModuleError::NotFound)
        }
    }

    /// Stops a skill. Its grant stays, and so would another one: nothing of it is called until
    /// somebody unfreezes it.
    pub async fn freeze(
        &self,
        caller: &Principal,
        skill: &SkillName,
    ) -> Result<SkillStanding, ModuleError> {
        let (action, target) = (Action::FreezeSkill, Target::Skill(skill.clone()));
        let done = self.freeze_if_allowed(caller, skill).await;
        self.recorded(caller, action, target, done).await
    }

    async fn freeze_if_allowed(
        &self,
        caller: &Principal,
        skill: &SkillName,
    ) -> Result<SkillStanding, ModuleError> {
        self.permit_on_skill(caller, Action::FreezeSkill, skill)
            .await?;
        let now = self.clock.now();
        let target = Target::Skill(skill.clone());
        let change = self.change(caller, Action::FreezeSkill, target, Facts::None);
        let known = self
            .storage
            .set_frozen(&caller.community, skill, Some(now), &change)
            .await?;
        self.standing_of(caller, skill, known).await
    }

    /// Lets a stopped skill be called again. Whoever handed in what would run cannot.
    pub async fn unfreeze(
        &self,
        caller: &Principal,
        skill: &SkillName,
    ) -> Result<SkillStanding, ModuleError> {
        let (action, target) = (Action::UnfreezeSkill, Target::Skill(skill.clone()));
        let done = self.unfreeze_if_allowed(caller, skill).await;
        self.recorded(caller, action, target, done).await
    }

    async fn unfreeze_if_allowed(
        &self,
        caller: &Principal,
        skill: &SkillName,
    ) -> Result<SkillStanding, ModuleError> {
        self.permit_on_skill(caller, Action::UnfreezeSkill, skill)
            .await?;
        let grant = self.storage.active_grant(&caller.community, skill).await?;
        if let Some(grant) = grant {
            foreign(caller, &self.submission(caller, grant.submission).await?)?;
        }
        let target = Target::Skill(skill.clone());
        let change = self.change(caller, Action::UnfreezeSkill, target, Facts::None);
        let known = self
            .storage
            .set_frozen(&caller.community, skill, None, &change)
            .await?;
        self.standing_of(caller, skill, known).await
    }

    /// Goes back to the newest grant of another version, with its terms, as a grant of its own. Refused
    /// where that grant did not end by being replaced. Works after a revocation, too, and leaves a
    /// stopped skill stopped.
    pub async fn roll_back(
        &self,
        caller: &Principal,
        skill: &SkillName,
        expected: Option<Generation>,
    ) -> Result<Grant, ModuleError> {
        let (action, target) = (Action::RollBackSkill, Target::Skill(skill.clone()));
        let done = self.roll_back_if_allowed(caller, skill, expected).await;
        self.recorded(caller, action, target, done).await
    }

    async fn roll_back_if_allowed(
        &self,
        caller: &Principal,
        skill: &SkillName,
        expected: Option<Generation>,
    ) -> Result<Grant, ModuleError> {
        let permissions = self
            .permit_on_skill(caller, Action::RollBackSkill, skill)
            .await?;
        let standing = self.expected_standing(caller, skill, expected).await?;
        let before = self.grant_before(caller, skill).await?;
        let module = self.view(self.submission(caller, before.submission).await?, None)?;
        permitted(&permissions, Action::RollBackSkill, &module.resource())?;
        foreign(caller, &module.submission)?;
        of_partner(&module.submission)?;
        let again = Grant {
            id: GrantId::new(self.entropy.uuid()),
            generation: standing.generation.next(),
            granted_by: caller.user.clone(),
            granted_at: self.clock.now(),
            end: None,
            frozen_at: standing.frozen_at,
            owner: module.submission.owner,
            ..before
        };
        self.keep(caller, Action::RollBackSkill, again, EndCause::RolledBack)
            .await
    }

    /// Returns the newest grant of another version than the newest, if it may return.
    async fn grant_before(
        &self,
        caller: &Principal,
        skill: &SkillName,
    ) -> Result<Grant, ModuleError> {
        let (storage, community) = (&self.storage, &caller.community);
        let newest = storage.newest_grant(community, skill, None).await?;
        let newest = newest.ok_or_else(|| ModuleError::UnknownSkill(skill.clone()))?;
        let before = storage
            .newest_grant(community, skill, Some(newest.submission))
            .await?;
        let before = before.ok_or(RollBackRefusal::NothingBefore)?;
        if !before.end.is_some_and(|end| end.cause.may_return()) {
            return Err(RollBackRefusal::TakenBack.into());
        }
        Ok(before)
    }

    async fn standing_of(
        &self,
        caller: &Principal,
        skill: &SkillName,
        known: bool,
    ) -> Result<SkillStanding, ModuleError> {
        if !known {
            return Err(ModuleError::UnknownSkill(skill.clone()));
        }
        Ok(self
            .storage
            .skill_standing(&caller.community, skill)
            .await?)
    }
}
