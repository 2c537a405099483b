//! Plans and the receipts of their effects.

use crate::convert::{corrupt, digest, moment, text, timestamp};
use crate::database::{Database, on_pool};
use crate::dialect::{begin, commit_with};
use crate::error::storage;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use skillgate_app::ports::{
    AuditRecord, Claim, KeptPlan, OpenPlansMax, PlanInserted, PlanProgress, PlanStore, StorageError,
};
use skillgate_domain::digest::Digest;
use skillgate_domain::ids::{CommunityId, InvocationId, PlanId, UserId};
use skillgate_domain::plan::{PLAN_LIFETIME, Receipt};
use skillgate_domain::time::Timestamp;
use uuid::Uuid;

/// Where the same call waits for another plan, this one is not kept.
const INSERT: &str = "
    INSERT INTO plans (id, community, digest, expires_at, body, ended, owner, awaited_by)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (awaited_by) WHERE awaited_by IS NOT NULL AND told = FALSE DO NOTHING";
/// Nobody asks any more what became of a plan that nobody applied in time, or what became of it long ago.
const FORGET: &str = "
    UPDATE plans SET told = TRUE
    WHERE awaited_by = $1 AND told = FALSE
        AND (expires_at <= $2 AND (claimed_by IS NULL OR declined = TRUE) OR expires_at <= $3)";
const COUNT_OPEN: &str = "
    SELECT COUNT(*), COUNT(CASE WHEN owner = $2 THEN 1 END) FROM plans
    WHERE community = $1 AND expires_at > $3 AND claimed_by IS NULL";
const OPEN: &str = "
    SELECT id, owner, awaited_by, digest, expires_at, body, claimed_by, claimed_until, ended, declined, told
    FROM plans
    WHERE community = $1 AND owner = $2 AND expires_at > $3 AND claimed_by IS NULL
    ORDER BY expires_at DESC, id DESC LIMIT $4";
const BY_ID: &str = "
    SELECT id, owner, awaited_by, digest, expires_at, body, claimed_by, claimed_until, ended, declined, told
    FROM plans WHERE community = $1 AND id = $2";
const AWAITED: &str = "
    SELECT id FROM plans WHERE community = $1 AND awaited_by = $2 AND told = FALSE";
const DECLINE: &str = "
    UPDATE plans SET claimed_by = $2, claimed_until = $3, ended = TRUE, declined = TRUE
    WHERE id = $1 AND claimed_by IS NULL AND expires_at > $3";
const TELL: &str = "
    UPDATE plans SET told = TRUE WHERE id = $1 AND told = FALSE AND ended = TRUE";
const RECEIPTS: &str = "
    SELECT number, outcome, code, answer FROM plan_receipts WHERE plan = $1 ORDER BY number";
const CLAIM: &str = "
    UPDATE plans SET claimed_by = $2, claimed_until = $3
    WHERE id = $1 AND ended = $4 AND (claimed_until IS NULL OR claimed_until <= $5)";
const RENEW: &str = "
    UPDATE plans SET claimed_until = $3 WHERE id = $1 AND claimed_by = $2 AND ended = $4";
const INSERT_RECEIPT: &str = "
    INSERT INTO plan_receipts (plan, number, outcome, code, answer) VALUES ($1, $2, $3, $4, $5)";
const END: &str = "
    UPDATE plans SET ended = $3 WHERE id = $1 AND claimed_by = $2 AND ended = $4";
const REMOVE: &str = "
    DELETE FROM plans WHERE id IN (
        SELECT id FROM plans
        WHERE expires_at <= $1 AND (claimed_until IS NULL OR claimed_until <= $1)
        ORDER BY expires_at LIMIT $2)";

#[derive(sqlx::FromRow)]
struct PlanRow {
    id: Uuid,
    owner: String,
    awaited_by: Option<String>,
    digest: String,
    expires_at: DateTime<Utc>,
    body: String,
    claimed_by: Option<Uuid>,
    claimed_until: Option<DateTime<Utc>>,
    ended: bool,
    declined: bool,
    told: bool,
}

#[derive(sqlx::FromRow)]
struct ReceiptRow {
    number: i64,
    outcome: String,
    code: Option<String>,
    answer: Option<String>,
}

impl PlanRow {
    fn read(
        self,
        community: &CommunityId,
        receipts: Vec<ReceiptRow>,
    ) -> Result<(KeptPlan, PlanProgress), StorageError> {
        let awaited_by = self.awaited_by.as_deref();
        let owner = UserId::parse(&self.owner).map_err(|why| corrupt("plans.owner", why))?;
        let kept = KeptPlan {
            id: PlanId::new(self.id),
            community: community.clone(),
            owner,
            awaited_by: awaited_by
                .map(|text| digest("plans.awaited_by", text))
                .transpose()?,
            digest: digest("plans.digest", &self.digest)?,
            expires_at: timestamp(self.expires_at),
            body: self.body,
        };
        let claim = self.claimed_by.zip(self.claimed_until);
        let progress = PlanProgress {
            claim: claim.map(|(by, until)| Claim {
                by: InvocationId::new(by),
                until: timestamp(until),
            }),
            ended: self.ended,
            declined: self.declined,
            told: self.told,
            receipts: receipts_of(receipts)?,
        };
        Ok((kept, progress))
    }
}

/// Reads receipts, which are there without gaps.
fn receipts_of(rows: Vec<ReceiptRow>) -> Result<Vec<Receipt>, StorageError> {
    let read = |(expected, row): (i64, ReceiptRow)| {
        if row.number != expected {
            return Err(corrupt("plan_receipts.number", "a gap"));
        }
        match (row.outcome.as_str(), row.code, row.answer) {
            ("done", None, None) => Ok(Receipt::Done),
            ("done", None, Some(answer)) => Ok(Receipt::Answered(answer)),
            ("failed", Some(code), None) => Ok(Receipt::Failed(code)),
            ("unknown", None, None) => Ok(Receipt::Unknown),
            _ => Err(corrupt("plan_receipts.outcome", "not of its form")),
        }
    };
    (0..).zip(rows).map(read).collect()
}

type Outcome<'a> = (&'static str, Option<&'a String>, Option<&'a String>);

/// Word, code and answer.
const fn outcome(receipt: &Receipt) -> Outcome<'_> {
    match receipt {
        Receipt::Done => ("done", None, None),
        Receipt::Answered(answer) => ("done", None, Some(answer)),
        Receipt::Failed(code) => ("failed", Some(code), None),
        Receipt::Unknown => ("unknown", None, None),
    }
}

#[async_trait]
impl PlanStore for Database {
    async fn insert_plan(
        &self,
        plan: &KeptPlan,
        now: Timestamp,
        open_max: OpenPlansMax,
        record: &AuditRecord,
    ) -> Result<PlanInserted, StorageError> {
        let awaited_by = plan.awaited_by.map(|digest| digest.to_string());
        let body = text("plans.body", &plan.body)?;
        let expires_at = moment("plans.expires_at", plan.expires_at)?;
        let asked_since = moment("now", now.minus(PLAN_LIFETIME))?;
        let now = moment("now", now)?;
        on_pool!(self, pool => {
            let mut transaction = begin(pool).await?;
            let (all, own): (i64, i64) = sqlx::query_as(COUNT_OPEN)
                .bind(plan.community.as_str())
                .bind(plan.owner.as_str())
                .bind(now)
                .fetch_one(&mut *transaction).await.map_err(storage)?;
            if all >= i64::from(open_max.community) || own >= i64::from(open_max.owner) {
                return Ok(PlanInserted::TooMany);
            }
            if let Some(awaited_by) = &awaited_by {
                sqlx::query(FORGET)
                    .bind(awaited_by)
                    .bind(now)
                    .bind(asked_since)
                    .execute(&mut *transaction).await.map_err(storage)?;
            }
            let inserted = sqlx::query(INSERT)
                .bind(plan.id.uuid())
                .bind(plan.community.as_str())
                .bind(plan.digest.to_string())
                .bind(expires_at)
                .bind(body)
                .bind(false)
                .bind(plan.owner.as_str())
                .bind(awaited_by)
                .execute(&mut *transaction).await.map_err(storage)?;
            if inserted.rows_affected() == 0 {
                return Ok(PlanInserted::AwaitsAnother);
            }
            commit_with(transaction, record).await.map(|()| PlanInserted::Kept)
        })
    }

    async fn open_plans(
        &self,
        community: &CommunityId,
        owner: &UserId,
        now: Timestamp,
        max: u32,
    ) -> Result<Vec<KeptPlan>, StorageError> {
        let now = moment("now", now)?;
        let rows: Vec<PlanRow> = on_pool!(self, pool => sqlx::query_as(OPEN)
            .bind(community.as_str())
            .bind(owner.as_str())
            .bind(now)
            .bind(i64::from(max))
            .fetch_all(pool).await)
        .map_err(storage)?;
        let read = |row: PlanRow| Ok(row.read(community, Vec::new())?.0);
        rows.into_iter().map(read).collect()
    }

    async fn awaited_plan(
        &self,
        community: &CommunityId,
        awaited_by: &Digest,
    ) -> Result<Option<(KeptPlan, PlanProgress)>, StorageError> {
        let found: Option<Uuid> = on_pool!(self, pool => sqlx::query_scalar(AWAITED)
            .bind(community.as_str())
            .bind(awaited_by.to_string())
            .fetch_optional(pool).await)
        .map_err(storage)?;
        match found {
            Some(id) => self.plan(community, PlanId::new(id)).await,
            None => Ok(None),
        }
    }

    async fn decline_plan(
        &self,
        id: PlanId,
        by: InvocationId,
        now: Timestamp,
        record: &AuditRecord,
    ) -> Result<bool, StorageError> {
        let now = moment("now", now)?;
        on_pool!(self, pool => {
            let mut transaction = begin(pool).await?;
            let declined = sqlx::query(DECLINE)
                .bind(id.uuid())
                .bind(by.uuid())
                .bind(now)
                .execute(&mut *transaction).await.map_err(storage)?;
            if declined.rows_affected() == 0 {
                return Ok(false);
            }
            commit_with(transaction, record).await.map(|()| true)
        })
    }

    async fn tell_plan(&self, id: PlanId, record: &AuditRecord) -> Result<bool, StorageError> {
        on_pool!(self, pool => {
            let mut transaction = begin(pool).await?;
            let told = sqlx::query(TELL)
                .bind(id.uuid())
                .execute(&mut *transaction).await.map_err(storage)?;
            if told.rows_affected() == 0 {
                return Ok(false);
            }
            commit_with(transaction, record).await.map(|()| true)
        })
    }

    async fn plan(
        &self,
        community: &CommunityId,
        id: PlanId,
    ) -> Result<Option<(KeptPlan, PlanProgress)>, StorageError> {
        let (row, receipts): (Option<PlanRow>, Vec<ReceiptRow>) = on_pool!(self, pool => {
            let row = sqlx::query_as(BY_ID)
                .bind(community.as_str())
                .bind(id.uuid())
                .fetch_optional(pool).await.map_err(storage)?;
            let receipts = sqlx::query_as(RECEIPTS)
                .bind(id.uuid())
                .fetch_all(pool).await.map_err(storage)?;
            (row, receipts)
        });
        let read = row.map(|row| row.read(community, receipts));
        read.transpose()
    }

    async fn claim_plan(
        &self,
        id: PlanId,
        claim: &Claim,
        now: Timestamp,
        record: &AuditRecord,
    ) -> Result<bool, StorageError> {
        let until = moment("plans.claimed_until", claim.until)?;
        let now = moment("now", now)?;
        on_pool!(self, pool => {
            let mut transaction = begin(pool).await?;
            let claimed = sqlx::query(CLAIM)
                .bind(id.uuid())
                .bind(claim.by.uuid())
                .bind(until)
                .bind(false)
                .bind(now)
                .execute(&mut *transaction).await.map_err(storage)?;
            if claimed.rows_affected() == 0 {
                return Ok(false);
            }
            commit_with(transaction, record).await.map(|()| true)
        })
    }

    async fn keep_receipt(
        &self,
        id: PlanId,
        claim: &Claim,
        number: u32,
        receipt: &Receipt,
        record: &AuditRecord,
    ) -> Result<bool, StorageError> {
        let until = moment("plans.claimed_until", claim.until)?;
        let (word, code, answer) = outcome(receipt);
        on_pool!(self, pool => {
            let mut transaction = begin(pool).await?;
            let renewed = sqlx::query(RENEW)
                .bind(id.uuid())
                .bind(claim.by.uuid())
                .bind(until)
                .bind(false)
                .execute(&mut *transaction).await.map_err(storage)?;
            if renewed.rows_affected() == 0 {
                return Ok(false);
            }
            sqlx::query(INSERT_RECEIPT)
                .bind(id.uuid())
                .bind(i64::from(number))
                .bind(word)
                .bind(code)
                .bind(answer)
                .execute(&mut *transaction).await.map_err(storage)?;
            commit_with(transaction, record).await.map(|()| true)
        })
    }

    async fn end_plan(
        &self,
        id: PlanId,
        by: InvocationId,
        record: &AuditRecord,
    ) -> Result<bool, StorageError> {
        on_pool!(self, pool => {
            let mut transaction = begin(pool).await?;
            let ended = sqlx::query(END)
                .bind(id.uuid())
                .bind(by.uuid())
                .bind(true)
                .bind(false)
                .execute(&mut *transaction).await.map_err(storage)?;
            if ended.rows_affected() == 0 {
                return Ok(false);
            }
            commit_with(transaction, record).await.map(|()| true)
        })
    }

    async fn remove_expired_plans(
        &self,
        before: Timestamp,
        rows_max: u32,
    ) -> Result<u64, StorageError> {
        let before = moment("before", before)?;
        on_pool!(self, pool => sqlx::query(REMOVE)
            .bind(before)
            .bind(i64::from(rows_max))
            .execute(pool).await
            .map(|done| done.rows_affected()))
        .map_err(storage)
    }
}
