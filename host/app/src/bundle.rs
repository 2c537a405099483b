//! A Tez as a file to take along: a bundle of the Tezit Protocol 1.2, of its third level. And whether a file
//! is such a bundle.
//!
//! Invariants: the same Tez makes the same bytes. Files are named after ids, never after what somebody
//! wrote. A bundle that is checked is never unpacked into a folder, nor beyond the limits here.

mod check;
mod citation;
mod fault;
mod manifest;
mod write;

#[cfg(test)]
mod tests;

pub use check::{Level, Report, check};
pub use fault::Fault;
pub use write::write;

/// The version of the protocol that bundles are written in.
pub const TEZIT_VERSION: &str = "1.2";
/// The media type of a bundle.
pub const MEDIA_TYPE: &str = "application/vnd.tezit+zip";
/// What names of bundles end with.
pub const EXTENSION: &str = "tez";

/// Longest bundle that is checked, in bytes.
pub const BUNDLE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Most files in it.
pub const FILES_MAX: usize = 1_000;
/// Most bytes that are unpacked of it.
pub const CONTENT_BYTES_MAX: usize = 128 * 1024 * 1024;
/// Longest manifest, in bytes.
pub const MANIFEST_BYTES_MAX: usize = 1024 * 1024;
/// Deepest nesting of a manifest.
pub const MANIFEST_DEPTH_MAX: usize = 16;
/// Most faults that are told.
pub const FAULTS_MAX: usize = 50;

/// The file that says what is in a bundle.
const MANIFEST: &str = "manifest.json";
/// The file that people read.
const SYNTHESIS: &str = "tez.md";
/// The folder of what that rests on.
const CONTEXT: &str = "context/";
