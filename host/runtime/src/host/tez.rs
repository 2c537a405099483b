use super::crm_decode as decode;
use super::crm_encode as encode;
use super::failure::failure;
use crate::bindings::skillgate::skill::{crm, tez as wit, types};
use crate::state::State;
use skillgate_app::snapshot::Snapshot;
use skillgate_app::time::rfc3339;

impl wit::Host for State {
    async fn snapshot_of(
        &mut self,
        target: crm::EntryRef,
    ) -> wasmtime::Result<Result<wit::Snapshot, types::Failure>> {
        let result = async {
            let target = decode::entry_ref(&target)?;
            Ok(snapshot(self.broker.snapshot(&self.run, target).await?))
        };
        let result = result.await;
        self.count(&result);
        Ok(result.map_err(|error| failure(&error)))
    }
}

fn snapshot(snapshot: Snapshot) -> wit::Snapshot {
    let provenance = snapshot.provenance();
    wit::Snapshot {
        name: snapshot.name(),
        content: snapshot.content(),
        question: snapshot.question().to_owned(),
        provenance: wit::Provenance {
            object: encode::object_kind(provenance.object),
            record_id: provenance.record.to_string(),
            updated_at: provenance.updated_at,
            fetched_at: rfc3339(provenance.fetched_at).unwrap_or_default(),
            fields: provenance.fields,
        },
        entry: encode::entry(snapshot.record),
    }
}
