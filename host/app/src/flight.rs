//! Identical reads in flight are one request.

use futures::FutureExt;
use futures::future::{BoxFuture, Shared, WeakShared};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Flying<T> = WeakShared<BoxFuture<'static, T>>;
type Map<K, T> = Arc<Mutex<HashMap<K, Flying<T>>>>;

/// Requests in flight. Whoever waits moves the request on, so that nobody who leaves fails the others; when
/// the last one leaves, the request is dropped.
#[derive(Debug)]
pub struct Flights<K, T: Clone> {
    map: Map<K, T>,
}

impl<K, T> Default for Flights<K, T>
where
    K: Hash + Eq + Clone + Send,
    T: Clone + Send + Sync,
{
    fn default() -> Self {
        Self::new()
    }
}

impl<K, T> Flights<K, T>
where
    K: Hash + Eq + Clone + Send,
    T: Clone + Send + Sync,
{
    /// Makes a place from which nothing flies yet.
    pub fn new() -> Self {
        Self {
            map: Arc::default(),
        }
    }

    /// Joins the request under `key`, or starts it.
    pub async fn join(&self, key: K, start: impl FnOnce() -> BoxFuture<'static, T> + Send) -> T {
        // Declared before the flight, so that it is dropped after it.
        let _seat = Seat {
            map: Arc::clone(&self.map),
            key: key.clone(),
        };
        let flight = self.board(key, start);
        flight.await
    }

    fn board(
        &self,
        key: K,
        start: impl FnOnce() -> BoxFuture<'static, T>,
    ) -> Shared<BoxFuture<'static, T>> {
        let mut map = lock(&self.map);
        let there = map.get(&key).and_then(WeakShared::upgrade);
        if let Some(flight) = there.filter(|flight| flight.peek().is_none()) {
            return flight;
        }
        let flight = start().shared();
        map.extend(flight.downgrade().map(|weak| (key, weak)));
        flight
    }
}

fn lock<K, T: Clone>(map: &Mutex<HashMap<K, Flying<T>>>) -> MutexGuard<'_, HashMap<K, Flying<T>>> {
    map.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Cleans up after the last passenger.
struct Seat<K: Hash + Eq, T: Clone> {
    map: Map<K, T>,
    key: K,
}

impl<K: Hash + Eq, T: Clone> Drop for Seat<K, T> {
    fn drop(&mut self) {
        let mut map = lock(&self.map);
        let over = |flying: &Flying<T>| {
            let flight = flying.upgrade();
            flight.is_none_or(|flight| flight.peek().is_some())
        };
        if map.get(&self.key).is_some_and(over) {
            map.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    fn slow(started: &Arc<AtomicU32>) -> BoxFuture<'static, u32> {
        let nth = started.fetch_add(1, Ordering::SeqCst);
        async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            nth
        }
        .boxed()
    }

    #[tokio::test(start_paused = true)]
    async fn the_same_key_flies_once_at_a_time() {
        let (flights, started) = (Flights::new(), Arc::new(AtomicU32::new(0)));
        let join = |key| flights.join(key, || slow(&started));
        assert_eq!(tokio::join!(join("a"), join("a"), join("b")), (0, 0, 1));
        assert_eq!(join("a").await, 2, "an answer is not kept");
        assert!(lock(&flights.map).is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_leaves_fails_nobody_else() {
        let (flights, started) = (Flights::new(), Arc::new(AtomicU32::new(0)));
        let join = || flights.join("a", || slow(&started));
        let leader = tokio::time::timeout(Duration::from_millis(500), join());
        let (left, follower) = tokio::join!(leader, join());
        assert!(left.is_err());
        assert_eq!(follower, 0);
        assert_eq!(started.load(Ordering::SeqCst), 1);
        assert!(lock(&flights.map).is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn when_all_leave_nothing_is_left() {
        let (flights, started) = (Flights::new(), Arc::new(AtomicU32::new(0)));
        let join = flights.join("a", || slow(&started));
        let left = tokio::time::timeout(Duration::from_millis(500), join).await;
        assert!(left.is_err());
        assert!(lock(&flights.map).is_empty());
    }
}
