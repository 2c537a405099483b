//! Schemathesis asks the program what its OpenAPI document promises: no answer of the 5xx family, and
//! none of a status, a type, a header or a shape that the document does not have.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Requests made up for each operation, beside those that the schema's edges give.
const EXAMPLES: &str = "8";
/// What is looked at in each answer.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance";

fn told(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from)
}

fn skills() -> PathBuf {
    let built = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/skills");
    told("SKILLGATE_TEST_SKILLS").unwrap_or_else(built)
}

/// A folder to run the program in, with the hand-off skill granted.
struct Program {
    folder: tempfile::TempDir,
    admin: String,
    module: String,
    grant: String,
}

impl Program {
    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skillgate"));
        command.current_dir(self.folder.path()).env_clear();
        command.arg("--json").stdin(Stdio::null());
        command
    }

    fn run(&self, token: Option<&str>, arguments: &[&str]) -> Value {
        let mut command = self.command();
        if let Some(token) = token {
            command.env("SKILLGATE_TOKEN", token);
        }
        let output = command.args(arguments).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{arguments:?}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    fn token(&self, role: &str, user: &str) -> String {
        let create = ["token", "create", "--community", "home", "--may-write"];
        let made = self.run(
            None,
            &[&create[..], &["--role", role, "--user", user]].concat(),
        );
        made["token"].as_str().unwrap().to_owned()
    }

    fn ready() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = "[listen]\naddress = \"127.0.0.1:0\"\n[log]\nfilter = \"off\"\n";
        std::fs::write(folder.path().join("skillgate.toml"), settings).unwrap();
        let (admin, module, grant) = (String::new(), String::new(), String::new());
        let mut program = Self {
            folder,
            admin,
            module,
            grant,
        };
        let publisher = program.token("partner", "publisher");
        program.admin = program.token("admin", "ada");
        let (manifest, component) = (
            skills().join("tez-handoff.json"),
            skills().join("tez-handoff.wasm"),
        );
        let submit = [
            "module",
            "submit",
            "--manifest",
            manifest.to_str().unwrap(),
            "--component",
        ];
        let submit = [&submit[..], &[component.to_str().unwrap()]].concat();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        program.module = text(&program.run(Some(&publisher), &submit)["id"]);
        let grant = ["module", "grant", &program.module];
        program.grant = text(&program.run(Some(&program.admin), &grant)["id"]);
        program
    }

    fn serve(&self) -> (Child, String) {
        let mut child = self
            .command()
            .arg("serve")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut text = String::new();
        while serde_json::from_str::<Value>(&text).is_err() {
            assert_ne!(stdout.read_line(&mut text).unwrap(), 0, "it ended: {text}");
        }
        let view: Value = serde_json::from_str(&text).unwrap();
        (child, view["listening"].as_str().unwrap().to_owned())
    }

    fn post(&self, address: &str, path: &str, body: &Value) -> Value {
        let (token, body) = (&self.admin, body.to_string());
        let mut stream = TcpStream::connect(address.trim_start_matches("http://")).unwrap();
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 20"), "{path}: {answer}");
        serde_json::from_str(body).unwrap()
    }

    /// Makes one of everything, and names it where the document has a parameter for it.
    fn parameters(&self, address: &str) -> String {
        let deal = json!({ "payload": { "name": "Acme", "stage": "PROPOSAL" } });
        let deal =
            self.post(address, "/api/crm/opportunities", &deal)["data"]["summary"]["id"].clone();
        let team = self.post(address, "/teams", &json!({ "name": "Sales" }))["data"]["id"].clone();
        let note = json!({ "teamId": team, "surfaceText": "hi" });
        let tez = self.post(address, "/tez/share", &note)["data"]["id"].clone();
        let asked = json!({ "entityType": "opportunity", "entityId": deal, "objective": "x",
            "tez": { "teamId": team, "share": true } });
        let planned = self.post(address, "/api/crm/workflows/coordinate", &asked);
        let plan = planned["data"]["plan"]["id"].clone();
        let of_path = [
            ("entityType", json!("opportunity")),
            ("entityId", deal),
            ("team", team),
            ("tez", tez),
            ("plan", plan),
            ("skill", json!("tez-handoff")),
            ("tool", json!("coordinate")),
            ("module", json!(self.module)),
            ("grant", json!(self.grant)),
        ];
        let mut text = "[parameters]\n".to_owned();
        for (name, value) in of_path {
            writeln!(text, "\"path.{name}\" = {value}").unwrap();
        }
        text
    }

    /// Lets schemathesis ask. `parameters` say what is there. Returns how much it asked.
    fn asked(&self, address: &str, parameters: &str) -> String {
        let program = told("SKILLGATE_TEST_SCHEMATHESIS")
            .expect("run `cargo xtask test`: it installs schemathesis and says where it is");
        std::fs::write(self.folder.path().join("schemathesis.toml"), parameters).unwrap();
        let output = Command::new(program)
            .arg("run")
            .arg(format!("{address}/api/openapi.json"))
            .args(["--header", &format!("Authorization: Bearer {}", self.admin)])
            .args(["--phases", "examples,coverage,fuzzing", "--checks", CHECKS])
            .args(["--max-examples", EXAMPLES, "--seed", "1", "--no-shrink"])
            .args(["--continue-on-failure", "--warnings", "off"])
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{text}");
        let cases = text.lines().find(|line| line.contains(" generated, "));
        cases.expect("cases were generated").trim().to_owned()
    }
}

#[test]
fn every_answer_is_as_the_document_says() {
    // Once with whatever the document allows, once about what is there: what an admin may, the first takes
    // away again.
    for about_what_is_there in [false, true] {
        let program = Program::ready();
        let (mut child, address) = program.serve();
        let parameters = if about_what_is_there {
            program.parameters(&address)
        } else {
            String::new()
        };
        println!("{}", program.asked(&address, &parameters));
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
