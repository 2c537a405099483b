//! A person confirms at the terminal what their agent's call writes.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

#[path = "support/program.rs"]
mod program;

use program::Program;
use serde_json::{Value, json};
use std::process::Output;

const ASK: &str = "@id(\"a-person-confirms-deals\") @ask forbid (principal is Agent,
    action == Action::\"crm-create\", resource == ObjectType::\"opportunity\");";

fn call(program: &Program, token: &str, arguments: &[&str]) -> Output {
    let mut command = program.command();
    command.args(arguments).env("SKILLGATE_TOKEN", token);
    command.output().unwrap()
}

fn answered(output: &Output) -> (i32, Value) {
    let answer = serde_json::from_slice(&output.stdout).unwrap();
    (output.status.code().unwrap(), answer)
}

#[test]
fn a_person_looks_at_what_their_agent_wants_and_says_yes_or_no() {
    let program = Program::new("", Vec::new());
    let (admin, _, _) = program.grant("crm", &[]);
    let shown = program.run(Some(&admin), &["policy", "show"]);
    let text = format!("{}\n{ASK}", shown["text"].as_str().unwrap());
    std::fs::write(program.folder().join("asking.cedar"), text).unwrap();
    let put = ["policy", "put", "asking.cedar", "--expected-version", "0"];
    program.run(Some(&admin), &put);
    let agent = ["--role", "agent", "--user", "mia", "--agent", "bot"];
    let agent = program.token(&agent);
    let mia = program.token(&["--role", "member", "--user", "mia"]);

    let lead = |name: &str| {
        let person = json!({ "email": "ada@engines.example", "last_name": "Lovelace" });
        json!({ "name": name, "person": person }).to_string()
    };
    let (engine, loom) = (lead("Engine"), lead("Loom"));
    let create = |input| ["call", "crm", "create_lead", "--input", input];
    for input in [&engine, &loom] {
        let (exit, refused) = answered(&call(&program, &agent, &create(input)));
        assert_eq!(
            (exit, &refused["code"]),
            (1, &json!("requires-confirmation"))
        );
    }
    let list = program.run(Some(&mia), &["plan", "list"]);
    let plans = list["plans"].as_array().unwrap();
    let ids: Vec<_> = plans
        .iter()
        .map(|plan| plan["id"].as_str().unwrap())
        .collect();
    assert_eq!((ids.len(), &plans[0]["agent"]), (2, &json!("bot")));

    let plans = ids
        .iter()
        .map(|id| program.run(Some(&mia), &["plan", "show", id]));
    let deal = |plan: &Value| plan["effects"].to_string().contains("Engine");
    let (yes, no): (Vec<_>, Vec<_>) = plans.partition(deal);
    // Yes at the door of a host that serves, no at the terminal beside it.
    let served = program.serve();
    let path = format!("/api/plans/{}/apply", yes[0]["id"].as_str().unwrap());
    let seen = json!({ "digest": yes[0]["digest"] });
    let (status, applied) = served.post(&mia, &path, &seen).unwrap();
    assert_eq!((status, &applied["state"]), (200, &json!("applied")));
    let text = |name: &str| no[0][name].as_str().unwrap().to_owned();
    let decline = ["plan", "decline", &text("id"), "--digest", &text("digest")];
    assert_eq!(program.run(Some(&mia), &decline)["state"], "declined");

    let (exit, told) = answered(&call(&program, &agent, &create(&engine)));
    assert_eq!(
        (exit, &told["output"]["opportunity"]["outcome"]),
        (0, &json!("created"))
    );
    let (exit, refused) = answered(&call(&program, &agent, &create(&loom)));
    assert_eq!((exit, &refused["code"]), (1, &json!("plan-declined")));
    assert_eq!(
        program.run(Some(&mia), &["plan", "list"])["plans"],
        json!([])
    );
    served.die();
}
