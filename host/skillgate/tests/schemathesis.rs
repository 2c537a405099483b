//! Schemathesis asks the program what its OpenAPI document promises: no answer of the 5xx family, and
//! none of a status, a type, a header or a shape that the document does not have.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

#[path = "support/program.rs"]
mod program;

use program::{Program, Served};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::process::Command;

/// Requests made up for each operation, beside those that the schema's edges give.
const EXAMPLES: &str = "8";
/// What is looked at in each answer.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance";

/// The program with the hand-off skill granted.
struct World {
    program: Program,
    admin: String,
    module: String,
    grant: String,
}

impl World {
    fn ready() -> Self {
        let program = Program::new("", Vec::new());
        let (admin, module, grant) = program.grant("tez-handoff", &[]);
        Self {
            program,
            admin,
            module,
            grant,
        }
    }

    fn post(&self, served: &Served, path: &str, body: &Value) -> Value {
        let (status, answer) = served.post(&self.admin, path, body).unwrap();
        assert!((200..300).contains(&status), "{path}: {status} {answer}");
        answer
    }

    /// Makes one of everything, and names it where the document has a parameter for it.
    fn parameters(&self, served: &Served) -> String {
        let deal = json!({ "payload": { "name": "Acme", "stage": "PROPOSAL" } });
        let deal =
            self.post(served, "/api/crm/opportunities", &deal)["data"]["summary"]["id"].clone();
        let team = self.post(served, "/teams", &json!({ "name": "Sales" }))["data"]["id"].clone();
        let note = json!({ "teamId": team, "surfaceText": "hi" });
        let tez = self.post(served, "/tez/share", &note)["data"]["id"].clone();
        let asked = json!({ "entityType": "opportunity", "entityId": deal, "objective": "x",
            "tez": { "teamId": team, "share": true } });
        let planned = self.post(served, "/api/crm/workflows/coordinate", &asked);
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
    fn asked(&self, served: &Served, parameters: &str) -> String {
        let program = std::env::var_os("SKILLGATE_TEST_SCHEMATHESIS")
            .expect("run `cargo xtask test`: it installs schemathesis and says where it is");
        std::fs::write(self.program.folder().join("schemathesis.toml"), parameters).unwrap();
        let output = Command::new(program)
            .arg("run")
            .arg(format!("{}/api/openapi.json", served.url))
            .args(["--header", &format!("Authorization: Bearer {}", self.admin)])
            .args(["--phases", "examples,coverage,fuzzing", "--checks", CHECKS])
            .args(["--max-examples", EXAMPLES, "--seed", "1", "--no-shrink"])
            .args(["--continue-on-failure", "--warnings", "off"])
            .current_dir(self.program.folder())
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
        let world = World::ready();
        let served = world.program.serve();
        let parameters = if about_what_is_there {
            world.parameters(&served)
        } else {
            String::new()
        };
        println!("{}", world.asked(&served, &parameters));
        served.die();
    }
}
