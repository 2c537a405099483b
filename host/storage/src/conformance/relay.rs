use super::samples::{at, change, community, count, execute};
use crate::Database;
use crate::testing::Place;
use skillgate_app::ports::{
    Contact, Delivery, FoundTez, KeptItem, KeptTez, MemberPut, RelayStore, StorageError,
    TEAM_MEMBERS_MAX, TEAMS_MAX, THREAD_TEZ_MAX, Team, TezHead, Unread,
};
use skillgate_domain::crm::ObjectKind;
use skillgate_domain::ids::{ContextId, RecordId, TeamId, TezAddress, TezId, UserId};
use skillgate_domain::tez::{
    CONTEXT_CONTENT_BYTES_MAX, CONTEXT_ITEMS_MAX, ContextItem, ContextSource, DisplayName, Layer,
    Provenance, RECIPIENTS_MAX, Reader, SURFACE_TEXT_CHARS_MAX, TeamRole, TezKind, TezStatus,
    Urgency, Visibility,
};
use uuid::Uuid;

const RECORDS: &str = "SELECT COUNT(*) FROM audit";

pub(super) fn user(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

pub(super) fn tez_id(number: u32) -> TezId {
    TezId::new(Uuid::from_u128(number.into()))
}

fn name(text: &str) -> DisplayName {
    DisplayName::parse(text).unwrap()
}

/// A team of `red`, whose owner is ada.
fn team(number: u32) -> Team {
    Team {
        id: TeamId::new(Uuid::from_u128(number.into())),
        community: community("red"),
        name: name("Sàles \"1\"; DROP TABLE tez --"),
        created_by: user("ada"),
        created_at: at(0),
    }
}

fn delivery(address: &str) -> Delivery {
    Delivery {
        address: TezAddress::parse(address).unwrap(),
        delivered_at: (!address.contains('@')).then(|| at(5)),
        read_at: None,
    }
}

fn item(number: u32) -> KeptItem {
    KeptItem {
        id: ContextId::new(Uuid::from_u128(number.into())),
        item: ContextItem {
            layer: Layer::Fact,
            content: "Budget: 50k".to_owned(),
            mime_type: None,
            confidence: None,
            source: ContextSource::Stated,
            derived_from: None,
            provenance: None,
        },
        created_by: user("ada"),
        created_at: at(5),
        redaction: None,
    }
}

/// A Tez of ada to mia in `team(1)`, shared at `at(number)`, the first of its thread.
pub(super) fn tez(number: u32) -> KeptTez {
    KeptTez {
        head: TezHead {
            id: tez_id(number),
            team: team(1).id,
            thread: tez_id(number),
            parent: None,
            sender: user("ada"),
            kind: TezKind::Handoff,
            urgency: Urgency::High,
            visibility: Visibility::Dm,
            surface_text: "Hand-over é\n".to_owned(),
            action_requested: None,
            status: TezStatus::Active,
            created_at: at(number.into()),
            updated_at: at(number.into()),
        },
        context: Vec::new(),
        recipients: vec![delivery("mia")],
    }
}

/// A Tez that has everything a Tez can have.
pub(super) fn full_tez(number: u32) -> KeptTez {
    let from_a_record = KeptItem {
        item: ContextItem {
            layer: Layer::Artifact,
            mime_type: Some("text/markdown".to_owned()),
            confidence: Some(100),
            source: ContextSource::Verified,
            derived_from: Some("opportunity".to_owned()),
            provenance: Some(Provenance {
                object: ObjectKind::Opportunity,
                record: RecordId::new(Uuid::from_u128(7)),
                updated_at: Some("2026-03-01T12:00:00Z".to_owned()),
                fetched_at: at(3),
                fields: vec!["name".to_owned(), "stage".to_owned()],
            }),
            ..item(0).item
        },
        ..item(1_000 + number)
    };
    let mut tez = tez(number);
    tez.head.action_requested = Some("Call by Friday".to_owned());
    tez.context = vec![item(2_000 + number), from_a_record];
    tez.recipients = vec![delivery("mia"), delivery("bob@remote.example")];
    tez
}

pub(super) async fn opened(place: &Place) -> Database {
    let database = place.open().await;
    assert!(database.insert_team(&team(1), &change()).await.unwrap());
    database
}

pub(super) async fn keep(database: &Database, tez: &KeptTez) -> Result<bool, StorageError> {
    let red = community("red");
    database.insert_tez(&red, tez, &change()).await
}

pub(super) async fn kept(database: &Database, tez: &KeptTez) {
    assert!(keep(database, tez).await.unwrap());
}

pub(super) async fn found(database: &Database, number: u32, reader: &str) -> Option<FoundTez> {
    let (red, reader) = (community("red"), user(reader));
    let found = database.find_tez(&red, tez_id(number), &reader).await;
    found.unwrap()
}

async fn put(database: &Database, who: &str, role: TeamRole) -> MemberPut {
    let (team, who, record) = (team(1).id, user(who), change());
    let put = database.put_member(team, &who, role, at(1), &record);
    put.await.unwrap()
}

/// Sets a status in a community at a moment.
async fn set(database: &Database, of: &str, number: u32, status: TezStatus, ms: i64) -> bool {
    let (of, id, record) = (community(of), tez_id(number), change());
    let set = database.set_tez_status(&of, id, status, at(ms), &record);
    set.await.unwrap()
}

async fn thread(database: &Database, number: u32, reader: &str) -> Vec<TezHead> {
    let (red, reader) = (community("red"), user(reader));
    let thread = database.tez_thread(&red, tez_id(number), &reader).await;
    thread.unwrap()
}

pub(super) async fn a_tez_reads_back(place: &Place) {
    let database = opened(place).await;
    for tez in [tez(1), full_tez(2)] {
        kept(&database, &tez).await;
        let number = u32::try_from(tez.head.id.uuid().as_u128()).unwrap();
        let expected = FoundTez {
            tez,
            role: Some(TeamRole::Owner),
            read_at: None,
        };
        assert_eq!(found(&database, number, "ada").await, Some(expected));
    }
    assert_eq!(found(&database, 1, "mia").await.unwrap().role, None);
    assert_eq!(found(&database, 3, "ada").await, None);
}

pub(super) async fn an_id_is_of_one_tez(place: &Place) {
    let database = opened(place).await;
    kept(&database, &full_tez(1)).await;
    let before = count(&database, RECORDS).await;
    let blue = community("blue");
    let of_blue = Team {
        id: TeamId::new(Uuid::from_u128(9)),
        community: blue.clone(),
        ..team(1)
    };
    assert!(database.insert_team(&of_blue, &change()).await.unwrap());
    let mut other = tez(1);
    other.head.team = of_blue.id;
    let twice = keep(&database, &tez(1)).await;
    assert!(matches!(twice, Err(StorageError::Conflict)), "{twice:?}");
    let elsewhere = database.insert_tez(&blue, &other, &change()).await;
    assert!(
        matches!(elsewhere, Err(StorageError::Conflict)),
        "{elsewhere:?}"
    );
    assert_eq!(count(&database, RECORDS).await, before + 1);
    assert_eq!(found(&database, 1, "mia").await.unwrap().tez, full_tez(1));
    // A Tez is in a team of its own community.
    let mut stray = tez(2);
    stray.head.team = of_blue.id;
    assert!(keep(&database, &stray).await.is_err());
}

pub(super) async fn another_community_has_nothing_of_it(place: &Place) {
    let database = opened(place).await;
    kept(&database, &full_tez(1)).await;
    let (blue, ada) = (community("blue"), user("ada"));
    let (id, team) = (tez_id(1), team(1).id);
    assert_eq!(database.find_tez(&blue, id, &ada).await.unwrap(), None);
    assert_eq!(database.team_role(&blue, team, &ada).await.unwrap(), None);
    assert_eq!(database.tez_thread(&blue, id, &ada).await.unwrap(), []);
    let stream = database.tez_stream(&blue, team, &ada, None, 9).await;
    assert_eq!(stream.unwrap(), []);
    assert_eq!(database.unread_tez(&blue, &user("mia")).await.unwrap(), []);
    assert!(!set(&database, "blue", 1, TezStatus::Archived, 9).await);
    // The positive control.
    assert_eq!(thread(&database, 1, "ada").await.len(), 1);
}

pub(super) async fn lists_hold_what_their_reader_may_see(place: &Place) {
    let database = opened(place).await;
    let (red, team) = (community("red"), team(1).id);
    for member in ["max", "mia"] {
        let put = put(&database, member, TeamRole::Member).await;
        assert_eq!(put, MemberPut::Put);
    }
    for (number, visibility) in (1..).zip(Visibility::ALL) {
        let mut tez = tez(number);
        tez.head.visibility = *visibility;
        tez.recipients = vec![
            delivery("mia"),
            delivery("eve"),
            delivery("max@remote.example"),
        ];
        kept(&database, &tez).await;
    }
    // Of the team or not, one of the recipients or not; and one who is a recipient elsewhere only.
    for (reader, is_recipient, is_member) in [
        ("ada", false, true),
        ("mia", true, true),
        ("max", false, true),
        ("eve", true, false),
        ("bob", false, false),
    ] {
        let shown = |visibility: Visibility| {
            visibility.shows_to(Reader {
                is_sender: reader == "ada",
                is_recipient,
                is_member,
            })
        };
        let expected = (1_u32..).zip(Visibility::ALL);
        let expected: Vec<_> = expected
            .filter(|(_, visibility)| shown(**visibility))
            .map(|(number, _)| tez_id(number))
            .collect();
        let reader_id = user(reader);
        let stream = database.tez_stream(&red, team, &reader_id, None, 9).await;
        let mut ids: Vec<_> = stream.unwrap().iter().map(|head| head.id).collect();
        ids.reverse();
        assert_eq!(ids, expected, "{reader}");
        for number in 1..=3 {
            let there = thread(&database, number, reader).await.len() == 1;
            assert_eq!(
                there,
                expected.contains(&tez_id(number)),
                "{reader} {number}"
            );
        }
        let unread = database.unread_tez(&red, &reader_id).await.unwrap();
        let count = expected.len() as u64;
        let unread_by_others = (reader != "ada" && count > 0).then_some(Unread { team, count });
        assert_eq!(unread, Vec::from_iter(unread_by_others), "{reader}");
    }
}

pub(super) async fn a_stream_comes_in_pages(place: &Place) {
    let database = opened(place).await;
    for number in 1..=4 {
        kept(&database, &tez(number)).await;
    }
    let (red, ada) = (community("red"), user("ada"));
    let page = async |before, limit| {
        let page = database.tez_stream(&red, team(1).id, &ada, before, limit);
        let numbers = page.await.unwrap().into_iter();
        numbers
            .map(|head| head.id.uuid().as_u128())
            .collect::<Vec<_>>()
    };
    assert_eq!(page(None, 3).await, [4, 3, 2]);
    assert_eq!(page(Some(at(2)), 3).await, [1]);
    assert_eq!(page(Some(at(1)), 3).await, [0; 0]);
    for (number, status) in [(4, TezStatus::Archived), (3, TezStatus::Deleted)] {
        assert!(set(&database, "red", number, status, 9).await);
    }
    assert_eq!(page(None, 3).await, [2, 1]);
}

pub(super) async fn a_thread_has_a_limited_number_of_tez(place: &Place) {
    let database = opened(place).await;
    let reply = |number: u32| {
        let mut reply = tez(number);
        reply.head.thread = tez_id(1);
        reply.head.parent = Some(tez_id(1));
        reply.recipients = Vec::new();
        reply
    };
    kept(&database, &tez(1)).await;
    for number in 2..=THREAD_TEZ_MAX {
        kept(&database, &reply(number)).await;
    }
    let records = count(&database, RECORDS).await;
    assert!(!keep(&database, &reply(THREAD_TEZ_MAX + 1)).await.unwrap());
    assert_eq!(count(&database, RECORDS).await, records);
    let numbers = thread(&database, 1, "ada").await.into_iter();
    let numbers = numbers.map(|head| head.id.uuid().as_u128());
    assert!(numbers.eq(1..=u128::from(THREAD_TEZ_MAX)));
    kept(&database, &tez(THREAD_TEZ_MAX + 1)).await;
}

pub(super) async fn a_tez_has_limits(place: &Place) {
    let database = opened(place).await;
    let items = |count: usize| {
        let mut tez = tez(1);
        tez.context = (0..count)
            .map(|n| item(u32::try_from(n).unwrap()))
            .collect();
        tez
    };
    let recipients = |count: usize| {
        let mut tez = tez(2);
        tez.recipients = (0..count).map(|n| delivery(&format!("u{n}"))).collect();
        tez
    };
    let content = |bytes: usize| {
        let mut long = item(90);
        long.item.content = "x".repeat(bytes);
        KeptTez {
            context: vec![long],
            ..tez(3)
        }
    };
    let text = |chars: usize| {
        let mut tez = tez(4);
        tez.head.surface_text = "é".repeat(chars);
        tez
    };
    for (past, at) in [
        (items(CONTEXT_ITEMS_MAX + 1), items(CONTEXT_ITEMS_MAX)),
        (recipients(RECIPIENTS_MAX + 1), recipients(RECIPIENTS_MAX)),
        (
            content(CONTEXT_CONTENT_BYTES_MAX + 1),
            content(CONTEXT_CONTENT_BYTES_MAX),
        ),
        (
            text(SURFACE_TEXT_CHARS_MAX + 1),
            text(SURFACE_TEXT_CHARS_MAX),
        ),
    ] {
        let number = u32::try_from(at.head.id.uuid().as_u128()).unwrap();
        assert!(keep(&database, &past).await.is_err(), "{number}");
        assert_eq!(found(&database, number, "ada").await, None);
        kept(&database, &at).await;
        assert_eq!(found(&database, number, "ada").await.unwrap().tez, at);
    }
}

pub(super) async fn a_team_has_a_limited_number_of_members(place: &Place) {
    let database = opened(place).await;
    let put = async |who: &str, role| put(&database, who, role).await;
    for number in 1..TEAM_MEMBERS_MAX {
        let put = put(&format!("u{number}"), TeamRole::Member).await;
        assert_eq!(put, MemberPut::Put);
    }
    let records = count(&database, RECORDS).await;
    assert_eq!(put("one-more", TeamRole::Member).await, MemberPut::Full);
    assert_eq!(put("u1", TeamRole::Member).await, MemberPut::AlreadySo);
    assert_eq!(count(&database, RECORDS).await, records);
    assert_eq!(put("u1", TeamRole::Admin).await, MemberPut::Put);
    assert_eq!(put("ada", TeamRole::Member).await, MemberPut::StaysOwner);
    assert_eq!(put("ada", TeamRole::Owner).await, MemberPut::AlreadySo);
    assert_eq!(count(&database, RECORDS).await, records + 1);
    let red = community("red");
    for (who, role) in [
        ("ada", Some(TeamRole::Owner)),
        ("u1", Some(TeamRole::Admin)),
        ("u2", Some(TeamRole::Member)),
        ("one-more", None),
    ] {
        let found = database.team_role(&red, team(1).id, &user(who)).await;
        assert_eq!(found.unwrap(), Some(role), "{who}");
    }
    let nowhere = database.team_role(&red, team(2).id, &user("ada")).await;
    assert_eq!(nowhere.unwrap(), None);
}

pub(super) async fn a_community_has_a_limited_number_of_teams(place: &Place) {
    let database = place.open().await;
    let insert = async |team: &Team| database.insert_team(team, &change()).await.unwrap();
    for number in 1..=TEAMS_MAX {
        assert!(insert(&team(number)).await);
    }
    assert!(!insert(&team(TEAMS_MAX + 1)).await);
    let of_blue = Team {
        community: community("blue"),
        ..team(TEAMS_MAX + 1)
    };
    assert!(insert(&of_blue).await);
}

pub(super) async fn a_contact_is_kept_since_the_first_time(place: &Place) {
    let database = place.open().await;
    let contact = |email: Option<&str>, ms| Contact {
        community: community("red"),
        user: user("ada"),
        name: name("Ada"),
        email: email.map(str::to_owned),
        registered_at: at(ms),
        updated_at: at(ms),
    };
    let put = async |contact: &Contact| database.put_contact(contact, &change()).await.unwrap();
    let first = contact(Some("ada@example.com"), 1);
    assert_eq!(put(&first).await, first);
    let again = Contact {
        registered_at: at(1),
        ..contact(None, 2)
    };
    assert_eq!(put(&contact(None, 2)).await, again);
    let of_blue = Contact {
        community: community("blue"),
        ..contact(None, 3)
    };
    assert_eq!(put(&of_blue).await, of_blue);
    let contacts = "SELECT COUNT(*) FROM tez_contacts";
    assert_eq!(count(&database, contacts).await, 2);
    assert_eq!(count(&database, RECORDS).await, 3);
}

pub(super) async fn a_tez_is_read_first_once(place: &Place) {
    let database = opened(place).await;
    kept(&database, &full_tez(1)).await;
    let (red, mia, team) = (community("red"), user("mia"), team(1).id);
    let unread = async || database.unread_tez(&red, &mia).await.unwrap();
    assert_eq!(unread().await, [Unread { team, count: 1 }]);
    let records = count(&database, RECORDS).await;
    let mark = async |ms| {
        let record = change();
        let marked = database.mark_tez_read(tez_id(1), &mia, at(ms), &record);
        marked.await.unwrap()
    };
    assert!(mark(7).await);
    assert!(!mark(8).await);
    assert_eq!(count(&database, RECORDS).await, records + 1);
    assert_eq!(unread().await, []);
    let seen = found(&database, 1, "mia").await.unwrap();
    let by: Vec<_> = seen.tez.recipients.iter().map(|to| to.read_at).collect();
    assert_eq!((seen.read_at, by), (Some(at(7)), vec![Some(at(7)), None]));
    assert_eq!(found(&database, 1, "ada").await.unwrap().read_at, None);
}

pub(super) async fn a_status_changes_and_nothing_else(place: &Place) {
    let database = opened(place).await;
    kept(&database, &full_tez(1)).await;
    let records = count(&database, RECORDS).await;
    let set = async |status, ms| set(&database, "red", 1, status, ms).await;
    assert!(set(TezStatus::Deleted, 7).await);
    assert!(!set(TezStatus::Deleted, 8).await);
    assert_eq!(count(&database, RECORDS).await, records + 1);
    let mut taken_back = full_tez(1);
    taken_back.head.status = TezStatus::Deleted;
    taken_back.head.updated_at = at(7);
    assert_eq!(found(&database, 1, "ada").await.unwrap().tez, taken_back);
    assert_eq!(thread(&database, 1, "ada").await, []);
    for wrong in [
        "UPDATE tez SET surface_text = 'another'",
        "UPDATE tez SET action_requested = NULL",
        "UPDATE tez SET visibility = 'team'",
        "UPDATE tez SET sender = 'mia'",
        "UPDATE tez SET status = 'gone'",
        "UPDATE tez_context SET content = 'another'",
        "UPDATE tez_context SET provenance = NULL",
        "UPDATE tez_recipients SET address = 'eve'",
    ] {
        let refused = execute(&database, wrong).await;
        assert!(
            matches!(refused, Err(sqlx::Error::Database(_))),
            "{wrong}: {refused:?}"
        );
    }
    assert_eq!(found(&database, 1, "ada").await.unwrap().tez, taken_back);
}
