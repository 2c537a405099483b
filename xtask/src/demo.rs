//! `cargo xtask demo`: the main job, shown.

use crate::{shell, skills};
use std::process::Command;
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
    shell::run(shell::cargo().args([
        "build",
        // With the features that tests have, too.
        "--workspace",
        "--bin",
        "skillgate",
        "--bin",
        "demo",
    ]))?;
    println!("    ready after {:.0} s", began.elapsed().as_secs_f64());
    // As it was built, and beside this program: `cargo run` would build it again, with the features that it
    // has alone.
    let demo = std::env::current_exe()?.with_file_name("demo");
    let mut demo = Command::new(demo);
    demo.arg("--skills").arg(skills::folder());
    if arguments.serve {
        demo.arg("--serve");
    }
    shell::run(&mut demo)
}
