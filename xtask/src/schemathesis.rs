//! Schemathesis, which reads the OpenAPI document and asks what it promises: a Python program, installed
//! into the build folder once.

use crate::shell;
use anyhow::bail;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The version that the tests were written with.
const VERSION: &str = "4.32.5";

/// Returns the program, installing it first where it is missing.
pub(crate) fn program() -> anyhow::Result<PathBuf> {
    let folder = shell::root()
        .join("target/tools")
        .join(format!("schemathesis-{VERSION}"));
    let program = folder.join("bin/schemathesis");
    if works(&program) {
        return Ok(program);
    }
    shell::say(&format!(
        "installing schemathesis {VERSION} (a Python package, into target/tools)"
    ));
    if !has_venv() && shell::can_install_packages() {
        shell::install_packages(&["python3", "python3-venv"])?;
    }
    if !has_venv() {
        bail!("Python with venv is missing. Run: apt-get install python3 python3-venv");
    }
    let mut venv = Command::new("python3");
    shell::run(venv.args(["-m", "venv", "--clear"]).arg(&folder))?;
    let mut pip = Command::new(folder.join("bin/pip"));
    let package = format!("schemathesis=={VERSION}");
    pip.args([
        "install",
        "--quiet",
        "--disable-pip-version-check",
        &package,
    ]);
    shell::run(&mut pip)?;
    Ok(program)
}

fn works(program: &Path) -> bool {
    let mut version = Command::new(program);
    let version = version.arg("--version").stdout(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}

fn has_venv() -> bool {
    let mut python = Command::new("python3");
    let python = python
        .args(["-c", "import ensurepip, venv"])
        .stderr(Stdio::null());
    python.status().is_ok_and(|status| status.success())
}
