use super::crm_decode as decode;
use super::crm_encode as encode;
use super::failure::failure;
use super::tez_sharing::malformed;
use crate::bindings::skillgate::skill::{crm, tez as wit, types};
use crate::state::State;
use skillgate_app::broker::{BrokerError, TezLine};
use skillgate_app::ports::TezStreamQuery;
use skillgate_app::snapshot::Snapshot;
use skillgate_app::time::{parse_rfc3339, rfc3339};
use skillgate_domain::ids::TeamId;
use skillgate_domain::tez::{TezKind, Urgency};

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

    async fn stream(
        &mut self,
        query: wit::StreamQuery,
    ) -> wasmtime::Result<Result<Vec<wit::Line>, types::Failure>> {
        let result = async {
            let query = stream_query(&query)?;
            let found = self.broker.stream(&self.run, &query).await?;
            Ok(found.into_iter().map(line).collect())
        };
        let result = result.await;
        self.count(&result);
        Ok(result.map_err(|error| failure(&error)))
    }
}

fn stream_query(query: &wit::StreamQuery) -> Result<TezStreamQuery, BrokerError> {
    let before = query.before.as_deref().map(|before| {
        let rule = || BrokerError::Invalid("before is a point in time: RFC 3339".to_owned());
        parse_rfc3339(before).ok_or_else(rule)
    });
    Ok(TezStreamQuery {
        team: TeamId::parse(&query.team_id).map_err(malformed)?,
        before: before.transpose()?,
        limit: query.limit,
    })
}

fn line(line: TezLine) -> wit::Line {
    wit::Line {
        id: line.id.to_string(),
        thread_id: line.thread.to_string(),
        sender_id: line.sender.to_string(),
        kind: match line.kind {
            TezKind::Note => types::TezKind::Note,
            TezKind::Decision => types::TezKind::Decision,
            TezKind::Handoff => types::TezKind::Handoff,
            TezKind::Question => types::TezKind::Question,
            TezKind::Update => types::TezKind::Update,
        },
        urgency: match line.urgency {
            Urgency::Critical => types::TezUrgency::Critical,
            Urgency::High => types::TezUrgency::High,
            Urgency::Normal => types::TezUrgency::Normal,
            Urgency::Low => types::TezUrgency::Low,
            Urgency::Fyi => types::TezUrgency::Fyi,
        },
        surface_text: line.surface_text,
        action_requested: line.action_requested,
        created_at: rfc3339(line.created_at).unwrap_or_default(),
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
