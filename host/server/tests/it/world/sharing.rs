use async_trait::async_trait;
use skillgate_app::ports::{SharingRules, StorageError};
use skillgate_domain::ids::CommunityId;
use skillgate_domain::sharing::FieldAllowlists;
use std::sync::{Arc, Mutex};

/// Lists of what is let out, the same for every community, that change when told to.
#[derive(Default)]
pub(crate) struct FakeRules(pub(crate) Mutex<FieldAllowlists>);

#[async_trait]
impl SharingRules for FakeRules {
    async fn allowlists(&self, _: &CommunityId) -> Result<Arc<FieldAllowlists>, StorageError> {
        Ok(Arc::new(self.0.lock().unwrap().clone()))
    }
}
