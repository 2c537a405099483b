//! Secrets at rest: encrypted under a key that the database does not have, and tied to their row.
//!
//! The form is one byte of version, the first four bytes of the key's digest, the nonce, and
//! XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) over the text. Everything before the text, and what the
//! row is of, is authenticated with it, so a sealed secret that is moved to another row, or changed in any
//! bit, does not open.

#[cfg(test)]
mod tests;

use super::SECRET_BYTES_MAX;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, Engine};
use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{Tag, XChaCha20Poly1305, XNonce};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, ExposeSecretMut, SecretBox, SecretString};
use sha2::{Digest, Sha256};
use std::fmt;

/// Length of a nonce: long enough for random ones, under one key for as many secrets as there can be.
pub const NONCE_BYTES: usize = 24;

const KEY_BYTES: usize = 32;
const ID_BYTES: usize = 4;
const TAG_BYTES: usize = 16;
const VERSION: u8 = 1;
const HEAD_BYTES: usize = 1 + ID_BYTES + NONCE_BYTES;
/// Of the digest that names a key: no other use of the key has it.
const ID_DOMAIN: &[u8] = b"skillgate sealing key id v1\0";

const PADDED_OR_NOT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const BASE64: [GeneralPurpose; 2] = [
    GeneralPurpose::new(&alphabet::STANDARD, PADDED_OR_NOT),
    GeneralPurpose::new(&alphabet::URL_SAFE, PADDED_OR_NOT),
];

/// Why a text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Neither base64 nor hexadecimal.
    #[error("a sealing key is written in base64 or in hexadecimal")]
    Form,
    /// Fewer or more than 32 bytes.
    #[error("a sealing key has exactly {KEY_BYTES} bytes")]
    Length,
}

/// Why a sealed secret stays closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Another key is needed.
    #[error("it is sealed under key {sealed_under}, and this is key {ours}")]
    OtherKey {
        /// The key that opens it.
        sealed_under: KeyId,
        /// The one that was tried.
        ours: KeyId,
    },
    /// Not what was sealed, or not where it was put.
    #[error("it is damaged, or in a row that it was not sealed for")]
    Damaged,
    /// Sealed by a newer host, or not sealed.
    #[error("it is in a form that this host does not know")]
    UnknownForm,
}

impl KeyError {
    /// Returns its stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Form => "sealing-key-form",
            Self::Length => "sealing-key-length",
        }
    }
}

impl OpenError {
    /// Returns its stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::OtherKey { .. } => "sealed-under-other-key",
            Self::Damaged => "sealed-damaged",
            Self::UnknownForm => "sealed-unknown-form",
        }
    }
}

/// Tells keys apart, and says nothing else of them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; ID_BYTES]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// The key under which secrets are sealed. Cleared when it is dropped.
pub struct SealingKey {
    key: SecretBox<[u8; KEY_BYTES]>,
    id: KeyId,
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingKey({}, ..)", self.id)
    }
}

impl SealingKey {
    /// Reads a key: 32 bytes in base64 of either alphabet, padded or not, or in hexadecimal. White space
    /// around it, such as the end of a file's line, is left out.
    pub fn parse(text: &SecretString) -> Result<Self, KeyError> {
        let bytes = decoded(text.expose_secret().trim_ascii())?;
        if bytes.len() != KEY_BYTES {
            return Err(KeyError::Length);
        }
        let mut key = SecretBox::new(Box::new([0; KEY_BYTES]));
        key.expose_secret_mut().copy_from_slice(&bytes);
        let digest = Sha256::new()
            .chain_update(ID_DOMAIN)
            .chain_update(&*bytes)
            .finalize();
        let mut id = KeyId([0; ID_BYTES]);
        id.0.copy_from_slice(&digest[..ID_BYTES]);
        Ok(Self { key, id })
    }

    /// Returns the name of the key: what the sealed forms under it carry.
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// Seals a secret for one row: `bound_to` says which, and is needed to open it. A nonce is never used
    /// twice.
    pub fn seal(
        &self,
        nonce: [u8; NONCE_BYTES],
        bound_to: &[&[u8]],
        secret: &SecretString,
    ) -> Vec<u8> {
        let secret = secret.expose_secret().as_bytes();
        let mut sealed = Vec::with_capacity(HEAD_BYTES + secret.len() + TAG_BYTES);
        sealed.push(VERSION);
        sealed.extend_from_slice(&self.id.0);
        sealed.extend_from_slice(&nonce);
        let bound = associated(&sealed, bound_to);
        sealed.extend_from_slice(secret);
        let text = &mut sealed[HEAD_BYTES..];
        let tag = self
            .cipher()
            .encrypt_inout_detached(&XNonce::from(nonce), &bound, text.into())
            .expect("a secret is shorter than 256 GiB");
        sealed.extend_from_slice(&tag);
        sealed
    }

    /// Opens what was sealed for this row under this key.
    pub fn open(&self, bound_to: &[&[u8]], sealed: &[u8]) -> Result<SecretString, OpenError> {
        let version = sealed.first().ok_or(OpenError::Damaged)?;
        if *version != VERSION {
            return Err(OpenError::UnknownForm);
        }
        let (head, rest) = sealed
            .split_at_checked(HEAD_BYTES)
            .ok_or(OpenError::Damaged)?;
        let (id, nonce) = head[1..].split_first_chunk().ok_or(OpenError::Damaged)?;
        if *id != self.id.0 {
            return Err(OpenError::OtherKey {
                sealed_under: KeyId(*id),
                ours: self.id,
            });
        }
        let nonce = XNonce::try_from(nonce).map_err(|_| OpenError::Damaged)?;
        let (text, tag) = rest
            .split_last_chunk::<TAG_BYTES>()
            .ok_or(OpenError::Damaged)?;
        if text.len() > SECRET_BYTES_MAX {
            return Err(OpenError::Damaged);
        }
        let mut text = Zeroizing::new(text.to_vec());
        self.cipher()
            .decrypt_inout_detached(
                &nonce,
                &associated(head, bound_to),
                text.as_mut_slice().into(),
                &Tag::from(*tag),
            )
            .map_err(|_| OpenError::Damaged)?;
        let text = std::str::from_utf8(&text).map_err(|_| OpenError::Damaged)?;
        Ok(SecretString::from(text))
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.key.expose_secret().into())
    }
}

fn decoded(text: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    // First, since some of it would also be base64, of something longer. No base64 of a whole key is
    // hexadecimal: its length is odd, or it has padding.
    if let Ok(bytes) = hex::decode(text) {
        return Ok(Zeroizing::new(bytes));
    }
    let mut readers = BASE64.iter();
    let bytes = readers.find_map(|reader| reader.decode(text).ok());
    bytes.map(Zeroizing::new).ok_or(KeyError::Form)
}

/// Returns what is authenticated beside the text. Each part has its length before it, so that no two rows
/// read alike.
fn associated(head: &[u8], bound_to: &[&[u8]]) -> Vec<u8> {
    let mut bytes = head.to_vec();
    for part in bound_to {
        bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}
