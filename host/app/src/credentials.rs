//! Credentials that a module uses and never sees.
//!
//! A request for which there is one goes four ways: it is [checked](check) for the secret, which a module
//! has no honest way to know; the secret is [put in](inject); the request is sent, by somebody else; and
//! what comes back is rid of the secret by its [`Traces`] before the module reads it. At rest the secret is
//! [sealed](SealingKey).
//!
//! Invariant: no message, `Debug` or error of these modules holds a secret, or anything a module wrote.

mod place;
mod scan;
mod seal;
mod traces;

pub use place::{InjectError, Parts, inject};
pub use scan::{Leak, check};
pub use seal::{KeyError, KeyId, NONCE_BYTES, OpenError, SealingKey};
pub use traces::{REDACTED, Traces};

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

/// Shortest secret. To take out a shorter one would eat into ordinary text.
pub const SECRET_BYTES_MIN: usize = 8;
/// Longest secret.
pub const SECRET_BYTES_MAX: usize = 4096;

/// Why a text is no secret to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Fewer than [`SECRET_BYTES_MIN`].
    #[error(
        "a secret has at least {SECRET_BYTES_MIN} bytes, so that it can be told from ordinary text"
    )]
    TooShort,
    /// More than [`SECRET_BYTES_MAX`].
    #[error("a secret has at most {SECRET_BYTES_MAX} bytes")]
    TooLong,
    /// It stands in what is put in its stead, so it could never be taken out.
    #[error("this text stands in every answer that something was taken out of")]
    Placeholder,
}

impl SecretError {
    /// Returns its stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooShort => "credential-too-short",
            Self::TooLong => "credential-too-long",
            Self::Placeholder => "credential-is-placeholder",
        }
    }
}

/// Takes a text as a secret, when it is set. What is refused is cleared.
pub fn secret(text: String) -> Result<SecretString, SecretError> {
    let text = Zeroizing::new(text);
    if text.len() < SECRET_BYTES_MIN {
        return Err(SecretError::TooShort);
    }
    if text.len() > SECRET_BYTES_MAX {
        return Err(SecretError::TooLong);
    }
    let secret = SecretString::from(text.as_str());
    if Traces::of(&secret).finds(REDACTED) {
        return Err(SecretError::Placeholder);
    }
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_neither_short_nor_long_nor_what_stands_in_its_stead() {
        let word = |bytes| secret("s".repeat(bytes)).err();
        assert_eq!(word(SECRET_BYTES_MIN), None);
        assert_eq!(word(SECRET_BYTES_MIN - 1), Some(SecretError::TooShort));
        assert_eq!(word(SECRET_BYTES_MAX), None);
        assert_eq!(word(SECRET_BYTES_MAX + 1), Some(SecretError::TooLong));
        for text in ["redacted", "[redacted", "[redacted]"] {
            let refused = secret(text.to_owned()).unwrap_err();
            assert_eq!(refused.code(), "credential-is-placeholder");
        }
        assert!(secret("[redacted] not".to_owned()).is_ok());
    }
}
