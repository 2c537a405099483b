//! The sandbox beside bare wasmtime: `cargo xtask bench sandbox`.
//!
//! Baselines run in the same process, over the same guest bytes, interleaved with ours.

#[path = "bench_sandbox/bare.rs"]
mod bare;
#[path = "bench_sandbox/ours.rs"]
mod ours;

use bare::Bare;
use clap::Parser;
use ours::Ours;
use skillgate_tests::report::{self, Arguments, Report, median, percentile};
use skillgate_tests::{guests, skills};
use std::sync::Arc;
use std::time::{Duration, Instant};

const WARM_UP: usize = 2_000;
const CALLS: usize = 20_000;
const ROUNDS: usize = 5;
const LEAK_CALLS: usize = 10_000;

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let report = Report::new("sandbox", arguments.json);
    let (manifest, component) = skills::read(&arguments.skills, "crm");
    let ours = Arc::new(Ours::new(&manifest, &component)?);
    let same_settings = Arc::new(Bare::new(
        &skillgate_runtime::engine_config(64),
        &component,
    )?);
    let defaults = Arc::new(Bare::new(&wasmtime::Config::new(), &component)?);
    latency(&report, &ours, &same_settings, &defaults)?;
    throughput(&report, &ours, &same_settings);
    start(&report, &component)?;
    runaway(&report)?;
    leak(&report)
}

/// Runs `call` many times on this thread and returns the time of each.
fn times(calls: usize, mut call: impl FnMut()) -> Vec<Duration> {
    let one = |_| {
        let began = Instant::now();
        call();
        began.elapsed()
    };
    (0..calls).map(one).collect()
}

/// Instantiate, call, one host call, JSON in and out; one thread.
fn latency(report: &Report, ours: &Ours, bare: &Bare, defaults: &Bare) -> anyhow::Result<()> {
    let runtime = ours::thread_runtime()?;
    let all: [&dyn Fn(); 3] = [&|| ours.call(&runtime), &|| bare.call(&runtime), &|| {
        defaults.call(&runtime);
    }];
    for call in all {
        times(WARM_UP, call);
    }
    let mut measured: [Vec<Vec<Duration>>; 3] = Default::default();
    for _ in 0..ROUNDS {
        for (call, rounds) in all.iter().zip(&mut measured) {
            rounds.push(times(CALLS / ROUNDS, call));
        }
    }
    let [ours, bare, defaults] = measured;
    let at = |rounds: &[Vec<Duration>], share| {
        median(
            rounds
                .iter()
                .map(|round| percentile(round, share))
                .collect(),
        )
    };
    report.compare(
        "call p50, same guest and settings",
        "us",
        at(&ours, 0.50),
        at(&bare, 0.50),
        CALLS,
    );
    report.compare(
        "call p99, same guest and settings",
        "us",
        at(&ours, 0.99),
        at(&bare, 0.99),
        CALLS,
    );
    report.compare(
        "call p50, beside wasmtime's defaults",
        "us",
        at(&ours, 0.50),
        at(&defaults, 0.50),
        CALLS,
    );
    Ok(())
}

/// Calls a second with one thread and with two.
fn throughput(report: &Report, ours: &Arc<Ours>, bare: &Arc<Bare>) {
    let rate = |threads: usize, call: &(dyn Fn(&tokio::runtime::Runtime) + Sync)| {
        let began = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    let runtime = ours::thread_runtime().expect("a thread's runtime starts");
                    for _ in 0..CALLS {
                        call(&runtime);
                    }
                });
            }
        });
        let calls = u32::try_from(threads * CALLS).expect("a few thousand calls");
        f64::from(calls) / began.elapsed().as_secs_f64()
    };
    let best = |threads, call: &(dyn Fn(&tokio::runtime::Runtime) + Sync)| {
        median((0..ROUNDS).map(|_| rate(threads, call)).collect())
    };
    let (one, two) = (best(1, &|rt| ours.call(rt)), best(2, &|rt| ours.call(rt)));
    let (bare_one, bare_two) = (best(1, &|rt| bare.call(rt)), best(2, &|rt| bare.call(rt)));
    report.compare("calls, one thread", "1/s", one, bare_one, CALLS * ROUNDS);
    report.compare(
        "calls, two threads",
        "1/s",
        two,
        bare_two,
        2 * CALLS * ROUNDS,
    );
    report.compare(
        "two threads over one",
        "x",
        two / one,
        bare_two / bare_one,
        CALLS * ROUNDS,
    );
}

/// Making a component ready: compiled before, beside compiling it.
fn start(report: &Report, component: &[u8]) -> anyhow::Result<()> {
    const STARTS: usize = 20;
    let (hits, misses) = ours::starts(component, STARTS)?;
    report.compare(
        "start, compiled before",
        "ms",
        median(hits),
        median(misses),
        STARTS,
    );
    Ok(())
}

/// How long a guest that never ends goes on after its deadline.
fn runaway(report: &Report) -> anyhow::Result<()> {
    const RUNS: usize = 20;
    let guest = Ours::guest("endless_loop", &guests::component("endless_loop"))?;
    let runtime = ours::thread_runtime()?;
    let deadline = guest.cpu_limit();
    let over = times(RUNS, || guest.call_failing(&runtime)).into_iter();
    let over: Vec<f64> = over
        .map(|took| took.saturating_sub(deadline).as_secs_f64() * 1e3)
        .collect();
    let worst = over.iter().copied().fold(0.0, f64::max);
    report.single("runaway ended after its deadline, worst", "ms", worst, RUNS);
    Ok(())
}

/// Memory of the process after calls that leave behind whatever they can.
fn leak(report: &Report) -> anyhow::Result<()> {
    let names = [
        "good",
        "memory_bomb",
        "table_bomb",
        "deep_recursion",
        "huge_result",
        "bad_pointer",
        "refuses",
    ];
    let mix = names.map(|name| Ours::guest(name, &guests::component(name)));
    let mix = mix.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
    let runtime = ours::thread_runtime()?;
    let run = |calls: usize| (0..calls).for_each(|n| mix[n % mix.len()].call_any(&runtime));
    run(LEAK_CALLS / 5);
    let before = report::resident_mib()?;
    run(LEAK_CALLS);
    let after = report::resident_mib()?;
    report.compare(
        "resident memory after a hostile mix",
        "MiB",
        after,
        before,
        LEAK_CALLS,
    );
    Ok(())
}
