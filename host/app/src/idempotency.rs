//! Requests that a caller names with a key happen once: a repeat gets the first one's answer.
//!
//! Nothing is ever done a second time under a key. Where a request began and nobody knows how it
//! ended (the host was killed, or its answer could not be kept), a repeat is told so.

mod key;

pub use key::{IdempotencyKey, KEY_CHARS_MAX, MalformedKey};

use crate::digest::of_parts;
use crate::gate::RETRY_AFTER;
use crate::ports::{
    Clock, IdempotencyStore, KeptAnswer, KeyedBegin, KeyedRequest, KeyedState, StorageError,
};
use skillgate_domain::digest::Digest;
use skillgate_domain::ids::AgentId;
use skillgate_domain::principal::Principal;
use skillgate_domain::time::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// How long a key means its first request.
pub const KEY_LIFE: Duration = Duration::from_hours(24);
/// How long a request that has begun may still be worked on: longer than the longest call.
pub const LEASE: Duration = Duration::from_mins(2);
/// Most keys of one caller that have not expired.
pub const KEYS_PER_PRINCIPAL_MAX: u32 = 2_000;
/// Longest body of an answer that is kept, in bytes.
pub const KEPT_BODY_BYTES_MAX: usize = 256 * 1024;
/// When a caller with too many keys may come back.
pub const KEYS_RETRY_AFTER: Duration = Duration::from_mins(1);
/// Time between two removals of what has expired.
pub const SWEEP_EVERY: Duration = Duration::from_mins(1);

/// Most rows removed in one transaction.
const SWEEP_ROWS_MAX: u32 = 100;
/// Most transactions of one removal.
const SWEEP_BATCHES_MAX: u32 = 50;

/// Why a request with a key is not done, or not done again.
#[derive(Debug, thiserror::Error)]
pub enum IdempotencyError {
    /// The key meant another request.
    #[error("the key was used for a request with another body; use a new key")]
    Reused,
    /// The first request is being worked on.
    #[error("the first request with this key is still running")]
    InProgress,
    /// The first request began and its end is not known.
    #[error(
        "the first request with this key did not end and may have taken effect; look, then use a new key"
    )]
    OutcomeUnknown,
    /// The first request ended, and its answer cannot be given again.
    #[error("the first request with this key was answered, and its answer is not kept")]
    NotReplayable,
    /// The caller has too many keys.
    #[error("at most {KEYS_PER_PRINCIPAL_MAX} keys of one caller are kept at a time")]
    TooManyKeys,
    /// Storage failed; nothing happened.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl IdempotencyError {
    /// Returns when to come back, where that helps.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::InProgress => Some(RETRY_AFTER),
            Self::TooManyKeys => Some(KEYS_RETRY_AFTER),
            Self::Reused | Self::OutcomeUnknown | Self::NotReplayable | Self::Storage(_) => None,
        }
    }
}

/// A request and the key its caller gave it.
#[derive(Debug, Clone, Copy)]
pub struct Keyed<'a> {
    /// Who asks.
    pub caller: &'a Principal,
    /// The key.
    pub key: &'a IdempotencyKey,
    /// The HTTP method.
    pub method: &'a str,
    /// The path with its ids filled in.
    pub path: &'a str,
    /// What follows the path.
    pub query: &'a str,
    /// The body, byte for byte.
    pub body: &'a [u8],
}

/// What to do with a request that has a key.
#[derive(Debug, PartialEq, Eq)]
pub enum Begun {
    /// Do it, and then settle this claim.
    First(Claim),
    /// Answer this: it was done before.
    Again(KeptAnswer),
}

/// The one right to do what a key names.
#[derive(Debug, PartialEq, Eq)]
pub struct Claim(Digest);

/// What came of a request.
#[derive(Debug)]
pub enum Outcome {
    /// Nothing happened, and the same may be asked again.
    Undone,
    /// It is over, and its answer must not be kept.
    Unkept,
    /// It is over with this answer.
    Kept(KeptAnswer),
}

/// Remembers requests with a key.
pub struct Idempotency {
    store: Arc<dyn IdempotencyStore>,
    clock: Arc<dyn Clock>,
}

impl Idempotency {
    /// Wires the use case to its ports.
    pub fn new(store: Arc<dyn IdempotencyStore>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Tells whether a request is the first of its key, and what the first was answered if not.
    pub async fn begin(&self, keyed: Keyed<'_>) -> Result<Begun, IdempotencyError> {
        let now = self.clock.now();
        let request = keyed.at(now);
        let begun = self
            .store
            .begin_keyed(&request, now, KEYS_PER_PRINCIPAL_MAX)
            .await?;
        match begun {
            KeyedBegin::First => Ok(Begun::First(Claim(request.id))),
            KeyedBegin::Known(first, state) => again(&request, &first, state, now),
            KeyedBegin::TooMany => Err(IdempotencyError::TooManyKeys),
        }
    }

    /// Remembers what came of the request. An answer longer than [`KEPT_BODY_BYTES_MAX`] is not kept.
    pub async fn settle(&self, claim: Claim, outcome: Outcome) -> Result<(), StorageError> {
        match outcome {
            Outcome::Undone => self.store.forget_keyed(&claim.0).await,
            Outcome::Kept(answer) if answer.body.len() <= KEPT_BODY_BYTES_MAX => {
                self.store.end_keyed(&claim.0, Some(&answer)).await
            }
            Outcome::Kept(_) | Outcome::Unkept => self.store.end_keyed(&claim.0, None).await,
        }
    }

    /// Removes what has expired, in small transactions and a bounded number of them.
    pub async fn sweep(&self) -> Result<u64, StorageError> {
        let mut removed = 0;
        for _ in 0..SWEEP_BATCHES_MAX {
            let now = self.clock.now();
            let batch = self.store.remove_expired_keyed(now, SWEEP_ROWS_MAX).await?;
            removed += batch;
            if batch < u64::from(SWEEP_ROWS_MAX) {
                break;
            }
        }
        Ok(removed)
    }

    /// Removes what has expired, at once and then again and again. Never returns.
    pub async fn keep_sweeping(&self) {
        const WHOLE: u64 = SWEEP_ROWS_MAX as u64 * SWEEP_BATCHES_MAX as u64;
        loop {
            match self.sweep().await {
                // More is left, and must not come faster than it goes.
                Ok(WHOLE) => tokio::task::yield_now().await,
                Ok(_) => tokio::time::sleep(SWEEP_EVERY).await,
                Err(error) => {
                    tracing::warn!("expired idempotency keys were not removed: {error}");
                    tokio::time::sleep(SWEEP_EVERY).await;
                }
            }
        }
    }
}

fn again(
    request: &KeyedRequest,
    first: &KeyedRequest,
    state: KeyedState,
    now: Timestamp,
) -> Result<Begun, IdempotencyError> {
    if first.fingerprint != request.fingerprint {
        return Err(IdempotencyError::Reused);
    }
    match state {
        KeyedState::Ended(answer) => Ok(Begun::Again(answer)),
        KeyedState::EndedUnkept => Err(IdempotencyError::NotReplayable),
        KeyedState::Begun if now < first.leased_until => Err(IdempotencyError::InProgress),
        KeyedState::Begun => Err(IdempotencyError::OutcomeUnknown),
    }
}

impl Keyed<'_> {
    fn at(&self, now: Timestamp) -> KeyedRequest {
        let caller = self.caller;
        let token = caller.token.map(|id| id.to_string()).unwrap_or_default();
        let principal = of_parts(
            [
                caller.community.as_str(),
                caller.user.as_str(),
                caller.agent.as_ref().map_or("", AgentId::as_str),
                caller.role.name(),
                &token,
            ]
            .map(str::as_bytes),
        );
        let id = of_parts([
            principal.as_bytes(),
            self.method.as_bytes(),
            self.path.as_bytes(),
            self.key.as_str().as_bytes(),
        ]);
        KeyedRequest {
            id,
            principal,
            fingerprint: of_parts([self.query.as_bytes(), self.body]),
            leased_until: now.plus(LEASE),
            expires_at: now.plus(KEY_LIFE),
        }
    }
}

#[cfg(test)]
mod tests;
