use super::Faults;
use serde::Deserialize;
use skillgate_app::retention::JOURNALS_KEPT;
use std::ops::RangeInclusive;
use std::time::Duration;

/// Days that journals are kept.
const DAYS: RangeInclusive<u64> = 0..=365;
const DAY_HOURS: u64 = 24;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    keep_days: Option<u64>,
}

/// Whether and how long journals are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Journal {
    /// How long; not at all where it is nothing.
    pub(crate) kept: Duration,
}

impl Journal {
    /// Tells whether new ones are kept.
    pub(crate) const fn records(self) -> bool {
        !self.kept.is_zero()
    }
}

/// Reads the section `journal`.
#[expect(
    clippy::needless_pass_by_value,
    reason = "every section is read by value"
)]
pub(super) fn read(file: File, faults: &mut Faults) -> Journal {
    let days = file.keep_days.filter(|days| {
        let within = DAYS.contains(days);
        if !within {
            let (least, most) = (DAYS.start(), DAYS.end());
            faults.add("journal.keep_days", format!("must be {least} to {most}"));
        }
        within
    });
    Journal {
        kept: days.map_or(JOURNALS_KEPT, |days| Duration::from_hours(days * DAY_HOURS)),
    }
}
