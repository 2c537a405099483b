use super::*;
use crate::audit::memory::MemoryAudit;
use crate::ports::TreeHead;
use skillgate_domain::ids::CommunityId;
use skillgate_domain::time::Timestamp;

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(1)
    }
}

fn key(seed: u8) -> SigningKey {
    SigningKey::parse(&SigningKey::text("log", &[seed; 32]).unwrap()).unwrap()
}

fn verifiers(seed: u8) -> Verifiers {
    Verifiers::parse([key(seed).public()]).unwrap()
}

fn record(n: usize) -> AuditRecord {
    AuditRecord {
        community: CommunityId::parse("home").unwrap(),
        at: Timestamp::from_unix_ms(0),
        action: "invoke-skill",
        outcome: "done",
        user: None,
        skill: None,
        invocation: None,
        leaf: format!("{{\"n\":{n}}}"),
        write: None,
        journal: None,
    }
}

const OFTEN: AuditSettings = AuditSettings {
    checkpoint_records: 4,
    checkpoint_every: Duration::from_secs(10),
};

async fn open(store: &Arc<MemoryAudit>) -> Result<(Recorder, Writer), OpenError> {
    Recorder::open(store.clone(), Arc::new(Noon), key(1), &verifiers(1), OFTEN).await
}

/// Runs `work` beside the writer, until everything is written and signed.
async fn with_writer<T>(store: &Arc<MemoryAudit>, work: impl AsyncFnOnce(Recorder) -> T) -> T {
    let (recorder, writer) = open(store).await.unwrap();
    tokio::join!(work(recorder), writer.run()).0
}

fn sizes(store: &MemoryAudit) -> Vec<u64> {
    store
        .kept()
        .checkpoints
        .iter()
        .map(|c| c.head.size)
        .collect()
}

#[tokio::test(start_paused = true)]
async fn what_is_recorded_is_durable_and_signed_at_the_end() {
    let store = Arc::new(MemoryAudit::default());
    with_writer(&store, async |recorder| {
        for n in 0..3 {
            recorder.record(record(n)).await.unwrap();
            assert_eq!(store.kept().records.len(), n + 1);
        }
        assert_eq!(sizes(&store), [0; 0]);
    })
    .await;
    assert_eq!(sizes(&store), [3]);
    let last = store.kept().checkpoints[0].clone();
    assert_eq!(verifiers(1).check(&last.note).unwrap().size, 3);
    assert_eq!(last.at, Noon.now());
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_is_signed_after_some_records_or_some_time() {
    let store = Arc::new(MemoryAudit::default());
    with_writer(&store, async |recorder| {
        for n in 0..5 {
            recorder.record(record(n)).await.unwrap();
        }
        assert_eq!(sizes(&store), [4]);
        tokio::time::sleep(OFTEN.checkpoint_every + Duration::from_millis(1)).await;
        assert_eq!(sizes(&store), [4, 5]);
        tokio::time::sleep(OFTEN.checkpoint_every * 3).await;
        assert_eq!(sizes(&store), [4, 5], "nothing new, nothing signed");
    })
    .await;
    assert_eq!(sizes(&store), [4, 5]);
}

#[tokio::test(start_paused = true)]
async fn a_later_record_that_is_durable_says_so_of_the_earlier_ones() {
    let store = Arc::new(MemoryAudit::default());
    with_writer(&store, async |recorder| {
        recorder.hand_over(record(0)).await;
        recorder.hand_over_now(record(1));
        recorder.record(record(2)).await.unwrap();
        let leaves: Vec<_> = store
            .kept()
            .records
            .iter()
            .map(|r| r.leaf.clone())
            .collect();
        assert_eq!(leaves, [record(0).leaf, record(1).leaf, record(2).leaf]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_queue_has_a_limit_and_its_callers_wait() {
    let store = Arc::new(MemoryAudit::default());
    let (recorder, writer) = open(&store).await.unwrap();
    for n in 0..QUEUE_MAX {
        recorder.hand_over_now(record(n));
    }
    assert_eq!(recorder.waiting(), QUEUE_MAX);
    recorder.hand_over_now(record(QUEUE_MAX)); // No room: the log says so.
    let waits = tokio::time::timeout(OFTEN.checkpoint_every, recorder.record(record(9)));
    assert!(waits.await.is_err());
    let work = async move {
        recorder.record(record(9)).await.unwrap();
    };
    tokio::join!(work, writer.run());
    assert_eq!(store.kept().records.len(), QUEUE_MAX + 1);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_kept_is_told_and_the_next_is_tried() {
    let store = Arc::new(MemoryAudit::default());
    with_writer(&store, async |recorder| {
        store.kept().full = true;
        let refused = recorder.record(record(0)).await;
        assert_eq!(refused, Err(AuditError::Full));
        store.kept().full = false;
        recorder.record(record(1)).await.unwrap();
    })
    .await;
    assert_eq!(sizes(&store), [1]);
}

#[tokio::test(start_paused = true)]
async fn records_of_others_are_taken_in() {
    let store = Arc::new(MemoryAudit::default());
    with_writer(&store, async |recorder| {
        recorder.record(record(0)).await.unwrap();
        store.append_audit(&[record(1), record(2)]).await.unwrap();
        recorder.record(record(3)).await.unwrap();
        store.append_audit(&[record(4)]).await.unwrap();
    })
    .await;
    assert_eq!(sizes(&store), [4, 5]);
    open(&store).await.unwrap();
}

/// Each change behind the host's back, while it runs and while it does not.
#[tokio::test(start_paused = true)]
async fn a_trail_that_was_changed_is_not_gone_on_with() {
    type Change = fn(&mut crate::audit::memory::Kept);
    let changes: [(&str, Change, &str); 5] = [
        ("removed", |kept| drop(kept.records.remove(2)), "Cut"),
        ("cut off", |kept| kept.records.truncate(2), "Cut"),
        (
            "the head changed",
            |kept| kept.records[1].leaf.push(' '),
            "Changed",
        ),
        (
            "a root changed",
            |kept| kept.checkpoints[0].head.frontier[0][0] ^= 1,
            "Changed",
        ),
        (
            "another key's",
            |kept| {
                let mut tree = Tree::default();
                (0..3).for_each(|n| tree.push(record(n).leaf.as_bytes()));
                kept.checkpoints[0].note = key(2).sign(&tree);
            },
            "Checkpoint",
        ),
    ];
    for (name, change, refusal) in changes {
        let store = Arc::new(MemoryAudit::default());
        with_writer(&store, async |recorder| {
            for n in 0..3 {
                recorder.record(record(n)).await.unwrap();
            }
        })
        .await;
        change(&mut store.kept());
        match open(&store).await {
            Err(error) => assert!(
                format!("{error:?}").starts_with(refusal),
                "{name}: {error:?}"
            ),
            Ok(_) => panic!("{name}: gone on with"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_trail_that_is_changed_while_the_host_runs_stops_it() {
    let store = Arc::new(MemoryAudit::default());
    with_writer(&store, async |recorder| {
        for n in 0..3 {
            recorder.record(record(n)).await.unwrap();
        }
        store.kept().records[1].leaf = record(7).leaf;
        for n in 3..5 {
            let refused = recorder.record(record(n)).await;
            assert_eq!(refused, Err(AuditError::Tampered));
        }
    })
    .await;
    assert_eq!(sizes(&store), [0; 0], "nothing is signed any more");
    assert_eq!(store.audit_head().await.unwrap().size, 4);
    assert_ne!(store.audit_head().await.unwrap(), TreeHead::default());
}
