//! Every limit, at its edge.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use skillgate_crm_embedded::{BODY_BYTES_MAX, Budget, Generation, HEAD_BYTES_MAX};

use super::crm::{KEY, TestCrm, message};

fn rows(count: usize) -> Value {
    Value::Array(vec![json!({"jobTitle": "m"}); count])
}

#[tokio::test]
async fn a_batch_takes_200_records_and_an_update_touches_200() {
    let crm = TestCrm::new().await;
    let refused = crm.post("/rest/batch/people", rows(201)).await;
    assert_eq!(
        message(&refused),
        "Maximum number of records to upsert is 200."
    );
    assert_eq!(crm.post("/rest/batch/people", rows(200)).await.status, 201);
    let path = "/rest/people?filter=jobTitle[eq]:m";
    assert_eq!(crm.patch(path, json!({"avatarUrl": "x"})).await.status, 200);
    crm.post("/rest/people", json!({"jobTitle": "m"})).await;
    let refused = crm.patch(path, json!({"avatarUrl": "y"})).await;
    assert_eq!(refused.body["code"], "TOO_MANY_RECORDS_TO_UPDATE");
    assert_eq!(
        crm.get("/rest/people?filter=avatarUrl[eq]:y").await.body["totalCount"],
        0
    );
    let removed = crm.delete(path).await;
    assert_eq!(
        removed.body["data"]["deletePeople"]
            .as_array()
            .unwrap()
            .len(),
        201
    );
}

#[tokio::test]
async fn a_page_has_60_records_unless_asked_and_200_at_most() {
    let crm = TestCrm::new().await;
    for _ in 0..2 {
        assert_eq!(crm.post("/rest/batch/people", rows(150)).await.status, 201);
    }
    let cases = [
        ("", 60),
        ("limit=0", 0),
        ("limit=1.5", 1),
        ("limit=200", 200),
        ("limit=1000", 200),
    ];
    for (query, expected) in cases {
        let page = crm.get(&format!("/rest/people?{query}")).await;
        assert_eq!(
            page.body["data"]["people"].as_array().unwrap().len(),
            expected,
            "{query}"
        );
        assert_eq!(page.body["totalCount"], 300);
        assert_eq!(page.body["pageInfo"]["hasNextPage"], true);
    }
    for bad in ["-1", "abc", "NaN"] {
        let refused = crm.get(&format!("/rest/people?limit={bad}")).await;
        assert_eq!(
            message(&refused),
            format!("limit '{bad}' is invalid. Should be an integer")
        );
    }
    let body = crm
        .graphql("{people(first:1000){edges{node{id}}}}", json!({}))
        .await;
    assert_eq!(
        body["data"]["people"]["edges"].as_array().unwrap().len(),
        300
    );
}

#[tokio::test]
async fn a_body_of_ten_megabytes_is_read_and_one_byte_more_is_not() {
    let crm = TestCrm::new().await;
    let frame = json!({"jobTitle": ""}).to_string().len();
    for (extra, status) in [(0, 201), (1, 500)] {
        let body = json!({"jobTitle": "x".repeat(BODY_BYTES_MAX - frame + extra)});
        let answer = crm.post("/rest/people", body).await;
        assert_eq!(answer.status, status);
        if status == 500 {
            assert_eq!(answer.body, "request entity too large");
        }
    }
}

#[tokio::test]
async fn a_head_of_sixteen_kilobytes_is_read_and_a_longer_one_is_431() {
    let crm = TestCrm::new().await;
    let bearer = format!("Bearer {KEY}");
    let used = "/rest/people?x=".len() + "authorization".len() + bearer.len() + 4;
    for (extra, status) in [(0, 200), (1, 431)] {
        let path = format!(
            "/rest/people?x={}",
            "y".repeat(HEAD_BYTES_MAX - used + extra)
        );
        let request = Request::get(path).header("authorization", &bearer);
        let answer = crm.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, status);
    }
}

#[tokio::test]
async fn the_budget_is_shared_by_both_dialects_but_not_by_search_and_metadata() {
    let crm = TestCrm::with(|options| {
        options.budgets = vec![Budget {
            tokens: 3,
            window_ms: 60_000,
        }];
    })
    .await;
    assert_eq!(crm.get("/rest/people").await.status, 200);
    assert_eq!(crm.get("/rest/people/not-a-uuid").await.status, 400);
    let query = "{people(first:1){edges{node{id}}}}";
    assert_eq!(crm.graphql(query, json!({})).await.get("errors"), None);
    let refused = crm.get("/rest/people").await;
    assert_eq!(refused.status, 429);
    assert_eq!(
        refused.body,
        json!({"statusCode": 429, "error": "HttpException", "messages": ["Limit reached (3 tokens per 60000 ms)"]})
    );
    assert!(!refused.headers.contains_key("retry-after"));
    let body = crm.graphql(query, json!({})).await;
    assert_eq!(body["errors"][0]["extensions"]["subCode"], "LIMIT_REACHED");
    assert_eq!(crm.get("/rest/metadata/objects").await.status, 200);
    let search = "{search(searchInput:\"a\",limit:1){edges{node{recordId}}}}";
    assert_eq!(crm.graphql(search, json!({})).await.get("errors"), None);
    crm.advance(20_000);
    assert_eq!(crm.get("/rest/people").await.status, 200);
}

#[tokio::test]
async fn newer_servers_say_when_to_come_back() {
    let crm = TestCrm::with(|options| {
        options.generation = Generation::Newer;
        options.budgets = vec![Budget {
            tokens: 1,
            window_ms: 60_000,
        }];
    })
    .await;
    crm.get("/rest/people").await;
    let refused = crm.get("/rest/people").await;
    assert_eq!(
        (refused.status, &refused.body["error"]),
        (429, &json!("RATE_LIMITED"))
    );
    assert_eq!(refused.body["retryAfterSeconds"], 60);
    assert_eq!(refused.headers["retry-after"], "60");
    assert_eq!(refused.headers["x-ratelimit-limit"], "1");
    assert_eq!(refused.headers["x-ratelimit-remaining"], "0");
}

#[tokio::test]
async fn a_document_has_20_root_fields_and_100_brackets() {
    let crm = TestCrm::new().await;
    let names = [
        "people",
        "companies",
        "opportunities",
        "tasks",
        "notes",
        "taskTargets",
        "noteTargets",
        "workspaceMembers",
        "messages",
    ];
    let many: Vec<String> = names
        .iter()
        .map(|name| format!("{name}{{totalCount}}"))
        .collect();
    let body = crm
        .graphql(&format!("{{{}}}", many.join(" ")), json!({}))
        .await;
    assert_eq!(body.get("errors"), None);
    let roots = |count: usize| {
        let fields: Vec<String> = (0..count)
            .map(|index| format!("a{index}:people{{totalCount}}"))
            .collect();
        format!("{{{}}}", fields.join(" "))
    };
    let body = crm.graphql(&roots(20), json!({})).await;
    assert_eq!(
        body["errors"][0]["message"],
        "Duplicate root resolver: \"people\""
    );
    let body = crm.graphql(&roots(21), json!({})).await;
    assert!(
        body["errors"][0]["message"]
            .as_str()
            .unwrap()
            .starts_with("Query too complex")
    );
    let deep = |depth: usize| format!("{}a{}", "{".repeat(depth), "}".repeat(depth));
    let body = crm.graphql(&deep(101), json!({})).await;
    assert_eq!(
        body["errors"][0]["message"],
        "Syntax Error: Nested deeper than 100."
    );
    let body = crm.graphql(&deep(100_000), json!({})).await;
    assert!(body["errors"].is_array());
}
