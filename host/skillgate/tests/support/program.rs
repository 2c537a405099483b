//! The program in a folder of its own: its commands, and the host it serves, which can be killed.

#[path = "skills.rs"]
mod skills;

use serde_json::Value;
pub(crate) use skills::skills;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

/// The program in a folder of its own.
pub(crate) struct Program {
    folder: tempfile::TempDir,
    environment: Vec<(&'static str, String)>,
}

impl Program {
    /// Makes a folder; `settings` are those beside a free address and a silent log.
    pub(crate) fn new(settings: &str, environment: Vec<(&'static str, String)>) -> Self {
        Self::logging("off", settings, environment)
    }

    /// The same, with a log into the file `log` of the folder.
    pub(crate) fn logging(
        filter: &str,
        settings: &str,
        environment: Vec<(&'static str, String)>,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let all = format!(
            "[listen]\naddress = \"127.0.0.1:0\"\n[log]\nfilter = \"{filter}\"\n{settings}"
        );
        std::fs::write(folder.path().join("skillgate.toml"), all).unwrap();
        Self {
            folder,
            environment,
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skillgate"));
        command.arg("--json").current_dir(self.folder());
        let mut log = File::options();
        log.create(true).append(true);
        let log = log.open(self.folder().join("log")).unwrap();
        command.stderr(log);
        command.env_clear().stdin(Stdio::null());
        let named = self.environment.iter();
        command.envs(named.map(|(name, value)| (name, value)));
        command
    }

    /// Runs a command that succeeds. Returns what it answered.
    pub(crate) fn run(&self, token: Option<&str>, arguments: &[&str]) -> Value {
        let mut command = self.command();
        if let Some(token) = token {
            command.env("SKILLGATE_TOKEN", token);
        }
        let output = command.args(arguments).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{arguments:?}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Issues a token that may write.
    pub(crate) fn token(&self, whose: &[&str]) -> String {
        let create = ["token", "create", "--community", "home", "--may-write"];
        let made = self.run(None, &[&create, whose].concat());
        text(&made["token"])
    }

    /// Hands a skill in as a partner and grants it as an admin, on terms. Returns the admin's token, the
    /// module and the grant.
    pub(crate) fn grant(&self, skill: &str, terms: &[&str]) -> (String, String, String) {
        let publisher = self.token(&["--role", "partner", "--user", "publisher"]);
        let admin = self.token(&["--role", "admin", "--user", "ada"]);
        let file = |ending: &str| skills().join(format!("{skill}.{ending}"));
        let (manifest, component) = (file("json"), file("wasm"));
        let submit = [
            "module",
            "submit",
            "--manifest",
            manifest.to_str().unwrap(),
            "--component",
            component.to_str().unwrap(),
        ];
        let module = text(&self.run(Some(&publisher), &submit)["id"]);
        let grant = ["module", "grant", &module];
        let granted = self.run(Some(&admin), &[&grant, terms].concat());
        (admin, module, text(&granted["id"]))
    }

    /// Serves.
    pub(crate) fn serve(&self) -> Served {
        let mut command = self.command();
        let mut child = command.arg("serve").stdout(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut answer = String::new();
        while serde_json::from_str::<Value>(&answer).is_err() {
            let read = stdout.read_line(&mut answer).unwrap();
            assert_ne!(read, 0, "it ended: {answer}");
        }
        let view: Value = serde_json::from_str(&answer).unwrap();
        Served {
            child: Mutex::new(child),
            url: text(&view["listening"]),
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// A host that serves.
pub(crate) struct Served {
    child: Mutex<Child>,
    /// Where.
    pub(crate) url: String,
}

impl Served {
    /// Posts JSON. Nothing, if the host did not live to answer.
    pub(crate) fn post(&self, token: &str, path: &str, body: &Value) -> Option<(u16, Value)> {
        self.send("POST", token, path, body)
    }

    /// Sends JSON. Nothing, if the host did not live to answer.
    pub(crate) fn send(
        &self,
        method: &str,
        token: &str,
        path: &str,
        body: &Value,
    ) -> Option<(u16, Value)> {
        let body = body.to_string();
        let mut stream = TcpStream::connect(self.url.trim_start_matches("http://")).ok()?;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let status = head.get(9..12)?.parse().ok()?;
        Some((status, serde_json::from_str(body).ok()?))
    }

    /// Ends it at once, as `kill -9` does.
    pub(crate) fn die(&self) {
        let mut child = self.child.lock().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
