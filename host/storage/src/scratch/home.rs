//! Where scratch folders are, and their beginning and end.
//!
//! Invariants: each host has a place of its own, and says so by a lock that ends with its process. What hosts that
//! were killed left behind is removed before the first folder is made. Only what has the name of a
//! scratch folder is ever removed.

use super::CallScratch;
use super::disk::Disk;
use super::found::failed;
use super::spool::{make_folder, new_file, remove_all};
use cap_fs_ext::{DirExt, OpenOptionsSyncExt};
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use skillgate_app::ports::{Scratch, ScratchError, ScratchQuota, ScratchSpace};
use std::fs::{DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const OWNER_ONLY_FOLDER: u32 = 0o700;
const LOCK_FILE: &str = "lock";
/// How the name of a scratch folder begins; a number follows.
const NAME_PREFIX: &str = "scratch-";
const FILES_FOLDER: &str = "files";
const SPOOL_FOLDER: &str = "spool";

/// Most hosts that use one folder at a time.
pub(super) const HOSTS_MAX: u32 = 64;
/// How the name of a host's place begins; a number follows.
const PLACE_PREFIX: &str = "host-";

/// Why scratch folders cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ScratchOpenError {
    /// Other hosts are there, whose calls would lose their files.
    #[error("other hosts have their scratch folders there")]
    InUse,
    /// The place cannot be used.
    #[error("the place of scratch folders cannot be used")]
    Disk(#[from] io::Error),
}

/// The place where scratch folders are.
struct Place {
    dir: Dir,
    /// Locked while it is open.
    _lock: File,
}

/// Makes scratch folders in one place.
pub struct Scratches {
    place: Arc<Place>,
    made: AtomicU64,
}

impl Scratches {
    /// Takes a place of its own in a folder for this host: the first that no other host uses, of [`HOSTS_MAX`].
    /// What hosts that were killed left in other places is removed too.
    pub fn of_a_host(folder: &Path) -> Result<Self, ScratchOpenError> {
        let mut own = None;
        for number in 0..HOSTS_MAX {
            let place = folder.join(format!("{PLACE_PREFIX}{number}"));
            if own.is_some() && !place.exists() {
                break;
            }
            match Self::open(&place) {
                Ok(opened) => own = own.or(Some(opened)),
                Err(ScratchOpenError::InUse) => {}
                Err(error) => return Err(error),
            }
        }
        own.ok_or(ScratchOpenError::InUse)
    }

    /// Takes a whole place, making it where there is none and removing the scratch folders that another host
    /// left there.
    pub(super) fn open(path: &Path) -> Result<Self, ScratchOpenError> {
        let mut folder = DirBuilder::new();
        folder
            .recursive(true)
            .mode(OWNER_ONLY_FOLDER)
            .create(path)?;
        let dir = Dir::open_ambient_dir(path, ambient_authority())?;
        let lock = lock(&dir)?;
        remove_leftovers(&dir)?;
        Ok(Self {
            place: Arc::new(Place { dir, _lock: lock }),
            made: AtomicU64::new(0),
        })
    }

    pub(super) fn make(&self) -> io::Result<(Home, Disk)> {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let name = format!("{NAME_PREFIX}{number}");
        make_folder(&self.place.dir, &name)?;
        let home = Home {
            place: Arc::clone(&self.place),
            name,
        };
        let dir = self.place.dir.open_dir_nofollow(&home.name)?;
        let folder = |name| {
            make_folder(&dir, name)?;
            dir.open_dir_nofollow(name)
        };
        let disk = Disk::new(folder(FILES_FOLDER)?, folder(SPOOL_FOLDER)?);
        Ok((home, disk))
    }
}

impl ScratchSpace for Scratches {
    fn begin(&self, quota: ScratchQuota) -> Result<Box<dyn Scratch>, ScratchError> {
        let made = self.make();
        let (home, disk) = made.map_err(|error| failed("be made", &error))?;
        Ok(Box::new(CallScratch::new(home, disk, quota)))
    }
}

/// One scratch folder in its place. Dropping removes it.
pub(super) struct Home {
    place: Arc<Place>,
    name: String,
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Err(error) = remove_all(&self.place.dir, &self.name) {
            failed("be removed", &error);
        }
    }
}

fn lock(dir: &Dir) -> Result<File, ScratchOpenError> {
    let mut options = new_file();
    let file = dir.open_with(LOCK_FILE, options.create(true).nonblock(true))?;
    let file = file.into_std();
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ScratchOpenError::InUse),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

fn remove_leftovers(dir: &Dir) -> io::Result<()> {
    let mut names = Vec::new();
    for entry in dir.entries()? {
        let name = entry?.file_name();
        names.extend(name.to_str().filter(|it| is_ours(it)).map(str::to_owned));
    }
    names.iter().try_for_each(|name| remove_all(dir, name))
}

fn is_ours(name: &str) -> bool {
    let number = name.strip_prefix(NAME_PREFIX);
    number.is_some_and(|it| !it.is_empty() && it.bytes().all(|digit| digit.is_ascii_digit()))
}
