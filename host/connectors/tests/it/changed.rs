//! What changed in the CRM, for whoever keeps what it read.

use super::support::*;
use serde_json::json;
use skillgate_app::ports::{CHANGES_MAX, Changed, Crm, CrmError};
use skillgate_connectors::twenty::SPARE_PERCENT;
use skillgate_domain::crm::{Changes, Field, ObjectKind};
use skillgate_domain::time::Timestamp;

fn titled(title: &str) -> Changes {
    changes(ObjectKind::Task, [(Field::TaskTitle, text(title))])
}

fn noon() -> Timestamp {
    Timestamp::from_unix_ms(NOON_MS)
}

#[tokio::test]
async fn changes_and_soft_deletions_are_told_since_a_moment() {
    let world = World::new().await;
    let mut made = Vec::new();
    for name in ["a", "b", "c"] {
        made.push(world.create(&titled(name)).await.unwrap());
    }
    let [first, second, third] = &made[..] else {
        panic!("three");
    };
    let all = world
        .twenty
        .changed(ObjectKind::Task, noon())
        .await
        .unwrap();
    let listed = |changed: &Changed| changed.records.iter().map(|one| one.0).collect::<Vec<_>>();
    assert_eq!(
        listed(&all),
        [first.id, second.id, third.id],
        "the longest ago first"
    );
    assert_eq!(
        all.records[1].1, second.updated_at,
        "as a record says it itself"
    );
    assert!(!all.more);

    let renamed = world.update(first.id, &titled("d")).await.unwrap();
    let home = community();
    let gone = world.twenty.soft_delete(&home, ObjectKind::Task, second.id);
    gone.await.unwrap();
    let since = skillgate_app::time::parse_rfc3339(renamed.updated_at.as_deref().unwrap());
    let later = world.twenty.changed(ObjectKind::Task, since.unwrap()).await;
    let expected = [(first.id, renamed.updated_at), (second.id, None)];
    assert_eq!(later.unwrap().records, expected);
    let others = world.twenty.changed(ObjectKind::Note, noon()).await;
    assert_eq!(others, Ok(Changed::default()));
}

#[tokio::test]
async fn more_than_a_page_is_said_to_be_more() {
    let world = World::new().await;
    for number in 0..CHANGES_MAX {
        let name = number.to_string();
        world.create(&titled(&name)).await.unwrap();
    }
    let asked = async || {
        world
            .twenty
            .changed(ObjectKind::Task, noon())
            .await
            .unwrap()
    };
    let full = asked().await;
    assert_eq!(
        (full.records.len(), full.more),
        (CHANGES_MAX as usize, false)
    );
    world.create(&titled("one more")).await.unwrap();
    let over = asked().await;
    assert_eq!(
        (over.records.len(), over.more),
        (CHANGES_MAX as usize, true)
    );
}

#[tokio::test(start_paused = true)]
async fn it_takes_no_request_that_others_may_need() {
    let (twenty, wire) = canned();
    let changed = async || twenty.changed(ObjectKind::Contact, noon()).await;
    let most = 95 - 95 * SPARE_PERCENT / 100;
    for _ in 0..=most {
        assert_eq!(changed().await, Ok(Changed::default()));
    }
    let refused = changed().await;
    assert!(
        matches!(refused, Err(CrmError::RateLimited { .. })),
        "{refused:?}"
    );
    assert_eq!(wire.seen().len(), (most + 1) as usize);
    tokio::time::advance(std::time::Duration::from_mins(1)).await;
    assert!(changed().await.is_ok());
}

#[tokio::test]
async fn what_is_no_list_is_not_read() {
    let world = World::new().await;
    for body in [
        json!({"data": {}}),
        json!({"data": {"tasks": {"edges": [{"node": {"id": "x"}}]}}}),
    ] {
        let instead = Fate::Instead(http::StatusCode::OK, &[], body.to_string());
        world.wire.plan(|seen| seen.path == "/graphql", instead);
        let unreadable = world.twenty.changed(ObjectKind::Task, noon()).await;
        assert!(
            matches!(unreadable, Err(CrmError::Unavailable(_))),
            "{unreadable:?}"
        );
    }
}
