//! `cargo xtask demo`: the main job, shown.

use crate::{shell, skills};
use std::time::Instant;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Keep the host up at the end, and print requests to try.
    #[arg(long)]
    serve: bool,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let began = Instant::now();
    skills::build()?;
    shell::say("building the host (a cold build takes several minutes)");
    let package = [
        "build",
        "--package",
        "skillgate",
        "--package",
        "skillgate-tests",
        "--bins",
    ];
    shell::run(shell::cargo().args(package))?;
    println!("    ready after {:.0} s", began.elapsed().as_secs_f64());
    let mut demo = shell::cargo();
    demo.args([
        "run",
        "--quiet",
        "--package",
        "skillgate-tests",
        "--bin",
        "demo",
        "--",
    ]);
    demo.arg("--skills").arg(skills::folder());
    if arguments.serve {
        demo.arg("--serve");
    }
    shell::run(&mut demo)
}
