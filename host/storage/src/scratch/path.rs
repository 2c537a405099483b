//! Paths as guests write them.
//!
//! Invariant: a path that was parsed has one spelling, stays in the folder that it starts in, and is a path
//! on every system that a host may run on.

use skillgate_app::ports::{
    PathFault, SCRATCH_DEPTH_MAX, SCRATCH_NAME_BYTES_MAX, SCRATCH_PATH_BYTES_MAX,
};
use unicode_normalization::{UnicodeNormalization, is_nfc};

const SEPARATOR: char = '/';
/// Names of devices, with any extension: what Microsoft's "Naming Files, Paths, and Namespaces" lists.
const DEVICES: [&str; 7] = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"];
/// Devices that have a number behind their name.
const NUMBERED_DEVICES: [&str; 2] = ["COM", "LPT"];
const RESERVED: [char; 7] = ['<', '>', ':', '"', '|', '?', '*'];

/// A path in a scratch folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ScratchPath(String);

impl ScratchPath {
    /// Reads a path.
    pub(super) fn parse(text: &str) -> Result<Self, PathFault> {
        let mut letters = text.chars();
        match (letters.next(), letters.next()) {
            (None, _) => return Err(PathFault::Empty),
            (Some('/' | '\\'), _) => return Err(PathFault::Absolute),
            (Some(drive), Some(':')) if drive.is_ascii_alphabetic() => {
                return Err(PathFault::Absolute);
            }
            _ => {}
        }
        fits(text.len(), text.split(SEPARATOR).count())?;
        for character in text.chars() {
            match character {
                '\\' => return Err(PathFault::Backslash),
                it if it.is_control() || is_invisible(it) => return Err(PathFault::Control),
                it if RESERVED.contains(&it) => return Err(PathFault::ReservedCharacter),
                _ => {}
            }
        }
        text.split(SEPARATOR).try_for_each(check_name)?;
        if !is_nfc(text) {
            return Err(PathFault::NotNormal);
        }
        Ok(Self(text.to_owned()))
    }

    /// Returns the whole path.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the last name.
    pub(super) fn name(&self) -> &str {
        self.0.rsplit(SEPARATOR).next().unwrap_or_default()
    }

    /// Returns the path of the folder that it is in, where that is not the scratch folder itself.
    pub(super) fn folder(&self) -> Option<&str> {
        self.0.rsplit_once(SEPARATOR).map(|(folder, _)| folder)
    }

    /// Returns the paths of all folders that it is in, the outermost first.
    pub(super) fn folders(&self) -> impl Iterator<Item = &str> {
        let ends = self.0.match_indices(SEPARATOR);
        ends.map(|(end, _)| &self.0[..end])
    }

    /// Tells whether `other` is somewhere in the folder of this path.
    pub(super) fn is_around(&self, other: &str) -> bool {
        self.below(other).is_some()
    }

    /// Returns what remains of a path in the folder of this one, with the separator before it.
    pub(super) fn below<'a>(&self, other: &'a str) -> Option<&'a str> {
        let rest = other.strip_prefix(self.as_str())?;
        rest.starts_with(SEPARATOR).then_some(rest)
    }

    /// Returns the path that something below a folder has once the folder is under this path.
    pub(super) fn with(&self, below: &str) -> Result<String, PathFault> {
        let path = format!("{}{below}", self.0);
        fits(path.len(), path.split(SEPARATOR).count())?;
        Ok(path)
    }
}

/// Returns a name without its case: two names that have the same one may be one name elsewhere.
///
/// File systems differ in what they fold. All ways to and from upper case together fold more than each.
pub(super) fn fold(name: &str) -> String {
    let lower = name.chars().flat_map(char::to_lowercase);
    let upper = lower.flat_map(char::to_uppercase);
    upper.flat_map(char::to_lowercase).nfc().collect()
}

fn fits(bytes: usize, depth: usize) -> Result<(), PathFault> {
    if bytes > SCRATCH_PATH_BYTES_MAX {
        return Err(PathFault::TooLong);
    }
    if depth > SCRATCH_DEPTH_MAX {
        return Err(PathFault::TooDeep);
    }
    Ok(())
}

fn check_name(name: &str) -> Result<(), PathFault> {
    if name.is_empty() {
        return Err(PathFault::EmptyName);
    }
    if name == "." || name == ".." {
        return Err(PathFault::DotName);
    }
    if name.len() > SCRATCH_NAME_BYTES_MAX {
        return Err(PathFault::NameTooLong);
    }
    if name.ends_with(['.', ' ']) {
        return Err(PathFault::TrailingDotOrSpace);
    }
    if is_device(name) {
        return Err(PathFault::ReservedName);
    }
    Ok(())
}

/// Characters that change nothing to see, or the order of what is seen. Some file systems ignore them.
const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
    )
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    let stem = stem.trim_end().to_ascii_uppercase();
    if DEVICES.contains(&stem.as_str()) {
        return true;
    }
    let mut numbers = NUMBERED_DEVICES
        .iter()
        .filter_map(|it| stem.strip_prefix(it));
    numbers.any(|number| {
        let mut digits = number.chars();
        let digit = digits.next();
        let is_number = digit.is_some_and(|it| it.is_ascii_digit() || "¹²³".contains(it));
        is_number && digits.next().is_none()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::path::{Component, Path};

    #[test]
    fn names_may_be_unusual() {
        for text in [
            "a",
            "notes.txt",
            "a/b/c.d",
            ".hidden",
            "...a",
            "a b",
            " a",
            "console",
            "COM",
            "COM10",
            "COMA",
            "caf\u{e9}",
            "\u{65e5}\u{672c}",
            "-",
            "~",
            "~root",
            "%2e%2e",
            "$HOME",
        ] {
            assert_eq!(
                ScratchPath::parse(text).map(|path| path.0),
                Ok(text.to_owned())
            );
        }
    }

    #[test]
    fn paths_have_one_spelling_and_stay_where_they_start() {
        for (text, fault) in [
            ("", PathFault::Empty),
            ("/", PathFault::Absolute),
            ("/etc/passwd", PathFault::Absolute),
            ("//host/share", PathFault::Absolute),
            ("\\", PathFault::Absolute),
            ("\\\\host\\share", PathFault::Absolute),
            ("\\\\?\\C:\\x", PathFault::Absolute),
            ("C:\\x", PathFault::Absolute),
            ("c:x", PathFault::Absolute),
            ("a\\b", PathFault::Backslash),
            ("..\\b", PathFault::Backslash),
            ("a\0", PathFault::Control),
            ("a\nb", PathFault::Control),
            ("a\u{7f}", PathFault::Control),
            ("a\u{85}", PathFault::Control),
            ("a\u{200d}", PathFault::Control),
            ("a\u{202e}txt", PathFault::Control),
            ("\u{feff}a", PathFault::Control),
            ("ab:c", PathFault::ReservedCharacter),
            ("file::$DATA", PathFault::ReservedCharacter),
            ("a*", PathFault::ReservedCharacter),
            ("a?", PathFault::ReservedCharacter),
            ("a//b", PathFault::EmptyName),
            ("a/", PathFault::EmptyName),
            (".", PathFault::DotName),
            ("..", PathFault::DotName),
            ("../a", PathFault::DotName),
            ("a/..", PathFault::DotName),
            ("a/../../b", PathFault::DotName),
            ("a/./b", PathFault::DotName),
            ("a.", PathFault::TrailingDotOrSpace),
            ("...", PathFault::TrailingDotOrSpace),
            ("a /b", PathFault::TrailingDotOrSpace),
            ("con", PathFault::ReservedName),
            ("a/NUL.txt", PathFault::ReservedName),
            ("nul .tar.gz", PathFault::ReservedName),
            ("COM1", PathFault::ReservedName),
            ("lpt0.x", PathFault::ReservedName),
            ("com\u{b9}", PathFault::ReservedName),
            ("conin$", PathFault::ReservedName),
            ("cafe\u{301}", PathFault::NotNormal),
            ("\u{212a}", PathFault::NotNormal),
        ] {
            assert_eq!(ScratchPath::parse(text), Err(fault), "{text:?}");
        }
    }

    #[test]
    fn paths_have_their_limits() {
        let name = "n".repeat(SCRATCH_NAME_BYTES_MAX);
        assert!(ScratchPath::parse(&name).is_ok());
        assert_eq!(
            ScratchPath::parse(&format!("{name}n")),
            Err(PathFault::NameTooLong)
        );
        let rest = SCRATCH_PATH_BYTES_MAX - 2 * (SCRATCH_NAME_BYTES_MAX + 1);
        let longest = format!("{name}/{name}/{}", "n".repeat(rest));
        assert_eq!(longest.len(), SCRATCH_PATH_BYTES_MAX);
        assert!(ScratchPath::parse(&longest).is_ok());
        assert_eq!(
            ScratchPath::parse(&format!("{longest}n")),
            Err(PathFault::TooLong)
        );
        let deepest = ["a"; SCRATCH_DEPTH_MAX].join("/");
        assert!(ScratchPath::parse(&deepest).is_ok());
        assert_eq!(
            ScratchPath::parse(&format!("{deepest}/a")),
            Err(PathFault::TooDeep)
        );
    }

    #[test]
    fn case_is_nothing_that_names_differ_by() {
        for (one, other) in [
            ("Notes", "nOTES"),
            ("\u{c9}t\u{e9}", "\u{e9}T\u{c9}"),
            ("\u{df}", "SS"),
            ("\u{1e9e}", "\u{df}"),
            ("\u{3c3}", "\u{3c2}"),
            ("\u{17f}", "S"),
            ("\u{fb01}", "FI"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} {other}");
        }
        for (one, other) in [("a", "b"), ("\u{e9}", "e"), ("a-b", "a_b")] {
            assert_ne!(fold(one), fold(other), "{one} {other}");
        }
    }

    proptest! {
        /// Made of what paths go wrong by, so that many get far.
        #[test]
        fn what_is_a_path_has_only_plain_names(text in "([a-cA-C. /\\\\:\u{301}\u{e9}~]|\\.\\.|/){1,24}") {
            if let Ok(path) = ScratchPath::parse(&text) {
                let components: Vec<_> = Path::new(path.as_str()).components().collect();
                prop_assert!(components.iter().all(|it| matches!(it, Component::Normal(_))));
                let names: Vec<_> = text.split('/').collect();
                prop_assert_eq!(components.len(), names.len());
                prop_assert_eq!(path.folders().count(), names.len() - 1);
                prop_assert_eq!(path.folders().last(), path.folder());
                prop_assert_eq!(path.name(), *names.last().unwrap());
            }
        }
    }
}
