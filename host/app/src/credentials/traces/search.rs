//! Many needles in one text, in time linear in the text.
//!
//! A first pass looks at a few bytes here and there, as far apart as the shortest needle allows, and asks
//! which needles have them; a second one reads from where such a needle would begin, by Knuth, Morris and
//! Pratt, and never reads a byte twice for one needle. Crates for this keep copies of what they look for in
//! memory that nobody clears.

use super::needles::Needle;
use secrecy::zeroize::Zeroizing;
use std::cmp::Reverse;
use std::ops::Range;

/// How much of a needle the first pass looks at. No needle is shorter.
pub(super) const ANCHOR_BYTES: usize = 6;
/// How far apart it looks at most. Each needle has as many anchors.
const STEP_BYTES_MAX: usize = 8;
/// Makes capital letters small ones; what else it makes alike, the second pass tells apart.
const FOLD: u64 = 0x2020_2020_2020;
const ANCHOR_MASK: u64 = (1 << (8 * ANCHOR_BYTES)) - 1;

/// How much of a hash the filter tells apart: about fifty times as much as there are anchors.
const FILTER_BITS: u32 = 16;
const FILTER_WORDS: usize = (1 << FILTER_BITS) / 64;

/// Whether letters that differ in case are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    /// They are not.
    Kept,
    /// They are.
    Ignored,
}

impl Case {
    const fn of(self, byte: u8) -> u8 {
        match self {
            Self::Kept => byte,
            Self::Ignored => byte.to_ascii_lowercase(),
        }
    }
}

/// Needles, and what the first pass knows of them.
pub(super) struct Search {
    needles: Vec<Needle>,
    /// How far apart the first pass looks.
    step: usize,
    /// In the order of what they are. Of the anchors of one needle that are alike, the last comes first.
    anchors: Zeroizing<Vec<Anchor>>,
    /// One bit for the hash of each anchor.
    filter: Zeroizing<Vec<u64>>,
}

/// What an anchor is, the index of its needle, and where in that it stands.
type Anchor = (u64, usize, usize);

impl Search {
    pub(super) fn new(needles: Vec<Needle>) -> Self {
        let lengths = needles.iter().map(|needle| needle.bytes.len());
        let shortest = lengths.min().unwrap_or(ANCHOR_BYTES);
        let step = (shortest + 1 - ANCHOR_BYTES).min(STEP_BYTES_MAX);
        let mut anchors = Zeroizing::new(Vec::with_capacity(needles.len() * step));
        for (index, Needle { bytes, .. }) in needles.iter().enumerate() {
            // From the middle, since many secrets begin like others of their kind.
            let first = (bytes.len() + 1 - ANCHOR_BYTES - step) / 2;
            let places = (first..first + step).rev();
            anchors.extend(places.filter_map(|at| Some((anchor(bytes, at)?, index, at))));
        }
        // In place: a sort that keeps the order would copy them.
        anchors.sort_unstable_by_key(|(anchor, index, at)| (*anchor, *index, Reverse(*at)));
        let mut filter = Zeroizing::new(vec![0; FILTER_WORDS]);
        for (anchor, ..) in anchors.iter() {
            let bit = hash(*anchor);
            filter[bit / 64] |= 1 << (bit % 64);
        }
        Self {
            needles,
            step,
            anchors,
            filter,
        }
    }

    /// Returns every place of every needle, in order, with what overlaps as one.
    pub(super) fn places(&self, text: &[u8], case: Case) -> Vec<Range<usize>> {
        let mut readings: Vec<Option<Reading<'_>>> = Vec::new();
        readings.resize_with(self.needles.len(), || None);
        self.hits(text, |index, start| {
            let needle = &self.needles[index];
            let reading = readings[index].get_or_insert_with(|| Reading::new(needle, case));
            reading.read(text, start);
        });
        let readings = readings.into_iter().flatten();
        joined(readings.flat_map(|reading| reading.places).collect())
    }

    /// Visits where needles may begin. For each needle the visits go forwards.
    fn hits(&self, text: &[u8], mut visit: impl FnMut(usize, usize)) {
        let looks = (0..text.len()).step_by(self.step);
        for (at, window) in looks.map_while(|at| Some((at, anchor(text, at)?))) {
            let bit = hash(window);
            if self.filter[bit / 64] >> (bit % 64) & 1 == 0 {
                continue;
            }
            let from = self
                .anchors
                .partition_point(|(anchor, ..)| *anchor < window);
            let same = self.anchors[from..].iter();
            for (_, needle, offset) in same.take_while(|(anchor, ..)| *anchor == window) {
                if let Some(start) = at.checked_sub(*offset) {
                    visit(*needle, start);
                }
            }
        }
    }
}

/// Returns the bytes at a place as a number, if there are enough.
fn anchor(text: &[u8], at: usize) -> Option<u64> {
    let rest = &text[at..];
    let bytes = if let Some(bytes) = rest.first_chunk() {
        u64::from_le_bytes(*bytes)
    } else {
        let mut bytes = [0; 8];
        bytes[..ANCHOR_BYTES].copy_from_slice(rest.first_chunk::<ANCHOR_BYTES>()?);
        u64::from_le_bytes(bytes)
    };
    Some((bytes & ANCHOR_MASK) | FOLD)
}

fn hash(anchor: u64) -> usize {
    // Fibonacci hashing: the upper bits depend on every bit of the anchor.
    let mixed = anchor.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - FILTER_BITS);
    usize::try_from(mixed).expect("a hash has few bits")
}

/// One needle in one text, read forwards.
struct Reading<'n> {
    needle: &'n Needle,
    case: Case,
    /// For each beginning of the needle: the length of its longest proper beginning that is also its end.
    borders: Vec<usize>,
    /// Every place that begins before is known.
    read: usize,
    places: Vec<Range<usize>>,
}

impl<'n> Reading<'n> {
    fn new(needle: &'n Needle, case: Case) -> Self {
        let case = if needle.any_case { Case::Ignored } else { case };
        Self {
            needle,
            case,
            borders: borders(&needle.bytes, case),
            read: 0,
            places: Vec::new(),
        }
    }

    /// Reads from `start` on, for as long as a place can have begun. What overlaps is kept as one place.
    fn read(&mut self, text: &[u8], start: usize) {
        if start < self.read {
            return;
        }
        let needle = &self.needle.bytes;
        let same = |fits: usize, byte: u8| self.case.of(needle[fits]) == self.case.of(byte);
        let mut fits = 0;
        let mut at = start;
        while let Some(byte) = text.get(at) {
            while fits > 0 && !same(fits, *byte) {
                fits = self.borders[fits - 1];
            }
            at += 1;
            if !same(fits, *byte) {
                break;
            }
            fits += 1;
            if fits == needle.len() {
                fits = self.borders[fits - 1];
                let place = self.needle.with_shared(text, at - needle.len()..at);
                match self.places.last_mut() {
                    Some(last) if place.start < last.end => last.end = place.end,
                    _ => self.places.push(place),
                }
                if fits == 0 {
                    break;
                }
            }
        }
        self.read = at;
    }
}

fn borders(needle: &[u8], case: Case) -> Vec<usize> {
    let same = |left: usize, right: usize| case.of(needle[left]) == case.of(needle[right]);
    let mut borders = vec![0; needle.len()];
    let mut border = 0;
    for at in 1..needle.len() {
        while border > 0 && !same(border, at) {
            border = borders[border - 1];
        }
        border += usize::from(same(border, at));
        borders[at] = border;
    }
    borders
}

/// Puts ranges in order and joins those that overlap.
pub(super) fn joined(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_unstable_by_key(|range| range.start);
    ranges.dedup_by(|next, last| {
        let overlaps = next.start < last.end;
        if overlaps {
            last.end = last.end.max(next.end);
        }
        overlaps
    });
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ends(places: Vec<Range<usize>>) -> Vec<(usize, usize)> {
        places.into_iter().map(|it| (it.start, it.end)).collect()
    }

    /// Returns where each place begins and ends.
    fn places(needles: &[&str], text: &str, case: Case) -> Vec<(usize, usize)> {
        let needles = needles
            .iter()
            .map(|it| Needle::exact(Zeroizing::new(it.as_bytes().to_vec())));
        ends(Search::new(needles.collect()).places(text.as_bytes(), case))
    }

    #[test]
    fn every_place_is_found_also_where_two_overlap() {
        for (needle, text, kept) in [
            ("abcabc", "xabcabcabc abcabc", vec![(1, 10), (11, 17)]),
            ("abcabc", "abcab", vec![]),
            ("abcabc", "", vec![]),
            ("aaaaaaab", "aaaaaaaaaaaab", vec![(5, 13)]),
            ("aaaaaaaa", "aaaaaaa aaaaaaaaa", vec![(8, 17)]),
            ("secret-key", "Secret-Key secret-key", vec![(11, 21)]),
        ] {
            assert_eq!(
                places(&[needle], text, Case::Kept),
                kept,
                "{needle} in {text}"
            );
        }
        let either = places(&["secret-key"], "Secret-Key secret-key", Case::Ignored);
        assert_eq!(either, [(0, 10), (11, 21)]);
    }

    #[test]
    fn a_needle_is_found_at_every_place_whatever_its_length() {
        let text = "0123456789abcdefghijklmnopqrstuvwxyz";
        for len in ANCHOR_BYTES..=text.len() {
            for start in 0..=text.len() - len {
                let needle = &text[start..start + len];
                assert_eq!(places(&[needle], text, Case::Kept), [(start, start + len)]);
                assert_eq!(
                    places(&[needle, "shorts"], text, Case::Kept),
                    [(start, start + len)]
                );
            }
        }
    }

    #[test]
    fn ranges_that_overlap_are_one_and_those_that_touch_are_two() {
        assert_eq!(
            joined(vec![5..9, 0..2, 1..4, 4..5, 6..7]),
            [0..4, 4..5, 5..9]
        );
        assert!(joined(Vec::new()).is_empty());
    }

    proptest! {
        /// Two letters: so that needles are like themselves, like each other and often there.
        #[test]
        fn places_are_those_of_a_naive_search(
            needles in prop::collection::vec("[abA]{6,9}|[ab]{6,30}|(ab){3,9}a?", 1..4),
            text in "[abA]{0,90}|[ab]{0,90}|(ab|a){0,60}",
        ) {
            let naive = |same: fn(&[u8], &[u8]) -> bool| {
                let found = needles.iter().flat_map(|needle| {
                    let windows = text.as_bytes().windows(needle.len()).enumerate();
                    let there = windows.filter(move |(_, it)| same(it, needle.as_bytes()));
                    there.map(|(at, it)| at..at + it.len())
                });
                ends(joined(found.collect()))
            };
            let needles: Vec<&str> = needles.iter().map(String::as_str).collect();
            prop_assert_eq!(places(&needles, &text, Case::Kept), naive(|it, needle| it == needle));
            let either = naive(<[u8]>::eq_ignore_ascii_case);
            prop_assert_eq!(places(&needles, &text, Case::Ignored), either);
        }
    }
}
