use super::support::*;
use http::StatusCode;
use serde_json::json;
use skillgate_app::ports::{CrmError, UnavailableCause};
use skillgate_connectors::transport::TransportError;
use skillgate_connectors::twenty::{
    METADATA_AGE_MAX_MS, METADATA_PAGES_MAX, METADATA_REFRESH_MIN_MS,
};
use skillgate_crm_embedded::Generation;
use skillgate_domain::crm::{Changes, Field, ObjectKind};

fn scored(score: f64) -> Changes {
    let mut ada = changes(
        ObjectKind::Contact,
        [(Field::ContactFirstName, text("Ada"))],
    );
    let score = skillgate_domain::crm::FieldValue::Number(score);
    ada.set.insert(custom("leadScore"), score);
    ada
}

fn metadata_reads(world: &World) -> usize {
    let seen = world.wire.seen_all();
    seen.iter().filter(|seen| metadata(seen)).count()
}

#[tokio::test]
async fn metadata_is_read_once_and_again_when_it_is_old_or_lacks_a_field() {
    let world = World::new().await;
    let plain = contact("Ada", "ada@example.test");
    let ada = world.create(&plain).await.unwrap().id;
    world.update(ada, &plain).await.unwrap();
    assert_eq!(metadata_reads(&world), 1);

    let unknown = Err(CrmError::Invalid(
        "this CRM has no field leadScore".to_owned(),
    ));
    assert_eq!(world.create(&scored(1.0)).await, unknown);
    assert_eq!(metadata_reads(&world), 0, "it was read a moment ago");
    world
        .add_field("person", json!({"name": "leadScore", "type": "NUMBER"}))
        .await;
    world.clock.advance_ms(METADATA_REFRESH_MIN_MS);
    assert!(world.create(&scored(1.0)).await.is_ok());
    assert_eq!(metadata_reads(&world), 1);

    world.clock.advance_ms(METADATA_AGE_MAX_MS - 1);
    world.update(ada, &plain).await.unwrap();
    assert_eq!(metadata_reads(&world), 0);
    world.clock.advance_ms(1);
    world.update(ada, &plain).await.unwrap();
    assert_eq!(metadata_reads(&world), 1);
}

#[tokio::test]
async fn old_metadata_is_better_than_none() {
    let world = World::new().await;
    let plain = contact("Ada", "ada@example.test");
    let lose = || {
        for _ in 0..2 {
            world
                .wire
                .plan(metadata, Fate::Before(TransportError::Connect));
        }
    };
    lose();
    let gone = Err(CrmError::Unavailable(UnavailableCause::Connect));
    assert_eq!(world.create(&plain).await, gone);
    world.create(&plain).await.unwrap();
    world.clock.advance_ms(METADATA_AGE_MAX_MS);
    lose();
    assert!(
        world
            .create(&contact("Bob", "bob@example.test"))
            .await
            .is_ok()
    );
}

/// A key with a narrow role may not read metadata: 403.
#[tokio::test]
async fn without_metadata_the_typed_fields_work() {
    let world = World::new().await;
    let denied = r#"{"statusCode":403,"error":"Error","messages":["Entity performing the request does not have permission"],"code":"PERMISSION_DENIED"}"#;
    world.wire.plan(
        metadata,
        Fate::Instead(StatusCode::FORBIDDEN, &[], denied.to_owned()),
    );
    let ada = world
        .create(&contact("Ada", "ada@example.test"))
        .await
        .unwrap();
    assert_eq!(
        of(&ada, Field::ContactEmail),
        Some(&text("ada@example.test"))
    );
    let refused = world.create(&scored(1.0)).await;
    let said = "leadScore is not known: the host's credential may not read the CRM's metadata";
    assert_eq!(refused, Err(CrmError::Invalid(said.to_owned())));
}

#[tokio::test]
async fn metadata_in_pages() {
    let world = World::new().await;
    let (_, all) = world
        .raw("GET", "/rest/metadata/objects", json!(null))
        .await;
    let objects = all["data"]["objects"].as_array().unwrap();
    let (first, rest) = objects.split_at(3);
    let page = |part: &[serde_json::Value], more: bool| {
        let end = json!({"hasNextPage": more, "endCursor": id(7).to_string()});
        json!({"data": {"objects": part}, "pageInfo": end}).to_string()
    };
    world.wire.plan(
        metadata,
        Fate::Instead(StatusCode::OK, &[], page(first, true)),
    );
    world.wire.plan(
        metadata,
        Fate::Instead(StatusCode::OK, &[], page(rest, false)),
    );
    world
        .create(&contact("Ada", "ada@example.test"))
        .await
        .unwrap();
    world.create(&changes(ObjectKind::Note, [])).await.unwrap();
    let seen = world.wire.seen_all();
    let paths: Vec<_> = seen
        .iter()
        .filter(|s| metadata(s))
        .map(|s| s.path.clone())
        .collect();
    let second = format!("/rest/metadata/objects?starting_after={}", id(7));
    assert_eq!(paths, ["/rest/metadata/objects".to_owned(), second]);
}

#[tokio::test]
async fn metadata_without_end_ends() {
    let world = World::new().await;
    let end = json!({"hasNextPage": true, "endCursor": id(7).to_string()});
    let page = json!({"data": {"objects": []}, "pageInfo": end}).to_string();
    for _ in 0..=METADATA_PAGES_MAX {
        world
            .wire
            .plan(metadata, Fate::Instead(StatusCode::OK, &[], page.clone()));
    }
    let answer = world.create(&contact("Ada", "ada@example.test")).await;
    let said = "this CRM has no records of kind contact";
    assert_eq!(answer, Err(CrmError::Invalid(said.to_owned())));
    assert_eq!(metadata_reads(&world), METADATA_PAGES_MAX);
}

#[tokio::test]
async fn the_newer_generation_speaks_to_us_too() {
    let world = World::speaking(Generation::Newer).await;
    let ada = world
        .create(&contact("Ada", "ada@example.test"))
        .await
        .unwrap();
    let job = changes(
        ObjectKind::Contact,
        [(Field::ContactJobTitle, text("Countess"))],
    );
    world.update(ada.id, &job).await.unwrap();
    assert_eq!(
        world.search(&query(ObjectKind::Contact)).await.unwrap(),
        [ada.id]
    );
    let again = world.create(&contact("Eve", "ada@example.test")).await;
    assert_eq!(
        again,
        Err(CrmError::Conflict {
            holder: Some(ada.id)
        })
    );
    world
        .twenty
        .soft_delete(&community(), ObjectKind::Contact, ada.id)
        .await
        .unwrap();
    assert_eq!(
        world.get(ObjectKind::Contact, ada.id).await,
        Err(CrmError::NotFound)
    );
}
