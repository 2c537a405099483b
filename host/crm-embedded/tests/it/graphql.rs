//! GraphQL beyond the recorded exchanges.

use serde_json::{Value, json};

use super::crm::{TestCrm, text};

#[tokio::test]
async fn a_connection_pages_forward_through_every_record_once() {
    let crm = TestCrm::new().await;
    for (first, last) in [("A", "b"), ("B", "A"), ("C", ""), ("D", "c"), ("E", "C")] {
        crm.person(first, last).await;
    }
    let query = "query($o:[PersonOrderByInput],$a:String){people(orderBy:$o,first:2,after:$a){\
                 totalCount pageInfo{hasNextPage endCursor} edges{node{name{firstName}}}}}";
    for (direction, expected) in [
        ("AscNullsFirst", "CBADE"),
        ("AscNullsLast", "BADEC"),
        ("DescNullsLast", "DEABC"),
        ("DescNullsFirst", "CDEAB"),
    ] {
        let (mut seen, mut after) = (String::new(), Value::Null);
        loop {
            let variables = json!({"o": [{"name": {"lastName": direction}}], "a": after});
            let page = &crm.graphql(query, variables).await["data"]["people"];
            assert_eq!(page["totalCount"], 5);
            for edge in page["edges"].as_array().unwrap() {
                seen.push_str(edge["node"]["name"]["firstName"].as_str().unwrap());
            }
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
        assert_eq!(seen, expected, "{direction}");
    }
}

#[tokio::test]
async fn relations_are_followed_both_ways_and_deleted_records_are_not() {
    let crm = TestCrm::new().await;
    let company = text(&crm.create("companies", json!({"name": "Acme"})).await["id"]);
    let ids = [crm.person("A", "One").await, crm.person("B", "Two").await];
    for id in &ids {
        crm.patch(&format!("/rest/people/{id}"), json!({"companyId": company}))
            .await;
    }
    crm.delete(&format!("/rest/people/{}?soft_delete=true", ids[1]))
        .await;
    let query = "{companies{edges{node{who:name people(first:5){totalCount edges{node{\
                 name{lastName} company{name}}}}}}}}";
    let body = crm.graphql(query, json!({})).await;
    let node = &body["data"]["companies"]["edges"][0]["node"];
    assert_eq!(node["who"], "Acme");
    let only = json!([{"node": {"name": {"lastName": "One"}, "company": {"name": "Acme"}}}]);
    assert_eq!(node["people"], json!({"totalCount": 1, "edges": only}));
}

#[tokio::test]
async fn fragments_aliases_defaults_and_several_roots_work() {
    let crm = TestCrm::new().await;
    let id = crm.person("Ada", "King").await;
    let query = "query Q($i:UUID = \"none\", $n:Int = 1){\
                 one:person(filter:{id:{eq:$i}}){...F} people(first:$n){edges{node{... on Person{id}}}}}\
                 fragment F on Person {name{...N}} fragment N on FullName {firstName}";
    let body = crm.graphql(query, json!({"i": id})).await;
    assert_eq!(
        body["data"],
        json!({"one": {"name": {"firstName": "Ada"}}, "people": {"edges": [{"node": {"id": id}}]}})
    );
    let looped = "{people{...A}} fragment A on P {...B} fragment B on P {...A}";
    let body = crm.graphql(looped, json!({})).await;
    assert_eq!(
        body["errors"][0]["message"],
        "Cannot spread fragment \"A\" within itself."
    );
}

#[tokio::test]
async fn bulk_mutations_need_a_filter_and_bad_data_is_an_error() {
    let crm = TestCrm::new().await;
    crm.person("Ada", "King").await;
    let cases = [
        (
            "mutation{updatePeople(data:{jobTitle:\"x\"}){id}}",
            "Missing required argument: \"filter\" (object)",
        ),
        (
            "mutation{deletePeople{id}}",
            "Missing required argument: \"filter\" (object)",
        ),
        (
            "mutation{createPerson{id}}",
            "Missing required argument: \"data\" (object)",
        ),
        (
            "mutation{createPerson(data:{nope:1}){id}}",
            "Object person doesn't have any \"nope\" field.",
        ),
        (
            "mutation{destroyPerson(id:\"x\"){id}}",
            "Invalid UUID value 'x' for field \"id\"",
        ),
        (
            "mutation{createPerson(data:{jobTitle:\"a\\u0000b\"}){id}}",
            "Data validation error.",
        ),
        (
            "mutation{people{id}}",
            "Cannot query field \"people\" on type \"Mutation\".",
        ),
        ("{person{id}}", "Missing filter argument"),
        (
            "{people(first:-1){totalCount}}",
            "First argument must be non-negative",
        ),
    ];
    for (query, expected) in cases {
        let body = crm.graphql(query, json!({})).await;
        assert_eq!(body["errors"][0]["message"], expected, "{query}");
    }
    let query = "mutation{destroyPeople(filter:{name:{lastName:{eq:\"King\"}}}){id}}";
    let body = crm.graphql(query, json!({})).await;
    assert_eq!(body["data"]["destroyPeople"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn search_finds_words_and_their_beginnings_but_never_messages() {
    let crm = TestCrm::new().await;
    let person = json!({"name": {"firstName": "Jeffery", "lastName": "Griffin"}, "emails": {"primaryEmail": "jg@x.test"}});
    crm.create("people", person).await;
    crm.person("Jeffery", "Gibson").await;
    crm.create("companies", json!({"name": "Griffin & Sons"}))
        .await;
    crm.create(
        "notes",
        json!({"title": "Call", "bodyV2": {"markdown": "about Griffin"}}),
    )
    .await;
    let query = "query($s:String!,$i:[String!]){search(searchInput:$s,limit:9,\
                 includedObjectNameSingulars:$i){edges{node{label}}}}";
    let cases = [
        (
            "jef grif",
            json!(["person"]),
            "Jeffery Griffin|Jeffery Gibson",
        ),
        ("griff", json!(null), "Jeffery Griffin|Griffin & Sons|Call"),
        ("JG@x", json!(null), "Jeffery Griffin"),
        ("iffin", json!(null), ""),
        ("private", json!(null), ""),
        ("private", json!(["message"]), ""),
        ("", json!(["company"]), "Griffin & Sons"),
    ];
    for (input, objects, expected) in cases {
        let body = crm.graphql(query, json!({"s": input, "i": objects})).await;
        let edges = body["data"]["search"]["edges"].as_array().unwrap();
        let labels: Vec<String> = edges
            .iter()
            .map(|edge| text(&edge["node"]["label"]))
            .collect();
        assert_eq!(labels.join("|"), expected, "{input}");
    }
}
