//! The data folder and the key in it.

use super::StartError;
use crate::config::Config;
use secrecy::{ExposeSecret, SecretString};
use skillgate_app::audit::SigningKey;
use skillgate_app::ports::Entropy;
use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

const KEY_FILE: &str = "aot.key";
const AUDIT_KEY_FILE: &str = "audit.key";
const KEY_BYTES: usize = 32;
const OWNER_ONLY_DIR: u32 = 0o700;
const OWNER_ONLY_FILE: u32 = 0o600;
/// Permission bits of those who are not the owner.
const GROUP_AND_OTHERS: u32 = 0o077;

/// Makes the data folder, open to its owner only, unless it is there.
pub(crate) fn prepare(config: &Config) -> Result<(), StartError> {
    let dir = &config.data_dir;
    let made = DirBuilder::new()
        .recursive(true)
        .mode(OWNER_ONLY_DIR)
        .create(dir);
    made.map_err(|source| StartError::Data {
        dir: dir.clone(),
        source,
    })
}

/// Reads the key that authenticates compiled components, making it first where there is none.
pub(crate) fn aot_key(dir: &Path, entropy: &dyn Entropy) -> Result<[u8; 32], StartError> {
    let path = dir.join(KEY_FILE);
    let key = kept_or_made(dir, KEY_FILE, &entropy.secret(), entropy).and_then(|key| {
        let key = key.try_into();
        key.map_err(|_| io::Error::other(format!("it must have {KEY_BYTES} bytes; delete it")))
    });
    key.map_err(|source| StartError::Key { path, source })
}

/// Reads the key that signs checkpoints, making one and a name for the log first where there is none.
pub(crate) fn audit_key(dir: &Path, entropy: &dyn Entropy) -> Result<SecretString, StartError> {
    let path = dir.join(AUDIT_KEY_FILE);
    let log = format!("skillgate/{}", entropy.uuid());
    let new = SigningKey::text(&log, &entropy.secret()).expect("a UUID has no space");
    let key = kept_or_made(dir, AUDIT_KEY_FILE, new.expose_secret().as_bytes(), entropy);
    let key = key.and_then(|key| {
        String::from_utf8(key).map_err(|_| io::Error::other("it is not a signed-note key"))
    });
    key.map(SecretString::from)
        .map_err(|source| StartError::Key { path, source })
}

/// Reads a key file, making it of `new` first where there is none.
fn kept_or_made(dir: &Path, name: &str, new: &[u8], entropy: &dyn Entropy) -> io::Result<Vec<u8>> {
    let path = dir.join(name);
    match read(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            make(dir, name, new, entropy).and_then(|()| read(&path))
        }
        key => key,
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mode = std::fs::metadata(path)?.mode();
    if mode & GROUP_AND_OTHERS != 0 {
        return Err(io::Error::other(
            "others can read or change it; delete it and start again",
        ));
    }
    std::fs::read(path)
}

/// Writes the key aside and links it into place whole, so that of two programs that start at once
/// both read the same one.
fn make(dir: &Path, name: &str, key: &[u8], entropy: &dyn Entropy) -> io::Result<()> {
    let aside = dir.join(format!("{name}.{}", entropy.uuid()));
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(OWNER_ONLY_FILE)
        .open(&aside)?;
    let written = file
        .write_all(key)
        .and_then(|()| file.sync_all())
        .and_then(|()| std::fs::hard_link(&aside, dir.join(name)));
    std::fs::remove_file(&aside)?;
    match written {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use super::super::SystemEntropy;
    use super::*;
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_key_is_made_once_for_its_owner() {
        let dir = tempfile::tempdir().unwrap();
        let key = aot_key(dir.path(), &SystemEntropy).unwrap();
        assert_eq!(aot_key(dir.path(), &SystemEntropy).unwrap(), key);
        let mode = std::fs::metadata(dir.path().join(KEY_FILE)).unwrap().mode();
        assert_eq!(mode & 0o777, OWNER_ONLY_FILE);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_key_that_is_none_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(KEY_FILE);
        for (bytes, mode) in [
            (31, 0o600),
            (33, 0o600),
            (0, 0o600),
            (32, 0o640),
            (32, 0o602),
        ] {
            std::fs::write(&path, vec![1; bytes]).unwrap();
            std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            assert!(
                aot_key(dir.path(), &SystemEntropy).is_err(),
                "{bytes} {mode:o}"
            );
        }
        std::fs::write(&path, [1; 32]).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        assert_eq!(aot_key(dir.path(), &SystemEntropy).unwrap(), [1; 32]);
    }
}
