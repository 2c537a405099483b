//! One read of the database for all who ask at the same time.
//!
//! Invariant: nobody is given what was read before they asked. Whoever asks while a read is under way
//! waits for the next one, together with everybody else who does.

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use skillgate_app::ports::StorageError;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Reading<T> = Shared<BoxFuture<'static, Result<T, Arc<StorageError>>>>;

/// Reads of one thing, shared.
pub(crate) struct SharedRead<T: Clone> {
    turn: Arc<tokio::sync::Mutex<()>>,
    /// The read that has not begun yet.
    gathering: Arc<Mutex<Option<Reading<T>>>>,
}

impl<T: Clone> Default for SharedRead<T> {
    fn default() -> Self {
        Self {
            turn: Arc::default(),
            gathering: Arc::default(),
        }
    }
}

impl<T: Clone + Send + Sync + 'static> SharedRead<T> {
    /// Reads, or takes part in the next read. One at a time is under way.
    pub(crate) async fn get(
        &self,
        read: impl FnOnce() -> BoxFuture<'static, Result<T, StorageError>> + Send + 'static,
    ) -> Result<T, StorageError> {
        let joined = lock(&self.gathering)
            .get_or_insert_with(|| self.reading(read))
            .clone();
        joined.await.map_err(|error| again(&error))
    }

    fn reading(
        &self,
        read: impl FnOnce() -> BoxFuture<'static, Result<T, StorageError>> + Send + 'static,
    ) -> Reading<T> {
        let turn = Arc::clone(&self.turn);
        // Weak, as what gathers holds this future.
        let gathering = Arc::downgrade(&self.gathering);
        async move {
            // Whoever is about to ask as well, does so before the read begins.
            tokio::task::yield_now().await;
            let _turn = turn.lock_owned().await;
            if let Some(gathering) = gathering.upgrade() {
                *lock(&gathering) = None;
            }
            read().await.map_err(Arc::new)
        }
        .boxed()
        .shared()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Tells each one who waited what went wrong.
fn again(error: &StorageError) -> StorageError {
    match error {
        StorageError::Conflict => StorageError::Conflict,
        StorageError::Busy(source) => StorageError::Busy(source.to_string().into()),
        StorageError::Full(source) => StorageError::Full(source.to_string().into()),
        StorageError::Corrupt(what) => StorageError::Corrupt(what.clone()),
        StorageError::Unavailable(source) => StorageError::Unavailable(source.to_string().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::future::{join_all, poll_immediate};
    use std::sync::atomic::{AtomicU32, Ordering};
    use tokio::sync::Semaphore;

    /// A database that answers when it is told to, with how often it was asked.
    #[derive(Clone)]
    struct Slow {
        asked: Arc<AtomicU32>,
        answers: Arc<Semaphore>,
    }

    impl Slow {
        fn new() -> Self {
            Self {
                asked: Arc::default(),
                answers: Arc::new(Semaphore::new(0)),
            }
        }

        fn read(&self) -> impl FnOnce() -> BoxFuture<'static, Result<u32, StorageError>> + use<> {
            let this = self.clone();
            move || {
                let count = this.asked.fetch_add(1, Ordering::Relaxed) + 1;
                async move {
                    let answer = this.answers.acquire().await;
                    answer
                        .map_err(|closed| StorageError::Busy(Box::new(closed)))?
                        .forget();
                    Ok(count)
                }
                .boxed()
            }
        }
    }

    /// Lets a read begin, which first waits for others to join it.
    async fn begins<T>(reading: &mut (impl Future<Output = T> + Unpin)) {
        for _ in 0..2 {
            assert!(poll_immediate(&mut *reading).await.is_none());
        }
    }

    #[tokio::test]
    async fn those_who_wait_share_the_next_read() {
        let (shared, slow) = (SharedRead::default(), Slow::new());
        let mut first = Box::pin(shared.get(slow.read()));
        begins(&mut first).await;
        let mut later: Vec<_> = (0..50).map(|_| Box::pin(shared.get(slow.read()))).collect();
        for caller in &mut later {
            assert!(poll_immediate(caller).await.is_none());
        }
        slow.answers.add_permits(2);
        assert_eq!(first.await.unwrap(), 1);
        // What the first one was told was read before they asked.
        let told = join_all(later).await;
        assert!(told.into_iter().all(|told| told.unwrap() == 2));
        assert_eq!(slow.asked.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn who_asks_afterwards_reads_afresh() {
        let (shared, slow) = (SharedRead::default(), Slow::new());
        slow.answers.add_permits(3);
        for count in 1..=3 {
            assert_eq!(shared.get(slow.read()).await.unwrap(), count);
        }
    }

    #[tokio::test]
    async fn who_goes_away_leaves_the_others_waiting_for_nothing_else() {
        let (shared, slow) = (SharedRead::default(), Slow::new());
        let mut first = Box::pin(shared.get(slow.read()));
        let mut second = Box::pin(shared.get(slow.read()));
        assert!(poll_immediate(&mut first).await.is_none());
        assert!(poll_immediate(&mut second).await.is_none());
        drop(first);
        let mut third = Box::pin(shared.get(slow.read()));
        assert!(poll_immediate(&mut third).await.is_none());
        drop((second, third));
        slow.answers.add_permits(8);
        let last = shared.get(slow.read());
        let told = tokio::time::timeout(std::time::Duration::from_secs(10), last).await;
        assert!(told.unwrap().is_ok());
    }

    #[tokio::test]
    async fn a_failure_is_told_to_each() {
        let (shared, slow) = (SharedRead::default(), Slow::new());
        let mut first = Box::pin(shared.get(slow.read()));
        begins(&mut first).await;
        let mut later: Vec<_> = (0..3).map(|_| Box::pin(shared.get(slow.read()))).collect();
        for caller in &mut later {
            assert!(poll_immediate(caller).await.is_none());
        }
        slow.answers.close();
        assert!(matches!(first.await, Err(StorageError::Busy(_))));
        for told in join_all(later).await {
            assert!(matches!(told, Err(StorageError::Busy(_))));
        }
        assert_eq!(slow.asked.load(Ordering::Relaxed), 2);
    }
}
