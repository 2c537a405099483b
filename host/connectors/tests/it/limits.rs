//! Coalescing, timeouts, lines: on a paused clock, against a canned CRM.

use super::support::*;
use futures::future::join_all;
use skillgate_app::ports::{Crm, CrmError, Meter, UnavailableCause};
use skillgate_app::run::Budget;
use skillgate_connectors::transport::TransportError;
use skillgate_connectors::twenty::{
    READ_TIMEOUT, Twenty, WAITING_PER_COMMUNITY_MAX, WRITE_TIMEOUT,
};
use skillgate_domain::crm::{EntryRef, ObjectKind, Query, Selection};
use skillgate_domain::ids::{CommunityId, RecordId, SkillName};
use skillgate_domain::policy::Basis;
use std::sync::{Arc, Mutex};
use std::time::Duration;

static NOTHING: Selection = Selection::EMPTY;

async fn read(twenty: &Twenty, community: &CommunityId, number: u64) -> Result<RecordId, CrmError> {
    let target = EntryRef {
        object: ObjectKind::Contact,
        id: id(number),
    };
    let found = twenty.get(community, target, &NOTHING).await;
    found.map(|found| found.id())
}

/// Searches for so many people; there are none.
async fn search(twenty: &Twenty, community: &CommunityId, limit: u32) -> Result<u32, CrmError> {
    let query = Query {
        object: ObjectKind::Contact,
        text: None,
        filters: Vec::new(),
        linked_to: None,
        among: None,
        sort: None,
        limit,
        cursor: None,
    };
    let found = twenty.search(community, &query, &NOTHING).await;
    found.map(|page| page.total)
}

#[tokio::test(start_paused = true)]
async fn a_record_is_what_it_is_after_the_question() {
    let (twenty, wire) = canned();
    wire.delay(Duration::from_secs(1));
    let acme = community();
    let both = tokio::join!(read(&twenty, &acme, 1), read(&twenty, &acme, 1));
    assert_eq!(both, (Ok(id(1)), Ok(id(1))));
    assert_eq!(wire.seen().len(), 2, "neither joined the other");
}

#[tokio::test(start_paused = true)]
async fn the_same_search_at_the_same_time_is_one_request() {
    let (twenty, wire) = canned();
    wire.delay(Duration::from_secs(1));
    let (acme, other) = (community(), CommunityId::parse("other").unwrap());
    let reads = [(&acme, 1), (&acme, 1), (&acme, 2), (&other, 1), (&acme, 1)];
    let reads = reads.map(|(community, limit)| search(&twenty, community, limit));
    assert!(join_all(reads).await.iter().all(Result::is_ok));
    assert_eq!(
        wire.seen().len(),
        3,
        "a request is shared within a community only"
    );

    let leader = tokio::time::timeout(Duration::from_millis(500), search(&twenty, &acme, 1));
    let (left, follower) = tokio::join!(leader, search(&twenty, &acme, 1));
    assert!(left.is_err());
    assert_eq!(follower, Ok(0));
    assert_eq!(wire.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_search_after_a_write_does_not_join_one_from_before() {
    let (twenty, wire) = canned();
    let acme = community();
    read(&twenty, &acme, 9).await.unwrap();
    wire.seen();
    wire.delay(Duration::from_secs(1));
    let during = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        search(&twenty, &acme, 1).await
    };
    let write_then_read = async {
        let contact = ObjectKind::Contact;
        twenty.soft_delete(&acme, contact, id(2)).await?;
        // The other search is still under way, and may have passed the record before the write did.
        search(&twenty, &acme, 1).await
    };
    let (before, after) = tokio::join!(during, write_then_read);
    assert_eq!((before, after), (Ok(0), Ok(0)));
    let searches = |seen: &&Seen| seen.path == "/graphql";
    assert_eq!(wire.seen().iter().filter(searches).count(), 2);
}

#[tokio::test(start_paused = true)]
async fn each_kind_of_call_has_its_own_time() {
    let (twenty, wire) = canned();
    let acme = community();
    read(&twenty, &acme, 1).await.unwrap();
    let millisecond = Duration::from_millis(1);
    wire.delay(READ_TIMEOUT.saturating_sub(millisecond));
    assert!(read(&twenty, &acme, 1).await.is_ok());
    wire.delay(READ_TIMEOUT + millisecond);
    let late = Err(CrmError::Unavailable(UnavailableCause::Timeout));
    assert_eq!(read(&twenty, &acme, 1).await, late);
    let delete = || twenty.soft_delete(&acme, ObjectKind::Contact, id(1));
    wire.delay(WRITE_TIMEOUT.saturating_sub(millisecond));
    assert!(delete().await.is_ok());
    wire.delay(WRITE_TIMEOUT + millisecond);
    assert_eq!(delete().await, Err(CrmError::OutcomeUnknown));
}

#[tokio::test(start_paused = true)]
async fn one_loud_community_leaves_room_for_another() {
    let (twenty, wire) = canned();
    let (loud, quiet) = (community(), CommunityId::parse("quiet").unwrap());
    join_all((0..95).map(|number| read(&twenty, &loud, number))).await;
    wire.seen();
    let crowd = join_all((0..40).map(|number| read(&twenty, &loud, 100 + number)));
    let (crowd, polite) = tokio::join!(crowd, read(&twenty, &quiet, 1));
    assert_eq!(polite, Ok(id(1)));
    let full = Err(CrmError::Unavailable(UnavailableCause::QueueFull));
    let refused = crowd.iter().filter(|answer| **answer == full).count();
    assert_eq!(refused, 40 - WAITING_PER_COMMUNITY_MAX);
    let order: Vec<_> = wire.seen().into_iter().map(|seen| seen.path).collect();
    let place = order
        .iter()
        .position(|path| path.ends_with(&id(1).to_string()));
    assert_eq!(place, Some(1), "second in turn, whatever waits before");
    // Who would have waited longer than ten seconds was told when to come back.
    let told = |answer: &&Result<_, _>| matches!(answer, Err(CrmError::RateLimited { .. }));
    assert_eq!(
        crowd.iter().filter(told).count(),
        WAITING_PER_COMMUNITY_MAX - 14
    );
}

#[tokio::test(start_paused = true)]
async fn a_check_costs_nothing_and_says_what_is_wrong() {
    let (twenty, wire) = canned();
    let posts = |seen: &Seen| seen.path == "/graphql";
    for _ in 0..200 {
        assert_eq!(twenty.check().await, Ok(()));
    }
    assert!(
        wire.seen()[0].body["query"]
            .as_str()
            .unwrap()
            .contains("search(")
    );
    let say = |code: &str| {
        let body = format!(
            r#"{{"errors":[{{"message":"secret","extensions":{{"code":"{code}","subCode":"{code}"}}}}]}}"#
        );
        wire.plan(posts, Fate::Instead(http::StatusCode::OK, &[], body));
        twenty.check()
    };
    assert_eq!(say("UNAUTHENTICATED").await, Err(CrmError::Forbidden));
    assert_eq!(
        say("PERMISSION_DENIED").await,
        Ok(()),
        "accepted, and narrow"
    );
    for _ in 0..2 {
        let lost = skillgate_connectors::transport::TransportError::Connect;
        wire.plan(posts, Fate::Before(lost));
    }
    let gone = Err(CrmError::Unavailable(UnavailableCause::Connect));
    assert_eq!(twenty.check().await, gone);
}

/// Writes down what it is told about the CRM.
#[derive(Default)]
struct Told(Mutex<Vec<String>>);

impl Meter for Told {
    fn crm_request(&self, call: &'static str, outcome: &'static str, took: Duration) {
        let line = format!("{call} {outcome} {}ms", took.as_millis());
        self.0.lock().unwrap().push(line);
    }

    fn crm_read_joined(&self) {
        self.0.lock().unwrap().push("joined".to_owned());
    }

    fn invocation(&self, _: &'static str, _: Option<&SkillName>, _: &'static str, _: Duration) {}
    fn access_refused(&self, _: Basis) {}
    fn right_looked_up(&self, _: &'static str) {}
    fn host_call_denied(&self, _: &'static str) {}
    fn budget_used_up(&self, _: Budget) {}
    fn record_read(&self, _: &'static str) {}
    fn records_forgotten(&self, _: &'static str, _: usize) {}
    fn crm_notice(&self, _: &'static str) {}
    fn compiled_component(&self, _: &'static str) {}
    fn partnership_moved(&self, _: &'static str) {}
    fn partner_told(&self, _: &'static str) {}
    fn mail_ended(&self, _: &'static str) {}
    fn audit_records(&self, _: usize, _: &'static str) {}
}

#[tokio::test(start_paused = true)]
async fn requests_are_counted_by_what_became_of_them() {
    let (wire, told) = (quiet_wire(), Arc::new(Told::default()));
    let twenty = Twenty::metered(&config(), wire.clone(), HandClock::new(), told.clone()).unwrap();
    let acme = community();
    read(&twenty, &acme, 9).await.unwrap();
    told.0.lock().unwrap().clear();

    wire.delay(Duration::from_millis(20));
    let both = tokio::join!(search(&twenty, &acme, 1), search(&twenty, &acme, 1));
    assert!(both.0.is_ok() && both.1.is_ok());
    wire.plan(|_| true, Fate::Before(TransportError::Connect));
    read(&twenty, &acme, 1).await.unwrap();
    assert_eq!(twenty.waiting(), 0);
    assert_eq!(
        *told.0.lock().unwrap(),
        [
            "query answered 20ms",
            "joined",
            "get no-connection 20ms",
            "get answered 20ms"
        ]
    );
}
