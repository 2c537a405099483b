//! Compiled components, kept between starts of the host.
//!
//! A compiled file is machine code: loading one that somebody else wrote hands them the process. So
//! every file carries a MAC, by a key that only this host has, over the engine it was compiled for,
//! the digest of the component and the code. A file that does not verify is compiled anew and replaced.

use crate::runtime::AotEvent;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use skillgate_domain::digest::Digest;
use std::hash::{Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};
use wasmtime::Engine;

const MAGIC: &[u8; 8] = b"sgaot\0\x001";
const MAC_BYTES: usize = 32;
const HEADER_BYTES: usize = MAGIC.len() + MAC_BYTES;

/// Largest compiled file. A component of the largest size compiles to several times as much.
const FILE_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// The key of the MAC. Never leaves the host; a new one only makes the cache cold.
#[derive(Clone)]
pub struct AotKey([u8; 32]);

impl AotKey {
    /// Wraps 256 random bits.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl std::fmt::Debug for AotKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AotKey(..)")
    }
}

/// The folder of compiled files.
#[derive(Debug)]
pub(crate) struct AotCache {
    folder: PathBuf,
    key: AotKey,
    engine: [u8; 8],
}

impl AotCache {
    pub(crate) fn open(folder: PathBuf, key: AotKey, engine: &Engine) -> std::io::Result<Self> {
        std::fs::create_dir_all(&folder)?;
        Ok(Self {
            folder,
            key,
            engine: engine_hash(engine),
        })
    }

    /// Returns the code compiled for `digest`, if there is a file and this host wrote it for this engine.
    pub(crate) fn read(&self, digest: &Digest) -> Result<Vec<u8>, AotEvent> {
        let path = self.path(digest);
        let size = std::fs::metadata(&path).map_err(|_| AotEvent::Miss)?.len();
        if size > FILE_BYTES_MAX {
            return Err(AotEvent::Rejected);
        }
        // Read whole before it is checked: a file that is checked and then mapped can change in between.
        let file = std::fs::read(&path).map_err(|_| AotEvent::Miss)?;
        self.genuine(digest, file).ok_or(AotEvent::Rejected)
    }

    fn genuine(&self, digest: &Digest, mut file: Vec<u8>) -> Option<Vec<u8>> {
        let (header, code) = file.split_at_checked(HEADER_BYTES)?;
        let tag = header.strip_prefix(MAGIC)?;
        self.mac(digest, code).verify_slice(tag).ok()?;
        file.drain(..HEADER_BYTES);
        Some(file)
    }

    /// Keeps the code compiled for `digest`. Written aside and renamed, so that no reader sees a part.
    pub(crate) fn write(&self, digest: &Digest, code: &[u8]) -> std::io::Result<()> {
        let tag = self.mac(digest, code).finalize().into_bytes();
        let path = self.path(digest);
        let aside = path.with_extension(format!("{}.part", std::process::id()));
        let mut file = std::fs::File::create(&aside)?;
        let written = file
            .write_all(MAGIC)
            .and_then(|()| file.write_all(&tag))
            .and_then(|()| file.write_all(code));
        if let Err(error) = written.and_then(|()| std::fs::rename(&aside, &path)) {
            std::fs::remove_file(&aside).ok();
            return Err(error);
        }
        Ok(())
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        let name = digest.to_string();
        self.folder
            .join(Path::new(name.trim_start_matches("sha256:")).with_extension("aot"))
    }

    fn mac(&self, digest: &Digest, code: &[u8]) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.key.0).expect("HMAC takes a key of any length");
        // Fixed-length parts first: no two different inputs read alike.
        mac.update(&self.engine);
        mac.update(digest.as_bytes());
        mac.update(code);
        mac
    }
}

/// Identifies version and settings of the engine, as wasmtime sees them.
fn engine_hash(engine: &Engine) -> [u8; 8] {
    let mut hasher = std::hash::DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.finish().to_le_bytes()
}
