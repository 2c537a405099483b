//! Checkpoints: the tree's size and root, signed with Ed25519 in the form of C2SP `signed-note` and
//! `tlog-checkpoint`.

use super::tree::Tree;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ed25519_dalek::SigningKey as Ed25519Key;
use secrecy::{ExposeSecret, SecretString};
use signed_note::{
    Note, NoteError, Signer, StandardSigner, StandardVerifier, VerifierList, is_key_name_valid,
    key_id, new_ed25519_verifier_key,
};
use tlog_tiles::checkpoint::Checkpoint as Body;
use tlog_tiles::tlog::Hash;

/// What a signed note calls Ed25519.
const ED25519: u8 = 1;

/// A key that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not a key, or not of its name.
    #[error(
        "this is not a signed-note key (a private one begins with PRIVATE+KEY+, a public one with its name)"
    )]
    Malformed,
    /// A name with a space or a plus sign.
    #[error("a log's name has no space and no plus sign, and is not empty")]
    Name,
}

/// A checkpoint that does not say what it should.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// Not a signed note with a checkpoint in it.
    #[error("this is not a signed checkpoint")]
    Malformed,
    /// No signature of a key that is known.
    #[error("the checkpoint is not signed by a known key")]
    UnknownKey,
    /// A signature that is wrong.
    #[error("the checkpoint's signature is wrong")]
    Signature,
    /// About another log.
    #[error("the checkpoint is about the log \"{0}\"")]
    Origin(String),
}

/// The key that signs checkpoints. Its name is the log's.
pub struct SigningKey {
    signer: StandardSigner,
    public: String,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("SigningKey").field(&self.public).finish()
    }
}

impl SigningKey {
    /// Makes the text of a key of 256 secret bits for a log.
    pub fn text(log: &str, seed: &[u8; 32]) -> Result<SecretString, KeyError> {
        if !is_key_name_valid(log) {
            return Err(KeyError::Name);
        }
        let public = Ed25519Key::from_bytes(seed).verifying_key();
        let id = key_id(log, &[&[ED25519], public.as_bytes().as_slice()].concat());
        let secret = BASE64_STANDARD.encode([&[ED25519], seed.as_slice()].concat());
        Ok(format!("PRIVATE+KEY+{log}+{id:08x}+{secret}").into())
    }

    /// Reads a key's text.
    pub fn parse(text: &SecretString) -> Result<Self, KeyError> {
        let text = text.expose_secret().trim();
        let signer = StandardSigner::new(text).map_err(|_| KeyError::Malformed)?;
        // PRIVATE+KEY+name+id+secret, and the secret's own base64 may hold a plus sign.
        let secret = text.splitn(5, '+').nth(4).ok_or(KeyError::Malformed)?;
        let secret = BASE64_STANDARD
            .decode(secret)
            .map_err(|_| KeyError::Malformed)?;
        let seed = secret.get(1..).and_then(|seed| seed.try_into().ok());
        let seed: &[u8; 32] = seed.ok_or(KeyError::Malformed)?;
        let public = Ed25519Key::from_bytes(seed).verifying_key();
        let public = new_ed25519_verifier_key(signer.name(), &public);
        Ok(Self { signer, public })
    }

    /// Returns the log's name.
    pub fn log(&self) -> &str {
        self.signer.name()
    }

    /// Returns the public key, with which anybody can check what this one signed.
    pub fn public(&self) -> &str {
        &self.public
    }

    /// Signs the size and root of `tree`.
    pub fn sign(&self, tree: &Tree) -> String {
        let body = Body::new(self.log(), tree.size(), Hash(tree.root()), "")
            .expect("a log's name is not empty");
        let mut note = Note::new(&body.to_bytes(), &[]).expect("a checkpoint is a note's text");
        note.add_sigs(&[&self.signer])
            .expect("the key's name was checked");
        String::from_utf8(note.to_bytes()).expect("a note is UTF-8")
    }
}

/// What a checkpoint says, once its signature was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// Records in the tree.
    pub size: u64,
    /// The tree's root.
    pub root: [u8; 32],
}

/// Public keys of one log: its present one and those it had before.
pub struct Verifiers {
    log: String,
    keys: Vec<StandardVerifier>,
}

impl Verifiers {
    /// Reads public keys. All are of one log.
    pub fn parse<'a>(keys: impl IntoIterator<Item = &'a str>) -> Result<Self, KeyError> {
        use signed_note::Verifier;
        let read = |key: &str| StandardVerifier::new(key.trim()).map_err(|_| KeyError::Malformed);
        let keys: Vec<_> = keys.into_iter().map(read).collect::<Result<_, _>>()?;
        let log = keys.first().ok_or(KeyError::Malformed)?.name().to_owned();
        if keys.iter().any(|key| key.name() != log) {
            return Err(KeyError::Name);
        }
        Ok(Self { log, keys })
    }

    /// Returns the log's name.
    pub fn log(&self) -> &str {
        &self.log
    }

    /// Checks a checkpoint's signature and origin, and returns what it says.
    pub fn check(&self, note: &str) -> Result<Signed, CheckpointError> {
        let keys = self.keys.iter().cloned();
        let known = VerifierList::new(keys.map(|key| Box::new(key) as _).collect());
        let note = Note::from_bytes(note.as_bytes()).map_err(|_| CheckpointError::Malformed)?;
        note.verify(&known).map_err(|error| match error {
            NoteError::UnverifiedNote => CheckpointError::UnknownKey,
            _ => CheckpointError::Signature,
        })?;
        let body = Body::from_bytes(note.text()).map_err(|_| CheckpointError::Malformed)?;
        if body.origin() != self.log {
            return Err(CheckpointError::Origin(body.origin().to_owned()));
        }
        Ok(Signed {
            size: body.size(),
            root: body.hash().0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(log: &str, seed: u8) -> SigningKey {
        SigningKey::parse(&SigningKey::text(log, &[seed; 32]).unwrap()).unwrap()
    }

    fn tree(leaves: u8) -> Tree {
        let mut tree = Tree::default();
        (0..leaves).for_each(|n| tree.push(&[n]));
        tree
    }

    #[test]
    fn every_key_reads_back() {
        for seed in 0..=u8::MAX {
            let key = key("log", seed);
            let verifiers = Verifiers::parse([key.public()]).unwrap();
            assert_eq!(verifiers.check(&key.sign(&tree(1))).unwrap().size, 1);
        }
    }

    #[test]
    fn what_was_signed_is_read() {
        let (key, tree) = (key("home.example/audit", 1), tree(5));
        let verifiers = Verifiers::parse([key.public()]).unwrap();
        let signed = verifiers.check(&key.sign(&tree)).unwrap();
        assert_eq!((signed.size, signed.root), (5, tree.root()));
    }

    #[test]
    fn after_a_rotation_both_keys_are_known() {
        let (old, new) = (key("log", 1), key("log", 2));
        let both = Verifiers::parse([new.public(), old.public()]).unwrap();
        assert_eq!(both.check(&old.sign(&tree(1))).unwrap().size, 1);
        assert_eq!(both.check(&new.sign(&tree(2))).unwrap().size, 2);
    }

    #[test]
    fn anything_else_is_refused() {
        let ours = key("log", 1);
        let verifiers = Verifiers::parse([ours.public()]).unwrap();
        let good = ours.sign(&tree(3));
        for (note, refusal) in [
            (String::new(), "Malformed"),
            (good.replace("\n3\n", "\n03\n"), "Signature"),
            (good.replace("\n3\n", "\n4\n"), "Signature"),
            (good.replace("log\n3", "gol\n3"), "Signature"),
            (good.replace("— log ", "— gol "), "UnknownKey"),
            (key("log", 2).sign(&tree(3)), "UnknownKey"),
            (key("gol", 1).sign(&tree(3)), "UnknownKey"),
            (good[..good.len() - 9].to_owned(), "Malformed"),
        ] {
            let refused = verifiers.check(&note).unwrap_err();
            assert!(
                format!("{refused:?}").starts_with(refusal),
                "{note}: {refused:?}"
            );
        }
    }

    #[test]
    fn names_and_keys_have_one_form() {
        assert_eq!(
            SigningKey::text("a b", &[1; 32]).unwrap_err(),
            KeyError::Name
        );
        assert_eq!(
            SigningKey::text("a+b", &[1; 32]).unwrap_err(),
            KeyError::Name
        );
        assert_eq!(SigningKey::text("", &[1; 32]).unwrap_err(), KeyError::Name);
        let text = SigningKey::text("log", &[1; 32]).unwrap();
        for bad in ["", "x", &text.expose_secret().replace("log", "gol")] {
            let refused = SigningKey::parse(&bad.into()).unwrap_err();
            assert_eq!(refused, KeyError::Malformed);
        }
        let (one, other) = (key("log", 1), key("gol", 1));
        assert!(Verifiers::parse([one.public(), other.public()]).is_err());
        assert!(Verifiers::parse([]).is_err());
        assert!(!format!("{one:?}").contains("PRIVATE"));
    }
}
