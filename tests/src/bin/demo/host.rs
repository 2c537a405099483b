//! The program under demonstration, as a child process.

use anyhow::{Context, bail};
use axum::http::{Method, Request};
use serde_json::Value;
use skillgate_connectors::transport::{Bounds, HttpTransport, Transport};
use skillgate_tests::loopback::wire;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

const BOUNDS: Bounds = Bounds {
    timeout: Duration::from_secs(30),
    answer_bytes_max: 1024 * 1024,
};

/// A host that stops when dropped.
pub(crate) struct Host {
    program: PathBuf,
    folder: tempfile::TempDir,
    child: Child,
    /// Where it listens.
    pub(crate) origin: String,
    transport: HttpTransport,
}

impl Host {
    /// Starts the program on a free loopback port.
    pub(crate) fn start() -> anyhow::Result<Self> {
        let program = std::env::current_exe()?.with_file_name("skillgate");
        let folder = tempfile::Builder::new()
            .prefix("skillgate-demo-")
            .tempdir()?;
        let settings = format!(
            "[listen]\naddress = \"127.0.0.1:0\"\n[data]\ndir = \"{}\"\n[log]\nfilter = \"warn\"\n\
             [egress]\nprivate_hosts_for_modules = [\"127.0.0.1\"]\n",
            folder.path().join("data").display()
        );
        std::fs::write(folder.path().join("skillgate.toml"), settings)?;
        let mut serve = Command::new(&program);
        serve
            .arg("serve")
            .arg("--json")
            .current_dir(folder.path())
            .stdout(Stdio::piped());
        let mut child = serve
            .spawn()
            .context("the program does not start; was it built?")?;
        let mut first = String::new();
        let mut stdout = BufReader::new(child.stdout.take().context("its output is piped")?);
        while serde_json::from_str::<Value>(&first).is_err() {
            if stdout.read_line(&mut first)? == 0 {
                bail!("the host ended before it listened");
            }
        }
        let listening: Value = serde_json::from_str(&first)?;
        let origin = listening["listening"]
            .as_str()
            .context("it says where it listens")?
            .to_owned();
        let transport = wire();
        Ok(Self {
            program,
            folder,
            child,
            origin,
            transport,
        })
    }

    /// Runs a command of the program and returns what it answered. `token` is whose rights it acts with.
    pub(crate) fn command(&self, token: Option<&str>, arguments: &[&str]) -> anyhow::Result<Value> {
        let output = self.run(token, arguments)?;
        if !output.status.success() {
            let told: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
            match told["detail"].as_str() {
                Some(detail) => bail!("{detail}"),
                None => bail!(
                    "skillgate {}: {}",
                    arguments.join(" "),
                    String::from_utf8_lossy(&output.stderr)
                ),
            }
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// Runs a command that answers the same way whether it found what it was asked for or not.
    pub(crate) fn compared(&self, token: &str, arguments: &[&str]) -> anyhow::Result<Value> {
        Ok(serde_json::from_slice(
            &self.run(Some(token), arguments)?.stdout,
        )?)
    }

    fn run(&self, token: Option<&str>, arguments: &[&str]) -> anyhow::Result<Output> {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .arg("--json")
            .current_dir(self.folder.path());
        if let Some(token) = token {
            command.env("SKILLGATE_TOKEN", token);
        }
        Ok(command.output()?)
    }

    /// Posts to a tool as an agent does. Returns the status and the answer.
    pub(crate) async fn post(
        &self,
        path: &str,
        token: &str,
        body: &Value,
    ) -> anyhow::Result<(u16, Value)> {
        self.send(Method::POST, path, token, body).await
    }

    /// Puts, as an admin does. Returns status and body.
    pub(crate) async fn put(
        &self,
        path: &str,
        token: &str,
        body: &Value,
    ) -> anyhow::Result<(u16, Value)> {
        self.send(Method::PUT, path, token, body).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: &Value,
    ) -> anyhow::Result<(u16, Value)> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.origin))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .body(body.to_string().into())?;
        let answer = self.transport.send(request, BOUNDS).await?;
        Ok((
            answer.status().as_u16(),
            serde_json::from_slice(answer.body())?,
        ))
    }

    /// Sends a `GET`. Returns status and body.
    pub(crate) async fn get(&self, path: &str, token: &str) -> anyhow::Result<(u16, Value)> {
        let request = Request::builder()
            .uri(format!("{}{path}", self.origin))
            .header("authorization", format!("Bearer {token}"))
            .body(Vec::new().into())?;
        let answer = self.transport.send(request, BOUNDS).await?;
        let body = serde_json::from_slice(answer.body())?;
        Ok((answer.status().as_u16(), body))
    }

    /// Deletes, as an admin does. Returns the status.
    pub(crate) async fn delete(&self, path: &str, token: &str) -> anyhow::Result<u16> {
        let request = Request::builder()
            .method(Method::DELETE)
            .uri(format!("{}{path}", self.origin))
            .header("authorization", format!("Bearer {token}"))
            .body(Vec::new().into())?;
        let answer = self.transport.send(request, BOUNDS).await?;
        Ok(answer.status().as_u16())
    }

    /// Writes a file of the story and returns where it is.
    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> anyhow::Result<String> {
        let path = self.path(name)?;
        std::fs::write(&path, bytes)?;
        Ok(path)
    }

    /// Returns a place for a file of the story.
    pub(crate) fn path(&self, name: &str) -> anyhow::Result<String> {
        let path = self.folder.path().join(name);
        let path = path.to_str().context("the folder's name is text")?;
        Ok(path.to_owned())
    }

    /// Counts the files of the host, its database among them, in which a text stands.
    pub(crate) fn files_with(&self, text: &str) -> anyhow::Result<(usize, usize)> {
        let mut folders = vec![self.folder.path().join("data")];
        let (mut all, mut with) = (0, 0);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let bytes = std::fs::read(&path)?;
                let mut windows = bytes.windows(text.len());
                all += 1;
                with += usize::from(windows.any(|window| window == text.as_bytes()));
            }
        }
        Ok((with, all))
    }

    /// Waits until the host ends.
    pub(crate) fn wait(&mut self) -> anyhow::Result<()> {
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
