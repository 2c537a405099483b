//! A PostgreSQL server of our own for a test run: a fresh cluster on a free loopback port.

use crate::shell;
use anyhow::{Context, bail};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Whether a commit waits for the disk.
#[derive(Clone, Copy)]
pub(crate) enum Durability {
    /// For tests: durability is their subject only in SQLite's stories, and a crash of the machine
    /// ends them anyway.
    None,
    /// For measurements.
    WaitForDisk,
}

/// A server that stops when dropped.
pub(crate) struct Postgres {
    programs: PathBuf,
    folder: tempfile::TempDir,
    port: u16,
}

impl Postgres {
    /// Starts a server, installing PostgreSQL first where that is possible.
    pub(crate) fn start(durability: Durability) -> anyhow::Result<Self> {
        let programs = programs()?;
        let folder = tempfile::Builder::new()
            .prefix("skillgate-postgres-")
            .tempdir()?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let server = Self {
            programs,
            folder,
            port,
        };
        shell::say(&format!("starting PostgreSQL on 127.0.0.1:{port}"));
        if shell::is_root() {
            shell::run(
                Command::new("chown")
                    .arg("postgres")
                    .arg(server.folder.path()),
            )?;
        }
        let data = server.data();
        let mut initdb = server.program("initdb");
        initdb
            .args([
                "--auth=trust",
                "--username=postgres",
                "--no-sync",
                "--encoding=UTF8",
                "-D",
            ])
            .arg(&data);
        shell::run(initdb.stdout(Stdio::null()))?;
        let fsync = match durability {
            Durability::None => "off",
            Durability::WaitForDisk => "on",
        };
        let options = format!(
            "-p {port} -k {} -c listen_addresses=127.0.0.1 -c fsync={fsync} -c max_connections=200",
            server.folder.path().display()
        );
        let log = server.folder.path().join("log");
        let mut start = server.program("pg_ctl");
        start
            .args(["-w", "-t", "60", "-D"])
            .arg(&data)
            .arg("-l")
            .arg(log)
            .args(["-o", &options, "start"]);
        shell::run(start.stdout(Stdio::null())).context("PostgreSQL does not start")?;
        Ok(server)
    }

    /// Returns a superuser's address of the server.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// PostgreSQL refuses to run as root.
    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        let mut command = if shell::is_root() {
            let mut runuser = Command::new("runuser");
            runuser.args(["-u", "postgres", "--"]).arg(program);
            runuser
        } else {
            Command::new(program)
        };
        command.current_dir(self.folder.path());
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let mut stop = self.program("pg_ctl");
        stop.args(["-w", "-m", "immediate", "-D"])
            .arg(self.data())
            .arg("stop");
        if let Err(error) = shell::run(stop.stdout(Stdio::null())) {
            eprintln!("PostgreSQL was not stopped: {error:#}");
        }
    }
}

fn programs() -> anyhow::Result<PathBuf> {
    if let Some(found) = installed() {
        return Ok(found);
    }
    if shell::can_install_packages() {
        let settings = Path::new("/etc/postgresql-common/createcluster.conf");
        if !settings.exists() {
            // The package would start a server of its own on the standard port.
            std::fs::create_dir_all("/etc/postgresql-common")?;
            std::fs::write(settings, "create_main_cluster = false\n")?;
        }
        shell::install_packages(&["postgresql"])?;
    }
    match installed() {
        Some(found) => Ok(found),
        None => bail!(
            "PostgreSQL is missing. Run: apt-get install postgresql (or put initdb and pg_ctl on PATH)"
        ),
    }
}

/// Finds the newest PostgreSQL of Debian, else the one on the path.
fn installed() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let newest = versions
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse::<u32>().ok()?,
                entry.path().join("bin"),
            ))
        })
        .filter(|(_, programs)| programs.join("initdb").exists())
        .max();
    newest.map(|(_, programs)| programs).or_else(|| {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find(|folder| folder.join("initdb").exists())
    })
}
