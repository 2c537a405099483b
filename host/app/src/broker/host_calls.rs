//! The calls of the CRM as a guest makes them: answered by the host and written into the run's journal,
//! or answered by a journal.

use super::{Broker, BrokerError, Upserted};
use crate::journal::Request;
use crate::run::Run;
use crate::snapshot::Snapshot;
use skillgate_domain::crm::{Changes, EntryRef, Link, Page, Query, Record};
use skillgate_domain::ids::RecordId;

impl Broker {
    /// Reads one record.
    pub async fn get(&self, run: &Run, target: EntryRef) -> Result<Record, BrokerError> {
        let live = self.get_live(run, target);
        run.host_calls().crm(Request::Get(target), live).await
    }

    /// Reads a record for somebody else.
    pub async fn snapshot(&self, run: &Run, target: EntryRef) -> Result<Snapshot, BrokerError> {
        let live = self.snapshot_live(run, target);
        run.host_calls().crm(Request::Snapshot(target), live).await
    }

    /// Finds records. Filters and order look only at fields that may be read.
    pub async fn search(&self, run: &Run, query: &Query) -> Result<Page<Record>, BrokerError> {
        let live = self.search_live(run, query);
        run.host_calls().crm(Request::Search(query), live).await
    }

    /// Creates a record under an id of the host's choice.
    pub async fn create(&self, run: &Run, changes: &Changes) -> Result<Record, BrokerError> {
        let live = self.create_live(run, changes);
        run.host_calls().crm(Request::Create(changes), live).await
    }

    /// Changes fields of a record.
    pub async fn update(
        &self,
        run: &Run,
        id: RecordId,
        changes: &Changes,
    ) -> Result<Record, BrokerError> {
        let (request, live) = (
            Request::Update(id, changes),
            self.update_live(run, id, changes),
        );
        run.host_calls().crm(request, live).await
    }

    /// Changes the record with the same unique value, or creates it. A deleted record that holds the
    /// value is a conflict: bringing it back is a person's decision (Twenty's own upsert would).
    pub async fn upsert(
        &self,
        run: &Run,
        changes: &Changes,
    ) -> Result<(Upserted, Record), BrokerError> {
        let live = self.upsert_live(run, changes);
        run.host_calls().crm(Request::Upsert(changes), live).await
    }

    /// Attaches a task or note to a record of a kind that may be read.
    pub async fn link(&self, run: &Run, link: &Link) -> Result<(), BrokerError> {
        let live = self.link_live(run, link);
        run.host_calls().crm(Request::Link(link), live).await
    }
}
