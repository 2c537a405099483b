//! Requests that callers named with a key.

use crate::convert::{checked, corrupt, moment, text, timestamp};
use crate::database::{Database, on_pool};
use crate::dialect::begin;
use crate::error::storage;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use skillgate_app::ports::{
    IdempotencyStore, KeptAnswer, KeyedBegin, KeyedRequest, KeyedState, StorageError,
};
use skillgate_domain::digest::Digest;
use skillgate_domain::time::Timestamp;
use sqlx::types::Json;

const REMOVE_OWN_EXPIRED: &str = "DELETE FROM idempotency WHERE id = $1 AND expires_at <= $2";
const INSERT: &str = "
    INSERT INTO idempotency (id, principal, fingerprint, leased_until, expires_at, ended)
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING";
const COUNT: &str = "SELECT COUNT(*) FROM idempotency WHERE principal = $1 AND expires_at > $2";
const BY_ID: &str = "SELECT * FROM idempotency WHERE id = $1";
const END: &str = "
    UPDATE idempotency SET ended = $2, status = $3, headers = $4, body = $5
    WHERE id = $1 AND ended <> $2";
const FORGET: &str = "DELETE FROM idempotency WHERE id = $1 AND ended = $2";
const REMOVE_EXPIRED: &str = "
    DELETE FROM idempotency WHERE id IN (
        SELECT id FROM idempotency WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)";

#[derive(sqlx::FromRow)]
struct KeyedRow {
    id: Vec<u8>,
    principal: Vec<u8>,
    fingerprint: Vec<u8>,
    leased_until: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    ended: bool,
    status: Option<i32>,
    headers: Option<Json<Vec<(String, String)>>>,
    body: Option<Vec<u8>>,
}

impl KeyedRow {
    fn known(self) -> Result<KeyedBegin, StorageError> {
        let request = KeyedRequest {
            id: digest("idempotency.id", &self.id)?,
            principal: digest("idempotency.principal", &self.principal)?,
            fingerprint: digest("idempotency.fingerprint", &self.fingerprint)?,
            leased_until: timestamp(self.leased_until),
            expires_at: timestamp(self.expires_at),
        };
        let state = match (self.ended, self.status, self.headers, self.body) {
            (false, None, None, None) => KeyedState::Begun,
            (true, None, None, None) => KeyedState::EndedUnkept,
            (true, Some(status), Some(Json(headers)), Some(body)) => {
                let status = checked("idempotency.status", u16::try_from(status))?;
                KeyedState::Ended(KeptAnswer {
                    status,
                    headers,
                    body,
                })
            }
            _ => return Err(corrupt("idempotency.status", "part of an answer")),
        };
        Ok(KeyedBegin::Known(request, state))
    }
}

fn digest(column: &str, bytes: &[u8]) -> Result<Digest, StorageError> {
    checked(column, bytes.try_into().map(Digest::from_bytes))
}

#[async_trait]
impl IdempotencyStore for Database {
    async fn begin_keyed(
        &self,
        request: &KeyedRequest,
        now: Timestamp,
        keys_max: u32,
    ) -> Result<KeyedBegin, StorageError> {
        let id = request.id.as_bytes().as_slice();
        let principal = request.principal.as_bytes().as_slice();
        let now = moment("now", now)?;
        let leased_until = moment("idempotency.leased_until", request.leased_until)?;
        let expires_at = moment("idempotency.expires_at", request.expires_at)?;
        on_pool!(self, pool => {
            let mut transaction = begin(pool).await?;
            sqlx::query(REMOVE_OWN_EXPIRED)
                .bind(id)
                .bind(now)
                .execute(&mut *transaction).await.map_err(storage)?;
            let inserted = sqlx::query(INSERT)
                .bind(id)
                .bind(principal)
                .bind(request.fingerprint.as_bytes().as_slice())
                .bind(leased_until)
                .bind(expires_at)
                .bind(false)
                .execute(&mut *transaction).await.map_err(storage)?;
            if inserted.rows_affected() == 0 {
                let row: KeyedRow = sqlx::query_as(BY_ID)
                    .bind(id)
                    .fetch_one(&mut *transaction).await.map_err(storage)?;
                return row.known();
            }
            let keys: i64 = sqlx::query_scalar(COUNT)
                .bind(principal)
                .bind(now)
                .fetch_one(&mut *transaction).await.map_err(storage)?;
            if keys > i64::from(keys_max) {
                return Ok(KeyedBegin::TooMany);
            }
            transaction.commit().await.map_err(storage)?;
            Ok(KeyedBegin::First)
        })
    }

    async fn end_keyed(
        &self,
        id: &Digest,
        answer: Option<&KeptAnswer>,
    ) -> Result<(), StorageError> {
        let status = answer.map(|answer| i32::from(answer.status));
        let headers = answer.map(|answer| Json(&answer.headers));
        let body = answer.map(|answer| answer.body.as_slice());
        for (name, value) in answer.iter().flat_map(|answer| &answer.headers) {
            text("idempotency.headers", name)?;
            text("idempotency.headers", value)?;
        }
        on_pool!(self, pool => sqlx::query(END)
            .bind(id.as_bytes().as_slice())
            .bind(true)
            .bind(status)
            .bind(headers)
            .bind(body)
            .execute(pool).await
            .map(drop))
        .map_err(storage)
    }

    async fn forget_keyed(&self, id: &Digest) -> Result<(), StorageError> {
        on_pool!(self, pool => sqlx::query(FORGET)
            .bind(id.as_bytes().as_slice())
            .bind(false)
            .execute(pool).await
            .map(drop))
        .map_err(storage)
    }

    async fn remove_expired_keyed(
        &self,
        now: Timestamp,
        rows_max: u32,
    ) -> Result<u64, StorageError> {
        let now = moment("now", now)?;
        on_pool!(self, pool => sqlx::query(REMOVE_EXPIRED)
            .bind(now)
            .bind(i64::from(rows_max))
            .execute(pool).await
            .map(|done| done.rows_affected()))
        .map_err(storage)
    }
}
