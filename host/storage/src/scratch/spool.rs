//! Files on their way to a name or from it, in a folder that no guest has a name in.

use cap_fs_ext::{FollowSymlinks, OpenOptionsFollowExt};
use cap_std::fs::{Dir, DirBuilder, DirBuilderExt, File, OpenOptions, OpenOptionsExt};
use std::io::{self, ErrorKind};

const OWNER_ONLY_FOLDER: u32 = 0o700;
const OWNER_ONLY_FILE: u32 = 0o600;

/// How bytes get into a file. Tests put a full disk here.
pub(super) type Pour = fn(&mut File, &[u8]) -> io::Result<()>;

/// The folder.
pub(super) struct Spool {
    dir: Dir,
    names: u64,
}

impl Spool {
    /// Uses an empty folder.
    pub(super) const fn new(dir: Dir) -> Self {
        Self { dir, names: 0 }
    }

    /// Returns a name that nothing had before.
    pub(super) fn next_name(&mut self) -> String {
        self.names += 1;
        self.names.to_string()
    }

    /// Makes a file with all its bytes.
    pub(super) fn make_file(&self, name: &str, bytes: &[u8], pour: Pour) -> io::Result<()> {
        let mut options = new_file();
        let mut file = self.dir.open_with(name, options.create_new(true))?;
        pour(&mut file, bytes)
    }

    /// Moves a file to its place.
    pub(super) fn put(&self, name: &str, folder: &Dir, place: &str) -> io::Result<()> {
        self.dir.rename(name, folder, place)
    }

    /// Moves a file or folder here.
    pub(super) fn take(&self, folder: &Dir, place: &str, name: &str) -> io::Result<()> {
        folder.rename(place, &self.dir, name)
    }

    /// Removes a file, or a folder with everything in it. It need not be there.
    pub(super) fn discard(&self, name: &str) -> io::Result<()> {
        remove_all(&self.dir, name)
    }
}

/// Removes whatever has a name in a folder, and nothing that it leads to. It need not be there.
pub(super) fn remove_all(folder: &Dir, name: &str) -> io::Result<()> {
    let removed = match folder.symlink_metadata(name) {
        Ok(found) if found.is_dir() => folder.remove_dir_all(name),
        Ok(_) => folder.remove_file(name),
        Err(error) => Err(error),
    };
    removed.or_else(|error| match error.kind() {
        ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    })
}

/// Makes a folder that is open to its owner only.
pub(super) fn make_folder(parent: &Dir, name: &str) -> io::Result<()> {
    let mut folder = DirBuilder::new();
    parent.create_dir_with(name, folder.mode(OWNER_ONLY_FOLDER))
}

/// Returns how to make a file that is open to its owner only.
pub(super) fn new_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).mode(OWNER_ONLY_FILE);
    options.follow(FollowSymlinks::No);
    options
}
