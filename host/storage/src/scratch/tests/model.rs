//! Any sequence of operations gives the answers of a map from paths to bytes, on a disk that has nothing
//! else and as much as is counted. A call that is replayed elsewhere therefore gets the same answers.

use super::{World, tree};
use proptest::prelude::*;
use skillgate_app::ports::{
    PathFault, Scratch, ScratchEntry, ScratchError, ScratchKind, ScratchQuota,
};
use std::collections::BTreeMap;

/// Small, so that both limits are met.
const QUOTA: ScratchQuota = ScratchQuota {
    bytes: 60,
    files: 7,
};

#[derive(Debug, Clone)]
enum Operation {
    Write(String, Vec<u8>),
    Append(String, Vec<u8>),
    Read(String, u64, u32),
    List(Option<String>),
    MakeFolder(String),
    Remove(String),
    Rename(String, String),
    Metadata(String),
}

/// What an operation says.
#[derive(Debug, PartialEq)]
enum Answer {
    Done,
    Bytes(Vec<u8>),
    Entries(Vec<ScratchEntry>),
}

type Answered = Result<Answer, ScratchError>;

fn perform(scratch: &dyn Scratch, operation: &Operation) -> Answered {
    match operation {
        Operation::Write(path, bytes) => scratch.write(path, bytes).map(|()| Answer::Done),
        Operation::Append(path, bytes) => scratch.append(path, bytes).map(|()| Answer::Done),
        Operation::Read(path, offset, count) => {
            scratch.read(path, *offset, *count).map(Answer::Bytes)
        }
        Operation::List(folder) => scratch.list(folder.as_deref()).map(Answer::Entries),
        Operation::MakeFolder(path) => scratch.make_folder(path).map(|()| Answer::Done),
        Operation::Remove(path) => scratch.remove(path).map(|()| Answer::Done),
        Operation::Rename(from, to) => scratch.rename(from, to).map(|()| Answer::Done),
        Operation::Metadata(path) => {
            let entry = scratch.metadata(path);
            entry.map(|entry| Answer::Entries(vec![entry]))
        }
    }
}

/// Files by their paths, and folders, which have no bytes.
#[derive(Default)]
struct Model(BTreeMap<String, Option<Vec<u8>>>);

impl Model {
    fn perform(&mut self, operation: &Operation) -> Answered {
        match operation {
            Operation::Write(path, bytes) => self.write(path, bytes.clone()),
            Operation::Append(path, bytes) => {
                let before = self.0.get(path).cloned().flatten().unwrap_or_default();
                self.write(path, [before, bytes.clone()].concat())
            }
            Operation::Read(path, offset, count) => match self.find(path)? {
                None => Err(ScratchError::NotAFile),
                Some(bytes) => {
                    let rest = bytes.iter().skip(usize::try_from(*offset).unwrap());
                    let read = rest.take(*count as usize);
                    Ok(Answer::Bytes(read.copied().collect()))
                }
            },
            Operation::List(folder) => self.list(folder.as_deref()),
            Operation::MakeFolder(path) => {
                self.way(path)?;
                if self.0.contains_key(path) {
                    return Err(ScratchError::AlreadyExists);
                }
                self.room(path)?;
                self.0.insert(path.clone(), None);
                Ok(Answer::Done)
            }
            Operation::Remove(path) => {
                self.find(path)?;
                self.0.retain(|it, _| !within(it, path));
                Ok(Answer::Done)
            }
            Operation::Rename(from, to) => self.rename(from, to),
            Operation::Metadata(path) => {
                let found = self.find(path)?;
                Ok(Answer::Entries(vec![entry(path, found)]))
            }
        }
    }

    fn write(&mut self, path: &str, bytes: Vec<u8>) -> Answered {
        self.way(path)?;
        match self.0.get(path) {
            Some(None) => return Err(ScratchError::NotAFile),
            Some(Some(_)) => {}
            None => self.room(path)?,
        }
        let mut after = self.0.clone();
        after.insert(path.to_owned(), Some(bytes));
        let total: usize = after.values().flatten().map(Vec::len).sum();
        if total as u64 > QUOTA.bytes {
            return Err(ScratchError::QuotaBytes);
        }
        self.0 = after;
        Ok(Answer::Done)
    }

    fn list(&self, folder: Option<&str>) -> Answered {
        let prefix = match folder {
            None => String::new(),
            Some(folder) if self.find(folder)?.is_some() => return Err(ScratchError::NotAFolder),
            Some(folder) => format!("{folder}/"),
        };
        let inside = self.0.iter().filter(|(path, _)| {
            let rest = path.strip_prefix(&prefix);
            rest.is_some_and(|rest| !rest.contains('/'))
        });
        let mut entries: Vec<_> = inside
            .map(|(path, bytes)| entry(path, bytes.as_ref()))
            .collect();
        entries.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(Answer::Entries(entries))
    }

    fn rename(&mut self, from: &str, to: &str) -> Answered {
        let is_file = self.find(from)?.is_some();
        if !is_file && from != to && within(to, from) {
            return Err(ScratchError::InvalidPath(PathFault::IntoItself));
        }
        self.way(to)?;
        match self.0.get(to) {
            Some(Some(_)) if is_file => {}
            Some(_) => return Err(ScratchError::AlreadyExists),
            None => self.clash(to)?,
        }
        let moved = self.0.keys().filter(|it| within(it, from)).cloned();
        let moved: Vec<_> = moved.collect();
        for path in moved {
            let bytes = self.0.remove(&path).unwrap();
            self.0.insert(path.replacen(from, to, 1), bytes);
        }
        Ok(Answer::Done)
    }

    fn find(&self, path: &str) -> Result<Option<&Vec<u8>>, ScratchError> {
        self.way(path)?;
        let found = self.0.get(path).ok_or(ScratchError::NotFound)?;
        Ok(found.as_ref())
    }

    fn way(&self, path: &str) -> Result<(), ScratchError> {
        match path.rsplit_once('/') {
            None => Ok(()),
            Some((folder, _)) => match self.find(folder)? {
                None => Ok(()),
                Some(_) => Err(ScratchError::NotAFolder),
            },
        }
    }

    fn clash(&self, path: &str) -> Result<(), ScratchError> {
        if self.0.keys().any(|it| it.eq_ignore_ascii_case(path)) {
            return Err(ScratchError::CaseClash);
        }
        Ok(())
    }

    fn room(&self, path: &str) -> Result<(), ScratchError> {
        self.clash(path)?;
        if self.0.len() == QUOTA.files {
            return Err(ScratchError::QuotaFiles);
        }
        Ok(())
    }
}

fn within(path: &str, folder: &str) -> bool {
    path == folder || path.starts_with(&format!("{folder}/"))
}

fn entry(path: &str, bytes: Option<&Vec<u8>>) -> ScratchEntry {
    ScratchEntry {
        name: path.rsplit('/').next().unwrap().to_owned(),
        kind: bytes.map_or(ScratchKind::Folder, |_| ScratchKind::File),
        bytes: bytes.map_or(0, |bytes| bytes.len() as u64),
    }
}

/// Few names, so that they meet.
fn paths() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["a", "a", "b", "b", "A", "a-b", "a.b"]);
    prop::collection::vec(name, 1..=3).prop_map(|names| names.join("/"))
}

fn operations() -> impl Strategy<Value = Operation> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..30);
    prop_oneof![
        4 => (paths(), bytes()).prop_map(|(path, bytes)| Operation::Write(path, bytes)),
        3 => (paths(), bytes()).prop_map(|(path, bytes)| Operation::Append(path, bytes)),
        2 => (paths(), 0..40_u64, 0..40_u32)
            .prop_map(|(path, offset, count)| Operation::Read(path, offset, count)),
        1 => prop::option::of(paths()).prop_map(Operation::List),
        4 => paths().prop_map(Operation::MakeFolder),
        1 => paths().prop_map(Operation::Remove),
        3 => (paths(), paths()).prop_map(|(from, to)| Operation::Rename(from, to)),
        1 => paths().prop_map(Operation::Metadata),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_scratch_folder_is_a_map_from_paths_to_bytes(
        operations in prop::collection::vec(operations(), 1..60)
    ) {
        let world = World::with(QUOTA);
        let mut model = Model::default();
        for operation in &operations {
            let answer = perform(&world.scratch, operation);
            prop_assert_eq!(answer, model.perform(operation), "{:?}", operation);
            let on_disk = tree(&world.file(""));
            prop_assert_eq!(&on_disk, &model.0);
            let bytes: usize = on_disk.values().flatten().map(Vec::len).sum();
            let counted = world.scratch.state().unwrap().ledger.counted();
            prop_assert_eq!(counted, (bytes as u64, on_disk.len()));
            prop_assert!(tree(&world.place().join("scratch-0/spool")).is_empty());
        }
    }
}

/// The operations meet what they are to meet: a property over what is always refused would say nothing.
#[test]
fn sequences_of_operations_get_far() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for _ in 0..100 {
        let sequence = prop::collection::vec(operations(), 60);
        let sequence = sequence.new_tree(&mut runner).unwrap().current();
        let mut model = Model::default();
        for operation in sequence {
            let answer = model.perform(&operation);
            let code = answer.map_or_else(ScratchError::code, |_| "done");
            *counts.entry(code).or_default() += 1;
        }
    }
    for code in [
        "done",
        "not-found",
        "already-exists",
        "not-a-file",
        "not-a-folder",
        "case-clash",
        "quota-bytes",
        "quota-files",
        "invalid-path",
    ] {
        let count = counts.get(code).copied().unwrap_or_default();
        assert!(count >= 5, "{code}: {count}");
    }
}
