use crate::bindings::skillgate::skill::files as wit;
use crate::state::State;
use skillgate_app::broker::{BrokerError, ErrorCode, Fault, ScratchFault};
use skillgate_app::ports::{ScratchEntry, ScratchKind};

type Answer<T> = wasmtime::Result<Result<T, wit::Refusal>>;

impl wit::Host for State {
    async fn write(&mut self, path: String, bytes: Vec<u8>) -> Answer<()> {
        let result = self.broker.file_write(&self.run, &path, bytes).await;
        Ok(self.told(result.map(drop)))
    }

    async fn append(&mut self, path: String, bytes: Vec<u8>) -> Answer<()> {
        let result = self.broker.file_append(&self.run, &path, bytes).await;
        Ok(self.told(result.map(drop)))
    }

    async fn read(&mut self, path: String, offset: u64, bytes_max: u32) -> Answer<Vec<u8>> {
        let piece = (offset, bytes_max);
        let result = self.broker.file_read(&self.run, &path, piece).await;
        Ok(self.told(result))
    }

    async fn list(&mut self, folder: Option<String>) -> Answer<Vec<wit::Entry>> {
        let result = self.broker.file_list(&self.run, folder.as_deref()).await;
        Ok(self.told(result.map(|entries| entries.into_iter().map(entry).collect())))
    }

    async fn make_folder(&mut self, path: String) -> Answer<()> {
        let result = self.broker.make_folder(&self.run, &path).await;
        Ok(self.told(result.map(drop)))
    }

    async fn remove(&mut self, path: String) -> Answer<()> {
        let result = self.broker.file_remove(&self.run, &path).await;
        Ok(self.told(result.map(drop)))
    }

    async fn rename(&mut self, source: String, target: String) -> Answer<()> {
        let result = self.broker.file_rename(&self.run, &source, &target).await;
        Ok(self.told(result.map(drop)))
    }

    async fn metadata(&mut self, path: String) -> Answer<wit::Entry> {
        let result = self.broker.file_metadata(&self.run, &path).await;
        Ok(self.told(result.map(entry)))
    }
}

impl State {
    fn told<T>(&self, result: Result<T, BrokerError>) -> Result<T, wit::Refusal> {
        self.count(&result);
        result.map_err(|error| refusal(&error))
    }
}

fn entry(entry: ScratchEntry) -> wit::Entry {
    wit::Entry {
        name: entry.name,
        kind: match entry.kind {
            ScratchKind::File => wit::Kind::File,
            ScratchKind::Folder => wit::Kind::Folder,
        },
        bytes: entry.bytes,
    }
}

fn refusal(error: &BrokerError) -> wit::Refusal {
    let told = error.told();
    let fault = match (told.fault, told.code) {
        (Some(Fault::Scratch(fault)), _) => of_scratch(fault),
        (_, ErrorCode::Denied) => wit::Fault::Denied,
        (_, ErrorCode::BudgetExhausted) => wit::Fault::BudgetExhausted,
        _ => wit::Fault::Unavailable,
    };
    wit::Refusal {
        fault,
        message: told.message,
    }
}

const fn of_scratch(fault: ScratchFault) -> wit::Fault {
    match fault {
        ScratchFault::InvalidPath => wit::Fault::InvalidPath,
        ScratchFault::NotFound => wit::Fault::NotFound,
        ScratchFault::AlreadyExists => wit::Fault::AlreadyExists,
        ScratchFault::NotAFile => wit::Fault::NotAFile,
        ScratchFault::NotAFolder => wit::Fault::NotAFolder,
        ScratchFault::CaseClash => wit::Fault::CaseClash,
        ScratchFault::QuotaBytes => wit::Fault::QuotaBytes,
        ScratchFault::QuotaFiles => wit::Fault::QuotaFiles,
        ScratchFault::TooLong => wit::Fault::TooLong,
        ScratchFault::NotPlain => wit::Fault::NotPlain,
        ScratchFault::Unavailable => wit::Fault::Unavailable,
    }
}
