use skillgate_app::ports::Manifests;
use skillgate_domain::skill::{Finding, Skill};

/// Manifests in JSON.
pub(crate) struct JsonManifests;

impl Manifests for JsonManifests {
    fn read(&self, text: &str) -> Result<Skill, Vec<Finding>> {
        skillgate_manifest::parse(text)
    }
}
