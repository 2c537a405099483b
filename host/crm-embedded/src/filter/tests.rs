//! The grammar, case by case.

use serde_json::{Value, json};

use super::{Bound, FILTER_DEPTH_MAX, FILTER_TESTS_MAX, FILTER_VALUES_MAX, Filter, Op, Operand};
use super::{from_graphql, from_rest};
use crate::fault::Fault;
use crate::schema::Schema;

fn rest(query: &str) -> Result<Filter, Fault> {
    let schema = Schema::standard();
    from_rest(&schema, schema.singular("person").unwrap(), query)
}

fn graphql(input: &Value) -> Result<Filter, Fault> {
    let schema = Schema::standard();
    from_graphql(&schema, schema.singular("person").unwrap(), input)
}

/// Writes a filter the way these tests read it.
fn plain(filter: &Filter) -> String {
    let join = |parts: &[Filter]| parts.iter().map(plain).collect::<Vec<_>>().join(" ");
    match filter {
        Filter::All(parts) => format!("all({})", join(parts)),
        Filter::Any(parts) => format!("any({})", join(parts)),
        Filter::Not(part) => format!("not({})", plain(part)),
        Filter::Test(test) => {
            let via = test
                .column
                .via
                .as_ref()
                .map_or(String::new(), |(key, _)| format!("{key}>"));
            let path = test.column.path.join(".");
            format!("{via}{path} {:?} {}", test.op, operand(&test.operand))
        }
    }
}

fn operand(operand: &Operand) -> String {
    let bound = |bound: &Bound| match bound {
        Bound::Text(text) => format!("<{text}>"),
        Bound::Number(number) => number.to_string(),
        Bound::Boolean(truth) => truth.to_string(),
    };
    match operand {
        Operand::Null => "null".to_owned(),
        Operand::NotNull => "not null".to_owned(),
        Operand::One(value) => bound(value),
        Operand::Many(values) => values.iter().map(bound).collect(),
    }
}

/// Checks that reading each query starts with the words beside it.
fn check_rest(cases: &[(&str, &str)]) {
    for (query, expected) in cases {
        let answer = match rest(query) {
            Ok(filter) => plain(&filter),
            Err(fault) => fault.to_string(),
        };
        assert!(
            answer.starts_with(expected),
            "{query}\n  {answer}\n  {expected}"
        );
    }
}

#[test]
fn quotes_toggle_and_nothing_escapes() {
    check_rest(&[
        ("jobTitle[eq]:x", "all(jobTitle Eq <x>)"),
        (
            "jobTitle[eq]:\"x\",city",
            "'filter' invalid for 'city'. eg: price[gte]:10",
        ),
        ("jobTitle[eq]:\"a,b\"", "all(jobTitle Eq <a,b>)"),
        (
            "jobTitle[eq]:a,b",
            "'filter' invalid for 'b'. eg: price[gte]:10",
        ),
        // The apostrophe closes the quote, so the comma no longer separates.
        (
            "jobTitle[eq]:\"O'Brien\",avatarUrl[eq]:\"x\"",
            "all(jobTitle Eq <O'Brien\",avatarUrl[eq]:\"x>)",
        ),
        (
            "avatarUrl[eq]:\"x\",jobTitle[eq]:\"O'B\"",
            "all(avatarUrl Eq <x> jobTitle Eq <O'B>)",
        ),
        // A value that closes its own quote injects a predicate.
        (
            "jobTitle[eq]:\"x\",id[is]:NOT_NULL",
            "all(jobTitle Eq <x> id Is not null)",
        ),
        ("jobTitle[eq]:\"a(b)c\"", "all(jobTitle Eq <a(b)c>)"),
        (
            "jobTitle[eq]:\"a(b\"",
            "'filter' invalid. 1 close bracket is missing in the query",
        ),
        (
            "jobTitle[eq]:\"a)b)\"",
            "'filter' invalid. 2 open brackets are missing in the query",
        ),
        ("jobTitle[eq]:\"x[eq]:y\"", "all(jobTitle Eq <x[eq]:y>)"),
        (
            "name.lastName[in]:[\"Doe, Jr\"]",
            "all(name.lastName In <\"Doe>< Jr\">)",
        ),
        (
            "name.lastName[in]:a",
            "'filter' invalid for 'in' operator. Received",
        ),
    ]);
}

#[test]
fn names_and_operands_are_checked() {
    check_rest(&[
        ("jobTitle[eq]:\"\"", "all(jobTitle Eq null)"),
        ("jobTitle[neq]:\"\"", "all(jobTitle Neq not null)"),
        (
            "jobTitle[eq]:",
            "'filter' invalid for 'jobTitle[eq]:'. eg: price[gte]:10",
        ),
        (
            "jobTitle[is]:null",
            "Invalid filter value for \"is\" operator.",
        ),
        ("companyId[is]:NULL", "all(companyId Is null)"),
        ("company.name[eq]:X", "all(companyId>name Eq <X>)"),
        (
            "company.people[eq]:X",
            "Filtering by one-to-many relation \"people\"",
        ),
        (
            "name[eq]:x",
            "Sub field \"eq\" not found for composite type: FULL_NAME",
        ),
        (
            "name.middle[eq]:x",
            "Sub field \"middle\" not found for composite type: FULL_NAME",
        ),
        (
            " name.firstName[eq]:x",
            "Object person doesn't have any \" name\" field.",
        ),
        ("id[eq]:zzz", "Invalid UUID value 'zzz' for field \"id\""),
        ("id[in]:[]", "Invalid UUID value '' for field \"id\""),
        (
            "createdAt[gte]:\"2026-01-01\"",
            "all(createdAt Gte <2026-01-01T00:00:00.000Z>)",
        ),
        (
            "createdAt[gte]:yesterday",
            "Invalid value 'yesterday' for date-time field",
        ),
        (
            "jobTitle[regex]:x",
            "'filter' invalid for 'jobTitle[regex]:x', comparator regex not in",
        ),
        ("position[gt]:1.5", "all(position Gt 1.5)"),
        (
            "or(jobTitle[eq]:a,not(jobTitle[eq]:b))",
            "any(jobTitle Eq <a> not(jobTitle Eq <b>))",
        ),
        (
            "and(or(jobTitle[eq]:a),jobTitle[eq]:b)",
            "all(any(jobTitle Eq <a>) jobTitle Eq <b>)",
        ),
        (
            "not(jobTitle[eq]:a,jobTitle[eq]:b)",
            "'filter' invalid. 'not' conjunction",
        ),
    ]);
}

#[test]
fn graphql_filters_need_no_escaping() {
    let hostile = "O'Brien\",\"x(),or(id[neq]:\"0";
    let cases = [
        (json!(null), "all()".to_owned()),
        (
            json!({"name": {"lastName": {"eq": hostile}}}),
            format!("all(name.lastName Eq <{hostile}>)"),
        ),
        (
            json!({"or": [{"jobTitle": {"eq": "a"}}, {"not": {"jobTitle": {"is": "NULL"}}}]}),
            "all(any(all(jobTitle Eq <a>) all(not(all(jobTitle Is null)))))".to_owned(),
        ),
        (
            json!({"company": {"name": {"eq": "X"}}}),
            "all(companyId>name Eq <X>)".to_owned(),
        ),
        (json!({"id": {"in": []}}), "all(id In )".to_owned()),
        (
            json!({"nope": {"eq": 1}}),
            "Object person doesn't have any \"nope\" field.".to_owned(),
        ),
        (
            json!({"jobTitle": {"regex": 1}}),
            "Field \"regex\" is not defined".to_owned(),
        ),
        (
            json!([]),
            "'filter' invalid. An object is expected".to_owned(),
        ),
    ];
    for (input, expected) in cases {
        let answer = match graphql(&input) {
            Ok(filter) => plain(&filter),
            Err(fault) => fault.to_string(),
        };
        assert!(
            answer.starts_with(&expected),
            "{input}\n  {answer}\n  {expected}"
        );
    }
}

#[test]
fn any_mention_of_deletion_counts() {
    let cases = [
        ("jobTitle[eq]:a", false),
        ("deletedAt[is]:NULL", true),
        ("or(jobTitle[eq]:a,not(deletedAt[is]:NULL))", true),
    ];
    for (query, expected) in cases {
        assert_eq!(
            rest(query).unwrap().mentions_deletion(),
            expected,
            "{query}"
        );
    }
}

#[test]
fn limits_hold_at_their_edge() {
    let nested = |depth: usize| {
        format!(
            "{}jobTitle[eq]:a{}",
            "not(".repeat(depth),
            ")".repeat(depth)
        )
    };
    assert!(rest(&nested(FILTER_DEPTH_MAX)).is_ok());
    assert!(rest(&nested(FILTER_DEPTH_MAX + 1)).is_err());

    let tests = |count: usize| vec!["jobTitle[eq]:a"; count].join(",");
    assert!(rest(&tests(FILTER_TESTS_MAX)).is_ok());
    assert!(rest(&tests(FILTER_TESTS_MAX + 1)).is_err());

    let values = |count: usize| json!({"jobTitle": {"in": vec!["a"; count]}});
    assert!(graphql(&values(FILTER_VALUES_MAX)).is_ok());
    assert!(graphql(&values(FILTER_VALUES_MAX + 1)).is_err());
}

#[test]
fn every_comparison_has_its_name() {
    let names = Op::names();
    assert_eq!(names.split(", ").count(), 13);
    for name in names.split(", ") {
        assert!(Op::parse(name).is_some(), "{name}");
    }
}
