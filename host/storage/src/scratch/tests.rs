//! Scratch folders on a real disk.

mod hostile;
mod life;
mod model;
mod race;

use super::CallScratch;
use super::home::Scratches;
use skillgate_app::ports::{Scratch, ScratchError, ScratchQuota};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A host with one call, and what is on the same disk beside its scratch folder.
struct World {
    scratch: CallScratch,
    scratches: Scratches,
    disk: TempDir,
}

impl World {
    fn new() -> Self {
        Self::with(ScratchQuota::DEFAULT)
    }

    fn with(quota: ScratchQuota) -> Self {
        let disk = tempfile::tempdir().unwrap();
        fs::create_dir(disk.path().join("outside")).unwrap();
        fs::write(disk.path().join("outside/secret"), "the secret").unwrap();
        let scratches = Scratches::open(&disk.path().join("place")).unwrap();
        Self {
            scratch: begin(&scratches, quota),
            scratches,
            disk,
        }
    }

    /// Where scratch folders are.
    fn place(&self) -> PathBuf {
        self.disk.path().join("place")
    }

    /// Where a file of the call is on the disk.
    fn file(&self, path: &str) -> PathBuf {
        self.place().join("scratch-0/files").join(path)
    }

    fn outside(&self, path: &str) -> PathBuf {
        self.disk.path().join("outside").join(path)
    }

    /// Sees that what is outside is as it was.
    fn outside_is_whole(&self) {
        let secret = BTreeMap::from([("secret".to_owned(), Some(b"the secret".to_vec()))]);
        assert_eq!(tree(&self.outside("")), secret);
    }

    /// Reads a whole small file.
    fn text(&self, path: &str) -> Result<String, ScratchError> {
        let bytes = self.scratch.read(path, 0, 1_000)?;
        Ok(String::from_utf8(bytes).unwrap())
    }

    fn names(&self, folder: Option<&str>) -> String {
        let entries = self.scratch.list(folder).unwrap();
        let names: Vec<_> = entries.into_iter().map(|entry| entry.name).collect();
        names.join(" ")
    }
}

fn begin(scratches: &Scratches, quota: ScratchQuota) -> CallScratch {
    let (home, disk) = scratches.make().unwrap();
    CallScratch::new(home, disk, quota)
}

/// Reads a folder of the disk: files by their paths, with their bytes, and folders.
fn tree(root: &Path) -> BTreeMap<String, Option<Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap();
            if path.symlink_metadata().unwrap().is_dir() {
                found.insert(name.to_owned(), None);
                folders.push(path);
            } else {
                found.insert(name.to_owned(), Some(fs::read(&path).unwrap()));
            }
        }
    }
    found
}
