//! What rights are made of, kept while nothing changes.
//!
//! Invariants: the databases count every change of tokens, grants, freezes and policies in the
//! transaction that makes it (`rights_version`), whichever program makes it. What is kept is given out
//! only to those who saw, after they asked, that the number is still the one under which it was read;
//! so that nothing taken back is ever answered from memory.

use crate::database::{Database, Pool};
use crate::error::storage;
use crate::shared_read::SharedRead;
use futures::FutureExt;
use futures::future::BoxFuture;
use skillgate_app::ports::{StorageError, TokenRecord};
use skillgate_domain::grant::{Grant, GrantStatus};
use skillgate_domain::ids::{CommunityId, GrantId, SkillName, TokenId};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Most entries of each kind that are kept. When they are as many, all of the kind go.
pub(crate) const KEPT_MAX: usize = 4_096;

const NUMBER: &str = "SELECT number FROM rights_version WHERE id = 1";

/// What was read since rights last changed.
#[derive(Default)]
pub(crate) struct Rights {
    number: SharedRead<i64>,
    kept: Mutex<Kept>,
}

impl std::fmt::Debug for Rights {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rights")
    }
}

/// What was read while the number was this. What is absent is never kept, so that asking for what does
/// not exist costs no memory.
#[derive(Default)]
pub(crate) struct Kept {
    number: i64,
    pub(crate) tokens: HashMap<TokenId, TokenRecord>,
    pub(crate) active: HashMap<(CommunityId, SkillName), Grant>,
    pub(crate) statuses: HashMap<(CommunityId, GrantId), GrantStatus>,
    pub(crate) policies: HashMap<CommunityId, u32>,
}

impl Rights {
    /// Returns what is kept, if it was read under this number.
    fn at(&self, number: i64) -> Option<MutexGuard<'_, Kept>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.number < number {
            *kept = Kept {
                number,
                ..Kept::default()
            };
        }
        (kept.number == number).then_some(kept)
    }
}

impl Database {
    /// Returns what is kept under a key, or reads and keeps it.
    pub(crate) async fn still_so<K: Eq + Hash, V: Clone>(
        &self,
        kind: fn(&mut Kept) -> &mut HashMap<K, V>,
        key: K,
        read: impl Future<Output = Result<Option<V>, StorageError>>,
    ) -> Result<Option<V>, StorageError> {
        let pool = self.pool.clone();
        let number = self.rights.number.get(move || read_number(pool)).await?;
        if let Some(mut kept) = self.rights.at(number)
            && let Some(value) = kind(&mut kept).get(&key)
        {
            return Ok(Some(value.clone()));
        }
        let found = read.await?;
        if let Some(value) = &found
            && let Some(mut kept) = self.rights.at(number)
        {
            keep(kind(&mut kept), key, value.clone());
        }
        Ok(found)
    }
}

fn read_number(pool: Pool) -> BoxFuture<'static, Result<i64, StorageError>> {
    async move {
        let number = match &pool {
            Pool::Sqlite(pool) => sqlx::query_scalar(NUMBER).fetch_one(pool).await,
            Pool::Postgres(pool) => sqlx::query_scalar(NUMBER).fetch_one(pool).await,
        };
        number.map_err(storage)
    }
    .boxed()
}

fn keep<K: Eq + Hash, V>(entries: &mut HashMap<K, V>, key: K, value: V) {
    if entries.len() >= KEPT_MAX && !entries.contains_key(&key) {
        entries.clear();
    }
    entries.insert(key, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_has_a_limit() {
        let mut entries = HashMap::new();
        for key in 0..KEPT_MAX * 3 {
            keep(&mut entries, key, key);
            assert!(entries.len() <= KEPT_MAX && entries[&key] == key);
        }
    }

    #[test]
    fn what_was_read_under_another_number_is_gone() {
        let rights = Rights::default();
        let home = CommunityId::parse("home").unwrap();
        let policies = |number| Some(rights.at(number)?.policies.get(&home).copied());
        rights.at(1).unwrap().policies.insert(home.clone(), 7);
        assert_eq!(policies(1), Some(Some(7)));
        assert_eq!(policies(2), Some(None));
        // Who saw an older number than others did neither takes nor leaves anything.
        assert_eq!(policies(1), None);
    }
}
