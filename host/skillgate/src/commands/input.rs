//! What a command is given to read. Bounded, so that a wrong file is a refusal and not a full memory.

use crate::outcome::Failure;
use std::io::{self, Read};
use std::path::Path;

/// The name that stands for standard input.
const STDIN: &str = "-";

/// Reads at most one byte more than `bytes_max`: who is given that much refuses it by its own limit.
pub(super) fn file(path: &Path, bytes_max: usize) -> Result<Vec<u8>, Failure> {
    let read = if path == Path::new(STDIN) {
        bounded(io::stdin().lock(), bytes_max)
    } else {
        std::fs::File::open(path).and_then(|file| bounded(file, bytes_max))
    };
    read.map_err(|error| Failure::failed("file", format!("{}: {error}", path.display())))
}

/// Returns `given`, or what standard input holds where it is `-`.
pub(super) fn literal_or_stdin(given: &str, bytes_max: usize) -> Result<Vec<u8>, Failure> {
    if given == STDIN {
        file(Path::new(STDIN), bytes_max)
    } else {
        Ok(given.as_bytes().to_vec())
    }
}

fn bounded(from: impl Read, bytes_max: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = u64::try_from(bytes_max)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    from.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_byte_too_many_is_enough() {
        for (given, kept) in [(3, 3), (4, 4), (5, 5), (500, 5)] {
            assert_eq!(bounded(io::repeat(0).take(given), 4).unwrap().len(), kept);
        }
    }
}
