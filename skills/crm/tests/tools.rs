//! Every tool, called with JSON over a CRM in memory. Inputs and answers are checked against their schemas.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "tools/contacts.rs"]
mod contacts;
#[path = "tools/definition.rs"]
mod definition;
#[path = "tools/leads.rs"]
mod leads;
#[path = "tools/opportunities.rs"]
mod opportunities;
#[path = "tools/search.rs"]
mod search;
#[path = "tools/tasks.rs"]
mod tasks;

use serde_json::Value;
use skillgate_sdk::crm::{Company, Contact, Entry, Opportunity, Task};
use skillgate_sdk::testing::Host;
use skillgate_sdk::{ErrorCode, ToolError};

/// An id that no record has.
const NOBODY: &str = "0190f5fe-7c00-7a00-8000-000000000001";

/// Calls a tool as the host does: the input satisfies its schema, and so must the answer.
fn call(host: &Host, tool: &str, input: Value) -> Result<Value, ToolError> {
    let skill = skillgate_skill_crm::definition();
    let definition = skill.tools().iter().find(|it| it.name() == tool).unwrap();
    assert_valid(definition.input_schema(), &input);
    let answer = host.call(&skill, tool, input)?;
    assert_valid(definition.output_schema(), &answer);
    Ok(answer)
}

fn refusal(host: &Host, tool: &str, input: Value) -> ErrorCode {
    call(host, tool, input).unwrap_err().code
}

fn assert_valid(schema: &Value, value: &Value) {
    let validator = jsonschema::validator_for(schema).unwrap();
    if let Err(error) = validator.validate(value) {
        panic!("{error} in {value}");
    }
}

fn is_valid(tool: &str, input: &Value) -> bool {
    let skill = skillgate_skill_crm::definition();
    let definition = skill.tools().iter().find(|it| it.name() == tool).unwrap();
    jsonschema::is_valid(definition.input_schema(), input)
}

#[expect(clippy::unnecessary_wraps, reason = "fields are optional")]
fn text(value: &str) -> Option<String> {
    Some(value.to_owned())
}

fn contact(host: &Host, first_name: &str, email: &str) -> Entry<Contact> {
    host.add(Contact {
        first_name: text(first_name),
        email: text(email),
        ..Default::default()
    })
}

fn company(host: &Host, name: &str, domain: Option<&str>) -> Entry<Company> {
    host.add(Company {
        name: text(name),
        domain: domain.map(str::to_owned),
        ..Default::default()
    })
}

fn opportunity(host: &Host, name: &str) -> Entry<Opportunity> {
    host.add(Opportunity {
        name: text(name),
        ..Default::default()
    })
}

fn task(host: &Host, title: &str, due_at: Option<&str>) -> Entry<Task> {
    host.add(Task {
        title: text(title),
        due_at: due_at.map(str::to_owned),
        ..Default::default()
    })
}
