//! A manual as a folder: written whole or not at all, and replaced only where nobody else has changed it.

use skillgate_app::digest::sha256;
use skillgate_domain::limits::MANIFEST_BYTES_MAX;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The file that keeps the digests of what was written, beside it. No text of a manual has such a name.
const MARK: &str = ".skillgate.json";
/// Bytes of that file: as many texts as a manual has, with their paths.
const MARK_BYTES_MAX: u64 = 64 * 1024;
/// Most files that are looked at in a folder; a manual has fewer.
const FILES_MAX: usize = 128;
/// What our own folders begin with until they are whole.
const UNFINISHED: &str = ".skillgate-";

/// Digests of texts by their paths below a folder, with `/` between names.
pub(super) type Digests = BTreeMap<String, String>;

/// What is at a manual's place.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    /// These texts, and nothing else.
    Texts(Digests, Whose),
    /// Something that is no manual's folder: what it is.
    Other(&'static str),
}

/// Who wrote a folder's texts.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// We did, and they are as we left them.
    Ours,
    /// Others did, or changed them.
    Others,
}

/// Returns the digests of texts.
pub(super) fn digests(texts: &BTreeMap<String, String>) -> Digests {
    let digest = |text: &String| sha256(text.as_bytes()).to_string();
    let all = texts.iter();
    all.map(|(path, text)| (path.clone(), digest(text)))
        .collect()
}

/// Looks at what is at `place`. No link is followed.
pub(super) fn look(place: &Path) -> io::Result<Found> {
    let metadata = match fs::symlink_metadata(place) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        metadata => metadata?,
    };
    if !metadata.is_dir() {
        return Ok(Found::Other("no folder"));
    }
    let mut texts = Digests::new();
    let mut folders = vec![(place.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else {
                return Ok(Found::Other("a folder with a name that is no text"));
            };
            let path = format!("{prefix}{name}");
            let kind = entry.file_type()?;
            if path == MARK {
                continue;
            }
            if kind.is_dir() {
                folders.push((entry.path(), format!("{path}/")));
            } else if !kind.is_file() || entry.metadata()?.len() > MANIFEST_BYTES_MAX as u64 {
                return Ok(Found::Other("a folder with a link or a large file in it"));
            } else {
                texts.insert(path, digest_of(&entry.path())?);
            }
            if texts.len() + folders.len() > FILES_MAX {
                return Ok(Found::Other("a folder with many files"));
            }
        }
    }
    let ours = mark(place).as_ref() == Some(&texts);
    let whose = if ours { Whose::Ours } else { Whose::Others };
    Ok(Found::Texts(texts, whose))
}

fn digest_of(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    let file = File::open(path)?;
    file.take(MANIFEST_BYTES_MAX as u64)
        .read_to_end(&mut bytes)?;
    Ok(sha256(&bytes).to_string())
}

/// Reads what we kept of a folder. One that cannot be read says nothing.
fn mark(place: &Path) -> Option<Digests> {
    let path = place.join(MARK);
    fs::symlink_metadata(&path)
        .ok()
        .filter(fs::Metadata::is_file)?;
    let mut text = String::new();
    let mut file = File::open(path).ok()?.take(MARK_BYTES_MAX);
    file.read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

/// Returns the folders in `dir` that we wrote, by their names.
pub(super) fn ours(dir: &Path) -> io::Result<Vec<String>> {
    let mut ours = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let folder = entry.file_type()?.is_dir();
        let name = entry.file_name().into_string().unwrap_or_default();
        if folder && !name.starts_with('.') && mark(&entry.path()).is_some() {
            ours.push(name);
        }
    }
    ours.sort();
    Ok(ours)
}

/// Writes texts to the folder `name` of `dir`, in the place of what is there. At every moment the folder is whole, or
/// not there.
pub(super) fn write(dir: &Path, name: &str, texts: &BTreeMap<String, String>) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    let unfinished = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .tempdir_in(dir)?;
    let (new, old) = (unfinished.path().join("new"), unfinished.path().join("old"));
    let mark = serde_json::to_string_pretty(&digests(texts))?;
    for (path, text) in texts.iter().chain([(&MARK.to_owned(), &mark)]) {
        let path = new.join(path);
        fs::create_dir_all(path.parent().unwrap_or(&new))?;
        let mut file = File::create_new(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
    }
    let place = dir.join(name);
    let replaced = replace(&place, (&new, &old));
    finish(unfinished, replaced)
}

/// Puts the new folder into its place, and what was there aside.
fn replace(place: &Path, (new, old): (&PathBuf, &PathBuf)) -> io::Result<()> {
    match fs::rename(place, old) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => fs::rename(new, place),
        moved => {
            moved?;
            fs::rename(new, place).inspect_err(|_| {
                // What was there before is better than nothing.
                drop(fs::rename(old, place));
            })
        }
    }
}

/// Removes what is not needed any more; what went wrong before counts more than what goes wrong with that.
fn finish(unfinished: TempDir, done: io::Result<()>) -> io::Result<()> {
    let removed = unfinished.close();
    done.and(removed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn texts(main: &str) -> BTreeMap<String, String> {
        let of = |path: &str, text: &str| (path.to_owned(), text.to_owned());
        BTreeMap::from([of("SKILL.md", main), of("forms/lead.md", "a form")])
    }

    /// A folder with a manual in it.
    fn written(main: &str) -> (TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "crm", &texts(main)).unwrap();
        let place = dir.path().join("crm");
        (dir, place)
    }

    fn whose(place: &Path) -> Whose {
        match look(place).unwrap() {
            Found::Texts(_, whose) => whose,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_manual_is_written_byte_for_byte_and_replaced() {
        let (dir, place) = written("one\r\n\u{feff}");
        let read = |path: &str| fs::read_to_string(place.join(path)).unwrap();
        assert_eq!(read("SKILL.md"), "one\r\n\u{feff}");
        let found = Found::Texts(digests(&texts("one\r\n\u{feff}")), Whose::Ours);
        assert_eq!(look(&place).unwrap(), found);
        let next = BTreeMap::from([("SKILL.md".to_owned(), "two".to_owned())]);
        write(dir.path(), "crm", &next).unwrap();
        assert_eq!(read("SKILL.md"), "two");
        assert!(!place.join("forms").exists());
        let names: Vec<_> = fs::read_dir(dir.path()).unwrap().collect();
        assert_eq!(names.len(), 1, "nothing unfinished is left: {names:?}");
        assert_eq!(ours(dir.path()).unwrap(), ["crm"]);
    }

    #[test]
    fn what_others_wrote_is_not_ours() {
        let (_dir, place) = written("one");
        fs::write(place.join("more.md"), "x").unwrap();
        assert_eq!(whose(&place), Whose::Others);
        fs::remove_file(place.join("more.md")).unwrap();
        assert_eq!(whose(&place), Whose::Ours);
        fs::write(place.join("SKILL.md"), "other").unwrap();
        assert_eq!(whose(&place), Whose::Others);
        fs::write(place.join("SKILL.md"), "one").unwrap();
        for mark in ["", "[]", "{\"SKILL.md\": 1}"] {
            fs::write(place.join(MARK), mark).unwrap();
            assert_eq!(whose(&place), Whose::Others, "{mark}");
        }
    }

    #[test]
    fn no_link_is_followed() {
        let (dir, place) = written("one");
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("SKILL.md"), "outside").unwrap();
        let link = dir.path().join("other");
        symlink(outside.path(), &link).unwrap();
        assert_eq!(look(&link).unwrap(), Found::Other("no folder"));
        // What is replaced is the link itself.
        write(dir.path(), "other", &texts("ours")).unwrap();
        let kept = fs::read_to_string(outside.path().join("SKILL.md")).unwrap();
        assert_eq!(kept, "outside");
        assert!(fs::symlink_metadata(&link).unwrap().is_dir());

        symlink(outside.path(), place.join("forms/more")).unwrap();
        assert!(matches!(look(&place).unwrap(), Found::Other(_)));
        write(dir.path(), "crm", &texts("two")).unwrap();
        assert!(outside.path().join("SKILL.md").exists());
        fs::remove_file(place.join(MARK)).unwrap();
        symlink(outside.path().join("SKILL.md"), place.join(MARK)).unwrap();
        assert_eq!(whose(&place), Whose::Others);
    }

    #[test]
    fn a_folder_is_read_as_far_as_a_manual_goes() {
        let (_dir, place) = written("one");
        for number in 0..FILES_MAX - 2 {
            fs::write(place.join(format!("{number}.md")), "x").unwrap();
        }
        assert_eq!(whose(&place), Whose::Others);
        fs::write(place.join("more.md"), "x").unwrap();
        assert!(matches!(look(&place).unwrap(), Found::Other(_)));

        let (_dir, place) = written("one");
        fs::write(place.join("SKILL.md"), vec![b'x'; MANIFEST_BYTES_MAX]).unwrap();
        assert_eq!(whose(&place), Whose::Others);
        fs::write(place.join("SKILL.md"), vec![b'x'; MANIFEST_BYTES_MAX + 1]).unwrap();
        assert!(matches!(look(&place).unwrap(), Found::Other(_)));
    }

    #[test]
    fn where_nothing_can_be_written_nothing_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("dir");
        fs::write(&path, "a file").unwrap();
        assert!(write(&path, "crm", &texts("one")).is_err());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_kept_of_the_largest_manual_is_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = |number: usize| format!("{number:0>200}");
        let texts: BTreeMap<_, _> = (0..64).map(|n| (path(n), n.to_string())).collect();
        write(dir.path(), "crm", &texts).unwrap();
        let place = dir.path().join("crm");
        assert_eq!(whose(&place), Whose::Ours);
        let mark = fs::metadata(place.join(MARK)).unwrap();
        assert!(mark.len() < MARK_BYTES_MAX);
    }
}
