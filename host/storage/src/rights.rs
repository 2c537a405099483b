//! What rights are made of, kept while nothing changes.
//!
//! Invariants: the databases count every change of tokens, people, grants, freezes, policies and
//! settings in the transaction that makes it (`rights_version`), whichever program makes it. What is kept is given out
//! only to those who saw, after they asked, that the number is still the one under which it was read;
//! so that nothing taken back is ever answered from memory.

use crate::database::Database;
use crate::held::Held;
use crate::shared_read::SharedRead;
use skillgate_app::cache::Cache;
use skillgate_app::ports::{InForce, StorageError, TokenRecord};
use skillgate_domain::grant::{Grant, GrantStatus};
use skillgate_domain::ids::{CommunityId, GrantId, SkillName, TokenId, UserId};
use skillgate_domain::member::Listed;
use std::hash::Hash;

/// Most entries of each kind that are kept. When they are as many, all of the kind go.
pub(crate) const KEPT_MAX: usize = 4_096;
/// Most communities whose settings are kept: each may have a document of its own.
pub(crate) const SETTINGS_KEPT_MAX: usize = 256;

const NUMBER: &str = "SELECT number FROM rights_version WHERE id = 1";

/// What rights are made of, as it was read last. What is absent is never kept, so that asking for what
/// does not exist costs no memory; but for people, of whom only those are asked for who have shown who they are.
pub(crate) struct Rights {
    number: SharedRead<i64>,
    connection: Held,
    pub(crate) tokens: Numbered<TokenId, TokenRecord>,
    pub(crate) active: Numbered<(CommunityId, SkillName), Grant>,
    pub(crate) statuses: Numbered<(CommunityId, GrantId), GrantStatus>,
    pub(crate) policies: Numbered<CommunityId, u32>,
    /// Of those whose credential somebody else issued.
    pub(crate) listed: Numbered<(CommunityId, UserId), Listed>,
    /// No rights, and as old as they may be.
    pub(crate) settings: Numbered<CommunityId, InForce>,
}

impl Default for Rights {
    fn default() -> Self {
        Self {
            number: SharedRead::default(),
            connection: Held::default(),
            tokens: Numbered::at_most(KEPT_MAX),
            active: Numbered::at_most(KEPT_MAX),
            statuses: Numbered::at_most(KEPT_MAX),
            policies: Numbered::at_most(KEPT_MAX),
            listed: Numbered::at_most(KEPT_MAX),
            settings: Numbered::at_most(SETTINGS_KEPT_MAX),
        }
    }
}

impl std::fmt::Debug for Rights {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rights")
    }
}

/// Values, each with the number under which it was read.
pub(crate) struct Numbered<K, V>(Cache<K, (i64, V)>);

impl<K: Eq + Hash, V: Clone> Numbered<K, V> {
    fn at_most(entries_max: usize) -> Self {
        Self(Cache::new(entries_max))
    }

    fn get(&self, number: i64, key: &K) -> Option<V> {
        let (read_under, value) = self.0.get(key)?;
        (read_under == number).then_some(value)
    }

    fn keep(&self, number: i64, key: K, value: V) {
        self.0.insert(key, (number, value));
    }
}

impl Rights {
    /// Ends the connection that is held.
    pub(crate) async fn close(&self) {
        self.connection.close().await;
    }
}

impl Database {
    /// Reads the number under which everything that is kept now was read.
    pub(crate) async fn number_of_rights(&self) -> Result<i64, StorageError> {
        let (connection, pool) = (self.rights.connection.clone(), self.pool.clone());
        let number = &self.rights.number;
        number.get(move || connection.number(pool, NUMBER)).await
    }

    /// Returns what is kept under a key, or reads and keeps it.
    pub(crate) async fn still_so<K: Eq + Hash, V: Clone>(
        &self,
        kept: &Numbered<K, V>,
        key: K,
        read: impl Future<Output = Result<Option<V>, StorageError>>,
    ) -> Result<Option<V>, StorageError> {
        let number = self.number_of_rights().await?;
        if let Some(value) = kept.get(number, &key) {
            return Ok(Some(value));
        }
        let found = read.await?;
        if let Some(value) = &found {
            kept.keep(number, key, value.clone());
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_has_a_limit() {
        let kept = Numbered::at_most(KEPT_MAX);
        let mut held = Vec::new();
        for key in 0..KEPT_MAX * 3 {
            kept.keep(1, key, key);
            held.push(key);
            assert_eq!(kept.get(1, &key), Some(key));
            if key % KEPT_MAX == KEPT_MAX - 1 {
                held.retain(|key| kept.get(1, key).is_some());
                assert!(held.len() <= KEPT_MAX);
            }
        }
    }

    #[test]
    fn what_was_read_under_another_number_is_gone() {
        let kept = Numbered::at_most(KEPT_MAX);
        let home = CommunityId::parse("home").unwrap();
        kept.keep(1, home.clone(), 7);
        assert_eq!(kept.get(1, &home), Some(7));
        assert_eq!(kept.get(2, &home), None);
        kept.keep(2, home.clone(), 8);
        assert_eq!(kept.get(2, &home), Some(8));
        // Who saw an older number than others did takes nothing of theirs.
        assert_eq!(kept.get(1, &home), None);
    }
}
