use crate::ports::{Scratch, ScratchError, ScratchQuota, ScratchSpace};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

/// The scratch folder of a run. Whoever removes it may have to wait for a disk, so that is done elsewhere.
#[derive(Default)]
pub(crate) struct RunScratch(Mutex<Stage>);

#[derive(Default)]
enum Stage {
    /// Nothing was asked of files so far.
    #[default]
    Unused,
    Begun(Arc<dyn Scratch>),
    /// The run is over.
    Ended,
}

impl RunScratch {
    /// Returns the folder, making it first. Call it where waiting is allowed.
    pub(super) fn begun(&self, space: &dyn ScratchSpace) -> Result<Arc<dyn Scratch>, ScratchError> {
        let mut stage = self.stage();
        match &*stage {
            Stage::Begun(scratch) => Ok(Arc::clone(scratch)),
            Stage::Ended => Err(ScratchError::Unavailable),
            Stage::Unused => {
                let scratch: Arc<dyn Scratch> = space.begin(ScratchQuota::DEFAULT)?.into();
                *stage = Stage::Begun(Arc::clone(&scratch));
                Ok(scratch)
            }
        }
    }

    /// Removes the folder, if there is one, and lets none be made any more.
    pub(crate) async fn end(&self) {
        if let Some(scratch) = self.take()
            && let Err(error) = spawn_blocking(move || drop(scratch)).await
        {
            tracing::error!("a scratch folder was not removed: {error}");
        }
    }

    fn take(&self) -> Option<Arc<dyn Scratch>> {
        match std::mem::replace(&mut *self.stage(), Stage::Ended) {
            Stage::Begun(scratch) => Some(scratch),
            Stage::Unused | Stage::Ended => None,
        }
    }

    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for RunScratch {
    /// A run that was cancelled has nobody who waits.
    fn drop(&mut self) {
        let Some(scratch) = self.take() else {
            return;
        };
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(move || drop(scratch))),
            Err(_) => drop(scratch),
        }
    }
}

impl std::fmt::Debug for RunScratch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match &*self.stage() {
            Stage::Unused => "Unused",
            Stage::Begun(_) => "Begun",
            Stage::Ended => "Ended",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::ScratchEntry;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::thread::{self, ThreadId};
    use std::time::Duration;

    const PATIENCE: Duration = Duration::from_secs(10);

    /// Tells on which thread it was removed.
    struct Folder(Sender<ThreadId>);

    impl Drop for Folder {
        fn drop(&mut self) {
            self.0.send(thread::current().id()).ok();
        }
    }

    impl Scratch for Folder {
        fn write(&self, _: &str, _: &[u8]) -> Result<(), ScratchError> {
            Ok(())
        }

        fn append(&self, _: &str, _: &[u8]) -> Result<(), ScratchError> {
            Ok(())
        }

        fn read(&self, _: &str, _: u64, _: u32) -> Result<Vec<u8>, ScratchError> {
            Ok(Vec::new())
        }

        fn list(&self, _: Option<&str>) -> Result<Vec<ScratchEntry>, ScratchError> {
            Ok(Vec::new())
        }

        fn make_folder(&self, _: &str) -> Result<(), ScratchError> {
            Ok(())
        }

        fn remove(&self, _: &str) -> Result<(), ScratchError> {
            Ok(())
        }

        fn rename(&self, _: &str, _: &str) -> Result<(), ScratchError> {
            Ok(())
        }

        fn metadata(&self, _: &str) -> Result<ScratchEntry, ScratchError> {
            Err(ScratchError::NotFound)
        }
    }

    /// Makes folders, and counts them.
    struct Folders {
        made: AtomicUsize,
        removed: Sender<ThreadId>,
    }

    impl ScratchSpace for Folders {
        fn begin(&self, _: ScratchQuota) -> Result<Box<dyn Scratch>, ScratchError> {
            self.made.fetch_add(1, Ordering::Relaxed);
            Ok(Box::new(Folder(self.removed.clone())))
        }
    }

    fn folders() -> (Folders, Receiver<ThreadId>) {
        let (removed, receiver) = channel();
        let made = AtomicUsize::default();
        (Folders { made, removed }, receiver)
    }

    #[tokio::test]
    async fn a_run_has_one_folder_and_none_when_it_is_over() {
        let (folders, removed) = folders();
        let scratch = RunScratch::default();
        for _ in 0..2 {
            assert!(scratch.begun(&folders).is_ok());
        }
        assert_eq!(folders.made.load(Ordering::Relaxed), 1);
        assert!(removed.try_recv().is_err(), "it is in use");
        scratch.end().await;
        let by = removed
            .try_recv()
            .expect("it is gone before the end is over");
        assert_ne!(by, thread::current().id());
        assert_eq!(
            scratch.begun(&folders).err(),
            Some(ScratchError::Unavailable)
        );
        assert_eq!(folders.made.load(Ordering::Relaxed), 1);
        scratch.end().await;
    }

    #[tokio::test]
    async fn a_run_without_files_has_no_folder() {
        let (folders, removed) = folders();
        let scratch = RunScratch::default();
        scratch.end().await;
        drop((scratch, folders));
        assert!(removed.recv().is_err(), "none was made");
    }

    #[tokio::test]
    async fn a_run_that_is_cancelled_leaves_its_folder_to_another_thread() {
        let (folders, removed) = folders();
        let scratch = RunScratch::default();
        drop(scratch.begun(&folders).unwrap());
        drop(scratch);
        let by = removed.recv_timeout(PATIENCE).expect("it is removed");
        assert_ne!(by, thread::current().id());
    }

    #[test]
    fn where_nobody_else_waits_the_folder_is_removed_at_once() {
        let (folders, removed) = folders();
        let scratch = RunScratch::default();
        drop(scratch.begun(&folders).unwrap());
        drop(scratch);
        assert_eq!(removed.try_recv(), Ok(thread::current().id()));
    }
}
