//! CRMs for stories: one contact, and ways to fail on request.

use async_trait::async_trait;
use skillgate_app::ports::{Crm, CrmError};
use skillgate_domain::crm::{
    Changes, EntryRef, Field, FieldKey, FieldValue, Link, Page, Query, Record, Selection,
};
use skillgate_domain::ids::{CommunityId, RecordId};
use skillgate_domain::right::Unredacted;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

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

/// What goes wrong with a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It is refused; nothing happened.
    Refused(CrmError),
    /// The connection is cut; nothing happened, and nobody ever hears.
    SilentBefore,
    /// It took effect, and nobody ever hears.
    SilentAfter,
}

/// A CRM whose writes are counted, and fail on request.
pub struct FaultyCrm {
    inner: Arc<dyn Crm>,
    writes: AtomicU32,
    fault: Mutex<Option<(u32, Fault)>>,
    silent: Notify,
}

impl FaultyCrm {
    /// Lets everything through to `inner`.
    pub fn over(inner: Arc<dyn Crm>) -> Self {
        Self {
            inner,
            writes: AtomicU32::new(0),
            fault: Mutex::new(None),
            silent: Notify::new(),
        }
    }

    /// Returns how many writes took effect.
    pub fn writes(&self) -> u32 {
        self.writes.load(Ordering::SeqCst)
    }

    /// Makes the write after so many others fail, once.
    pub fn fail_after(&self, writes: u32, fault: Fault) {
        let at = self.writes() + writes;
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some((at, fault));
    }

    /// Waits until a write is silent.
    pub async fn until_silent(&self) {
        self.silent.notified().await;
    }

    async fn write<T: Send>(
        &self,
        call: impl Future<Output = Result<T, CrmError>> + Send,
    ) -> Result<T, CrmError> {
        let fault = {
            let mut fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
            let due = fault.as_ref().is_some_and(|(at, _)| *at == self.writes());
            if due { fault.take() } else { None }
        };
        let fault = fault.map(|(_, fault)| fault);
        match fault {
            Some(Fault::Refused(error)) => return Err(error),
            Some(Fault::SilentBefore) => self.fall_silent().await,
            Some(Fault::SilentAfter) | None => {}
        }
        let answer = call.await;
        if answer.is_ok() {
            self.writes.fetch_add(1, Ordering::SeqCst);
        }
        if fault == Some(Fault::SilentAfter) {
            self.fall_silent().await;
        }
        answer
    }

    async fn fall_silent(&self) {
        self.silent.notify_one();
        std::future::pending::<()>().await;
    }
}

#[async_trait]
impl Crm for FaultyCrm {
    async fn get(
        &self,
        community: &CommunityId,
        target: EntryRef,
        want: &Selection,
    ) -> Result<Unredacted, CrmError> {
        self.inner.get(community, target, want).await
    }

    async fn search(
        &self,
        community: &CommunityId,
        query: &Query,
        want: &Selection,
    ) -> Result<Page<Unredacted>, CrmError> {
        self.inner.search(community, query, want).await
    }

    async fn create(
        &self,
        community: &CommunityId,
        id: RecordId,
        changes: &Changes,
        want: &Selection,
    ) -> Result<Unredacted, CrmError> {
        let call = self.inner.create(community, id, changes, want);
        self.write(call).await
    }

    async fn update(
        &self,
        community: &CommunityId,
        id: RecordId,
        changes: &Changes,
        want: &Selection,
    ) -> Result<Unredacted, CrmError> {
        let call = self.inner.update(community, id, changes, want);
        self.write(call).await
    }

    async fn link(
        &self,
        community: &CommunityId,
        id: RecordId,
        link: &Link,
    ) -> Result<(), CrmError> {
        self.write(self.inner.link(community, id, link)).await
    }

    async fn check(&self) -> Result<(), CrmError> {
        self.inner.check().await
    }
}
