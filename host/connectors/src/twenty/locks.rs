use skillgate_domain::ids::RecordId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::OwnedMutexGuard;

/// A lock for each record that is being changed by this process.
#[derive(Debug, Default)]
pub(super) struct Locks {
    map: Mutex<HashMap<RecordId, Weak<tokio::sync::Mutex<()>>>>,
}

impl Locks {
    /// Waits until nobody else changes the record.
    pub(super) async fn lock(&self, id: RecordId) -> OwnedMutexGuard<()> {
        self.of(id).lock_owned().await
    }

    fn of(&self, id: RecordId) -> Arc<tokio::sync::Mutex<()>> {
        let mut map = self.map.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = map.get(&id).and_then(Weak::upgrade) {
            return lock;
        }
        map.retain(|_, lock| lock.strong_count() > 0);
        let lock = Arc::new(tokio::sync::Mutex::new(()));
        map.insert(id, Arc::downgrade(&lock));
        lock
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    #[tokio::test]
    async fn one_at_a_time_and_nothing_is_left() {
        let locks = Locks::default();
        let id = |n| RecordId::new(uuid::Uuid::from_u128(n));
        let first = locks.lock(id(1)).await;
        assert!(locks.lock(id(1)).now_or_never().is_none());
        assert!(locks.lock(id(2)).now_or_never().is_some());
        drop(first);
        assert!(locks.lock(id(1)).now_or_never().is_some());
        drop(locks.lock(id(3)).await);
        assert_eq!(locks.map.lock().unwrap().len(), 1, "the last one only");
    }
}
