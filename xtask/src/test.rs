//! `cargo xtask test`: every test of the repository.

use crate::postgres::{Durability, Postgres};
use crate::{node, python, shell, skills};
use anyhow::{Context, bail};
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Instant;

#[derive(Default, clap::Args)]
pub(crate) struct Arguments {
    /// Passed on to `cargo test`, for example `-p skillgate-storage` or a test's name.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// What the test binaries reported, added up.
#[derive(Default)]
struct Summary {
    passed: u64,
    failed: u64,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let began = Instant::now();
    let components = skills::build()?;
    let (schemathesis, mail) = (python::schemathesis()?, python::mail_server()?);
    let packages = node::folder()?;
    let postgres = Postgres::start(Durability::None)?;
    shell::say("building and running the tests (a cold build takes several minutes)");
    let mut cargo = shell::cargo();
    cargo.arg("test").arg("--no-fail-fast");
    if arguments.rest.is_empty() {
        cargo.arg("--workspace");
    }
    cargo.args(&arguments.rest);
    cargo.env("SKILLGATE_TEST_POSTGRES_URL", postgres.url());
    cargo.env("SKILLGATE_TEST_SKILLS", skills::folder());
    cargo.env("SKILLGATE_TEST_SCHEMATHESIS", schemathesis);
    cargo.env("SKILLGATE_TEST_MAIL_PYTHON", mail);
    cargo.env("SKILLGATE_TEST_NODE_PACKAGES", packages);
    let mut child = cargo
        .stdout(Stdio::piped())
        .spawn()
        .context("cargo does not start")?;
    let mut summary = Summary::default();
    for line in BufReader::new(child.stdout.take().expect("piped")).lines() {
        let line = line?;
        println!("{line}");
        summary.add(&line);
    }
    let status = child.wait()?;
    drop(postgres);
    let minutes = began.elapsed().as_secs_f64() / 60.0;
    println!(
        "{} skill(s), both databases, {minutes:.1} minutes",
        components.len()
    );
    println!("{} passed, {} failed", summary.passed, summary.failed);
    if !status.success() || summary.failed > 0 {
        bail!("tests failed");
    }
    if summary.passed == 0 {
        bail!("no test ran");
    }
    Ok(())
}

impl Summary {
    /// Reads `test result: ok. 3 passed; 0 failed; …`.
    fn add(&mut self, line: &str) {
        let Some(counts) = line.strip_prefix("test result: ") else {
            return;
        };
        let counts = counts.split_once(". ").map_or("", |(_, counts)| counts);
        for count in counts.split("; ") {
            match count.split_once(' ') {
                Some((n, "passed")) => self.passed += n.parse().unwrap_or(0),
                Some((n, "failed")) => self.failed += n.parse().unwrap_or(0),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_added_up() {
        let mut summary = Summary::default();
        for line in [
            "running 3 tests",
            "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
        ] {
            summary.add(line);
        }
        assert_eq!((summary.passed, summary.failed), (4, 2));
    }
}
