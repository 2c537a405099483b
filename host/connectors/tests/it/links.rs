use super::support::*;
use futures::future::join_all;
use serde_json::json;
use skillgate_app::ports::{Crm, CrmError};
use skillgate_connectors::twenty::{LINKED_MAX, LINKED_PAGES_MAX};
use skillgate_domain::crm::{EntryRef, Field, FilterKey, Link, ObjectKind, Sort};
use skillgate_domain::ids::RecordId;

async fn task(world: &World, title: &str) -> EntryRef {
    let made = changes(ObjectKind::Task, [(Field::TaskTitle, text(title))]);
    EntryRef {
        object: ObjectKind::Task,
        id: world.create(&made).await.unwrap().id,
    }
}

async fn person(world: &World) -> EntryRef {
    EntryRef {
        object: ObjectKind::Contact,
        id: world
            .create(&contact("Ada", "ada@example.test"))
            .await
            .unwrap()
            .id,
    }
}

async fn rows(world: &World) -> usize {
    let (_, all) = world.raw("GET", "/rest/taskTargets", json!(null)).await;
    all["data"]["taskTargets"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_task_is_found_through_its_record_and_linked_once() {
    let world = World::new().await;
    let target = person(&world).await;
    let (source, other) = (task(&world, "call").await, task(&world, "other").await);
    let link = Link { source, target };
    let mut asked = query(ObjectKind::Task);
    asked.linked_to = Some(target);
    assert!(world.search(&asked).await.unwrap().is_empty());
    for _ in 0..2 {
        world
            .twenty
            .link(&community(), world.next_id(), &link)
            .await
            .unwrap();
    }
    let acme = community();
    let second = Link {
        source: other,
        target,
    };
    let same_time = (0..3).map(|_| world.twenty.link(&acme, world.next_id(), &second));
    assert!(
        join_all(same_time)
            .await
            .into_iter()
            .all(|linked| linked.is_ok())
    );
    assert_eq!(rows(&world).await, 2);

    asked.sort = Some(Sort {
        key: FilterKey::Field(skillgate_domain::crm::FieldKey::Standard(Field::TaskTitle)),
        descending: true,
    });
    assert_eq!(world.search(&asked).await.unwrap(), [other.id, source.id]);
    let note = changes(ObjectKind::Note, [(Field::NoteTitle, text("met"))]);
    let note = EntryRef {
        object: ObjectKind::Note,
        id: world.create(&note).await.unwrap().id,
    };
    for object in [ObjectKind::Company, ObjectKind::Opportunity] {
        let made = world.create(&changes(object, [])).await.unwrap();
        let target = EntryRef {
            object,
            id: made.id,
        };
        let link = Link {
            source: note,
            target,
        };
        world
            .twenty
            .link(&community(), world.next_id(), &link)
            .await
            .unwrap();
        let mut asked = query(ObjectKind::Note);
        asked.linked_to = Some(target);
        assert_eq!(world.search(&asked).await.unwrap(), [note.id]);
    }
}

#[tokio::test]
async fn both_ends_must_be_there() {
    let world = World::new().await;
    let (source, target) = (task(&world, "call").await, person(&world).await);
    let nobody = |end: EntryRef| EntryRef { id: id(1), ..end };
    let link = async |source, target| {
        let id: RecordId = world.next_id();
        world
            .twenty
            .link(&community(), id, &Link { source, target })
            .await
    };
    assert_eq!(link(nobody(source), target).await, Err(CrmError::NotFound));
    assert_eq!(link(source, nobody(target)).await, Err(CrmError::NotFound));
    world
        .twenty
        .soft_delete(&community(), target.object, target.id)
        .await
        .unwrap();
    assert_eq!(link(source, target).await, Err(CrmError::NotFound));
    assert!(matches!(
        link(target, source).await,
        Err(CrmError::Invalid(_))
    ));
    assert_eq!(rows(&world).await, 0);
}

#[tokio::test]
async fn a_lost_answer_to_a_link_is_made_up_for() {
    let world = World::new().await;
    let link = Link {
        source: task(&world, "call").await,
        target: person(&world).await,
    };
    let broken = skillgate_connectors::transport::TransportError::Broken;
    world.wire.plan(creates, Fate::After(broken));
    world
        .twenty
        .link(&community(), world.next_id(), &link)
        .await
        .unwrap();
    assert_eq!(rows(&world).await, 1);
}

/// Twenty may clamp pages, and a record may have more tasks than anybody looks through.
#[tokio::test]
async fn only_so_many_linked_tasks_are_looked_at() {
    let joins = |seen: &Seen| seen.body.to_string().contains("taskTargets");
    let page = |ids: std::ops::Range<u64>| {
        let nodes = ids.map(|n| json!({"node": {"taskId": id(n).to_string()}}));
        let end = json!({"hasNextPage": true, "endCursor": "more"});
        let edges: Vec<_> = nodes.collect();
        let page = json!({"data": {"taskTargets": {"edges": edges, "pageInfo": end}}});
        Fate::Instead(http::StatusCode::OK, &[], page.to_string())
    };
    let world = World::new().await;
    let mut asked = query(ObjectKind::Task);
    asked.linked_to = Some(person(&world).await);
    for (size, pages) in [
        (1, LINKED_PAGES_MAX),
        (LINKED_MAX as u64 - 1, 2),
        (LINKED_MAX as u64, 1),
    ] {
        world.wire.seen();
        for nth in 0..pages as u64 {
            world.wire.plan(joins, page(nth * size..(nth + 1) * size));
        }
        assert!(world.search(&asked).await.unwrap().is_empty());
        let seen = world.wire.seen();
        assert_eq!(seen.iter().filter(|seen| joins(seen)).count(), pages);
    }
}
