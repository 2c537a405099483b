//! Who may do what with modules and with skills that were granted.

use super::{ModuleError, ModuleView, Modules};
use crate::access::Permissions;
use crate::ports::Submission;
use skillgate_domain::audit::Target;
use skillgate_domain::ids::{CommunityId, SkillName, SubmissionId};
use skillgate_domain::policy::{Resource, ResourceKind};
use skillgate_domain::principal::{Action, Principal};

impl Modules {
    /// Asks whether the caller may do something with modules at all, before anything is looked up.
    /// Returns what the same policies say of a single module.
    pub(super) async fn permit(
        &self,
        caller: &Principal,
        action: Action,
    ) -> Result<Permissions, ModuleError> {
        let permissions = self.access.permissions(caller).await?;
        permitted(&permissions, action, &community(caller))?;
        Ok(permissions)
    }

    /// Asks whether the caller may look at modules at all, and records it where not.
    pub(super) async fn permit_show(
        &self,
        caller: &Principal,
        target: Target,
    ) -> Result<Permissions, ModuleError> {
        self.permit_looking(caller, Action::ShowModule, target)
            .await
    }

    /// Asks whether the caller may do something that leaves no record, and records it where not.
    pub(super) async fn permit_looking(
        &self,
        caller: &Principal,
        action: Action,
        target: Target,
    ) -> Result<Permissions, ModuleError> {
        let permitted = self.permit(caller, action).await;
        self.recorded(caller, action, target, permitted).await
    }

    /// Returns a module that the caller may look at.
    pub(super) async fn shown(
        &self,
        caller: &Principal,
        permissions: &Permissions,
        id: SubmissionId,
    ) -> Result<ModuleView, ModuleError> {
        let view = self.view(self.submission(caller, id).await?, None)?;
        let may_show = permitted(permissions, Action::ShowModule, &view.resource());
        self.recorded(caller, Action::ShowModule, Target::Module(id), may_show)
            .await?;
        Ok(view)
    }

    /// Asks whether the caller may do something with a skill, whether or not there is one.
    /// Returns what the same policies say of anything else.
    pub(super) async fn permit_on_skill(
        &self,
        caller: &Principal,
        action: Action,
        skill: &SkillName,
    ) -> Result<Permissions, ModuleError> {
        let permissions = self.access.permissions(caller).await?;
        let resource = Resource::of(&caller.community, ResourceKind::Skill(skill.clone()));
        permitted(&permissions, action, &resource)?;
        Ok(permissions)
    }

    /// Records a refusal before it is told.
    pub(super) async fn recorded<T>(
        &self,
        caller: &Principal,
        action: Action,
        target: Target,
        done: Result<T, ModuleError>,
    ) -> Result<T, ModuleError> {
        self.trail.refusal(caller, action, target, &done).await?;
        done
    }
}

/// Nobody approves what they handed in themselves.
pub(super) fn foreign(caller: &Principal, submission: &Submission) -> Result<(), ModuleError> {
    if submission.submitted_by == caller.user {
        return Err(ModuleError::OwnModule);
    }
    Ok(())
}

/// Returns what policies of a community know of a module.
pub(super) fn resource(community: &CommunityId, module: &ModuleView) -> Resource {
    let kind = ResourceKind::Module {
        id: module.submission.id,
        skill: module.skill.name.clone(),
        publisher: module.skill.publisher.clone(),
    };
    Resource::of(community, kind)
}

fn community(caller: &Principal) -> Resource {
    Resource::of(&caller.community, ResourceKind::Community)
}

/// Asks the policies that were taken.
pub(super) fn permitted(
    permissions: &Permissions,
    action: Action,
    resource: &Resource,
) -> Result<(), ModuleError> {
    let answer = permissions.permit(action, resource);
    answer.map_err(ModuleError::Forbidden)
}
