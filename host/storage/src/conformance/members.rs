use super::partnerships::{user, with};
use super::samples::{at, change, community, count, execute, token};
use crate::Database;
use crate::testing::Place;
use futures::future::join_all;
use skillgate_app::ports::{
    CommunityStore, MemberChange, MemberDecision, MemberStore, PAGE_MAX, RightsInForce, Storage,
};
use skillgate_domain::ids::UserId;
use skillgate_domain::member::{
    EmailAddress, Listed, MEMBERS_MAX, MailKey, Member, MemberRole, MemberTerms, Unchanged,
};
use skillgate_domain::tez::DisplayName;

const RECORDS: &str = "SELECT COUNT(*) FROM audit";
const RED: &str = "red";

fn key(user: &UserId) -> MailKey {
    let mut bytes = [0; 32];
    bytes[..user.as_str().len()].copy_from_slice(user.as_str().as_bytes());
    MailKey::new(bytes)
}

pub(super) fn terms(role: MemberRole, email: Option<&str>) -> MemberTerms {
    MemberTerms {
        role,
        name: Some(DisplayName::parse("Ada; é").unwrap()),
        email: email.map(|it| EmailAddress::parse(it).unwrap()),
    }
}

async fn try_put(database: &Database, who: &str, role: MemberRole, ms: i64) -> MemberChange {
    let (who, terms) = (user(who), terms(role, Some("ada@example.org")));
    let red = community(RED);
    let put: &MemberDecision<'_> = &|roster| {
        let after = roster.put(&who, terms.clone(), (key(&who), at(ms)))?;
        Ok((after, change()))
    };
    database.change_member(&red, &who, put).await.unwrap()
}

pub(super) async fn put(database: &Database, who: &str, role: MemberRole, ms: i64) -> Member {
    match try_put(database, who, role, ms).await {
        MemberChange::Kept(member) => *member,
        other => panic!("{other:?}"),
    }
}

async fn remove(database: &Database, who: &str, ms: i64) -> MemberChange {
    let (red, who) = (community(RED), user(who));
    let remove: &MemberDecision<'_> = &|roster| Ok((roster.remove(at(ms))?, change()));
    database.change_member(&red, &who, remove).await.unwrap()
}

async fn size(database: &Database) -> u32 {
    let found = database.community(&community(RED)).await.unwrap();
    found.unwrap().members
}

pub(super) async fn a_member_reads_back(place: &Place) {
    let database = with(place, &[RED]).await;
    let red = community(RED);
    let ada = put(&database, "ada", MemberRole::Admin, 1).await;
    let found = database.member(&red, &ada.user).await.unwrap();
    assert_eq!((found.as_ref(), ada.version), (Some(&ada), 1));
    assert_eq!(size(&database).await, 1);
    put(&database, "mia", MemberRole::Member, 2).await;
    let mia = put(&database, "mia", MemberRole::Admin, 3).await;
    assert_eq!(
        (mia.version, mia.joined_at, mia.changed_at),
        (2, at(2), at(3))
    );
    assert_eq!(size(&database).await, 2);
    let MemberChange::Kept(gone) = remove(&database, "mia", 4).await else {
        panic!("mia stays");
    };
    let found = database.member(&red, &gone.user).await.unwrap();
    assert_eq!(found.as_ref(), Some(&*gone));
    assert_eq!(size(&database).await, 1);
    assert_eq!(
        remove(&database, "mia", 5).await,
        MemberChange::Refused(Unchanged::NotThere)
    );
    // One record for each change, and for the community.
    assert_eq!(count(&database, RECORDS).await, 5);
    let owner = database.mail_key(&key(&ada.user)).await.unwrap();
    assert_eq!(owner, Some((red, ada.user)));
    let nobody = database.mail_key(&MailKey::new([9; 32])).await.unwrap();
    assert_eq!(nobody, None);
    let (blue, who) = (community("blue"), user("ada"));
    let of_nobody = database.change_member(&blue, &who, &|_| unreachable!());
    assert_eq!(of_nobody.await.unwrap(), MemberChange::Unknown);
}

pub(super) async fn members_are_listed_by_their_ids(place: &Place) {
    let database = with(place, &[RED]).await;
    let red = community(RED);
    assert_eq!(database.members(&red, None).await.unwrap(), []);
    let page = i64::from(PAGE_MAX);
    for number in (0..page + 2).rev() {
        put(&database, &format!("u{number:03}"), MemberRole::Member, 1).await;
    }
    remove(&database, "u001", 2).await;
    let first = database.members(&red, None).await.unwrap();
    assert_eq!(first.len(), PAGE_MAX as usize);
    let ids: Vec<_> = first.iter().map(|it| it.user.as_str()).collect();
    assert_eq!(&ids[..3], ["u000", "u002", "u003"]);
    assert!(ids.is_sorted());
    let last = first.last().map(|it| &it.user);
    let rest = database.members(&red, last).await.unwrap();
    let ids: Vec<_> = rest.iter().map(|it| it.user.as_str()).collect();
    assert_eq!(ids, ["u201"]);
    let others = database.members(&community("blue"), None).await.unwrap();
    assert_eq!(others, []);
}

/// The last admin stays, also where two take each other's place away at the same moment.
pub(super) async fn one_admin_of_two_stays(place: &Place) {
    let (one, other) = (with(place, &[RED]).await, place.open().await);
    for turn in 0..6 {
        put(&one, "ada", MemberRole::Admin, turn).await;
        put(&one, "bob", MemberRole::Admin, turn).await;
        let both = [(&one, "ada"), (&other, "bob")].map(|(host, who)| remove(host, who, turn));
        let outcomes = join_all(both).await;
        let refused = MemberChange::Refused(Unchanged::LastAdmin);
        let stayed = outcomes.iter().filter(|it| **it == refused).count();
        assert_eq!((stayed, size(&one).await), (1, 1), "{outcomes:?}");
    }
}

pub(super) async fn a_community_lists_so_many(place: &Place) {
    let database = with(place, &[RED]).await;
    put(&database, "ada", MemberRole::Admin, 1).await;
    assert_eq!(MEMBERS_MAX, 10_000);
    let full = "UPDATE communities SET members = 9999";
    execute(&database, full).await.unwrap();
    put(&database, "mia", MemberRole::Member, 2).await;
    assert_eq!(
        try_put(&database, "bob", MemberRole::Member, 3).await,
        MemberChange::Refused(Unchanged::TooMany)
    );
    put(&database, "mia", MemberRole::Admin, 4).await;
    remove(&database, "mia", 5).await;
    put(&database, "bob", MemberRole::Member, 6).await;
}

/// What a list takes away is gone at once, on every host.
pub(super) async fn rights_follow_the_list(place: &Place) {
    let (host, other) = (with(place, &[RED]).await, place.open().await);
    let (red, token) = (community(RED), token(1));
    other.insert_token(&token, &change()).await.unwrap();
    let says = async |listed: Listed| {
        let found = host.token(token.id).await.unwrap().unwrap();
        assert_eq!(found.listed, listed);
        let tokens = host.tokens(&red).await.unwrap();
        assert_eq!(tokens[0].listed, listed);
        assert_eq!(host.listed(&red, &token.user).await.unwrap(), listed);
        let gone = host.token_revoked(token.id).await.unwrap();
        assert_eq!(gone, listed == Listed::Left);
    };
    says(Listed::Never).await;
    let who = token.user.as_str();
    put(&other, who, MemberRole::Admin, 1).await;
    says(Listed::As(MemberRole::Admin)).await;
    put(&other, "bob", MemberRole::Admin, 1).await;
    put(&other, who, MemberRole::Member, 2).await;
    says(Listed::As(MemberRole::Member)).await;
    remove(&other, who, 3).await;
    says(Listed::Left).await;
    put(&other, who, MemberRole::Member, 4).await;
    says(Listed::As(MemberRole::Member)).await;
    // By hand, too.
    execute(&other, "DELETE FROM community_members")
        .await
        .unwrap();
    says(Listed::Never).await;
}

/// The databases hold what the model does.
pub(super) async fn a_row_that_cannot_be_is_refused(place: &Place) {
    let database = with(place, &[RED]).await;
    let ada = put(&database, "ada", MemberRole::Admin, 1).await;
    for wrong in [
        "UPDATE community_members SET role = 'agent'",
        "UPDATE community_members SET role = NULL",
        "UPDATE community_members SET name = ''",
        "UPDATE community_members SET email = 'a@'",
        "UPDATE community_members SET wants_mail = NULL",
        "UPDATE community_members SET version = 0",
        "UPDATE community_members SET left_at = changed_at",
        "UPDATE community_members SET user_id = 'nobody'",
        "UPDATE community_members SET community_id = 'blue'",
    ] {
        assert!(execute(&database, wrong).await.is_err(), "{wrong}");
    }
    let found = database.member(&community(RED), &ada.user).await;
    assert_eq!(found.unwrap(), Some(ada));
    for right in [
        "UPDATE community_members SET role = 'member'",
        "UPDATE community_members SET name = NULL, email = NULL, left_at = changed_at",
    ] {
        execute(&database, right).await.unwrap();
    }
    let spoilt = "UPDATE community_members SET left_at = NULL, email = 'no address'";
    execute(&database, spoilt).await.unwrap();
    let found = database.member(&community(RED), &user("ada")).await;
    let refused = found.unwrap_err().to_string();
    assert!(refused.contains("community_members.email"), "{refused}");
}
