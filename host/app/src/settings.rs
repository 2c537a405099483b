//! A community's settings: looked at and replaced.

mod error;
mod view;

pub use error::SettingsError;
pub use view::SettingsView;

use crate::access::Access;
use crate::audit::Trail;
use crate::digest;
use crate::ports::{
    AuditRecord, Clock, InForce, SettingsStore, SettingsVersion, Storage, StorageError, VersionPut,
};
use crate::versions::History;
use skillgate_domain::audit::{Actor, Facts, Target, VersionFacts};
use skillgate_domain::ids::{CommunityId, SkillName, ToolName};
use skillgate_domain::policy::{Resource, ResourceKind};
use skillgate_domain::principal::{Action, Principal};
use skillgate_domain::settings::{COORDINATE, CommunitySettings};
use skillgate_domain::skill::Finding;
use std::sync::Arc;

/// The use cases of a community's settings.
pub struct Settings {
    access: Arc<Access>,
    store: Arc<dyn SettingsStore>,
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    trail: Trail,
}

impl Settings {
    /// Wires the use cases to their ports.
    pub fn new(
        access: Arc<Access>,
        store: Arc<dyn SettingsStore>,
        storage: Arc<dyn Storage>,
        clock: Arc<dyn Clock>,
        trail: Trail,
    ) -> Self {
        Self {
            access,
            store,
            storage,
            clock,
            trail,
        }
    }

    /// Shows the settings in force.
    pub async fn current(&self, caller: &Principal) -> Result<SettingsView, SettingsError> {
        self.permit(caller).await?;
        let present = self.store.settings_in_force(&caller.community).await?;
        self.view(&caller.community, present.version).await
    }

    /// Shows a version.
    pub async fn version(
        &self,
        caller: &Principal,
        version: u32,
    ) -> Result<SettingsView, SettingsError> {
        self.permit(caller).await?;
        self.view(&caller.community, version).await
    }

    /// Lists what was put before version `before`, newest first.
    pub async fn history(
        &self,
        caller: &Principal,
        before: Option<u32>,
    ) -> Result<History, SettingsError> {
        self.permit(caller).await?;
        let changes = self
            .store
            .settings_changes(&caller.community, before)
            .await?;
        Ok(History::of(changes))
    }

    /// Replaces the settings, if `expected_version` is still in force. `read` is what the caller sent, or
    /// everything that is wrong with it: who may not put settings does not learn that.
    pub async fn put(
        &self,
        caller: &Principal,
        read: Result<CommunitySettings, Vec<Finding>>,
        expected_version: u32,
    ) -> Result<SettingsView, SettingsError> {
        let done = self.put_if_allowed(caller, read, expected_version).await;
        self.recorded(caller, Action::PutSettings, done).await
    }

    async fn put_if_allowed(
        &self,
        caller: &Principal,
        read: Result<CommunitySettings, Vec<Finding>>,
        expected_version: u32,
    ) -> Result<SettingsView, SettingsError> {
        self.ask(caller, Action::PutSettings).await?;
        let community = &caller.community;
        let present = self.store.settings_in_force(community).await?;
        if present.version != expected_version {
            let present = present.version;
            return Err(SettingsError::Changed { present });
        }
        let settings = read.map_err(SettingsError::Invalid)?;
        self.may_coordinate(community, &present, &settings.coordinator)
            .await?;
        let version = SettingsVersion {
            community: community.clone(),
            change: VersionPut {
                version: present.version.saturating_add(1),
                digest: digest::settings(&settings),
                put_by: caller.user.clone(),
                put_at: self.clock.now(),
            },
            settings,
        };
        let change = self.change(caller, &version.change);
        match self.store.insert_settings(&version, &change).await {
            Ok(()) => Ok(SettingsView::of(version)),
            // Somebody else put the same number between our look and our write.
            Err(StorageError::Conflict) => {
                let present = self.store.settings_in_force(community).await?.version;
                Err(SettingsError::Changed { present })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Refuses another coordinator that is not granted here as one. The one in force stays, granted or
    /// not: who changes a list need not first mend that.
    async fn may_coordinate(
        &self,
        community: &CommunityId,
        present: &InForce,
        skill: &SkillName,
    ) -> Result<(), SettingsError> {
        if present.settings.coordinator == *skill {
            return Ok(());
        }
        let tool = ToolName::parse(COORDINATE).expect("a fixed name");
        let grant = self.storage.active_grant(community, skill).await?;
        let granted = grant.is_some_and(|grant| grant.tools.contains_key(&tool));
        let refused = || SettingsError::CoordinatorNotGranted(skill.clone());
        granted.then_some(()).ok_or_else(refused)
    }

    async fn permit(&self, caller: &Principal) -> Result<(), SettingsError> {
        let permitted = self.ask(caller, Action::ShowSettings).await;
        self.recorded(caller, Action::ShowSettings, permitted).await
    }

    async fn ask(&self, caller: &Principal, action: Action) -> Result<(), SettingsError> {
        let community = Resource::of(&caller.community, ResourceKind::Community);
        Ok(self.access.permit(caller, action, &community).await?)
    }

    /// Records a refusal before it is answered.
    async fn recorded<T>(
        &self,
        caller: &Principal,
        action: Action,
        done: Result<T, SettingsError>,
    ) -> Result<T, SettingsError> {
        self.trail
            .refusal(caller, action, Target::Community, &done)
            .await?;
        done
    }

    fn change(&self, caller: &Principal, change: &VersionPut) -> AuditRecord {
        let facts = Facts::Settings(VersionFacts {
            version: change.version,
            digest: change.digest,
        });
        let (actor, action) = (Actor::Caller(Box::new(caller.clone())), Action::PutSettings);
        self.trail
            .change(actor, &caller.community, action, Target::Community, facts)
    }

    async fn view(
        &self,
        community: &CommunityId,
        version: u32,
    ) -> Result<SettingsView, SettingsError> {
        if version == 0 {
            return Ok(SettingsView::shipped());
        }
        let kept = self.store.settings_version(community, version).await?;
        kept.map(SettingsView::of)
            .ok_or(SettingsError::NotFound(version))
    }
}
