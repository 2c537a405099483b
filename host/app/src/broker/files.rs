//! Scratch files: granted, counted, and done where waiting for a disk holds nobody up.
//!
//! Invariant: a run has one scratch folder, begun with its first call of it, and nothing of it remains when the
//! run is over, however it ends.

mod scratch;

pub(crate) use scratch::RunScratch;

use super::outside::OutsideError;
use super::outward::granted;
use super::{Broker, BrokerError};
use crate::journal::{Answer, Request};
use crate::ports::{Scratch, ScratchEntry, ScratchError};
use crate::run::Run;
use skillgate_domain::capability::Interface;
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// What a guest asks of its files.
#[derive(Debug, Clone, Copy)]
pub(crate) enum FileCall<'a> {
    Write(&'a str, &'a [u8]),
    Append(&'a str, &'a [u8]),
    Read(&'a str, u64, u32),
    List(Option<&'a str>),
    MakeFolder(&'a str),
    Remove(&'a str),
    Rename(&'a str, &'a str),
    Metadata(&'a str),
}

/// What was asked of files is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filed;

impl Broker {
    /// Writes a whole file.
    pub async fn file_write(
        &self,
        run: &Run,
        path: &str,
        bytes: Vec<u8>,
    ) -> Result<Filed, BrokerError> {
        let (name, bytes) = (path.to_owned(), Arc::new(bytes));
        let written = Arc::clone(&bytes);
        self.filed(run, FileCall::Write(path, &bytes), move |scratch| {
            scratch.write(&name, &written)
        })
        .await
    }

    /// Writes at the end of a file.
    pub async fn file_append(
        &self,
        run: &Run,
        path: &str,
        bytes: Vec<u8>,
    ) -> Result<Filed, BrokerError> {
        let (name, bytes) = (path.to_owned(), Arc::new(bytes));
        let written = Arc::clone(&bytes);
        self.filed(run, FileCall::Append(path, &bytes), move |scratch| {
            scratch.append(&name, &written)
        })
        .await
    }

    /// Reads a piece of a file.
    pub async fn file_read(
        &self,
        run: &Run,
        path: &str,
        (offset, bytes_max): (u64, u32),
    ) -> Result<Vec<u8>, BrokerError> {
        let name = path.to_owned();
        self.on_files(
            run,
            FileCall::Read(path, offset, bytes_max),
            move |scratch| scratch.read(&name, offset, bytes_max),
        )
        .await
    }

    /// Lists a folder, or the scratch folder itself.
    pub async fn file_list(
        &self,
        run: &Run,
        folder: Option<&str>,
    ) -> Result<Vec<ScratchEntry>, BrokerError> {
        let name = folder.map(str::to_owned);
        self.on_files(run, FileCall::List(folder), move |scratch| {
            scratch.list(name.as_deref())
        })
        .await
    }

    /// Makes a folder.
    pub async fn make_folder(&self, run: &Run, path: &str) -> Result<Filed, BrokerError> {
        let name = path.to_owned();
        self.filed(run, FileCall::MakeFolder(path), move |scratch| {
            scratch.make_folder(&name)
        })
        .await
    }

    /// Removes a file, or a folder with everything in it.
    pub async fn file_remove(&self, run: &Run, path: &str) -> Result<Filed, BrokerError> {
        let name = path.to_owned();
        self.filed(run, FileCall::Remove(path), move |scratch| {
            scratch.remove(&name)
        })
        .await
    }

    /// Moves a file or folder.
    pub async fn file_rename(
        &self,
        run: &Run,
        source: &str,
        target: &str,
    ) -> Result<Filed, BrokerError> {
        let (from, to) = (source.to_owned(), target.to_owned());
        self.filed(run, FileCall::Rename(source, target), move |scratch| {
            scratch.rename(&from, &to)
        })
        .await
    }

    /// Tells what is under a path.
    pub async fn file_metadata(&self, run: &Run, path: &str) -> Result<ScratchEntry, BrokerError> {
        let name = path.to_owned();
        self.on_files(run, FileCall::Metadata(path), move |scratch| {
            scratch.metadata(&name)
        })
        .await
    }

    async fn filed(
        &self,
        run: &Run,
        call: FileCall<'_>,
        work: impl FnOnce(&dyn Scratch) -> Result<(), ScratchError> + Send + 'static,
    ) -> Result<Filed, BrokerError> {
        self.on_files(run, call, move |scratch| work(scratch).map(|()| Filed))
            .await
    }

    async fn on_files<A: Answer + Send + 'static>(
        &self,
        run: &Run,
        call: FileCall<'_>,
        work: impl FnOnce(&dyn Scratch) -> Result<A, ScratchError> + Send + 'static,
    ) -> Result<A, BrokerError> {
        let live = self.on_files_live(run, work);
        run.host_calls().crm(Request::File(call), live).await
    }

    async fn on_files_live<A: Send + 'static>(
        &self,
        run: &Run,
        work: impl FnOnce(&dyn Scratch) -> Result<A, ScratchError> + Send + 'static,
    ) -> Result<A, BrokerError> {
        self.still_granted(run).await?;
        granted(run, Interface::Files, false)?;
        let space = self.scratches.as_ref().ok_or(OutsideError::NotConfigured)?;
        run.spend_file_call().inspect_err(|budget| {
            run.denied(budget.code());
        })?;
        let (space, own) = (Arc::clone(space), run.scratch());
        let work = move || {
            let scratch = own.begun(&*space)?;
            work(&*scratch)
        };
        let done = spawn_blocking(work).await.unwrap_or_else(|error| {
            tracing::error!("a call of scratch files panicked: {error}");
            Err(ScratchError::Unavailable)
        });
        done.map_err(|error| refused(run, error))
    }
}

fn refused(run: &Run, error: ScratchError) -> BrokerError {
    let forbidden = matches!(
        error,
        ScratchError::InvalidPath(_)
            | ScratchError::NotPlain
            | ScratchError::QuotaBytes
            | ScratchError::QuotaFiles
    );
    run.denied_if(forbidden, error.code());
    BrokerError::Scratch(error)
}
