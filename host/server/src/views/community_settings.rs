use crate::openapi::community_settings as settings_form;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use skillgate_app::ports::VersionPut;
use skillgate_app::settings::SettingsView as Settings;
use skillgate_app::versions::History;
use skillgate_domain::settings::CommunitySettings;
use skillgate_domain::skill::Finding;
use skillgate_manifest::wire::{new_settings_from_json, settings_to_json};
use utoipa::ToSchema;

/// Settings to be put.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewCommunitySettings)]
pub struct NewSettings {
    /// What they say, all of it.
    #[schema(schema_with = settings_form)]
    pub settings: Value,
    /// The version that must still be in force.
    pub expected_version: u32,
}

impl NewSettings {
    /// Reads what they say, or everything that is wrong with it.
    pub fn read(&self) -> Result<CommunitySettings, Vec<Finding>> {
        new_settings_from_json(&self.settings)
    }
}

/// A version of a community's settings.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CommunitySettingsVersion)]
pub struct SettingsView {
    /// Digest of what they say.
    digest: String,
    /// Nothing for those that are shipped.
    #[schema(format = DateTime, required)]
    put_at: Option<String>,
    /// The admin; nobody for those that are shipped.
    #[schema(required)]
    put_by: Option<String>,
    /// What they say.
    #[schema(schema_with = settings_form)]
    settings: Value,
    /// 0 for those that are shipped.
    version: u32,
}

/// A page of what was put, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CommunitySettingsHistory)]
pub struct SettingsHistory {
    /// What the next page is asked for with, if there is one.
    #[schema(required)]
    next_before: Option<u32>,
    versions: Vec<SettingsVersionView>,
}

/// A version without what it says.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CommunitySettingsChange)]
struct SettingsVersionView {
    /// Digest of what it says.
    digest: String,
    #[schema(format = DateTime, required)]
    put_at: Option<String>,
    /// The admin.
    put_by: String,
    version: u32,
}

/// Shows a version of a community's settings.
pub fn community_settings(view: &Settings) -> SettingsView {
    let put = view.put.as_ref();
    SettingsView {
        digest: view.digest.to_string(),
        put_at: put.and_then(|(_, at)| super::time(*at)),
        put_by: put.map(|(by, _)| by.to_string()),
        settings: settings_to_json(&view.settings),
        version: view.version,
    }
}

/// Shows a page of what was put.
pub fn settings_history(history: &History) -> SettingsHistory {
    SettingsHistory {
        next_before: history.next_before,
        versions: history.changes.iter().map(change).collect(),
    }
}

fn change(change: &VersionPut) -> SettingsVersionView {
    SettingsVersionView {
        digest: change.digest.to_string(),
        put_at: super::time(change.put_at),
        put_by: change.put_by.to_string(),
        version: change.version,
    }
}
