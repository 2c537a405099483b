use async_trait::async_trait;
use skillgate_app::ports::{Crm, CrmError};
use skillgate_domain::crm::{Changes, EntryRef, Link, Page, Query, Selection};
use skillgate_domain::ids::{CommunityId, RecordId};
use skillgate_domain::right::Unredacted;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// An empty CRM that answers checks as it is told, and counts them.
#[derive(Default)]
pub(crate) struct FakeCrm {
    pub(crate) refuses_with: Mutex<Option<CrmError>>,
    pub(crate) hangs: std::sync::atomic::AtomicBool,
    pub(crate) checks: AtomicUsize,
}

#[async_trait]
impl Crm for FakeCrm {
    async fn get(
        &self,
        _: &CommunityId,
        _: EntryRef,
        _: &Selection,
    ) -> Result<Unredacted, CrmError> {
        Err(CrmError::NotFound)
    }

    async fn search(
        &self,
        _: &CommunityId,
        _: &Query,
        _: &Selection,
    ) -> Result<Page<Unredacted>, CrmError> {
        Err(CrmError::NotFound)
    }

    async fn create(
        &self,
        _: &CommunityId,
        _: RecordId,
        _: &Changes,
        _: &Selection,
    ) -> Result<Unredacted, CrmError> {
        Err(CrmError::NotFound)
    }

    async fn update(
        &self,
        _: &CommunityId,
        _: RecordId,
        _: &Changes,
        _: &Selection,
    ) -> Result<Unredacted, CrmError> {
        Err(CrmError::NotFound)
    }

    async fn link(&self, _: &CommunityId, _: RecordId, _: &Link) -> Result<(), CrmError> {
        Err(CrmError::NotFound)
    }

    async fn check(&self) -> Result<(), CrmError> {
        self.checks.fetch_add(1, Ordering::Relaxed);
        if self.hangs.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        self.refuses_with
            .lock()
            .unwrap()
            .clone()
            .map_or(Ok(()), Err)
    }
}
