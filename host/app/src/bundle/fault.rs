use super::{BUNDLE_BYTES_MAX, CONTENT_BYTES_MAX, FILES_MAX, MANIFEST_BYTES_MAX};

/// Most characters of a name that is told.
const NAME_CHARS_MAX: usize = 80;

/// What a bundle breaks of the protocol's rules, or of the limits here. Names are told as far as they are
/// short, and without what people do not see.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The file.
    #[error("the bundle has more than {BUNDLE_BYTES_MAX} bytes")]
    TooLong,
    /// The file.
    #[error("the file is no ZIP archive")]
    NotAnArchive,
    /// What is in it.
    #[error("there are more than {FILES_MAX} files in it")]
    TooManyFiles,
    /// Two readers might take different ones.
    #[error("two files in it have one name")]
    NamedTwice,
    /// A name that leads elsewhere.
    #[error("{0} is not a path inside the bundle")]
    Escapes(String),
    /// A file that is none.
    #[error("{0} is a link")]
    Link(String),
    /// Neither stored nor deflated, or encrypted.
    #[error("{0} is packed in a way that the protocol does not have")]
    Packing(String),
    /// Its bytes are not those that were packed.
    #[error("{0} cannot be unpacked")]
    Broken(String),
    /// What is in it.
    #[error("there are more than {CONTENT_BYTES_MAX} bytes in it")]
    TooMuch,
    /// A file that must be there.
    #[error("{0} is missing")]
    Missing(String),
    /// The manifest as a whole.
    #[error("manifest.json is not one strict JSON object of at most {MANIFEST_BYTES_MAX} bytes")]
    Manifest,
    /// A member of it.
    #[error("manifest.json: {path} must be {rule}")]
    Member {
        /// Where it is, as a JSON pointer.
        path: String,
        /// What it must be.
        rule: &'static str,
    },
    /// The file of an item does not have the digest of its description.
    #[error("{0} does not have the digest that the manifest gives")]
    Digest(String),
    /// The file of an item does not have the length of its description.
    #[error("{0} does not have the length that the manifest gives")]
    Length(String),
    /// A text that is none.
    #[error("{0} is not text in UTF-8")]
    NotText(String),
    /// A citation of nothing.
    #[error("{file}, line {line}: [[{citation}]] cites nothing that is there")]
    Citation {
        /// In which file.
        file: String,
        /// In which line, from 1.
        line: usize,
        /// What it cites.
        citation: String,
    },
}

/// Writes a name of a foreign file for people.
pub(super) fn shown(name: &str) -> String {
    let short: String = name.chars().take(NAME_CHARS_MAX).collect();
    short.escape_debug().to_string()
}
