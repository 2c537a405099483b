//! The conformance suite of the Model Context Protocol, and its inspector: programs for Node, installed into the
//! build folder once, with a Node that is new enough for them.

use crate::shell;
use anyhow::{Context, bail};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The versions that the tests were written with.
const PACKAGES: [&str; 3] = [
    "node@24.21.0",
    "@modelcontextprotocol/conformance@0.2.0-alpha.12",
    "@modelcontextprotocol/inspector@2.12.0",
];
/// Changes with the packages.
const FOLDER: &str = "target/tools/mcp-suite-2";
/// Is written when all of them are there.
const WHOLE: &str = "whole";

/// Returns the folder of the programs, installing them first where they are missing.
pub(crate) fn folder() -> anyhow::Result<PathBuf> {
    let folder = shell::root().join(FOLDER);
    if folder.join(WHOLE).exists() {
        return Ok(folder);
    }
    shell::say(
        "installing the conformance suite of the Model Context Protocol (packages of npm, into target/tools)",
    );
    if !has_npm() && shell::can_install_packages() {
        shell::install_packages(&["npm"])?;
    }
    if !has_npm() {
        bail!("npm is missing. Run: apt-get install npm");
    }
    std::fs::create_dir_all(&folder)?;
    // Else npm takes a folder above, which has a package, for its own.
    std::fs::write(folder.join("package.json"), "{ \"private\": true }")?;
    let mut npm = Command::new("npm");
    npm.current_dir(&folder)
        .args([
            "install",
            "--no-save",
            "--no-package-lock",
            "--no-audit",
            "--no-fund",
        ])
        .args(["--loglevel", "error"])
        .args(PACKAGES);
    shell::run(&mut npm)?;
    std::fs::write(folder.join(WHOLE), PACKAGES.join("\n")).context("the folder is written to")?;
    Ok(folder)
}

fn has_npm() -> bool {
    let mut npm = Command::new("npm");
    let npm = npm
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    npm.status().is_ok_and(|status| status.success())
}
