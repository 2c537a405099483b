//! What is kept so as not to be made again. Bounded: when it is full, everything goes.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Values by key, at most as many as it was made for.
#[derive(Debug)]
pub struct Cache<K, V> {
    entries_max: usize,
    entries: Mutex<HashMap<K, V>>,
}

impl<K: Eq + Hash, V: Clone> Cache<K, V> {
    /// Makes an empty one.
    pub fn new(entries_max: usize) -> Self {
        Self {
            entries_max,
            entries: Mutex::default(),
        }
    }

    /// Returns what is kept under a key.
    pub fn get(&self, key: &K) -> Option<V> {
        self.lock().get(key).cloned()
    }

    /// Keeps a value, in the place of the one that is there.
    pub fn insert(&self, key: K, value: V) {
        let mut entries = self.lock();
        if entries.len() >= self.entries_max && !entries.contains_key(&key) {
            entries.clear();
        }
        entries.insert(key, value);
    }

    /// Forgets what is kept under a key.
    pub fn remove(&self, key: &K) {
        self.lock().remove(key);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, V>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_holds_more_than_its_limit() {
        let cache = Cache::new(3);
        for key in 0..10 {
            cache.insert(key, key);
            assert_eq!(cache.get(&key), Some(key));
            assert!(cache.lock().len() <= 3);
        }
        let held = cache.lock().len();
        cache.insert(9, 90);
        assert_eq!((cache.get(&9), cache.lock().len()), (Some(90), held));
    }
}
