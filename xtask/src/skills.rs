//! Building the first-party skills, the examples and a guest for tests: a core module by cargo, a component by wit-component, a manifest
//! whose tools come from the skill's own types.
//!
//! The WASM target comes from rustup where it is installed or can be added; else, on Debian, from the
//! distribution's second toolchain, which carries the sources of the standard library.

use crate::shell;
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const TARGET: &str = "wasm32-unknown-unknown";
const PACKAGES: [&str; 4] = [
    "rustc-web",
    "cargo-web",
    "rust-web-src",
    "libstd-rust-web-dev",
];
const TARGET_ADD_PATIENCE: Duration = Duration::from_secs(30);
/// A small stack and a small initial memory make a call three to five times as fast.
const GUEST_RUSTFLAGS: &str = "-C link-arg=-zstack-size=65536";

/// A skill's package and the name its files get.
const SKILLS: [(&str, &str); 4] = [
    ("skillgate-skill-crm", "crm"),
    ("skillgate-skill-tez-handoff", "tez-handoff"),
    ("skillgate-example-enrich-lead", "enrich-lead"),
    ("skillgate-courier", "courier"),
];

enum Toolchain {
    /// The toolchain in use has the target.
    Own,
    /// Debian's, which builds the standard library itself.
    Debian { linker: PathBuf },
}

/// Returns the folder that components are put into.
pub(crate) fn folder() -> PathBuf {
    shell::root().join("target/skills")
}

/// Builds every skill. Returns the components.
pub(crate) fn build() -> anyhow::Result<Vec<PathBuf>> {
    let toolchain = toolchain()?;
    std::fs::create_dir_all(folder())?;
    SKILLS
        .iter()
        .map(|(package, name)| build_one(&toolchain, package, name))
        .collect()
}

fn build_one(toolchain: &Toolchain, package: &str, name: &str) -> anyhow::Result<PathBuf> {
    shell::say(&format!("building the skill {name} to WASM"));
    let target = shell::root().join("target/guests");
    let mut cargo = cargo(toolchain);
    cargo.args([
        "build",
        "--profile",
        "skill",
        "--target",
        TARGET,
        "--package",
        package,
    ]);
    if matches!(toolchain, Toolchain::Debian { .. }) {
        cargo.arg("-Zbuild-std=std,panic_abort");
    }
    cargo
        .env("CARGO_TARGET_DIR", &target)
        .env("RUSTFLAGS", GUEST_RUSTFLAGS);
    shell::run(&mut cargo)?;
    let module = target
        .join(TARGET)
        .join("skill")
        .join(format!("{}.wasm", package.replace('-', "_")));
    let component = folder().join(format!("{name}.wasm"));
    encode(&module, &component)?;
    let mut describe = shell::cargo();
    describe.args(["run", "--package", package, "--example", "manifest"]);
    std::fs::write(
        component.with_extension("json"),
        shell::output(&mut describe)?,
    )?;
    let bytes = std::fs::metadata(&component)?.len();
    println!(
        "    {} ({} KiB)",
        component.strip_prefix(shell::root())?.display(),
        bytes / 1024
    );
    Ok(component)
}

fn encode(module: &Path, component: &Path) -> anyhow::Result<()> {
    let bytes =
        std::fs::read(module).with_context(|| format!("{} is missing", module.display()))?;
    let mut encoder = wit_component::ComponentEncoder::default();
    encoder.validate(true);
    encoder.module(&bytes)?;
    std::fs::write(component, encoder.encode()?)?;
    Ok(())
}

fn cargo(toolchain: &Toolchain) -> Command {
    match toolchain {
        Toolchain::Own => shell::cargo(),
        Toolchain::Debian { linker } => {
            let mut cargo = Command::new("/usr/bin/cargo");
            for inherited in ["CARGO", "RUSTUP_TOOLCHAIN", "RUSTUP_HOME", "RUSTC_WRAPPER"] {
                cargo.env_remove(inherited);
            }
            cargo
                .env("RUSTC", "/usr/bin/rustc")
                .env("RUSTC_BOOTSTRAP", "1")
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
            cargo
        }
    }
}

fn toolchain() -> anyhow::Result<Toolchain> {
    if own_has_target() {
        return Ok(Toolchain::Own);
    }
    if let Some(debian) = debian()? {
        return Ok(debian);
    }
    shell::say(&format!("adding the target {TARGET}"));
    if add_target() && own_has_target() {
        return Ok(Toolchain::Own);
    }
    if shell::can_install_packages() {
        shell::install_packages(&PACKAGES)?;
        if let Some(debian) = debian()? {
            return Ok(debian);
        }
    }
    bail!(
        "the Rust target {TARGET} is missing. Run: rustup target add {TARGET}\n\
         (without rustup, on Debian: apt-get install --no-install-recommends {})",
        PACKAGES.join(" ")
    );
}

fn own_has_target() -> bool {
    sysroot().is_ok_and(|sysroot| {
        sysroot
            .join("lib/rustlib")
            .join(TARGET)
            .join("lib")
            .is_dir()
    })
}

fn sysroot() -> anyhow::Result<PathBuf> {
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    Ok(shell::output(rustc.args(["--print", "sysroot"]))?
        .trim()
        .into())
}

/// Adds the target with rustup, which may wait for a network that is not there.
fn add_target() -> bool {
    let mut rustup = Command::new("rustup");
    rustup
        .args(["target", "add", TARGET])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let Ok(mut rustup) = rustup.spawn() else {
        return false;
    };
    let patience = Instant::now() + TARGET_ADD_PATIENCE;
    loop {
        match rustup.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) if Instant::now() < patience => std::thread::sleep(Duration::from_millis(100)),
            _ => {
                rustup.kill().ok();
                rustup.wait().ok();
                return false;
            }
        }
    }
}

fn debian() -> anyhow::Result<Option<Toolchain>> {
    let complete = Path::new("/usr/bin/cargo").exists() && debian_sources();
    if !complete {
        return Ok(None);
    }
    let linker = linker()?.context("no linker for WASM: run apt-get install lld")?;
    Ok(Some(Toolchain::Debian { linker }))
}

fn debian_sources() -> bool {
    let sysroot = Command::new("/usr/bin/rustc")
        .args(["--print", "sysroot"])
        .output();
    sysroot.is_ok_and(|sysroot| {
        let sysroot = String::from_utf8_lossy(&sysroot.stdout).trim().to_owned();
        Path::new(&sysroot)
            .join("lib/rustlib/src/rust/library/std")
            .exists()
    })
}

/// Finds rust-lld beside the toolchain in use, or a wasm-ld of the system.
fn linker() -> anyhow::Result<Option<PathBuf>> {
    let rustlib = sysroot()?.join("lib/rustlib");
    for host in std::fs::read_dir(&rustlib).into_iter().flatten().flatten() {
        let lld = host.path().join("bin/rust-lld");
        if lld.exists() {
            return Ok(Some(lld));
        }
    }
    let system = std::fs::read_dir("/usr/bin")?
        .flatten()
        .map(|entry| entry.path());
    let mut found: Vec<_> = system
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("wasm-ld"))
        })
        .collect();
    found.sort();
    Ok(found.pop())
}
