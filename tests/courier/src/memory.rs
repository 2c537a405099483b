//! The guest's own memory: whatever a host ever gave it, is there or was.

/// What is looked for, without being there itself.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pattern {
    /// How many bytes it has.
    length: usize,
    /// Its bytes as the digits of a number to the base of 1099511628211, modulo 2^64, in decimal.
    hash: String,
}

/// Prime, so that neighbours differ in every bit.
const BASE: u64 = 1_099_511_628_211;

impl Pattern {
    /// Tells whether some bytes of the memory are those.
    pub(crate) fn is_in_memory(&self) -> bool {
        self.hash
            .parse()
            .is_ok_and(|hash| is_in(memory(), self.length, hash))
    }
}

fn is_in(bytes: &[u8], length: usize, hash: u64) -> bool {
    if length == 0 || bytes.len() < length {
        return false;
    }
    let next = |hash: u64, byte: u8| hash.wrapping_mul(BASE).wrapping_add(byte.into());
    let leaving = (0..length).fold(1, |power: u64, _| power.wrapping_mul(BASE));
    let mut seen = bytes[..length]
        .iter()
        .fold(0, |hash, byte| next(hash, *byte));
    let mut rest = bytes.iter().zip(&bytes[length..]);
    loop {
        if seen == hash {
            return true;
        }
        let Some((gone, come)) = rest.next() else {
            return false;
        };
        seen = next(seen, *come).wrapping_sub(leaving.wrapping_mul(u64::from(*gone)));
    }
}

/// Returns all of it but the first byte, which no reference leads to.
#[cfg(target_arch = "wasm32")]
#[expect(unsafe_code, reason = "the memory is looked at as it is")]
fn memory() -> &'static [u8] {
    const PAGE_BYTES: usize = 64 * 1024;
    let bytes = core::arch::wasm32::memory_size::<0>() * PAGE_BYTES;
    // SAFETY: all of this is the instance's own memory, and nothing writes while it is read.
    unsafe { core::slice::from_raw_parts(core::ptr::null::<u8>().wrapping_add(1), bytes - 1) }
}

#[cfg(not(target_arch = "wasm32"))]
const fn memory() -> &'static [u8] {
    &[]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(text: &[u8]) -> u64 {
        text.iter().fold(0, |hash: u64, byte| {
            hash.wrapping_mul(BASE).wrapping_add(u64::from(*byte))
        })
    }

    #[test]
    fn a_pattern_is_found_wherever_it_is() {
        let text = b"the quick brown fox";
        for part in ["the", "quick", "fox", "t", "the quick brown fox"] {
            assert!(is_in(text, part.len(), hash(part.as_bytes())), "{part}");
        }
        for other in ["teh", "foxes", "x ", "the quick brown fox!"] {
            assert!(!is_in(text, other.len(), hash(other.as_bytes())), "{other}");
        }
    }
}
