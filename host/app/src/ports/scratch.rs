//! Scratch files: a folder that a call has for itself, empty at its start and gone at its end.
//!
//! Invariant: the same calls give the same answers on every machine, so that a call can be replayed from
//! its journal. Nothing tells a time, an owner or a number of the disk; listings are sorted; names that
//! mean different things on different file systems are refused.

/// Most bytes of one read or one write.
pub const SCRATCH_IO_BYTES_MAX: u32 = 1024 * 1024;
/// Most bytes of a path.
pub const SCRATCH_PATH_BYTES_MAX: usize = 255;
/// Most bytes of one name in a path.
pub const SCRATCH_NAME_BYTES_MAX: usize = 100;
/// Most names in a path.
pub const SCRATCH_DEPTH_MAX: usize = 8;

/// How much a scratch folder may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScratchQuota {
    /// Bytes of all its files together.
    pub bytes: u64,
    /// Files and folders in it, the scratch folder itself not counted.
    pub files: usize,
}

impl ScratchQuota {
    /// What holds where nothing is configured: a few documents and what is made of them.
    pub const DEFAULT: Self = Self {
        bytes: 16 * 1024 * 1024,
        files: 256,
    };
}

/// What a name stands for. There is nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScratchKind {
    /// Bytes.
    File,
    /// Files and folders.
    Folder,
}

/// A file or folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScratchEntry {
    /// Its name in its folder.
    pub name: String,
    /// What it is.
    pub kind: ScratchKind,
    /// How long the file is; zero for a folder.
    pub bytes: u64,
}

/// Why a text is no path of a scratch folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathFault {
    /// Nothing.
    #[error("it is empty")]
    Empty,
    /// More than [`SCRATCH_PATH_BYTES_MAX`].
    #[error("it has more than {SCRATCH_PATH_BYTES_MAX} bytes")]
    TooLong,
    /// It starts at the root of something.
    #[error("it does not start in the scratch folder")]
    Absolute,
    /// The separator of other systems.
    #[error("it has a backslash; names are separated by /")]
    Backslash,
    /// A character that nobody sees.
    #[error("it has a control character or an invisible one")]
    Control,
    /// A character that names cannot have on other systems.
    #[error("it has one of < > : \" | ? *")]
    ReservedCharacter,
    /// Two separators in a row, or one at the end.
    #[error("it has an empty name")]
    EmptyName,
    /// `.` or `..`.
    #[error("it has . or .. as a name")]
    DotName,
    /// More than [`SCRATCH_NAME_BYTES_MAX`].
    #[error("it has a name of more than {SCRATCH_NAME_BYTES_MAX} bytes")]
    NameTooLong,
    /// Other systems drop them.
    #[error("it has a name with a dot or a space at its end")]
    TrailingDotOrSpace,
    /// The name of a device on other systems.
    #[error("it has a name that is reserved on other systems")]
    ReservedName,
    /// The same letters, spelt in another way.
    #[error("it is not in Unicode's form NFC")]
    NotNormal,
    /// More than [`SCRATCH_DEPTH_MAX`].
    #[error("it has more than {SCRATCH_DEPTH_MAX} names")]
    TooDeep,
    /// A folder would be moved into itself.
    #[error("it is inside the folder that moves")]
    IntoItself,
}

impl PathFault {
    /// Returns the stable code of the fault.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong => "too-long",
            Self::Absolute => "absolute",
            Self::Backslash => "backslash",
            Self::Control => "control-character",
            Self::ReservedCharacter => "reserved-character",
            Self::EmptyName => "empty-name",
            Self::DotName => "dot-name",
            Self::NameTooLong => "name-too-long",
            Self::TrailingDotOrSpace => "trailing-dot-or-space",
            Self::ReservedName => "reserved-name",
            Self::NotNormal => "not-normal",
            Self::TooDeep => "too-deep",
            Self::IntoItself => "into-itself",
        }
    }
}

/// Why a scratch folder did not do what it was asked. Nothing has changed then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScratchError {
    /// The path is none.
    #[error("the path is refused: {0}")]
    InvalidPath(PathFault),
    /// Nothing is under the path, or the folder that it is in is not there.
    #[error("there is no such file or folder")]
    NotFound,
    /// Something is under the path already.
    #[error("there is something of this name already")]
    AlreadyExists,
    /// A folder is where a file was asked for.
    #[error("it is a folder")]
    NotAFile,
    /// A file is where a folder was asked for.
    #[error("it is a file")]
    NotAFolder,
    /// Where case does not count, both would be one.
    #[error("there is a name that differs only by case")]
    CaseClash,
    /// More than [`ScratchQuota::bytes`].
    #[error("the scratch folder has no room for so many bytes")]
    QuotaBytes,
    /// More than [`ScratchQuota::files`].
    #[error("the scratch folder has no room for another file or folder")]
    QuotaFiles,
    /// More than [`SCRATCH_IO_BYTES_MAX`].
    #[error("more than {SCRATCH_IO_BYTES_MAX} bytes at once")]
    TooLong,
    /// What is on the disk is not what this scratch folder put there: a link, a device, another file.
    #[error("it is not a plain file or folder")]
    NotPlain,
    /// The disk has no room left.
    #[error("the host has no room for more")]
    DiskFull,
    /// The host could not say.
    #[error("scratch files are not available")]
    Unavailable,
}

impl ScratchError {
    /// Returns the stable code of the error.
    pub const fn code(self) -> &'static str {
        match self {
            Self::InvalidPath(_) => "invalid-path",
            Self::NotFound => "not-found",
            Self::AlreadyExists => "already-exists",
            Self::NotAFile => "not-a-file",
            Self::NotAFolder => "not-a-folder",
            Self::CaseClash => "case-clash",
            Self::QuotaBytes => "quota-bytes",
            Self::QuotaFiles => "quota-files",
            Self::TooLong => "too-long",
            Self::NotPlain => "not-plain",
            Self::DiskFull => "disk-full",
            Self::Unavailable => "unavailable",
        }
    }
}

/// Makes scratch folders.
pub trait ScratchSpace: Send + Sync {
    /// Makes an empty folder for one call. It is gone when what is returned is dropped.
    fn begin(&self, quota: ScratchQuota) -> Result<Box<dyn Scratch>, ScratchError>;
}

/// The scratch folder of one call. Each method does its work on the disk before it returns, dropping does
/// too: call them where waiting is allowed.
///
/// Paths are relative, with `/` between names.
pub trait Scratch: Send + Sync {
    /// Writes a whole file, making it where there is none.
    fn write(&self, path: &str, bytes: &[u8]) -> Result<(), ScratchError>;

    /// Writes at the end of a file, making it where there is none.
    fn append(&self, path: &str, bytes: &[u8]) -> Result<(), ScratchError>;

    /// Reads at most `bytes_max` bytes from an offset on. Fewer are there only where the file ends.
    fn read(&self, path: &str, offset: u64, bytes_max: u32) -> Result<Vec<u8>, ScratchError>;

    /// Lists a folder, or the scratch folder itself, sorted by the bytes of the names.
    fn list(&self, folder: Option<&str>) -> Result<Vec<ScratchEntry>, ScratchError>;

    /// Makes a folder in one that is there.
    fn make_folder(&self, path: &str) -> Result<(), ScratchError>;

    /// Removes a file, or a folder with everything in it.
    fn remove(&self, path: &str) -> Result<(), ScratchError>;

    /// Moves a file or folder. A file may take the place of a file; nothing else is replaced.
    fn rename(&self, from: &str, to: &str) -> Result<(), ScratchError>;

    /// Tells what is under a path.
    fn metadata(&self, path: &str) -> Result<ScratchEntry, ScratchError>;
}
