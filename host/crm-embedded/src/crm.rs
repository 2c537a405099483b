//! The CRM: its options, its state, its router.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use axum::Router;
use axum::routing::{any, get};
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use sqlx::SqlitePool;
use uuid::Uuid;

use crate::fault::Fault;
use crate::rate_limit::{Budget, DEFAULT_BUDGETS, RateLimiter};
use crate::records::Call;
use crate::schema::{Object, Schema};
use crate::store::{self, Database};
use crate::{graphql, metadata, rest, seed};

/// Tells the time. A parameter, so that tests can stop it.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;
/// Makes record ids. A parameter, so that tests can seed them.
pub type IdSource = Arc<dyn Fn() -> Uuid + Send + Sync>;

/// Which generation of the dialect to speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Generation {
    /// As recorded from 2.19: restore by filter only, `fields=` ignored, bare 429.
    #[default]
    V2_19,
    /// Newer servers: restore by id under the object, `fields=` honoured, 429 with `Retry-After`.
    Newer,
}

/// How to open a CRM.
#[derive(Clone)]
pub struct Options {
    /// Where records live.
    pub database: Database,
    /// The one key that opens everything.
    pub api_key: SecretString,
    /// Name of that key, shown as `createdBy.name`.
    pub key_name: String,
    /// Tells the time.
    pub clock: Clock,
    /// Makes ids.
    pub ids: IdSource,
    /// Request budgets, all of which must have a token left; empty means no limit.
    pub budgets: Vec<Budget>,
    /// Which dialect.
    pub generation: Generation,
}

impl Options {
    /// Returns the defaults: in memory, key named `skillgate`, 2.19, its request budgets.
    pub fn in_memory(api_key: SecretString, clock: Clock, ids: IdSource) -> Self {
        Self {
            database: Database::Memory,
            api_key,
            key_name: "skillgate".to_owned(),
            clock,
            ids,
            budgets: DEFAULT_BUDGETS.to_vec(),
            generation: Generation::default(),
        }
    }
}

/// Why a CRM did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file cannot be opened, or is not ours.
    #[error("the database of the embedded CRM did not open")]
    Database(#[source] sqlx::Error),
    /// The file opened, but holds something this version does not understand.
    #[error("the database of the embedded CRM holds data this version cannot read")]
    Content,
}

impl From<Fault> for OpenError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Storage(source) => Self::Database(source),
            _ => Self::Content,
        }
    }
}

/// An open CRM. Clones share one database and one request budget.
#[derive(Clone)]
pub struct EmbeddedCrm {
    state: Arc<Crm>,
}

impl EmbeddedCrm {
    /// Opens the database, creating and seeding it when it is new.
    pub async fn open(options: Options) -> Result<Self, OpenError> {
        let pool = store::open(&options.database)
            .await
            .map_err(OpenError::Database)?;
        let mut schema = Schema::standard();
        let now = (options.clock)();
        let mut tx = store::begin(&pool).await.map_err(OpenError::Database)?;
        metadata::load(&mut tx, &mut schema).await?;
        seed::plant(&mut tx, &schema, now).await?;
        tx.commit().await.map_err(OpenError::Database)?;
        let limiter = Mutex::new(RateLimiter::new(&options.budgets));
        let state = Crm {
            pool,
            schema: RwLock::new(Arc::new(schema)),
            schema_change: tokio::sync::Mutex::new(()),
            limiter,
            options,
        };
        Ok(Self {
            state: Arc::new(state),
        })
    }

    /// Returns the HTTP surface: `/rest/…`, `/graphql`, `/healthz`.
    ///
    /// The router is a tower service, so it also answers in process.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/healthz", get(rest::health))
            .route("/graphql", any(graphql::handler))
            .fallback(rest::handler)
            .with_state(Arc::clone(&self.state))
    }

    /// Closes the database. Requests that come later are answered with 500.
    pub async fn close(&self) {
        self.state.pool.close().await;
    }
}

impl std::fmt::Debug for EmbeddedCrm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmbeddedCrm")
            .field("database", &self.state.options.database)
            .field("generation", &self.state.options.generation)
            .finish_non_exhaustive()
    }
}

/// The state behind every handler.
pub(crate) struct Crm {
    pub(crate) pool: SqlitePool,
    schema: RwLock<Arc<Schema>>,
    /// Held while a field is added, so that two additions cannot lose one another.
    pub(crate) schema_change: tokio::sync::Mutex<()>,
    limiter: Mutex<RateLimiter>,
    pub(crate) options: Options,
}

impl Crm {
    /// Returns the schema as it is now. A field added later does not change it.
    pub(crate) fn schema(&self) -> Arc<Schema> {
        Arc::clone(&self.schema.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the schema after a field was added.
    pub(crate) fn set_schema(&self, schema: Schema) {
        *self.schema.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(schema);
    }

    /// Takes one token of the request budget.
    pub(crate) fn take_token(&self) -> Result<(), Fault> {
        let now = (self.options.clock)();
        self.limiter
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take(now)
    }

    /// Returns the frame of one call on `object`.
    pub(crate) fn call<'a>(&'a self, schema: &'a Schema, object: &'a Object) -> Call<'a> {
        Call {
            schema,
            object,
            now: (self.options.clock)(),
            ids: &*self.options.ids,
            key_name: &self.options.key_name,
        }
    }
}
