//! Scratch folders on the disk of the host.
//!
//! Invariants: nothing outside of the folder that the operator gave is read, written or removed, whatever a
//! guest names and whatever is in the folder. A scratch folder has two folders inside: `files`, where the
//! guest's names are, and `spool`, where files are made before they get their names.

mod disk;
mod found;
mod home;
mod ledger;
mod path;
mod spool;
#[cfg(test)]
mod tests;

pub use home::{ScratchOpenError, Scratches};

use disk::Disk;
use home::Home;
use ledger::{Ledger, Node};
use path::ScratchPath;
use skillgate_app::ports::{
    SCRATCH_IO_BYTES_MAX, Scratch, ScratchEntry, ScratchError, ScratchQuota,
};
use std::sync::{Mutex, MutexGuard};

/// The scratch folder of one call, gone with everything in it when this is dropped.
struct CallScratch {
    state: Mutex<State>,
    // After the handles of what it removes.
    _home: Home,
}

struct State {
    ledger: Ledger,
    disk: Disk,
}

impl CallScratch {
    /// Starts empty in a folder of its own.
    fn new(home: Home, disk: Disk, quota: ScratchQuota) -> Self {
        let ledger = Ledger::new(quota);
        Self {
            state: Mutex::new(State { ledger, disk }),
            _home: home,
        }
    }

    /// Takes the folder for one operation. A folder in which one was not finished is not used again.
    fn state(&self) -> Result<MutexGuard<'_, State>, ScratchError> {
        match self.state.lock() {
            Ok(state) if !state.disk.is_broken() => Ok(state),
            _ => Err(ScratchError::Unavailable),
        }
    }
}

impl State {
    fn write(&mut self, path: &ScratchPath, bytes: &[u8]) -> Result<(), ScratchError> {
        let after = length(bytes);
        let before = self.ledger.may_write(path, after)?;
        self.disk.write(path, before, bytes)?;
        self.ledger.put(path, Node::File { bytes: after });
        Ok(())
    }

    fn append(&mut self, path: &ScratchPath, bytes: &[u8]) -> Result<(), ScratchError> {
        let Some(before) = self.ledger.file_or_room(path)? else {
            return self.write(path, bytes);
        };
        let after = before.saturating_add(length(bytes));
        self.ledger.may_write(path, after)?;
        self.disk.append(path, before, bytes)?;
        self.ledger.put(path, Node::File { bytes: after });
        Ok(())
    }
}

impl Scratch for CallScratch {
    fn write(&self, path: &str, bytes: &[u8]) -> Result<(), ScratchError> {
        let path = parse(path)?;
        at_once(length(bytes))?;
        self.state()?.write(&path, bytes)
    }

    fn append(&self, path: &str, bytes: &[u8]) -> Result<(), ScratchError> {
        let path = parse(path)?;
        at_once(length(bytes))?;
        self.state()?.append(&path, bytes)
    }

    fn read(&self, path: &str, offset: u64, bytes_max: u32) -> Result<Vec<u8>, ScratchError> {
        let path = parse(path)?;
        at_once(bytes_max.into())?;
        let state = self.state()?;
        let bytes = state.ledger.file(&path)?;
        let offset = offset.min(bytes);
        let count = (bytes - offset).min(bytes_max.into());
        state.disk.read(&path, bytes, offset, count)
    }

    fn list(&self, folder: Option<&str>) -> Result<Vec<ScratchEntry>, ScratchError> {
        let folder = folder.map(parse).transpose()?;
        self.state()?.ledger.list(folder.as_ref())
    }

    fn make_folder(&self, path: &str) -> Result<(), ScratchError> {
        let path = parse(path)?;
        let mut state = self.state()?;
        state.ledger.may_make_folder(&path)?;
        state.disk.make_folder(&path)?;
        state.ledger.put(&path, Node::Folder);
        Ok(())
    }

    fn remove(&self, path: &str) -> Result<(), ScratchError> {
        let path = parse(path)?;
        let mut state = self.state()?;
        let node = state.ledger.node(&path)?;
        state.disk.remove(&path, node)?;
        state.ledger.take(&path);
        Ok(())
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), ScratchError> {
        let (from, to) = (parse(from)?, parse(to)?);
        let mut state = self.state()?;
        let (moved, replaced) = state.ledger.may_rename(&from, &to)?;
        state.disk.rename(&from, moved, &to, replaced)?;
        state.ledger.moved(&from, &to);
        Ok(())
    }

    fn metadata(&self, path: &str) -> Result<ScratchEntry, ScratchError> {
        let path = parse(path)?;
        let node = self.state()?.ledger.node(&path)?;
        Ok(node.entry(path.name()))
    }
}

fn parse(path: &str) -> Result<ScratchPath, ScratchError> {
    ScratchPath::parse(path).map_err(ScratchError::InvalidPath)
}

fn at_once(bytes: u64) -> Result<(), ScratchError> {
    if bytes > SCRATCH_IO_BYTES_MAX.into() {
        return Err(ScratchError::TooLong);
    }
    Ok(())
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
