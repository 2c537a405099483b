//! Programs for Python, each installed into the build folder once: schemathesis, which reads the OpenAPI document and
//! asks what it promises, and a server of mail that tests send to.

use crate::shell;
use anyhow::bail;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The versions that the tests were written with.
const SCHEMATHESIS: &str = "schemathesis==4.32.5";
const MAIL_SERVER: &str = "aiosmtpd==1.4.6";

/// Returns schemathesis, installing it first where it is missing.
pub(crate) fn schemathesis() -> anyhow::Result<PathBuf> {
    Ok(installed(SCHEMATHESIS)?.join("bin/schemathesis"))
}

/// Returns a Python that knows the server of mail, installing it first where it is missing.
pub(crate) fn mail_server() -> anyhow::Result<PathBuf> {
    Ok(installed(MAIL_SERVER)?.join("bin/python"))
}

fn installed(package: &str) -> anyhow::Result<PathBuf> {
    let (name, _) = package.split_once("==").unwrap_or((package, ""));
    let folder = shell::root()
        .join("target/tools")
        .join(package.replace("==", "-"));
    if works(&folder.join("bin").join(name)) {
        return Ok(folder);
    }
    shell::say(&format!(
        "installing {package} (a Python package, into target/tools)"
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
    pip.args(["install", "--quiet", "--disable-pip-version-check", package]);
    shell::run(&mut pip)?;
    Ok(folder)
}

fn works(program: &Path) -> bool {
    let mut version = Command::new(program);
    let version = version
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    version.status().is_ok_and(|status| status.success())
}

fn has_venv() -> bool {
    let mut python = Command::new("python3");
    let python = python
        .args(["-c", "import ensurepip, venv"])
        .stderr(Stdio::null());
    python.status().is_ok_and(|status| status.success())
}
