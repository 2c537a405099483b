//! A secret in what a service answers, taken out in whatever way it is written.
//!
//! A service may repeat what it was sent: in an error, a page, a header. [`Traces`] looks for the secret
//!
//! - as it is, in UTF-8 and in UTF-16 of either order;
//! - in base64 of both alphabets, alone or inside longer data, padded or not, broken into lines or not, and in
//!   hexadecimal of either case; also in two of these in each other;
//! - in *views* of the text, which are what it means once escapes are undone: percent-encoding, JSON's and
//!   HTML's, each for any of its characters, and any two of them in each other.
//!
//! What is found in a view is followed back to the pieces of the text that it was read from, and those are
//! replaced; every other byte stays. Afterwards nothing is found any more: a text that cannot be brought to
//! that is dropped whole.
//!
//! Texts are whole, so that nothing can hide in two halves of them. Time and memory are linear in the text:
//! there are at most 16 views, each no longer than the text. What stands where a secret was may be longer
//! than the secret, so a limit on the text is checked afterwards.
//!
//! **What cannot be caught.** A service that is asked to can write the secret in ways that nobody looks for:
//! encrypted, compressed, reversed, letter by letter, in halves, three deep, or in an encoding of its own or
//! one that is not listed, such as base32 or quoted-printable. A part of the secret passes too: a request
//! for a *range* of an answer must not carry a credential. Of HTML's entities, numbers and signs are known,
//! and not the names of letters such as `&eacute;`. UTF-16 is found as it is, not with escapes inside. A
//! sign that begins an escape, left alone right before a secret that is itself half escaped, can swallow its
//! first characters. So this is for a service that is careless, not for one that helps a thief: who must not
//! have the secret must not be sent it.

mod coding;
mod needles;
mod search;
#[cfg(test)]
mod tests;

use coding::Coding;
use search::{Case, Search, joined};
use secrecy::zeroize::Zeroize;
use secrecy::{ExposeSecret, SecretString};
use std::fmt;
use std::ops::Range;

/// What stands where a secret was.
pub const REDACTED: &str = "[redacted]";
/// The name of a header whose name held a secret.
const NAME_REDACTED: &str = "redacted";

/// How many escapes deep a text is read.
const DEPTH_MAX: usize = 2;
/// How often a text is gone through. There is more than once only where what stands in the secret's stead is
/// a part of the secret.
const ROUNDS_MAX: usize = 4;

/// The forms of one secret. Cleared when it is dropped.
///
/// Where the secret stood in the request makes no difference: what is around it there, such as a user before
/// a password, leaves each form as it is.
pub struct Traces(Search);

impl fmt::Debug for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Traces(..)")
    }
}

impl Traces {
    /// Returns what is looked for, to be kept for as long as the secret is. Of a text that is too short to
    /// be a [`secret`](super::secret), only forms of some length are found.
    pub fn of(secret: &SecretString) -> Self {
        Self(Search::new(needles::needles(secret.expose_secret())))
    }

    /// Tells whether a text holds the secret.
    pub fn finds(&self, text: impl AsRef<[u8]>) -> bool {
        !self.places(text.as_ref(), Case::Kept, DEPTH_MAX).is_empty()
    }

    /// Tells whether a name holds it that loses its case on the way, such as that of a header.
    pub fn finds_in_name(&self, name: &str) -> bool {
        !self
            .places(name.as_bytes(), Case::Ignored, DEPTH_MAX)
            .is_empty()
    }

    /// Takes the secret out of a text. Returns what is left, and how often it was there.
    pub fn redact(&self, mut text: Vec<u8>) -> (Vec<u8>, usize) {
        let mut count = 0;
        for _ in 0..ROUNDS_MAX {
            let places = self.places(&text, Case::Kept, DEPTH_MAX);
            if places.is_empty() {
                return (text, count);
            }
            count += places.len();
            let rest = without(&text, &places);
            text.zeroize();
            text = rest;
        }
        if self.finds(&text) {
            text.zeroize();
        }
        (text, count)
    }

    /// Takes the secret out of headers: of values as of texts; a name that holds it is replaced whole.
    /// Returns what is left, and how often it was there.
    pub fn redact_headers(
        &self,
        headers: Vec<(String, Vec<u8>)>,
    ) -> (Vec<(String, Vec<u8>)>, usize) {
        let mut count = 0;
        let clean = |(mut name, value): (String, Vec<u8>)| {
            if self.finds_in_name(&name) {
                name.zeroize();
                NAME_REDACTED.clone_into(&mut name);
                count += 1;
            }
            let (value, times) = self.redact(value);
            count += times;
            (name, value)
        };
        (headers.into_iter().map(clean).collect(), count)
    }

    /// Returns the pieces of a text that hold the secret, in order; none overlaps another.
    fn places(&self, text: &[u8], case: Case, depth_left: usize) -> Vec<Range<usize>> {
        let mut places = self.0.places(text, case);
        if let Some(depth_left) = depth_left.checked_sub(1) {
            for coding in [Coding::Percent, Coding::Backslash, Coding::Entity] {
                let look = |view: &[u8]| self.places(view, case, depth_left);
                places.extend(Self::in_view(coding, text, look));
            }
            // Nobody escapes anything inside a word and then breaks it.
            let look = |view: &[u8]| self.0.places(view, case);
            places.extend(Self::in_view(Coding::Lines, text, look));
        }
        joined(places)
    }

    /// Looks into a view of the text, and returns what it was read from.
    fn in_view(
        coding: Coding,
        text: &[u8],
        look: impl FnOnce(&[u8]) -> Vec<Range<usize>>,
    ) -> Vec<Range<usize>> {
        let Some(mut view) = coding.view(text) else {
            return Vec::new();
        };
        let places = look(&view);
        // A view in which nothing is found holds nothing that would have to be cleared.
        if places.is_empty() {
            return places;
        }
        // What is behind its end was never written.
        view.as_mut_slice().zeroize();
        coding.sources(text, &places)
    }
}

/// Returns the text with each of the places replaced.
fn without(text: &[u8], places: &[Range<usize>]) -> Vec<u8> {
    let mut rest = Vec::with_capacity(text.len() + places.len() * REDACTED.len());
    let mut read = 0;
    for place in places {
        rest.extend_from_slice(&text[read..place.start]);
        rest.extend_from_slice(REDACTED.as_bytes());
        read = place.end;
    }
    rest.extend_from_slice(&text[read..]);
    rest
}
