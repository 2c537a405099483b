//! A server of mail, which is a program of its own and no part of ours.

use serde_json::{Value, json};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// The server, in Python.
const SERVER: &str = include_str!("post/server.py");
/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long nothing comes where nothing is to come.
const QUIET: Duration = Duration::from_millis(500);

/// A server of mail at a port of this machine.
pub struct Post {
    /// Its port.
    pub port: u16,
    came: Lines<BufReader<ChildStdout>>,
    _program: Child,
}

impl Post {
    /// Starts one that takes mail of whoever comes.
    pub async fn open() -> Self {
        Self::with(&json!({})).await
    }

    /// Starts one with options: `port`, `certificate` and `key` (paths), `encryption` (`implicit`, else STARTTLS where
    /// there is a certificate), `user` and `password`.
    pub async fn with(options: &Value) -> Self {
        let python = std::env::var_os("SKILLGATE_TEST_MAIL_PYTHON")
            .expect("`cargo xtask test` installs the server of mail and says where it is");
        let mut program = Command::new(python)
            .args(["-c", SERVER])
            .arg(options.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("python runs");
        let came = BufReader::new(program.stdout.take().expect("a pipe")).lines();
        let mut opened = Self {
            port: 0,
            came,
            _program: program,
        };
        let place = opened.comes().await;
        let port = place["port"].as_u64().and_then(|it| it.try_into().ok());
        Self {
            port: port.expect("a port"),
            ..opened
        }
    }

    /// Returns the mail that comes next.
    pub async fn comes(&mut self) -> Value {
        let line = tokio::time::timeout(PATIENCE, self.came.next_line());
        let line = line.await.expect("something in time");
        let line = line.expect("a line").expect("more lines");
        serde_json::from_str(&line).expect("JSON")
    }

    /// Nothing comes any more.
    pub async fn is_quiet(&mut self) -> bool {
        tokio::time::timeout(QUIET, self.came.next_line())
            .await
            .is_err()
    }
}
