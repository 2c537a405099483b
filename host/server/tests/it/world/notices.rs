use super::{FakeCrm, SetClock};
use skillgate_app::notices::Notices;
use skillgate_app::ports::{Notice, NoticeReader, NoticeRefusal, ReadNotice};
use skillgate_app::reads::{AGE_MAX, Reads};
use skillgate_domain::crm::{EntryRef, ObjectKind};
use skillgate_domain::ids::RecordId;
use skillgate_domain::time::Timestamp;
use skillgate_server::Metrics;
use std::sync::Arc;
use uuid::Uuid;

/// Believes whoever signs with the word `good`; what is wrong with others, they say themselves.
struct Words;

impl NoticeReader for Words {
    fn read(&self, notice: &Notice<'_>, _: Timestamp) -> Result<ReadNotice, NoticeRefusal> {
        match notice.signature {
            "good" => {}
            "form" => return Err(NoticeRefusal::Form),
            "window" => return Err(NoticeRefusal::Window),
            "workspace" => return Err(NoticeRefusal::Workspace),
            "body" => return Err(NoticeRefusal::Body),
            _ => return Err(NoticeRefusal::Signature),
        }
        let mut mark = [0; 32];
        let said = notice.timestamp.as_bytes();
        mark[..said.len()].copy_from_slice(said);
        let about = EntryRef {
            object: ObjectKind::Contact,
            id: RecordId::new(Uuid::nil()),
        };
        let about = (notice.body != b"nothing").then_some(about);
        Ok(ReadNotice { mark, about })
    }
}

pub(super) fn of(
    crm: &Arc<FakeCrm>,
    clock: &Arc<SetClock>,
    metrics: &Arc<Metrics>,
) -> Arc<Notices> {
    let reads = Reads::new(crm.clone(), clock.clone(), AGE_MAX);
    let (reader, reads) = (Arc::new(Words), Arc::new(reads));
    Arc::new(Notices::new(reader, reads, clock.clone(), metrics.clone()))
}
