//! The files of one scratch folder on the disk.
//!
//! Invariants: a name is looked up in an open folder, one at a time, and no link is followed on the way or
//! at its end. What is found is used only if it is what the ledger says that this scratch put there; a link,
//! a device, a second name of a file elsewhere or a file of another length is refused, and nothing waits
//! for one. Bytes reach a name whole or not at all.

use super::found::{expect, failed, is, tampered};
use super::ledger::Node;
use super::path::ScratchPath;
use super::spool::{Pour, Spool, make_folder};
use cap_fs_ext::{DirExt, FollowSymlinks, OpenOptionsFollowExt, OpenOptionsSyncExt};
use cap_std::fs::{Dir, File, OpenOptions};
use skillgate_app::ports::ScratchError;
use std::io::{self, Read, Seek, SeekFrom, Write};

/// The folder with the guest's names, and the one beside it where files are made.
pub(super) struct Disk {
    files: Dir,
    spool: Spool,
    pour: Pour,
    is_broken: bool,
}

impl Disk {
    /// Uses two folders that nobody else uses.
    pub(super) fn new(files: Dir, spool: Dir) -> Self {
        Self {
            files,
            spool: Spool::new(spool),
            pour: |file, bytes| file.write_all(bytes),
            is_broken: false,
        }
    }

    /// Tells whether something could not be undone: the disk may hold more than is counted.
    pub(super) const fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// Puts a whole file under a path, in the place of the one that has so many bytes.
    pub(super) fn write(
        &mut self,
        path: &ScratchPath,
        before: Option<u64>,
        bytes: &[u8],
    ) -> Result<(), ScratchError> {
        let folder = self.folder_of(path)?;
        let before = before.map(|bytes| Node::File { bytes });
        expect(&folder, path.name(), before)?;
        let name = self.spool.next_name();
        let written = self.spool.make_file(&name, bytes, self.pour);
        let put = written.and_then(|()| self.spool.put(&name, &folder, path.name()));
        put.map_err(|error| {
            self.discard(&name);
            failed("write a file", &error)
        })
    }

    /// Writes behind the bytes of a file.
    pub(super) fn append(
        &mut self,
        path: &ScratchPath,
        before: u64,
        bytes: &[u8],
    ) -> Result<(), ScratchError> {
        let mut file = self.open(path, before, OpenOptions::new().write(true))?;
        let sought = file.seek(SeekFrom::Start(before));
        let written = sought.and_then(|_| (self.pour)(&mut file, bytes));
        written.map_err(|error| {
            if let Err(error) = file.set_len(before) {
                self.broken("shorten a file", &error);
            }
            failed("write to a file", &error)
        })
    }

    /// Reads `count` bytes of a file of `bytes`, which are there.
    pub(super) fn read(
        &self,
        path: &ScratchPath,
        bytes: u64,
        offset: u64,
        count: u64,
    ) -> Result<Vec<u8>, ScratchError> {
        let mut file = self.open(path, bytes, OpenOptions::new().read(true))?;
        let mut read = Vec::new();
        let sought = file.seek(SeekFrom::Start(offset));
        let done = sought.and_then(|_| file.take(count).read_to_end(&mut read));
        match done {
            Ok(found) if u64::try_from(found) == Ok(count) => Ok(read),
            Ok(_) => Err(tampered()),
            Err(error) => Err(failed("read a file", &error)),
        }
    }

    /// Makes a folder.
    pub(super) fn make_folder(&self, path: &ScratchPath) -> Result<(), ScratchError> {
        let folder = self.folder_of(path)?;
        expect(&folder, path.name(), None)?;
        make_folder(&folder, path.name()).map_err(|error| failed("make a folder", &error))
    }

    /// Removes a file, or a folder with everything in it: first from its place, as a whole.
    pub(super) fn remove(&mut self, path: &ScratchPath, node: Node) -> Result<(), ScratchError> {
        let folder = self.folder_of(path)?;
        expect(&folder, path.name(), Some(node))?;
        let name = self.spool.next_name();
        let taken = self.spool.take(&folder, path.name(), &name);
        taken.map_err(|error| failed("remove a file or folder", &error))?;
        self.discard(&name);
        Ok(())
    }

    /// Moves a file or folder.
    pub(super) fn rename(
        &self,
        from: &ScratchPath,
        moved: Node,
        to: &ScratchPath,
        replaced: Option<Node>,
    ) -> Result<(), ScratchError> {
        let source = self.folder_of(from)?;
        let target = self.folder_of(to)?;
        expect(&source, from.name(), Some(moved))?;
        expect(&target, to.name(), replaced)?;
        let renamed = source.rename(from.name(), &target, to.name());
        renamed.map_err(|error| failed("rename a file or folder", &error))
    }

    /// Opens the folder that a path is in, from the scratch folder on.
    fn folder_of(&self, path: &ScratchPath) -> Result<Dir, ScratchError> {
        let cloned = self.files.try_clone();
        let mut at = cloned.map_err(|error| failed("open a folder", &error))?;
        for name in path.folder().into_iter().flat_map(|it| it.split('/')) {
            at = match at.open_dir_nofollow(name) {
                Ok(folder) => folder,
                Err(error) => {
                    expect(&at, name, Some(Node::Folder))?;
                    return Err(failed("open a folder", &error));
                }
            };
        }
        Ok(at)
    }

    /// Opens a file of so many bytes. What it is is asked before, because opening a device can do
    /// something, and after, because only what was opened is used.
    fn open(
        &self,
        path: &ScratchPath,
        bytes: u64,
        options: &mut OpenOptions,
    ) -> Result<File, ScratchError> {
        let node = Node::File { bytes };
        let folder = self.folder_of(path)?;
        expect(&folder, path.name(), Some(node))?;
        options.follow(FollowSymlinks::No).nonblock(true);
        let opened = folder.open_with(path.name(), options);
        let file = opened.map_err(|error| failed("open a file", &error))?;
        let found = file.metadata();
        let found = found.map_err(|error| failed("look at a file", &error))?;
        if is(&found, node) {
            Ok(file)
        } else {
            Err(tampered())
        }
    }

    fn discard(&mut self, name: &str) {
        if let Err(error) = self.spool.discard(name) {
            self.broken("remove what is not needed", &error);
        }
    }

    fn broken(&mut self, what: &'static str, error: &io::Error) {
        failed(what, error);
        self.is_broken = true;
    }
}

#[cfg(test)]
impl Disk {
    /// Lets bytes get into files in another way.
    pub(super) fn pour_by(&mut self, pour: Pour) {
        self.pour = pour;
    }
}
