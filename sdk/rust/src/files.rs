//! Scratch files: a folder that one call of a tool has for itself, empty at its start and gone at its end.
//!
//! Paths are relative, with `/` between names. Names that mean different things on different systems are refused,
//! also those that differ only by case. The folder holds at most 16 MiB in 256 files and folders.
//!
//! ```
//! use skillgate_sdk::{files, testing::Host};
//!
//! let host = Host::new();
//! let text = host.run(|| {
//!     files::make_folder("parts")?;
//!     files::write("parts/one", "Dear Ada")?;
//!     files::append("parts/one", ", hello")?;
//!     files::rename("parts/one", "letter")?;
//!     files::read_to_string("letter")
//! });
//! assert_eq!(text.unwrap(), "Dear Ada, hello");
//! // The next call begins with nothing.
//! assert_eq!(host.run(|| files::list(None)).unwrap(), []);
//! ```

use crate::{ErrorCode, Retry, ToolError};

pub use crate::wit::skillgate::skill::files::{Entry, Fault, Kind, Refusal};

/// Most bytes that one call of the host moves. More are moved by several.
const PIECE_BYTES_MAX: u32 = 1024 * 1024;

/// Writes a whole file, making it where there is none.
///
/// More than 1 MiB is written in pieces: where one is refused, those before it stay.
pub fn write(path: &str, bytes: impl AsRef<[u8]>) -> Result<(), Refusal> {
    let (first, rest) = split(bytes.as_ref());
    crate::host::file_write(path, first)?;
    append_all(path, rest)
}

/// Writes at the end of a file, making it where there is none.
///
/// More than 1 MiB is written in pieces: where one is refused, those before it stay.
pub fn append(path: &str, bytes: impl AsRef<[u8]>) -> Result<(), Refusal> {
    let (first, rest) = split(bytes.as_ref());
    crate::host::file_append(path, first)?;
    append_all(path, rest)
}

/// Reads a whole file.
pub fn read(path: &str) -> Result<Vec<u8>, Refusal> {
    let mut all = Vec::new();
    loop {
        let piece = read_at(path, all.len() as u64, PIECE_BYTES_MAX)?;
        let is_last = piece.len() < PIECE_BYTES_MAX as usize;
        all.extend(piece);
        if is_last {
            return Ok(all);
        }
    }
}

/// Reads a whole file as text.
///
/// ```
/// use skillgate_sdk::{files, testing::Host};
///
/// Host::new().run(|| {
///     files::write("a", [0xff]).unwrap();
///     assert!(files::read_to_string("a").is_err());
/// });
/// ```
pub fn read_to_string(path: &str) -> Result<String, Refusal> {
    String::from_utf8(read(path)?).map_err(|_| Refusal {
        fault: Fault::NotPlain,
        message: "The file is no text.".to_owned(),
    })
}

/// Reads a piece of a file from an offset on, at most 1 MiB. Fewer bytes come only where the file ends.
pub fn read_at(path: &str, offset: u64, bytes_max: u32) -> Result<Vec<u8>, Refusal> {
    crate::host::file_read(path, offset, bytes_max)
}

/// Lists a folder, or the scratch folder itself, in the order of the bytes of the names.
pub fn list(folder: Option<&str>) -> Result<Vec<Entry>, Refusal> {
    crate::host::file_list(folder)
}

/// Makes a folder in one that is there.
pub fn make_folder(path: &str) -> Result<(), Refusal> {
    crate::host::make_folder(path)
}

/// Removes a file, or a folder with everything in it.
pub fn remove(path: &str) -> Result<(), Refusal> {
    crate::host::file_remove(path)
}

/// Moves a file or folder. A file may take the place of a file; nothing else is replaced.
pub fn rename(source: &str, target: &str) -> Result<(), Refusal> {
    crate::host::file_rename(source, target)
}

/// Tells what is under a path.
///
/// ```
/// use skillgate_sdk::{files::{self, Fault}, testing::Host};
///
/// Host::new().run(|| {
///     files::write("a", "four").unwrap();
///     assert_eq!(files::metadata("a").unwrap().bytes, 4);
///     assert_eq!(files::metadata("b").unwrap_err().fault, Fault::NotFound);
///     assert_eq!(files::metadata("../a").unwrap_err().fault, Fault::InvalidPath);
/// });
/// ```
pub fn metadata(path: &str) -> Result<Entry, Refusal> {
    crate::host::file_metadata(path)
}

fn split(bytes: &[u8]) -> (&[u8], &[u8]) {
    bytes.split_at(bytes.len().min(PIECE_BYTES_MAX as usize))
}

fn append_all(path: &str, bytes: &[u8]) -> Result<(), Refusal> {
    let mut pieces = bytes.chunks(PIECE_BYTES_MAX as usize);
    pieces.try_for_each(|piece| crate::host::file_append(path, piece))
}

impl From<Refusal> for ToolError {
    fn from(refusal: Refusal) -> Self {
        let code = match refusal.fault {
            Fault::Denied => ErrorCode::Denied,
            Fault::BudgetExhausted | Fault::QuotaBytes | Fault::QuotaFiles => {
                ErrorCode::BudgetExhausted
            }
            Fault::Unavailable => ErrorCode::Unavailable,
            Fault::InvalidPath
            | Fault::NotFound
            | Fault::AlreadyExists
            | Fault::NotAFile
            | Fault::NotAFolder
            | Fault::CaseClash
            | Fault::TooLong
            | Fault::NotPlain => ErrorCode::Failed,
        };
        let retry = match code {
            ErrorCode::Unavailable => Retry::Safe,
            _ => Retry::Never,
        };
        Self {
            retry,
            ..Self::new(code, refusal.message)
        }
    }
}
