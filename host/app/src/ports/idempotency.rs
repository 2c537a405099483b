use super::StorageError;
use async_trait::async_trait;
use skillgate_domain::digest::Digest;
use skillgate_domain::time::Timestamp;

/// A request that a caller named with a key, at rest. Only digests say whose it is and what it asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyedRequest {
    /// Digest of caller, method, path and key.
    pub id: Digest,
    /// Digest of the caller alone, by which its keys are counted.
    pub principal: Digest,
    /// Digest of what was asked.
    pub fingerprint: Digest,
    /// Until when it may still be worked on.
    pub leased_until: Timestamp,
    /// When its key means nothing any more.
    pub expires_at: Timestamp,
}

/// An answer as it is given again, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The headers that belong to the body, by lower-case name.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// What is known of a request with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyedState {
    /// It has begun and not ended.
    Begun,
    /// It ended, and its answer is not kept.
    EndedUnkept,
    /// It ended with this answer.
    Ended(KeptAnswer),
}

/// What came of keeping a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyedBegin {
    /// It is the first of its key.
    First,
    /// There was one before, which is left as it is.
    Known(KeyedRequest, KeyedState),
    /// Its caller has too many keys. Nothing is kept.
    TooMany,
}

/// Keeps requests that callers named with a key. Each method is one transaction.
#[async_trait]
pub trait IdempotencyStore: Send + Sync {
    /// Keeps `request` as begun, unless one with its id is there that has not expired at `now`. An
    /// expired one is replaced. Keeps at most about `keys_max` of one principal: requests that arrive
    /// in the same moment may be counted too low.
    async fn begin_keyed(
        &self,
        request: &KeyedRequest,
        now: Timestamp,
        keys_max: u32,
    ) -> Result<KeyedBegin, StorageError>;

    /// Ends the request that has begun under `id`, with its answer where that is kept.
    async fn end_keyed(&self, id: &Digest, answer: Option<&KeptAnswer>)
    -> Result<(), StorageError>;

    /// Forgets the request that has begun under `id`: nothing came of it.
    async fn forget_keyed(&self, id: &Digest) -> Result<(), StorageError>;

    /// Removes at most `rows_max` requests that have expired at `now`. Returns how many.
    async fn remove_expired_keyed(
        &self,
        now: Timestamp,
        rows_max: u32,
    ) -> Result<u64, StorageError>;
}
