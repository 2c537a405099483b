//! A CRM for stories about the sandbox: one contact, and ways to fail on request.

use async_trait::async_trait;
use skillgate_app::ports::{Crm, CrmError};
use skillgate_domain::crm::{
    Changes, EntryRef, Field, FieldKey, FieldValue, Link, Page, Query, Record, Selection,
};
use skillgate_domain::ids::{CommunityId, RecordId};
use skillgate_domain::right::Unredacted;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

/// The id that makes the CRM panic, as a bug of ours in a host function would.
pub const PANICKING_ID: &str = "00000000-0000-4000-8000-00000000dead";

/// The id on which the CRM never answers.
pub const SILENT_ID: &str = "00000000-0000-4000-8000-00000000510b";

/// Answers every read with a contact named Ada, and counts.
#[derive(Debug, Default)]
pub struct OneContact {
    reads: AtomicU32,
    writes: AtomicU32,
}

impl OneContact {
    /// Returns how many reads and writes arrived.
    pub fn calls(&self) -> (u32, u32) {
        (
            self.reads.load(Ordering::Relaxed),
            self.writes.load(Ordering::Relaxed),
        )
    }

    fn read(&self, target: EntryRef) -> Unredacted {
        self.reads.fetch_add(1, Ordering::Relaxed);
        assert!(
            target.id.to_string() != PANICKING_ID,
            "a bug in a host function"
        );
        let name = FieldValue::Text("Ada".to_owned());
        Unredacted::seal(Record {
            object: target.object,
            id: target.id,
            updated_at: None,
            fields: BTreeMap::from([(FieldKey::Standard(Field::ContactFirstName), name)]),
        })
    }

    fn written(&self, changes: &Changes, id: RecordId) -> Unredacted {
        self.writes.fetch_add(1, Ordering::Relaxed);
        Unredacted::seal(Record {
            object: changes.object,
            id,
            updated_at: None,
            fields: changes.set.clone(),
        })
    }
}

#[async_trait]
impl Crm for OneContact {
    async fn get(
        &self,
        _: &CommunityId,
        target: EntryRef,
        _: &Selection,
    ) -> Result<Unredacted, CrmError> {
        if target.id.to_string() == SILENT_ID {
            std::future::pending::<()>().await;
        }
        Ok(self.read(target))
    }

    async fn search(
        &self,
        _: &CommunityId,
        query: &Query,
        _: &Selection,
    ) -> Result<Page<Unredacted>, CrmError> {
        let id = RecordId::new(uuid::Uuid::nil());
        let items = vec![self.read(EntryRef {
            object: query.object,
            id,
        })];
        Ok(Page {
            items,
            next_cursor: None,
            total: 1,
        })
    }

    async fn create(
        &self,
        _: &CommunityId,
        id: RecordId,
        changes: &Changes,
        _: &Selection,
    ) -> Result<Unredacted, CrmError> {
        Ok(self.written(changes, id))
    }

    async fn update(
        &self,
        _: &CommunityId,
        id: RecordId,
        changes: &Changes,
        _: &Selection,
    ) -> Result<Unredacted, CrmError> {
        Ok(self.written(changes, id))
    }

    async fn link(&self, _: &CommunityId, _: RecordId, _: &Link) -> Result<(), CrmError> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    async fn check(&self) -> Result<(), CrmError> {
        Ok(())
    }
}
