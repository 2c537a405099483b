use super::Faults;

/// Most entries of each list.
const ENTRIES_MAX: usize = 64;

/// Keeps the good entries of a list, and names the others.
pub(super) fn each<T, E>(
    place: &str,
    entries: impl ExactSizeIterator<Item = Result<T, E>>,
    faults: &mut Faults,
    problem: impl Fn(E) -> String,
) -> Vec<T> {
    if entries.len() > ENTRIES_MAX {
        faults.add(place, format!("at most {ENTRIES_MAX} entries"));
        return Vec::new();
    }
    let mut good = Vec::new();
    for entry in entries {
        match entry {
            Ok(entry) => good.push(entry),
            Err(bad) => faults.add(place, problem(bad)),
        }
    }
    good
}
