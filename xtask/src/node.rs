//! Programs for Node: the conformance suite of the Model Context Protocol with its inspector, the client of Socket.IO,
//! and what benchmarks are compared with. Installed into the build folder once, with a Node that is new enough for them.

use crate::shell;
use anyhow::bail;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The Node that they run on, whatever the system has.
const NODE: &str = "node@24.21.0";
/// The versions that the tests were written with.
const TESTED_WITH: [&str; 3] = [
    "@modelcontextprotocol/conformance@0.2.0-alpha.12",
    "@modelcontextprotocol/inspector@2.12.0",
    "socket.io-client@4.8.4",
];
/// What the echo for the benchmark needs.
const ECHO: [&str; 2] = ["@modelcontextprotocol/sdk@1.32.2", "zod@4.6.7"];
/// Says, when all of it is there, what is.
const WHOLE: &str = "whole";

/// Returns the folder of what tests need, installing it first where it is missing.
pub(crate) fn folder() -> anyhow::Result<PathBuf> {
    installed("node-packages", &TESTED_WITH)
}

/// Returns a folder with the echo that the benchmark is compared with.
pub(crate) fn echo() -> anyhow::Result<PathBuf> {
    let folder = installed("mcp-echo", &ECHO)?;
    let echo = shell::root().join("tests/src/bin/bench_mcp/echo.mjs");
    std::fs::copy(echo, folder.join("echo.mjs"))?;
    Ok(folder)
}

fn installed(name: &str, packages: &[&str]) -> anyhow::Result<PathBuf> {
    let folder = shell::root().join("target/tools").join(name);
    let packages = [&[NODE], packages].concat();
    let whole = packages.join("\n");
    if std::fs::read_to_string(folder.join(WHOLE)).is_ok_and(|there| there == whole) {
        return Ok(folder);
    }
    shell::say(&format!(
        "installing {} (packages of npm, into target/tools)",
        packages.join(", ")
    ));
    if !has_npm() && shell::can_install_packages() {
        shell::install_packages(&["npm"])?;
    }
    if !has_npm() {
        bail!("npm is missing. Run: apt-get install npm");
    }
    install(&folder, &packages)?;
    std::fs::write(folder.join(WHOLE), whole)?;
    Ok(folder)
}

fn install(folder: &Path, packages: &[&str]) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    // Else npm takes a folder above, which has a package, for its own.
    std::fs::write(folder.join("package.json"), "{ \"private\": true }")?;
    let mut npm = Command::new("npm");
    npm.current_dir(folder)
        .args(["install", "--no-save", "--no-package-lock", "--no-audit"])
        .args(["--no-fund", "--loglevel", "error"])
        .args(packages);
    shell::run(&mut npm)
}

fn has_npm() -> bool {
    let mut npm = Command::new("npm");
    let npm = npm
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    npm.status().is_ok_and(|status| status.success())
}
