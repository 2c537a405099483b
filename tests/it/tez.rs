//! The embedded relay as the rest of the host uses it: shared once, with the record that it came from.

use futures::future::join_all;
use serde_json::Value;
use skillgate_app::ports::{AuditStore, RelayUser, TezError, TezRelay};
use skillgate_domain::crm::ObjectKind;
use skillgate_domain::ids::{CommunityId, RecordId, TeamId, TezAddress, TezId, UserId};
use skillgate_domain::principal::Role;
use skillgate_domain::tez::{
    ContextItem, ContextSource, Layer, Provenance, SURFACE_TEXT_CHARS_MAX, TeamRole, TezDraft,
    TezKind, Urgency, Visibility,
};
use skillgate_tests::crm::OneContact;
use skillgate_tests::host::{TestHost, community, principal};
use std::sync::Arc;
use uuid::Uuid;

fn user(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

fn of(community: &CommunityId, name: &str) -> RelayUser {
    RelayUser {
        community: community.clone(),
        user: user(name),
    }
}

fn id(number: u128) -> TezId {
    TezId::new(Uuid::from_u128(number))
}

/// A host with a team of ada's, in which mia is.
async fn host() -> (TestHost, TeamId) {
    let host = TestHost::start(Arc::new(OneContact::default())).await;
    let (relay, ada) = (&host.app.relay, principal(Role::Member, "ada"));
    let team = relay.create_team(&ada, "Sales").await.unwrap().id;
    let mia = user("mia");
    let added = relay.add_member(&ada, team, &mia, TeamRole::Member).await;
    added.unwrap();
    (host, team)
}

fn provenance(host: &TestHost) -> Provenance {
    use skillgate_app::ports::Clock;
    Provenance {
        object: ObjectKind::Opportunity,
        record: RecordId::new(Uuid::from_u128(7)),
        updated_at: Some("2026-03-01T09:00:00Z".to_owned()),
        fetched_at: host.clock.now(),
        fields: vec!["name".to_owned(), "stage".to_owned()],
    }
}

fn handover(team: TeamId, provenance: Provenance) -> TezDraft {
    TezDraft {
        team,
        kind: TezKind::Handoff,
        urgency: Urgency::High,
        visibility: Visibility::Dm,
        surface_text: "Take over the re\u{200b}newal".to_owned(),
        action_requested: None,
        recipients: vec![TezAddress::parse("mia").unwrap()],
        context: vec![ContextItem {
            layer: Layer::Artifact,
            content: "Opportunity: renewal".to_owned(),
            mime_type: None,
            confidence: None,
            source: ContextSource::Verified,
            derived_from: None,
            provenance: Some(provenance),
        }],
    }
}

/// Records of an action, whole.
async fn records(host: &TestHost, action: &str) -> Vec<Value> {
    let rows = host.storage.audit_from(0).await.unwrap();
    let leaves = rows.iter().map(|row| serde_json::from_str(&row.leaf));
    let leaves = leaves.map(|leaf: Result<Value, _>| leaf.unwrap());
    leaves.filter(|leaf| leaf["action"] == action).collect()
}

#[tokio::test]
async fn one_id_shares_one_tez() {
    let (host, team) = host().await;
    let relay = &host.app.relay;
    let (home, draft) = (community(), handover(team, provenance(&host)));
    let ada = of(&home, "ada");
    let since = provenance(&host).fetched_at;
    let find = async |draft: &TezDraft| relay.find_shared(&ada, id(1), draft, since).await;
    assert_eq!(find(&draft).await, Ok(None));
    let many = (0..4).map(|_| TezRelay::share(&**relay, &ada, id(1), &draft));
    let shared = join_all(many).await;
    let first = shared[0].clone().unwrap();
    assert_eq!((first.id, first.thread), (id(1), id(1)));
    assert!(
        shared.iter().all(|again| again.as_ref() == Ok(&first)),
        "{shared:?}"
    );
    assert_eq!(find(&draft).await, Ok(Some(first)));
    let listed = TezRelay::stream(&**relay, &ada, team, None, 9).await;
    assert_eq!(listed.unwrap().len(), 1);
    assert_eq!(records(&host, "share-tez").await.len(), 1);
    // Under the same id there is no other Tez, and nobody else's.
    let other = TezDraft {
        surface_text: "Another".to_owned(),
        ..draft.clone()
    };
    let refused = TezRelay::share(&**relay, &ada, id(1), &other).await;
    assert!(matches!(refused, Err(TezError::Invalid(_))), "{refused:?}");
    assert_eq!(find(&other).await, Ok(None));
    let refused = TezRelay::share(&**relay, &of(&home, "mia"), id(1), &draft).await;
    assert!(matches!(refused, Err(TezError::Invalid(_))), "{refused:?}");
    assert_eq!(relay.check().await, Ok(()));
}

#[tokio::test]
async fn where_an_item_comes_from_is_believed_of_the_host_alone() {
    let (host, team) = host().await;
    let (relay, from) = (&host.app.relay, provenance(&host));
    let (home, draft) = (community(), handover(team, from.clone()));
    let (ada, mia) = (
        principal(Role::Member, "ada"),
        principal(Role::Member, "mia"),
    );
    let by_host = TezRelay::share(&**relay, &of(&home, "ada"), id(1), &draft).await;
    let by_caller = relay.share(&ada, draft.clone()).await.unwrap().id;
    for (tez, expected) in [(by_host.unwrap().id, Some(from)), (by_caller, None)] {
        let kept = relay.get(&mia, tez).await.unwrap();
        assert_eq!(kept.head.surface_text, "Take over the renewal");
        let item = &kept.context[0].item;
        assert_eq!(
            (item.source, &item.provenance),
            (ContextSource::Verified, &expected)
        );
        let whole = TezRelay::get(&**relay, &of(&home, "mia"), tez)
            .await
            .unwrap();
        assert_eq!(whole.context[0], *item);
    }
    let shared = records(&host, "share-tez").await;
    let kinds: Vec<_> = shared.iter().map(|leaf| &leaf["actor"]["kind"]).collect();
    assert_eq!(kinds, ["host", "caller"]);
    let record = &shared[0]["tez"]["records"][0];
    assert_eq!(record["object"], "opportunity");
    assert_eq!(record["id"], Uuid::from_u128(7).to_string());
    assert_eq!(shared[1]["tez"]["records"], serde_json::json!([]));
    // Mia read both, once each.
    assert_eq!(records(&host, "show-tez").await.len(), 2);
}

#[tokio::test]
async fn the_hosts_own_hand_over_keeps_to_the_relays_rules() {
    let (host, team) = host().await;
    let relay = &host.app.relay;
    let (home, draft) = (community(), handover(team, provenance(&host)));
    let away = CommunityId::parse("away").unwrap();
    for stranger in [of(&home, "eve"), of(&away, "ada")] {
        let refused = TezRelay::share(&**relay, &stranger, id(1), &draft).await;
        assert_eq!(refused, Err(TezError::Forbidden), "{stranger:?}");
    }
    let long = TezDraft {
        surface_text: "x".repeat(SURFACE_TEXT_CHARS_MAX + 1),
        ..draft.clone()
    };
    let ada = of(&home, "ada");
    let refused = TezRelay::share(&**relay, &ada, id(1), &long).await;
    assert!(matches!(refused, Err(TezError::Invalid(_))), "{refused:?}");
    assert!(records(&host, "share-tez").await.is_empty());
    // The positive control.
    let shared = TezRelay::share(&**relay, &ada, id(1), &draft).await;
    assert_eq!(shared.unwrap().id, id(1));
    for (reader, refusal) in [
        (of(&home, "eve"), TezError::Forbidden),
        (of(&away, "mia"), TezError::NotFound),
    ] {
        let refused = TezRelay::get(&**relay, &reader, id(1)).await;
        assert_eq!(refused, Err(refusal), "{reader:?}");
        let refused = TezRelay::stream(&**relay, &reader, team, None, 9).await;
        assert_eq!(refused, Err(TezError::Forbidden), "{reader:?}");
    }
    for limit in [0, 101] {
        let refused = TezRelay::stream(&**relay, &ada, team, None, limit).await;
        assert!(matches!(refused, Err(TezError::Invalid(_))), "{refused:?}");
    }
}
