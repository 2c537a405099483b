//! What a scratch folder holds, as its calls made it.
//!
//! Invariant: the disk is never asked. What is there, how long it is and whether more fits follows from the
//! calls alone, so the answers are the same on every machine and nothing on the disk can change them.
//! A change is first asked for (`may_…`), then made on the disk, then entered here.

use super::path::{ScratchPath, fold};
use skillgate_app::ports::{PathFault, ScratchEntry, ScratchError, ScratchKind, ScratchQuota};
use std::collections::BTreeMap;

/// What is under a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Node {
    File { bytes: u64 },
    Folder,
}

impl Node {
    /// Describes what is under a path.
    pub(super) fn entry(self, name: &str) -> ScratchEntry {
        let (kind, bytes) = match self {
            Self::File { bytes } => (ScratchKind::File, bytes),
            Self::Folder => (ScratchKind::Folder, 0),
        };
        ScratchEntry {
            name: name.to_owned(),
            kind,
            bytes,
        }
    }

    const fn bytes(self) -> u64 {
        match self {
            Self::File { bytes } => bytes,
            Self::Folder => 0,
        }
    }
}

/// The files and folders of a scratch folder.
pub(super) struct Ledger {
    quota: ScratchQuota,
    /// Of all files together.
    bytes: u64,
    /// By whole path.
    nodes: BTreeMap<String, Node>,
}

impl Ledger {
    /// Starts empty.
    pub(super) const fn new(quota: ScratchQuota) -> Self {
        Self {
            quota,
            bytes: 0,
            nodes: BTreeMap::new(),
        }
    }

    /// Finds what is under a path.
    pub(super) fn node(&self, path: &ScratchPath) -> Result<Node, ScratchError> {
        self.in_a_folder(path)?;
        let node = self.nodes.get(path.as_str());
        node.copied().ok_or(ScratchError::NotFound)
    }

    /// Returns how long a file is.
    pub(super) fn file(&self, path: &ScratchPath) -> Result<u64, ScratchError> {
        match self.node(path)? {
            Node::File { bytes } => Ok(bytes),
            Node::Folder => Err(ScratchError::NotAFile),
        }
    }

    /// Lists a folder, or all that is in none.
    pub(super) fn list(
        &self,
        folder: Option<&ScratchPath>,
    ) -> Result<Vec<ScratchEntry>, ScratchError> {
        if let Some(folder) = folder
            && self.node(folder)? != Node::Folder
        {
            return Err(ScratchError::NotAFolder);
        }
        let entries = self.names_in(folder.map(ScratchPath::as_str));
        Ok(entries.map(|(name, node)| node.entry(name)).collect())
    }

    /// Tells whether a file may have so many bytes. Returns how many it has, where it is there.
    pub(super) fn may_write(
        &self,
        path: &ScratchPath,
        bytes: u64,
    ) -> Result<Option<u64>, ScratchError> {
        let before = self.file_or_room(path)?;
        let others = self.bytes - before.unwrap_or(0);
        if others.saturating_add(bytes) > self.quota.bytes {
            return Err(ScratchError::QuotaBytes);
        }
        Ok(before)
    }

    /// Returns how long a file is, or that it may be made.
    pub(super) fn file_or_room(&self, path: &ScratchPath) -> Result<Option<u64>, ScratchError> {
        self.in_a_folder(path)?;
        match self.nodes.get(path.as_str()) {
            Some(Node::Folder) => Err(ScratchError::NotAFile),
            Some(Node::File { bytes }) => Ok(Some(*bytes)),
            None => self.may_be_new(path).map(|()| None),
        }
    }

    /// Tells whether a folder may be made.
    pub(super) fn may_make_folder(&self, path: &ScratchPath) -> Result<(), ScratchError> {
        self.in_a_folder(path)?;
        if self.nodes.contains_key(path.as_str()) {
            return Err(ScratchError::AlreadyExists);
        }
        self.may_be_new(path)
    }

    /// Tells whether something may move. Returns what moves, and the file that it replaces.
    pub(super) fn may_rename(
        &self,
        from: &ScratchPath,
        to: &ScratchPath,
    ) -> Result<(Node, Option<Node>), ScratchError> {
        let moved = self.node(from)?;
        if moved == Node::Folder && from.is_around(to.as_str()) {
            return Err(ScratchError::InvalidPath(PathFault::IntoItself));
        }
        self.in_a_folder(to)?;
        let replaced = self.nodes.get(to.as_str()).copied();
        match (moved, replaced) {
            (Node::File { .. }, Some(Node::File { .. })) => {}
            (_, Some(_)) => return Err(ScratchError::AlreadyExists),
            (_, None) => self.differs_by_more_than_case(to)?,
        }
        for below in self.nodes.keys().filter_map(|path| from.below(path)) {
            to.with(below).map_err(ScratchError::InvalidPath)?;
        }
        Ok((moved, replaced))
    }

    /// Enters what is under a path now.
    pub(super) fn put(&mut self, path: &ScratchPath, node: Node) {
        let before = self.nodes.insert(path.as_str().to_owned(), node);
        self.bytes -= before.map_or(0, Node::bytes);
        self.bytes += node.bytes();
    }

    /// Takes out what is under a path, with everything in it. Returns it by what follows the path.
    pub(super) fn take(&mut self, path: &ScratchPath) -> Vec<(String, Node)> {
        let is_taken = |it: &str| it == path.as_str() || path.is_around(it);
        let taken = self.nodes.extract_if(.., |it, _| is_taken(it));
        let taken: Vec<_> = taken.collect();
        self.bytes -= taken.iter().map(|(_, node)| node.bytes()).sum::<u64>();
        let below = |it: &str| path.below(it).unwrap_or_default().to_owned();
        taken.iter().map(|(it, node)| (below(it), *node)).collect()
    }

    /// Enters that something has moved, as [`Self::may_rename`] allowed.
    pub(super) fn moved(&mut self, from: &ScratchPath, to: &ScratchPath) {
        let moved = self.take(from);
        drop(self.take(to));
        for (below, node) in moved {
            self.bytes += node.bytes();
            self.nodes.insert(format!("{}{below}", to.as_str()), node);
        }
    }

    /// Tells whether every folder on the way is there.
    fn in_a_folder(&self, path: &ScratchPath) -> Result<(), ScratchError> {
        for folder in path.folders() {
            match self.nodes.get(folder) {
                Some(Node::Folder) => {}
                Some(Node::File { .. }) => return Err(ScratchError::NotAFolder),
                None => return Err(ScratchError::NotFound),
            }
        }
        Ok(())
    }

    fn may_be_new(&self, path: &ScratchPath) -> Result<(), ScratchError> {
        self.differs_by_more_than_case(path)?;
        if self.nodes.len() >= self.quota.files {
            return Err(ScratchError::QuotaFiles);
        }
        Ok(())
    }

    fn differs_by_more_than_case(&self, path: &ScratchPath) -> Result<(), ScratchError> {
        let folded = fold(path.name());
        let mut names = self.names_in(path.folder());
        if names.any(|(name, _)| fold(name) == folded) {
            return Err(ScratchError::CaseClash);
        }
        Ok(())
    }

    /// Returns what is in a folder. The order of whole paths is that of the names in one folder.
    fn names_in(&self, folder: Option<&str>) -> impl Iterator<Item = (&str, Node)> {
        self.nodes.iter().filter_map(move |(path, node)| {
            let (parent, name) = match path.rsplit_once('/') {
                Some((parent, name)) => (Some(parent), name),
                None => (None, path.as_str()),
            };
            (parent == folder).then_some((name, *node))
        })
    }
}

#[cfg(test)]
impl Ledger {
    /// Returns the bytes and the entries that are counted.
    pub(super) fn counted(&self) -> (u64, usize) {
        (self.bytes, self.nodes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use skillgate_app::ports::SCRATCH_DEPTH_MAX;

    fn path(text: &str) -> ScratchPath {
        ScratchPath::parse(text).unwrap()
    }

    /// Paths with a slash at their end are folders, others are files of ten bytes.
    fn ledger(paths: &[&str]) -> Ledger {
        let quota = ScratchQuota {
            bytes: 100,
            files: 8,
        };
        let mut ledger = Ledger::new(quota);
        for text in paths {
            match text.strip_suffix('/') {
                Some(folder) => ledger.put(&path(folder), Node::Folder),
                None => ledger.put(&path(text), Node::File { bytes: 10 }),
            }
        }
        ledger
    }

    #[test]
    fn bytes_are_counted_to_the_last_one() {
        let mut ledger = ledger(&["a", "b"]);
        assert_eq!(ledger.may_write(&path("c"), 80), Ok(None));
        assert_eq!(
            ledger.may_write(&path("c"), 81),
            Err(ScratchError::QuotaBytes)
        );
        assert_eq!(
            ledger.may_write(&path("a"), 90),
            Ok(Some(10)),
            "its own come back"
        );
        assert_eq!(
            ledger.may_write(&path("a"), 91),
            Err(ScratchError::QuotaBytes)
        );
        assert_eq!(
            ledger.may_write(&path("c"), u64::MAX),
            Err(ScratchError::QuotaBytes)
        );
        ledger.put(&path("a"), Node::File { bytes: 90 });
        assert_eq!(ledger.counted(), (100, 2));
        assert_eq!(ledger.may_write(&path("c"), 0), Ok(None));
        assert_eq!(
            ledger.may_write(&path("c"), 1),
            Err(ScratchError::QuotaBytes)
        );
        ledger.take(&path("a"));
        assert_eq!(ledger.counted(), (10, 1));
    }

    #[test]
    fn files_and_folders_are_counted_to_the_last_one() {
        let mut ledger = ledger(&["a/", "a/b/", "a/b/c", "d", "e", "f", "g"]);
        assert_eq!(ledger.may_make_folder(&path("h")), Ok(()));
        ledger.put(&path("h"), Node::Folder);
        assert_eq!(
            ledger.may_make_folder(&path("i")),
            Err(ScratchError::QuotaFiles)
        );
        assert_eq!(
            ledger.may_write(&path("h/i"), 0),
            Err(ScratchError::QuotaFiles)
        );
        assert_eq!(ledger.may_write(&path("d"), 0), Ok(Some(10)), "it is there");
        ledger.take(&path("a"));
        assert_eq!(ledger.counted(), (40, 5));
        assert_eq!(ledger.may_make_folder(&path("a")), Ok(()));
    }

    #[test]
    fn renaming_replaces_files_with_files_only() {
        let deep = ["x"; SCRATCH_DEPTH_MAX - 1].join("/");
        let ledger = ledger(&["a/", "a/b/", "a/b/c", "f", "g", "h/"]);
        let file = Node::File { bytes: 10 };
        let fault = |fault| Err(ScratchError::InvalidPath(fault));
        for (from, to, expected) in [
            ("f", "n", Ok((file, None))),
            ("f", "f", Ok((file, Some(file)))),
            ("f", "g", Ok((file, Some(file)))),
            ("f", "a/b/c", Ok((file, Some(file)))),
            ("a", "n", Ok((Node::Folder, None))),
            ("a", "h/a", Ok((Node::Folder, None))),
            ("a/b", "b", Ok((Node::Folder, None))),
            ("n", "m", Err(ScratchError::NotFound)),
            ("f", "n/f", Err(ScratchError::NotFound)),
            ("f", "g/f", Err(ScratchError::NotAFolder)),
            ("f/x", "n", Err(ScratchError::NotAFolder)),
            ("f", "h", Err(ScratchError::AlreadyExists)),
            ("a", "h", Err(ScratchError::AlreadyExists)),
            ("a", "f", Err(ScratchError::AlreadyExists)),
            ("a", "a", Err(ScratchError::AlreadyExists)),
            ("f", "F", Err(ScratchError::CaseClash)),
            ("f", "G", Err(ScratchError::CaseClash)),
            ("f", "h/F", Ok((file, None))),
            ("a", "a/n", fault(PathFault::IntoItself)),
            ("a", "a/b/c", fault(PathFault::IntoItself)),
            ("a", &deep, Err(ScratchError::NotFound)),
        ] {
            let found = ledger.may_rename(&path(from), &path(to));
            assert_eq!(found, expected, "{from} {to}");
        }
    }

    #[test]
    fn what_moves_with_its_folder_keeps_to_the_limits_of_paths() {
        let mut ledger = ledger(&["a/", "a/b/", "a/b/c"]);
        let mut folder = String::from("x");
        ledger.put(&path(&folder), Node::Folder);
        for _ in 2..SCRATCH_DEPTH_MAX - 1 {
            folder.push_str("/x");
            ledger.put(&path(&folder), Node::Folder);
        }
        let (fits, too_deep) = (path(&folder[2..]), path(&format!("{folder}/a")));
        assert_eq!(
            ledger.may_rename(&path("a"), &too_deep),
            Err(ScratchError::InvalidPath(PathFault::TooDeep))
        );
        drop(ledger.take(&fits));
        assert_eq!(
            ledger.may_rename(&path("a"), &fits),
            Ok((Node::Folder, None))
        );
        ledger.moved(&path("a"), &fits);
        let moved = path(&format!("{}/b/c", fits.as_str()));
        assert_eq!(ledger.file(&moved), Ok(10));
    }

    #[test]
    fn listings_have_what_is_in_the_folder_and_no_more() {
        let ledger = ledger(&["a-b", "a/", "a/y", "a/x/", "a/x/z", "a0"]);
        let names = |folder: Option<&str>| {
            let listed = ledger.list(folder.map(path).as_ref()).unwrap();
            let names: Vec<_> = listed.into_iter().map(|entry| entry.name).collect();
            names.join(" ")
        };
        assert_eq!(names(None), "a a-b a0");
        assert_eq!(names(Some("a")), "x y");
        assert_eq!(names(Some("a/x")), "z");
        let refused = |text| ledger.list(Some(&path(text)));
        assert_eq!(refused("a0"), Err(ScratchError::NotAFolder));
        assert_eq!(refused("n"), Err(ScratchError::NotFound));
    }
}
