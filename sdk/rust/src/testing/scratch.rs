//! Scratch files in memory.

use super::state::State;
use crate::files::{Entry, Fault, Kind, Refusal};
use std::collections::BTreeMap;

/// Calls of the interface in one call of a tool.
const CALLS_MAX: u32 = 1_000;
/// Of one read or one write.
const PIECE_BYTES_MAX: usize = 1024 * 1024;
/// Of all files together.
const BYTES_MAX: usize = 16 * 1024 * 1024;
/// Files and folders.
const FILES_MAX: usize = 256;
const PATH_BYTES_MAX: usize = 255;
const NAME_BYTES_MAX: usize = 100;
const DEPTH_MAX: usize = 8;

/// The files of a call by their paths, and folders, which have no bytes.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    nodes: BTreeMap<String, Option<Vec<u8>>>,
    calls: u32,
}

impl Scratch {
    fn enter(&mut self) -> Result<(), Refusal> {
        self.calls += 1;
        if self.calls > CALLS_MAX {
            let message = "This call's calls of its files are used up.";
            return Err(refusal(Fault::BudgetExhausted, message));
        }
        Ok(())
    }

    fn find(&self, path: &str) -> Result<&Option<Vec<u8>>, Refusal> {
        self.in_a_folder(path)?;
        let found = self.nodes.get(path);
        found.ok_or_else(|| refusal(Fault::NotFound, "There is no such file or folder."))
    }

    fn file(&self, path: &str) -> Result<&Vec<u8>, Refusal> {
        let found = self.find(path)?.as_ref();
        found.ok_or_else(|| refusal(Fault::NotAFile, "It is a folder."))
    }

    fn folder(&self, path: &str) -> Result<(), Refusal> {
        match self.find(path)? {
            None => Ok(()),
            Some(_) => Err(refusal(Fault::NotAFolder, "It is a file.")),
        }
    }

    fn in_a_folder(&self, path: &str) -> Result<(), Refusal> {
        let parent = path.rsplit_once('/').map(|(parent, _)| parent);
        parent.map_or(Ok(()), |parent| self.folder(parent))
    }

    /// Tells whether something new may be under a path.
    fn room(&self, path: &str) -> Result<(), Refusal> {
        self.differs_by_more_than_case(path)?;
        if self.nodes.len() >= FILES_MAX {
            let message = "The scratch folder has no room for another file or folder.";
            return Err(refusal(Fault::QuotaFiles, message));
        }
        Ok(())
    }

    fn differs_by_more_than_case(&self, path: &str) -> Result<(), Refusal> {
        let folded = path.to_lowercase();
        if self.nodes.keys().any(|it| it.to_lowercase() == folded) {
            let message = "There is a name that differs only by case.";
            return Err(refusal(Fault::CaseClash, message));
        }
        Ok(())
    }

    fn put(&mut self, path: &str, bytes: Vec<u8>) -> Result<(), Refusal> {
        self.in_a_folder(path)?;
        let before = match self.nodes.get(path) {
            Some(None) => return Err(refusal(Fault::NotAFile, "It is a folder.")),
            Some(Some(before)) => before.len(),
            None => {
                self.room(path)?;
                0
            }
        };
        let all: usize = self.nodes.values().flatten().map(Vec::len).sum();
        if all - before + bytes.len() > BYTES_MAX {
            let message = "The scratch folder has no room for so many bytes.";
            return Err(refusal(Fault::QuotaBytes, message));
        }
        self.nodes.insert(path.to_owned(), Some(bytes));
        Ok(())
    }

    fn rename(&mut self, source: &str, target: &str) -> Result<(), Refusal> {
        let is_file = self.find(source)?.is_some();
        if !is_file && target != source && within(target, source) {
            let message = "The path is inside the folder that moves.";
            return Err(refusal(Fault::InvalidPath, message));
        }
        self.in_a_folder(target)?;
        match self.nodes.get(target) {
            Some(Some(_)) if is_file => {}
            Some(_) => return Err(exists()),
            None => self.differs_by_more_than_case(target)?,
        }
        let moved = self.nodes.keys().filter(|it| within(it, source)).cloned();
        let moved: Vec<_> = moved
            .map(|it| (it.replacen(source, target, 1), it))
            .collect();
        moved.iter().try_for_each(|(to, _)| check(to))?;
        for (to, from) in moved {
            if let Some(node) = self.nodes.remove(&from) {
                self.nodes.insert(to, node);
            }
        }
        Ok(())
    }
}

impl State {
    pub(super) fn file_write(&mut self, path: &str, bytes: &[u8]) -> Result<(), Refusal> {
        self.scratch.enter()?;
        check(path)?;
        at_once(bytes.len())?;
        self.scratch.put(path, bytes.to_vec())
    }

    pub(super) fn file_append(&mut self, path: &str, bytes: &[u8]) -> Result<(), Refusal> {
        self.scratch.enter()?;
        check(path)?;
        at_once(bytes.len())?;
        let before = self.scratch.nodes.get(path).cloned().flatten();
        let all = [&before.unwrap_or_default(), bytes].concat();
        self.scratch.put(path, all)
    }

    pub(super) fn file_read(
        &mut self,
        path: &str,
        offset: u64,
        bytes_max: u32,
    ) -> Result<Vec<u8>, Refusal> {
        self.scratch.enter()?;
        check(path)?;
        at_once(bytes_max as usize)?;
        let file = self.scratch.file(path)?;
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let rest = file.iter().skip(offset);
        Ok(rest.take(bytes_max as usize).copied().collect())
    }

    pub(super) fn file_list(&mut self, folder: Option<&str>) -> Result<Vec<Entry>, Refusal> {
        self.scratch.enter()?;
        let prefix = match folder {
            None => String::new(),
            Some(folder) => {
                check(folder)?;
                self.scratch.folder(folder)?;
                format!("{folder}/")
            }
        };
        let nodes = self.scratch.nodes.iter();
        let inside = nodes.filter_map(|(path, node)| {
            let name = path.strip_prefix(&prefix)?;
            (!name.contains('/')).then(|| entry(name, node.as_ref()))
        });
        let mut entries: Vec<_> = inside.collect();
        entries.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(entries)
    }

    pub(super) fn make_folder(&mut self, path: &str) -> Result<(), Refusal> {
        self.scratch.enter()?;
        check(path)?;
        self.scratch.in_a_folder(path)?;
        if self.scratch.nodes.contains_key(path) {
            return Err(exists());
        }
        self.scratch.room(path)?;
        self.scratch.nodes.insert(path.to_owned(), None);
        Ok(())
    }

    pub(super) fn file_remove(&mut self, path: &str) -> Result<(), Refusal> {
        self.scratch.enter()?;
        check(path)?;
        self.scratch.find(path)?;
        self.scratch.nodes.retain(|it, _| !within(it, path));
        Ok(())
    }

    pub(super) fn file_rename(&mut self, source: &str, target: &str) -> Result<(), Refusal> {
        self.scratch.enter()?;
        check(source)?;
        check(target)?;
        self.scratch.rename(source, target)
    }

    pub(super) fn file_metadata(&mut self, path: &str) -> Result<Entry, Refusal> {
        self.scratch.enter()?;
        check(path)?;
        let name = path.rsplit('/').next().unwrap_or_default();
        Ok(entry(name, self.scratch.find(path)?.as_ref()))
    }
}

fn within(path: &str, folder: &str) -> bool {
    let rest = path.strip_prefix(folder);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn entry(name: &str, bytes: Option<&Vec<u8>>) -> Entry {
    Entry {
        name: name.to_owned(),
        kind: bytes.map_or(Kind::Folder, |_| Kind::File),
        bytes: bytes.map_or(0, |bytes| bytes.len() as u64),
    }
}

fn at_once(bytes: usize) -> Result<(), Refusal> {
    if bytes > PIECE_BYTES_MAX {
        return Err(refusal(Fault::TooLong, "More than 1048576 bytes at once."));
    }
    Ok(())
}

/// Checks most of what a real host checks: Unicode's forms and names of devices are accepted here.
fn check(path: &str) -> Result<(), Refusal> {
    let odd = |it: char| it.is_control() || "\\<>:\"|?*".contains(it);
    let plain = |name: &str| {
        !name.is_empty() && name.len() <= NAME_BYTES_MAX && !name.ends_with(['.', ' '])
    };
    let is_path = path.len() <= PATH_BYTES_MAX
        && path.split('/').count() <= DEPTH_MAX
        && path.split('/').all(plain)
        && !path.contains(odd);
    if is_path {
        return Ok(());
    }
    Err(refusal(Fault::InvalidPath, "The path is refused."))
}

fn exists() -> Refusal {
    let message = "There is something of this name already.";
    refusal(Fault::AlreadyExists, message)
}

fn refusal(fault: Fault, message: &str) -> Refusal {
    Refusal {
        fault,
        message: message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files;
    use crate::testing::Host;

    fn fault<T>(result: Result<T, Refusal>) -> Option<Fault> {
        result.err().map(|refusal| refusal.fault)
    }

    #[test]
    fn what_is_not_there_or_something_else_is_said() {
        Host::new().run(|| {
            files::make_folder("folder").unwrap();
            files::write("file", "x").unwrap();
            for (done, expected) in [
                (files::write("folder", "x"), Fault::NotAFile),
                (files::append("none/x", "x"), Fault::NotFound),
                (files::write("file/x", "x"), Fault::NotAFolder),
                (files::write("File", "x"), Fault::CaseClash),
                (files::make_folder("file"), Fault::AlreadyExists),
                (files::rename("file", "folder"), Fault::AlreadyExists),
                (files::rename("folder", "folder/x"), Fault::InvalidPath),
                (files::remove("none"), Fault::NotFound),
                (files::list(Some("file")).map(drop), Fault::NotAFolder),
                (files::read("folder").map(drop), Fault::NotAFile),
                (
                    files::read_at("file", 0, 1024 * 1024 + 1).map(drop),
                    Fault::TooLong,
                ),
            ] {
                assert_eq!(fault(done), Some(expected));
            }
            files::write("folder/File", "x").unwrap();
            files::rename("folder", "other").unwrap();
            assert_eq!(files::read("other/File").unwrap(), b"x");
            files::remove("other").unwrap();
            assert_eq!(files::list(None).unwrap().len(), 1);
        });
    }

    #[test]
    fn paths_stay_where_they_start() {
        let host = Host::new();
        let long = "n".repeat(NAME_BYTES_MAX);
        let deep = ["a"; DEPTH_MAX + 1].join("/");
        let hostile = [
            "", "/a", "..", "../a", "a/..", "./a", "a/", "a//b", "a\\b", "C:a", "a\0", "a ",
        ];
        for path in hostile.into_iter().chain([&*deep, &format!("{long}n")]) {
            let written = host.run(|| files::write(path, "x"));
            assert_eq!(fault(written), Some(Fault::InvalidPath), "{path:?}");
        }
        for path in ["a", ".a", "...a", "a b", &long] {
            assert_eq!(host.run(|| files::write(path, "x")), Ok(()), "{path:?}");
        }
    }

    #[test]
    fn limits_are_those_of_a_host() {
        let host = Host::new();
        host.run(|| {
            let most = vec![7; BYTES_MAX];
            files::write("a", &most).unwrap();
            assert_eq!(files::read("a").unwrap(), most);
            assert_eq!(fault(files::append("a", "x")), Some(Fault::QuotaBytes));
            assert_eq!(fault(files::write("b", "x")), Some(Fault::QuotaBytes));
            for number in 1..FILES_MAX {
                files::write(&number.to_string(), "").unwrap();
            }
            assert_eq!(fault(files::write("b", "")), Some(Fault::QuotaFiles));
        });
        let calls =
            |count: u32| host.run(|| (0..count).try_for_each(|_| files::list(None).map(drop)));
        assert_eq!(fault(calls(CALLS_MAX)), None);
        assert_eq!(fault(calls(CALLS_MAX + 1)), Some(Fault::BudgetExhausted));
    }
}
