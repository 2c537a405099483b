//! Agents that start the program themselves and speak to it over standard input and output.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

#[path = "support/program.rs"]
mod program;

use program::Program;
use rmcp::model::{CallToolRequestParams, ProtocolVersion};
use rmcp::service::{
    ClientLifecycleMode, ClientServiceExt, RoleClient, RunningService, ServiceError,
};
use serde_json::{Value, json};
use std::process::{ExitStatus, Output, Stdio};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// How long the program may take to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// The program in a folder where the skill `crm` is granted, and the admin's token.
fn granted() -> (Program, String) {
    let program = Program::new("", Vec::new());
    let (admin, ..) = program.grant("crm", &[]);
    (program, admin)
}

/// Starts the program for an agent; its messages to people go to a pipe.
fn start(program: &Program, token: Option<&str>) -> Child {
    let mut command = program.command();
    if let Some(token) = token {
        command.env("SKILLGATE_TOKEN", token);
    }
    let mut command = Command::from(command);
    command.arg("mcp").kill_on_drop(true);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.spawn().unwrap()
}

type Agent = RunningService<RoleClient, ()>;

/// Connects an agent as its author writes it.
async fn connect(child: &mut Child, lifecycle: ClientLifecycleMode) -> Agent {
    let ends = (child.stdout.take().unwrap(), child.stdin.take().unwrap());
    ().serve_with_lifecycle(ends, lifecycle).await.unwrap()
}

fn newer() -> ClientLifecycleMode {
    ClientLifecycleMode::Discover {
        preferred_versions: vec![ProtocolVersion::V_2026_07_28],
    }
}

async fn ended(child: &mut Child) -> ExitStatus {
    timeout(PATIENCE, child.wait()).await.unwrap().unwrap()
}

async fn output(child: Child) -> Output {
    timeout(PATIENCE, child.wait_with_output())
        .await
        .unwrap()
        .unwrap()
}

async fn search(agent: &Agent) -> Result<Value, ServiceError> {
    let input = json!({ "text": "ada" }).as_object().unwrap().clone();
    let call = CallToolRequestParams::new("crm_search_contacts").with_arguments(input);
    let answer = agent.call_tool(call).await?;
    assert_eq!(answer.is_error, Some(false), "{answer:?}");
    Ok(answer.structured_content.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_of_both_eras_call_a_skill_beside_a_host_that_serves() {
    let (program, _) = granted();
    let token = program.token(&["--role", "agent", "--user", "mia", "--agent", "bot"]);
    let served = program.serve();
    for lifecycle in [ClientLifecycleMode::Initialize, newer()] {
        let mut child = start(&program, Some(&token));
        let agent = connect(&mut child, lifecycle).await;
        let tools = agent.list_all_tools().await.unwrap();
        let names: Vec<_> = tools.iter().map(|tool| &*tool.name).collect();
        assert!(names.contains(&"crm_search_contacts"), "{names:?}");
        let found = search(&agent).await.unwrap();
        assert!(found["contacts"].is_array(), "{found}");
        // The host that serves goes on, with the same database and data folder.
        let path = "/api/skills/crm/tools/search_contacts";
        let (status, _) = served
            .post(&token, path, &json!({ "text": "ada" }))
            .unwrap();
        assert_eq!(status, 200);
        agent.cancel().await.unwrap();
        assert!(ended(&mut child).await.success());
    }
    served.die();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_revoked_meanwhile_is_refused() {
    let (program, _) = granted();
    let token = program.token(&["--role", "member", "--user", "mia"]);
    let mut child = start(&program, Some(&token));
    let agent = connect(&mut child, ClientLifecycleMode::Initialize).await;
    search(&agent).await.unwrap();
    let listed = program.run(None, &["token", "list", "--community", "home"]);
    let tokens = listed["tokens"].as_array().unwrap();
    let mine = tokens.iter().find(|token| token["user"] == "mia").unwrap();
    let id = mine["id"].as_str().unwrap();
    program.run(None, &["token", "revoke", id, "--community", "home"]);
    let refused = search(&agent).await.unwrap_err();
    let ServiceError::McpError(refused) = refused else {
        panic!("{refused}");
    };
    assert_eq!(refused.data.unwrap()["code"], "token-not-valid");
    drop(agent);
    assert!(ended(&mut child).await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_messages_is_on_standard_output() {
    let program = Program::logging("debug", "", Vec::new());
    let token = program.token(&["--role", "member", "--user", "mia"]);
    let mut child = start(&program, Some(&token));
    let mut stdin = child.stdin.take().unwrap();
    let hello = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {},
        "clientInfo": { "name": "agent", "version": "1" } } });
    let lines = format!("hello\n{hello}\n{{\n");
    stdin.write_all(lines.as_bytes()).await.unwrap();
    drop(stdin);
    let output = output(child).await;
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let messages = text.lines().map(serde_json::from_str);
    let messages: Vec<Value> = messages.collect::<Result<_, _>>().unwrap();
    assert_eq!(messages.len(), 1, "{text}");
    assert_eq!(messages[0]["result"]["serverInfo"]["name"], "skillgate");
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(log.contains("answering at standard input"), "{log}");
    assert!(!log.contains(&token), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_too_long_ends_the_program_and_is_told_to_people() {
    let program = Program::new("", Vec::new());
    let token = program.token(&["--role", "member", "--user", "mia"]);
    let mut child = start(&program, Some(&token));
    let mut stdin = child.stdin.take().unwrap();
    // It may be gone before all of it is written.
    drop(stdin.write_all(&vec![b'x'; 2 * 1024 * 1024]).await);
    let output = output(child).await;
    assert_eq!(
        (output.status.code(), &output.stdout[..]),
        (Some(1), &b""[..])
    );
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("message-too-large"), "{told}");
    drop(stdin);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_begins_without_a_good_token() {
    let program = Program::new("", Vec::new());
    for (token, exit, code) in [
        (None, 3, "configuration"),
        (Some("sgt_x"), 1, "token-not-valid"),
    ] {
        let output = output(start(&program, token)).await;
        assert_eq!(
            (output.status.code(), &output.stdout[..]),
            (Some(exit), &b""[..])
        );
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains(code), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_it_while_standard_input_is_open() {
    let program = Program::new("", Vec::new());
    let token = program.token(&["--role", "member", "--user", "mia"]);
    for signal in ["-TERM", "-INT"] {
        let mut child = start(&program, Some(&token));
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let agent = ().serve_with_lifecycle((stdout, stdin), newer()).await;
        let agent = agent.unwrap();
        let pid = child.id().unwrap().to_string();
        let told = Command::new("kill").args([signal, &pid]).status().await;
        assert!(told.unwrap().success());
        assert!(ended(&mut child).await.success());
        drop(agent);
    }
}
