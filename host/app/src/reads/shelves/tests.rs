use super::*;
use skillgate_domain::crm::{Field, FieldKey, FieldValue, Record};
use skillgate_domain::ids::{CustomFieldName, RecordId};
use skillgate_domain::right::Unredacted;
use skillgate_domain::time::Timestamp;
use uuid::Uuid;

static NOTHING: Selection = Selection::EMPTY;

fn home(name: &str) -> CommunityId {
    CommunityId::parse(name).unwrap()
}

fn contact(n: usize) -> EntryRef {
    EntryRef {
        object: ObjectKind::Contact,
        id: RecordId::new(Uuid::from_u128(n as u128)),
    }
}

/// A record whose text is so long.
fn record(target: EntryRef, bytes: usize) -> Unredacted {
    let text = FieldValue::Text("x".repeat(bytes));
    Unredacted::seal(Record {
        object: target.object,
        id: target.id,
        updated_at: None,
        fields: [(FieldKey::Standard(Field::ContactJobTitle), text)].into(),
    })
}

/// What the values of such a record take besides its text.
fn frame() -> usize {
    record(contact(0), 0).bytes() + OVERHEAD_BYTES
}

fn put(shelves: &mut Shelves, community: &str, n: usize, bytes: usize) {
    put_fields(shelves, community, n, bytes, &NOTHING);
}

fn put_fields(shelves: &mut Shelves, community: &str, n: usize, bytes: usize, want: &Selection) {
    let (community, target) = (home(community), contact(n));
    let fetched = Arc::new(Fetched {
        record: record(target, bytes),
        at: Timestamp::from_unix_ms(0),
    });
    let since = shelves.changes(target);
    shelves.put(&Place::new(&community, target, want), &fetched, since);
    check(shelves);
}

fn has(shelves: &mut Shelves, community: &str, n: usize) -> bool {
    let community = home(community);
    let place = Place::new(&community, contact(n), &NOTHING);
    shelves.get(&place).is_some()
}

/// The counts are those of what is there.
fn check(shelves: &Shelves) {
    let kept = shelves.records.values().flat_map(HashMap::values).flatten();
    let bytes: usize = kept.clone().map(|kept| kept.bytes).sum();
    let rooms: usize = shelves.rooms.values().map(|room| room.bytes).sum();
    assert_eq!((shelves.bytes, rooms), (bytes, bytes));
    assert_eq!(shelves.len(), kept.count());
    assert!(shelves.bytes <= BYTES_MAX);
    for room in shelves.rooms.values() {
        assert!(room.bytes <= COMMUNITY_BYTES_MAX && !room.order.is_empty());
        assert!(room.order.len() <= COMMUNITY_RECORDS_MAX);
    }
}

#[test]
fn a_record_has_a_size() {
    let mut shelves = Shelves::default();
    let most = RECORD_BYTES_MAX - frame();
    put(&mut shelves, "home", 1, most);
    put(&mut shelves, "home", 2, most + 1);
    assert!(has(&mut shelves, "home", 1) && !has(&mut shelves, "home", 2));
    // One that grew is not answered as it was.
    put(&mut shelves, "home", 1, most + 1);
    assert_eq!(shelves.len(), 0);
}

#[test]
fn a_community_keeps_so_many_records_and_loses_the_least_used() {
    let mut shelves = Shelves::default();
    for n in 0..COMMUNITY_RECORDS_MAX {
        let (target, community) = (contact(n), home("home"));
        let fetched = Arc::new(Fetched {
            record: record(target, 0),
            at: Timestamp::from_unix_ms(0),
        });
        shelves.put(&Place::new(&community, target, &NOTHING), &fetched, 0);
    }
    assert_eq!(shelves.len(), COMMUNITY_RECORDS_MAX);
    assert!(has(&mut shelves, "home", 0), "and so it was used");
    put(&mut shelves, "home", COMMUNITY_RECORDS_MAX, 0);
    assert_eq!(shelves.len(), COMMUNITY_RECORDS_MAX);
    assert!(has(&mut shelves, "home", 0) && !has(&mut shelves, "home", 1));
}

#[test]
fn a_community_keeps_so_many_bytes_and_takes_none_from_others() {
    let mut shelves = Shelves::default();
    put(&mut shelves, "quiet", 0, 0);
    let each = RECORD_BYTES_MAX - frame();
    let fit = COMMUNITY_BYTES_MAX / RECORD_BYTES_MAX;
    for n in 0..fit {
        put(&mut shelves, "loud", n, each);
    }
    assert!(has(&mut shelves, "loud", 0));
    put(&mut shelves, "loud", fit, each);
    assert_eq!(shelves.len(), fit + 1);
    assert!(!has(&mut shelves, "loud", 1) && has(&mut shelves, "quiet", 0));
}

#[test]
fn where_all_is_full_the_fullest_gives_way() {
    let mut shelves = Shelves::default();
    let each = RECORD_BYTES_MAX - frame();
    let fit = COMMUNITY_BYTES_MAX / RECORD_BYTES_MAX;
    let communities = BYTES_MAX / COMMUNITY_BYTES_MAX;
    put(&mut shelves, "quiet", 0, 0);
    for community in 0..communities {
        for n in 0..fit {
            put(&mut shelves, &format!("c{community}"), n, each);
        }
    }
    assert!(has(&mut shelves, "quiet", 0), "it keeps least");
    assert_eq!(shelves.len(), communities * fit, "one of the others went");
}

#[test]
fn a_record_is_kept_with_so_many_choices_of_fields() {
    let mut shelves = Shelves::default();
    let want = |n: usize| Selection {
        custom: [CustomFieldName::parse(&format!("f{n}")).unwrap()].into(),
        ..Selection::EMPTY
    };
    for n in 0..=FIELD_SETS_MAX {
        put_fields(&mut shelves, "home", 1, 0, &want(n));
    }
    assert_eq!(shelves.len(), FIELD_SETS_MAX);
    let community = home("home");
    let mut has = |n| {
        let want = want(n);
        shelves
            .get(&Place::new(&community, contact(1), &want))
            .is_some()
    };
    assert!(!has(0) && has(1) && has(FIELD_SETS_MAX));
}

#[test]
fn what_was_asked_for_before_replaces_nothing_newer() {
    let mut shelves = Shelves::default();
    let (community, target) = (home("home"), contact(1));
    let place = Place::new(&community, target, &NOTHING);
    let mut at = |ms: i64, bytes| {
        let fetched = Arc::new(Fetched {
            record: record(target, bytes),
            at: Timestamp::from_unix_ms(ms),
        });
        shelves.put(&place, &fetched, 0);
        check(&shelves);
        shelves.get(&place).unwrap().at.unix_ms()
    };
    assert_eq!(at(5, 1), 5);
    assert_eq!(at(4, 2), 5);
    assert_eq!(at(6, 3), 6);
}
