//! Figures of benchmarks, as a table or as JSON.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use serde_json::json;
use std::path::PathBuf;
use std::time::Duration;

/// What each benchmark is told.
#[derive(clap::Parser)]
pub struct Arguments {
    /// The folder of built skills.
    #[arg(long)]
    pub skills: PathBuf,
    /// One JSON object a line.
    #[arg(long)]
    pub json: bool,
}

/// Prints figures as they come.
pub struct Report {
    bench: &'static str,
    json: bool,
}

impl Report {
    /// Begins a report.
    pub fn new(bench: &'static str, json: bool) -> Self {
        if !json {
            println!(
                "{:<42} {:>12} {:>12} {:>7} {:>5} {:>8}",
                "metric", "ours", "baseline", "ratio", "unit", "n"
            );
        }
        Self { bench, json }
    }

    /// Prints a figure beside its baseline.
    pub fn compare(&self, metric: &str, unit: &str, ours: f64, baseline: f64, n: usize) {
        let ratio = ours / baseline;
        if self.json {
            let bench = self.bench;
            println!(
                "{}",
                json!({ "bench": bench, "metric": metric, "unit": unit, "ours": ours, "baseline": baseline, "ratio": ratio, "n": n })
            );
        } else {
            println!("{metric:<42} {ours:>12.2} {baseline:>12.2} {ratio:>7.2} {unit:>5} {n:>8}");
        }
    }

    /// Prints a figure that has no baseline.
    pub fn single(&self, metric: &str, unit: &str, ours: f64, n: usize) {
        if self.json {
            let bench = self.bench;
            println!(
                "{}",
                json!({ "bench": bench, "metric": metric, "unit": unit, "ours": ours, "baseline": null, "ratio": null, "n": n })
            );
        } else {
            println!(
                "{metric:<42} {ours:>12.2} {:>12} {:>7} {unit:>5} {n:>8}",
                "-", "-"
            );
        }
    }
}

/// Returns the time below which `share` of the times lie, in microseconds.
pub fn percentile(times: &[Duration], share: f64) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    #[expect(
        clippy::cast_sign_loss,
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "an index"
    )]
    let at = ((sorted.len() - 1) as f64 * share).round() as usize;
    sorted[at].as_secs_f64() * 1e6
}

/// Returns the middle of the figures.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// Returns how much memory this process holds.
pub fn resident_mib() -> anyhow::Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib: f64 = line
        .and_then(|line| line.trim().strip_suffix(" kB"))
        .unwrap_or("0")
        .trim()
        .parse()?;
    Ok(kib / 1024.0)
}
