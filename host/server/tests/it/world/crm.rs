use async_trait::async_trait;
use skillgate_app::ports::{Crm, CrmError};
use skillgate_domain::crm::{Changes, EntryRef, Link, Page, Query, Record, Selection};
use skillgate_domain::ids::{CommunityId, RecordId};
use skillgate_domain::right::Unredacted;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A CRM in memory that finds everything of a kind, answers checks as it is told, and counts them.
#[derive(Default)]
pub(crate) struct FakeCrm {
    pub(crate) refuses_with: Mutex<Option<CrmError>>,
    pub(crate) hangs: std::sync::atomic::AtomicBool,
    pub(crate) checks: AtomicUsize,
    records: Mutex<BTreeMap<(CommunityId, RecordId), Record>>,
}

#[async_trait]
impl Crm for FakeCrm {
    async fn get(
        &self,
        community: &CommunityId,
        target: EntryRef,
        _: &Selection,
    ) -> Result<Unredacted, CrmError> {
        let records = self.records.lock().unwrap();
        let found = records.get(&(community.clone(), target.id));
        let found = found.filter(|record| record.object == target.object);
        found
            .cloned()
            .map(Unredacted::seal)
            .ok_or(CrmError::NotFound)
    }

    async fn search(
        &self,
        community: &CommunityId,
        query: &Query,
        _: &Selection,
    ) -> Result<Page<Unredacted>, CrmError> {
        let records = self.records.lock().unwrap();
        let found = records
            .iter()
            .filter(|((home, _), record)| home == community && record.object == query.object);
        let items: Vec<_> = found
            .map(|(_, record)| Unredacted::seal(record.clone()))
            .collect();
        Ok(Page {
            total: u32::try_from(items.len()).unwrap(),
            items,
            next_cursor: None,
        })
    }

    async fn create(
        &self,
        community: &CommunityId,
        id: RecordId,
        changes: &Changes,
        _: &Selection,
    ) -> Result<Unredacted, CrmError> {
        let mut record = Record {
            object: changes.object,
            id,
            updated_at: None,
            fields: BTreeMap::new(),
        };
        changes.apply_to(&mut record);
        let mut records = self.records.lock().unwrap();
        records.insert((community.clone(), id), record.clone());
        Ok(Unredacted::seal(record))
    }

    async fn update(
        &self,
        community: &CommunityId,
        id: RecordId,
        changes: &Changes,
        _: &Selection,
    ) -> Result<Unredacted, CrmError> {
        let mut records = self.records.lock().unwrap();
        let record = records.get_mut(&(community.clone(), id));
        let record = record.filter(|record| record.object == changes.object);
        let record = record.ok_or(CrmError::NotFound)?;
        changes.apply_to(record);
        Ok(Unredacted::seal(record.clone()))
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
