//! The data folder and the key in it.

use super::StartError;
use crate::config::Config;
use secrecy::{ExposeSecret, SecretString};
use skillgate_app::audit::SigningKey;
use skillgate_app::ports::Entropy;
use skillgate_storage::Scratches;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

const KEY_FILE: &str = "aot.key";
const SEALING_KEY_FILE: &str = "secrets.key";
const AUDIT_KEY_FILE: &str = "audit.key";
/// Public keys that signed before, one to a line, oldest first.
const FORMER_AUDIT_KEYS_FILE: &str = "audit.former";
/// Folder of the scratch files of calls.
const SCRATCH_DIR: &str = "scratch";
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

/// Takes a place for scratch files. What hosts that were killed left there is removed.
pub(crate) fn open_scratches(dir: &Path) -> Result<Scratches, StartError> {
    Scratches::of_a_host(&dir.join(SCRATCH_DIR)).map_err(StartError::Scratch)
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

/// Reads the key under which the secrets of skills are sealed, making it first where there is none.
pub(crate) fn sealing_key(dir: &Path, entropy: &dyn Entropy) -> Result<SecretString, StartError> {
    let path = dir.join(SEALING_KEY_FILE);
    let new = entropy.secret().map(|byte| format!("{byte:02x}")).concat();
    let key = kept_or_made(dir, SEALING_KEY_FILE, new.as_bytes(), entropy);
    let key = key.and_then(|key| {
        String::from_utf8(key).map_err(|_| io::Error::other("it is not a sealing key"))
    });
    key.map(SecretString::from)
        .map_err(|source| StartError::Key { path, source })
}

/// Reads the public keys that signed before the present one.
pub(crate) fn former_audit_keys(dir: &Path) -> Result<Vec<String>, StartError> {
    let path = dir.join(FORMER_AUDIT_KEYS_FILE);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(StartError::Key { path, source }),
    }
}

/// Puts a new key of the same log in the place of the one that signs checkpoints, and returns it. The
/// old one's public key is kept first, so that whatever it signed can be checked at every moment; its
/// secret is gone.
pub(crate) fn rotate_audit_key(
    dir: &Path,
    entropy: &dyn Entropy,
) -> Result<SigningKey, StartError> {
    let path = dir.join(FORMER_AUDIT_KEYS_FILE);
    let unusable = |source| StartError::Key {
        path: path.clone(),
        source,
    };
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(OWNER_ONLY_FILE)
        .open(&path);
    let mut former = file.map_err(unusable)?;
    // Of two rotations at once, the second one replaces the key of the first.
    former.lock().map_err(unusable)?;
    let old = audit_key(dir, entropy)?;
    let old = SigningKey::parse(&old).map_err(StartError::AuditKey)?;
    let new = SigningKey::text(old.log(), &entropy.secret()).map_err(StartError::AuditKey)?;
    writeln!(former, "{}", old.public())
        .and_then(|()| former.sync_all())
        .and_then(|()| replace(dir, AUDIT_KEY_FILE, new.expose_secret().as_bytes(), entropy))
        .map_err(unusable)?;
    SigningKey::parse(&new).map_err(StartError::AuditKey)
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
    let written = write(&aside, key).and_then(|()| std::fs::hard_link(&aside, dir.join(name)));
    let removed = std::fs::remove_file(&aside);
    match written {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => removed,
    }
}

/// Writes the key aside and moves it over the one in place, whole.
fn replace(dir: &Path, name: &str, key: &[u8], entropy: &dyn Entropy) -> io::Result<()> {
    let aside = dir.join(format!("{name}.{}", entropy.uuid()));
    write(&aside, key)?;
    std::fs::rename(&aside, dir.join(name))?;
    File::open(dir)?.sync_all()
}

fn write(path: &Path, key: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(OWNER_ONLY_FILE)
        .open(path)?;
    file.write_all(key)?;
    file.sync_all()
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
    fn a_rotation_keeps_the_public_key_first_and_the_log() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path();
        let present = || SigningKey::parse(&audit_key(dir, &SystemEntropy).unwrap()).unwrap();
        assert_eq!(former_audit_keys(dir).unwrap(), Vec::<String>::new());
        let mut expected = Vec::new();
        for _ in 0..3 {
            let old = present();
            let new = rotate_audit_key(dir, &SystemEntropy).unwrap();
            expected.push(old.public().to_owned());
            assert_eq!(former_audit_keys(dir).unwrap(), expected);
            assert_eq!(present().public(), new.public());
            assert_eq!(new.log(), old.log());
            assert_ne!(new.public(), old.public());
        }
        for name in [AUDIT_KEY_FILE, FORMER_AUDIT_KEYS_FILE] {
            let mode = std::fs::metadata(dir.join(name)).unwrap().mode();
            assert_eq!(mode & 0o777, OWNER_ONLY_FILE, "{name}");
        }
        assert_eq!(std::fs::read_dir(dir).unwrap().count(), 2);
    }

    #[test]
    fn rotations_at_once_lose_no_key() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path();
        let first = SigningKey::parse(&audit_key(dir, &SystemEntropy).unwrap()).unwrap();
        let rotate = || rotate_audit_key(dir, &SystemEntropy).unwrap();
        let made: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(rotate)).collect();
            threads.into_iter().map(|it| it.join().unwrap()).collect()
        });
        let present = SigningKey::parse(&audit_key(dir, &SystemEntropy).unwrap()).unwrap();
        let mut known = former_audit_keys(dir).unwrap();
        assert_eq!(known[0], first.public());
        known.push(present.public().to_owned());
        assert_eq!(known.len(), 5);
        assert!(
            made.iter()
                .all(|key| known.contains(&key.public().to_owned()))
        );
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
