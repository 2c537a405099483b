//! `cargo xtask fuzz [TARGET]`: what reads texts of strangers, fed with whatever a fuzzer finds.

use crate::shell;
use anyhow::bail;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The fuzzer's driver, one version for everybody.
const VERSION: &str = "0.13.2";
const TARGETS: [&str; 4] = ["rules", "addresses", "redaction", "manifest"];
/// Longest text that is tried, in bytes.
const TEXT_BYTES_MAX: u32 = 8_192;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// What to feed; everything, one after the other, where nothing is named.
    #[arg(value_parser = TARGETS)]
    target: Option<String>,
    /// How long each is fed.
    #[arg(long, default_value_t = 300)]
    seconds: u32,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let driver = driver()?;
    let named = arguments.target.as_deref();
    for target in TARGETS
        .into_iter()
        .filter(|one| named.is_none_or(|named| named == *one))
    {
        let seconds = arguments.seconds;
        shell::say(&format!("feeding {target} for {seconds} s"));
        let mut fuzz = Command::new(&driver);
        // Instrumentation is not in the stable compiler's promises, and works there all the same.
        // What is found stays in the first folder; the second has texts to begin with.
        let (found, seeds) = (
            format!("fuzz/corpus/{target}"),
            format!("fuzz/seeds/{target}"),
        );
        std::fs::create_dir_all(&found)?;
        fuzz.env("RUSTC_BOOTSTRAP", "1")
            .args(["fuzz", "run", target, &found, &seeds, "--"]);
        let words = PathBuf::from(format!("fuzz/dictionaries/{target}.txt"));
        if words.exists() {
            fuzz.arg(format!("-dict={}", words.display()));
        }
        fuzz.arg(format!("-max_total_time={seconds}"));
        fuzz.arg(format!("-max_len={TEXT_BYTES_MAX}"));
        shell::run(&mut fuzz)?;
    }
    Ok(())
}

/// Finds the driver, or builds it.
fn driver() -> anyhow::Result<PathBuf> {
    if !has_compiler() {
        if !shell::can_install_packages() {
            bail!(
                "the fuzzer needs a compiler for C++. Run: apt-get install --no-install-recommends g++"
            );
        }
        shell::install_packages(&["g++"])?;
    }
    let tools = shell::root().join("target/tools/fuzz");
    let driver = tools.join("bin/cargo-fuzz");
    if !driver.exists() {
        shell::say("building cargo-fuzz");
        let mut install = shell::cargo();
        install.args([
            "install",
            "--quiet",
            "--locked",
            "cargo-fuzz",
            "--version",
            VERSION,
        ]);
        install.arg("--root").arg(&tools);
        shell::run(&mut install)?;
    }
    Ok(driver)
}

fn has_compiler() -> bool {
    let mut compiler = Command::new("c++");
    compiler
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    compiler.status().is_ok_and(|status| status.success())
}
