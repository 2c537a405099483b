use crate::digest;
use crate::ports::SettingsVersion;
use skillgate_domain::digest::Digest;
use skillgate_domain::ids::UserId;
use skillgate_domain::settings::CommunitySettings;
use skillgate_domain::time::Timestamp;

/// A version of the settings, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsView {
    /// Its number; 0 for the settings that are shipped.
    pub version: u32,
    /// Digest of what it says.
    pub digest: Digest,
    /// What it says.
    pub settings: CommunitySettings,
    /// Who put it, and when; nobody put version 0.
    pub put: Option<(UserId, Timestamp)>,
}

impl SettingsView {
    /// Shows what is shipped.
    pub(super) fn shipped() -> Self {
        let settings = CommunitySettings::default();
        Self {
            version: 0,
            digest: digest::settings(&settings),
            settings,
            put: None,
        }
    }

    /// Shows a version that was kept.
    pub(super) fn of(version: SettingsVersion) -> Self {
        Self {
            version: version.change.version,
            digest: version.change.digest,
            settings: version.settings,
            put: Some((version.change.put_by, version.change.put_at)),
        }
    }
}
