//! `cargo xtask ci`: what CI runs.

use crate::{layers, shell, test, tidy};

pub(crate) fn run() -> anyhow::Result<()> {
    shell::say("format");
    shell::run(shell::cargo().args(["fmt", "--all", "--check"]))?;
    layers::run()?;
    tidy::run()?;
    shell::say("lint");
    let clippy = [
        "clippy",
        "--quiet",
        "--workspace",
        "--all-targets",
        "--",
        "--deny",
        "warnings",
    ];
    shell::run(shell::cargo().args(clippy))?;
    test::run(&test::Arguments::default())
}
