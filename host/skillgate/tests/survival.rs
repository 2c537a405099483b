//! What is left when the program is killed in the middle of a write, or the disk is full.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

const CREATE: &[&str] = &[
    "--json",
    "token",
    "create",
    "--community",
    "home",
    "--user",
    "u",
    "--role",
    "member",
];
const LIST: &[&str] = &["--json", "token", "list", "--community", "home"];

fn skillgate(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skillgate"));
    command.current_dir(folder).env_clear().stdin(Stdio::null());
    command
}

/// Returns the ids that a listing answers.
fn ids(listing: &[u8]) -> BTreeSet<String> {
    let listing: Value = serde_json::from_slice(listing).unwrap();
    let tokens = listing["tokens"].as_array().unwrap().iter();
    tokens
        .map(|token| token["id"].as_str().unwrap().to_owned())
        .collect()
}

fn id(made: &[u8]) -> Option<String> {
    let made: Value = serde_json::from_slice(made).ok()?;
    made["id"].as_str().map(str::to_owned)
}

/// Whatever was acknowledged is there afterwards, and the database opens.
#[test]
fn killed_in_the_middle_of_a_write() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = BTreeSet::new();
    for round in 0..24 {
        let mut child = skillgate(folder.path())
            .args(CREATE)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // From before the first page is written to after the answer.
        std::thread::sleep(Duration::from_millis(round * 4));
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        acknowledged.extend(id(&output.stdout));
    }
    let whole = skillgate(folder.path()).args(CREATE).output().unwrap();
    acknowledged.extend(id(&whole.stdout));
    let listed = ids(&skillgate(folder.path()).args(LIST).output().unwrap().stdout);
    assert!(!acknowledged.is_empty(), "at least the last was let finish");
    assert!(
        acknowledged.is_subset(&listed),
        "an acknowledged token is missing"
    );
}

/// A host in a file system of its own, so small that a test can fill it.
struct SmallDisk {
    child: Child,
    stdout: BufReader<ChildStdout>,
    address: String,
    admin: String,
}

impl SmallDisk {
    /// Starts a host on a file system of four mebibytes; on a line of input it is filled.
    fn start(folder: &Path) -> Self {
        let script = r#"
            mount -t tmpfs -o size=4m tmpfs "$1" && cd "$1" || exit 90
            printf '[listen]\naddress = "127.0.0.1:0"\n[log]\nfilter = "off"\n' > skillgate.toml
            "$2" --json token create --community home --user u --role admin
            "$2" --json serve &
            read fill && head -c 8m /dev/zero > fill 2> /dev/null
            echo; echo full
            read end; kill $!; wait
        "#;
        let mut child = Command::new("unshare")
            .args(["--map-root-user", "--mount", "sh", "-c", script, "sh"])
            .arg(folder)
            .arg(env!("CARGO_BIN_EXE_skillgate"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let text = |answer: Value, key: &str| answer[key].as_str().unwrap().to_owned();
        let admin = text(next_json(&mut stdout), "token");
        let address = text(next_json(&mut stdout), "listening").replace("http://", "");
        Self {
            child,
            stdout,
            address,
            admin,
        }
    }

    fn fill(&mut self) {
        writeln!(self.child.stdin.as_mut().unwrap()).unwrap();
        let mut line = String::new();
        while line.trim() != "full" {
            line.clear();
            assert_ne!(
                self.stdout.read_line(&mut line).unwrap(),
                0,
                "the host ended"
            );
        }
    }

    /// Sends a request as the admin. Returns the status and the answer.
    fn ask(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let (admin, length) = (&self.admin, body.len());
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\nauthorization: Bearer {admin}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (
            head[9..12].parse().unwrap(),
            serde_json::from_str(body).unwrap(),
        )
    }

    fn make_token(&self) -> (u16, Value) {
        self.ask(
            "POST",
            "/api/tokens",
            r#"{"user":"u","role":"member","may_write":false,"life_s":60}"#,
        )
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // The end of its input ends the script, which ends the host.
        drop(self.child.stdin.take());
        self.child.wait().ok();
    }
}

fn next_json(from: &mut impl BufRead) -> Value {
    let mut text = String::new();
    loop {
        assert_ne!(from.read_line(&mut text).unwrap(), 0, "it ended: {text}");
        if let Ok(value) = serde_json::from_str(&text) {
            return value;
        }
    }
}

/// The write that does not fit says so, what was acknowledged stays, and reading goes on.
#[test]
fn a_full_disk() {
    const ATTEMPTS_MAX: usize = 2_000;
    let folder = tempfile::tempdir().unwrap();
    let mut host = SmallDisk::start(folder.path());
    let mut acknowledged = Vec::new();
    acknowledged.push(host.make_token());
    host.fill();
    let refused = (0..ATTEMPTS_MAX).find_map(|_| {
        let made = host.make_token();
        let refused = made.0 != 201;
        if refused {
            return Some(made);
        }
        acknowledged.push(made);
        None
    });
    let (status, problem) = refused.unwrap();
    assert_eq!(
        (status, &problem["code"]),
        (507, &json!("storage-full")),
        "{problem}"
    );
    let (status, listed) = host.ask("GET", "/api/tokens", "");
    assert_eq!(status, 200, "{listed}");
    let listed = ids(listed.to_string().as_bytes());
    let newest = acknowledged.last().unwrap().1["id"].as_str().unwrap();
    assert!(listed.contains(newest), "an acknowledged token is missing");
}

/// Each connection is an open file, and many are connected.
#[test]
fn as_many_files_are_open_as_may_be() {
    let folder = tempfile::tempdir().unwrap();
    let settings = "[listen]\naddress = \"127.0.0.1:0\"\n[log]\nfilter = \"off\"\n";
    std::fs::write(folder.path().join("skillgate.toml"), settings).unwrap();
    let few = "ulimit -Sn 256; ulimit -n; exec \"$0\" --json serve";
    let mut host = Command::new("/bin/sh")
        .args(["-c", few, env!("CARGO_BIN_EXE_skillgate")])
        .current_dir(folder.path())
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let said = BufReader::new(host.stdout.take().unwrap()).lines();
    let said = said.map_while(Result::ok);
    // Up to the end of what it says of where it listens.
    let said: Vec<_> = said.take_while(|line| line != "}").collect();
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", host.id())).unwrap();
    host.kill().unwrap();
    host.wait().unwrap();
    assert_eq!(said.first().map(String::as_str), Some("256"));
    let files = limits.lines().find(|it| it.starts_with("Max open files"));
    let files: Vec<_> = files.unwrap().split_whitespace().collect();
    let (now, most) = (files[3], files[4]);
    assert_eq!(now, most);
    assert_ne!(now, "256");
}
