use super::Faults;
use serde::Deserialize;
use skillgate_app::budgets::WriteLimits;
use skillgate_app::gate::GateLimits;
use std::ops::RangeInclusive;
use std::time::Duration;

/// Runs at once: the sandbox reserves address space for each.
const RUNS: RangeInclusive<u64> = 1..=256;
/// Calls that wait.
const WAITING: RangeInclusive<u64> = 0..=4_096;
/// Writes to the CRM within an hour.
const WRITES: RangeInclusive<u64> = 1..=1_000_000;
/// How long one waits, in milliseconds.
const WAIT_MS: RangeInclusive<u64> = 0..=30_000;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    runs_max: Option<u64>,
    runs_per_skill_max: Option<u64>,
    waiting_max: Option<u64>,
    waiting_per_skill_max: Option<u64>,
    wait_ms: Option<u64>,
    skill_writes_per_hour: Option<u64>,
    community_writes_per_hour: Option<u64>,
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "every section is read by value"
)]
pub(super) fn read(file: File, faults: &mut Faults) -> (GateLimits, WriteLimits) {
    let standard = GateLimits::DEFAULT;
    let mut within = |name: &str, given: Option<u64>, range: RangeInclusive<u64>| {
        if given.is_some_and(|n| !range.contains(&n)) {
            let (least, most) = (range.start(), range.end());
            faults.add(
                format!("limits.{name}"),
                format!("must be {least} to {most}"),
            );
        }
        given
    };
    let mut writes = |name: &str, given: Option<u64>, standard: u32| {
        let given = within(name, given, WRITES).map(u32::try_from);
        given.and_then(Result::ok).unwrap_or(standard)
    };
    let usual = WriteLimits::DEFAULT;
    let writes = WriteLimits {
        skill_per_hour: writes(
            "skill_writes_per_hour",
            file.skill_writes_per_hour,
            usual.skill_per_hour,
        ),
        community_per_hour: writes(
            "community_writes_per_hour",
            file.community_writes_per_hour,
            usual.community_per_hour,
        ),
    };
    let wait = within("wait_ms", file.wait_ms, WAIT_MS);
    let mut count = |name: &str, given: Option<u64>, range, standard: usize| {
        let given = within(name, given, range);
        given
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or(standard)
    };
    let limits = GateLimits {
        runs_max: count("runs_max", file.runs_max, RUNS, standard.runs_max),
        runs_per_skill_max: count(
            "runs_per_skill_max",
            file.runs_per_skill_max,
            RUNS,
            standard.runs_per_skill_max,
        ),
        waiting_max: count(
            "waiting_max",
            file.waiting_max,
            WAITING,
            standard.waiting_max,
        ),
        waiting_per_skill_max: count(
            "waiting_per_skill_max",
            file.waiting_per_skill_max,
            WAITING,
            standard.waiting_per_skill_max,
        ),
        wait_max: wait.map_or(standard.wait_max, Duration::from_millis),
    };
    if limits.runs_per_skill_max > limits.runs_max {
        faults.add(
            "limits.runs_per_skill_max",
            "must not be more than limits.runs_max",
        );
    }
    (limits, writes)
}
