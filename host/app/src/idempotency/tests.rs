use super::*;
use crate::gate::GateLimits;
use async_trait::async_trait;
use skillgate_domain::ids::{CommunityId, RequestId, TokenId, UserId};
use skillgate_domain::limits::CallLimits;
use skillgate_domain::principal::{Door, Origin, Role, TokenScope};
use std::collections::BTreeSet;
use std::sync::Mutex;
use uuid::Uuid;

fn caller() -> Principal {
    Principal {
        community: CommunityId::parse("red").unwrap(),
        user: UserId::parse("ada").unwrap(),
        agent: None,
        role: Role::Member,
        scope: TokenScope::FULL,
        token: None,
        foreign: None,
        origin: Origin {
            door: Door::Http,
            address: None,
            request: RequestId::parse("r").unwrap(),
        },
    }
}

fn keyed<'a>(caller: &'a Principal, key: &'a IdempotencyKey) -> Keyed<'a> {
    Keyed {
        caller,
        key,
        method: "POST",
        path: "/api/skills/crm/tools/add_note",
        query: "",
        body: b"{}",
    }
}

#[test]
fn every_part_of_the_scope_tells_requests_apart() {
    let key = IdempotencyKey::parse(b"k").unwrap();
    let other_key = IdempotencyKey::parse(b"l").unwrap();
    let base = caller();
    let callers = [
        Principal {
            community: CommunityId::parse("blue").unwrap(),
            ..base.clone()
        },
        Principal {
            user: UserId::parse("bob").unwrap(),
            ..base.clone()
        },
        Principal {
            agent: Some(AgentId::parse("bot").unwrap()),
            ..base.clone()
        },
        Principal {
            role: Role::Agent,
            ..base.clone()
        },
        Principal {
            token: Some(TokenId::new(Uuid::nil())),
            foreign: None,
            ..base.clone()
        },
    ];
    let mut requests = vec![
        keyed(&base, &key),
        keyed(&base, &other_key),
        Keyed {
            method: "PUT",
            ..keyed(&base, &key)
        },
        Keyed {
            path: "/api/skills/crm/tools/add_task",
            ..keyed(&base, &key)
        },
    ];
    requests.extend(callers.iter().map(|caller| keyed(caller, &key)));
    let now = Timestamp::from_unix_ms(0);
    let ids: BTreeSet<_> = requests.iter().map(|request| request.at(now).id).collect();
    assert_eq!(ids.len(), requests.len());
}

#[test]
fn what_is_asked_is_told_apart_and_nothing_shifts_between_parts() {
    let (caller, key) = (caller(), IdempotencyKey::parse(b"k").unwrap());
    let now = Timestamp::from_unix_ms(0);
    let fingerprints: BTreeSet<_> = [("", "ab"), ("a", "b"), ("ab", ""), ("", "")]
        .into_iter()
        .map(|(query, body)| {
            let body = body.as_bytes();
            Keyed {
                query,
                body,
                ..keyed(&caller, &key)
            }
            .at(now)
            .fingerprint
        })
        .collect();
    assert_eq!(fingerprints.len(), 4);
}

#[test]
fn a_lease_outlasts_the_longest_call() {
    assert!(LEASE > CallLimits::CEILING.wall + GateLimits::DEFAULT.wait_max);
}

#[test]
fn a_request_that_did_not_end_is_never_done_again() {
    let (caller, key) = (caller(), IdempotencyKey::parse(b"k").unwrap());
    let begun = Timestamp::from_unix_ms(1_000);
    let first = keyed(&caller, &key).at(begun);
    let state = |now| again(&first, &first, KeyedState::Begun, now);
    let before = Timestamp::from_unix_ms(first.leased_until.unix_ms() - 1);
    assert!(matches!(state(before), Err(IdempotencyError::InProgress)));
    assert!(matches!(
        state(first.leased_until),
        Err(IdempotencyError::OutcomeUnknown)
    ));
    let other = Keyed {
        body: b"[]",
        ..keyed(&caller, &key)
    }
    .at(begun);
    let reused = again(&other, &first, KeyedState::Begun, before);
    assert!(matches!(reused, Err(IdempotencyError::Reused)));
}

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(0)
    }
}

/// Holds so many expired rows, and what was ended with which answer.
#[derive(Default)]
struct Rows {
    expired: Mutex<u64>,
    ended: Mutex<Vec<Option<KeptAnswer>>>,
}

#[async_trait]
impl IdempotencyStore for Rows {
    async fn begin_keyed(
        &self,
        _: &KeyedRequest,
        _: Timestamp,
        _: u32,
    ) -> Result<KeyedBegin, StorageError> {
        Ok(KeyedBegin::First)
    }

    async fn end_keyed(&self, _: &Digest, answer: Option<&KeptAnswer>) -> Result<(), StorageError> {
        self.ended.lock().unwrap().push(answer.cloned());
        Ok(())
    }

    async fn forget_keyed(&self, _: &Digest) -> Result<(), StorageError> {
        Ok(())
    }

    async fn remove_expired_keyed(&self, _: Timestamp, rows: u32) -> Result<u64, StorageError> {
        let mut expired = self.expired.lock().unwrap();
        let removed = (*expired).min(rows.into());
        *expired -= removed;
        Ok(removed)
    }
}

#[tokio::test]
async fn a_removal_is_bounded() {
    const ONCE: u64 = SWEEP_ROWS_MAX as u64 * SWEEP_BATCHES_MAX as u64;
    let rows = Arc::new(Rows::default());
    let idempotency = Idempotency::new(rows.clone(), Arc::new(Noon));
    *rows.expired.lock().unwrap() = ONCE + 1;
    assert_eq!(idempotency.sweep().await.unwrap(), ONCE);
    assert_eq!(idempotency.sweep().await.unwrap(), 1);
    assert_eq!(idempotency.sweep().await.unwrap(), 0);
}

#[tokio::test]
async fn an_answer_is_kept_up_to_its_limit() {
    let rows = Arc::new(Rows::default());
    let idempotency = Idempotency::new(rows.clone(), Arc::new(Noon));
    for (bytes, kept) in [
        (KEPT_BODY_BYTES_MAX, true),
        (KEPT_BODY_BYTES_MAX + 1, false),
    ] {
        let answer = KeptAnswer {
            status: 200,
            headers: Vec::new(),
            body: vec![0; bytes],
        };
        let claim = Claim(Digest::from_bytes([0; 32]));
        idempotency
            .settle(claim, Outcome::Kept(answer))
            .await
            .unwrap();
        assert_eq!(rows.ended.lock().unwrap().pop().unwrap().is_some(), kept);
    }
}
