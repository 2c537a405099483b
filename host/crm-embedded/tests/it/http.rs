//! Transport: authentication, body parsing, ETags, routes, and a real socket.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::crm::{KEY, TestCrm, message};

async fn send_as(crm: &TestCrm, kind: &str, body: &str) -> (u16, Value) {
    let request = Request::post("/rest/people")
        .header("authorization", format!("Bearer {KEY}"))
        .header("content-type", kind)
        .body(Body::from(body.to_owned()));
    let answer = crm.send(request.unwrap()).await;
    (answer.status, answer.body)
}

#[tokio::test]
async fn bodies_are_read_by_their_content_type() {
    let crm = TestCrm::new().await;
    let json = "application/json; charset=utf-8";
    let cases = [
        (json, "{\"name\":", 400, "Unexpected end of JSON input"),
        (
            json,
            "{]",
            400,
            "Unexpected token in JSON at line 1 column 2",
        ),
        (
            json,
            "\"text\"",
            400,
            "Unexpected token '\"' in JSON at position 0",
        ),
        (
            json,
            "[{\"jobTitle\":\"x\"}]",
            400,
            "Object person doesn't have any \"0\" field.",
        ),
        (
            "text/plain",
            "hello",
            400,
            "Cannot create property 'position' on string 'hello'",
        ),
        (
            json,
            "",
            400,
            "Cannot read properties of undefined (reading 'position')",
        ),
        (
            "",
            "{}",
            400,
            "Cannot read properties of undefined (reading 'position')",
        ),
        (
            json,
            "{\"jobTitle\":\"a\\u0000b\"}",
            500,
            "Data validation error.",
        ),
    ];
    for (kind, body, status, expected) in cases {
        let (found, answer) = send_as(&crm, kind, body).await;
        let shown = answer["messages"][0]
            .as_str()
            .or_else(|| answer["message"].as_str());
        assert_eq!((found, shown), (status, Some(expected)), "{kind} {body}");
    }
    let (status, answer) = send_as(&crm, "application/x-www-form-urlencoded", "jobTitle=a+b").await;
    assert_eq!(
        (status, &answer["data"]["createPerson"]["jobTitle"]),
        (201, &json!("a b"))
    );
}

#[tokio::test]
async fn routes_that_are_not_there() {
    let crm = TestCrm::new().await;
    let cases = [
        ("GET", "/nope", 404),
        ("GET", "/restaurant", 404),
        (
            "POST",
            "/rest/people/11111111-1111-4111-8111-111111111111",
            404,
        ),
        ("GET", "/rest", 400),
        ("GET", "/rest/people/a/b", 400),
        ("GET", "/rest/person", 400),
        ("GET", "/rest/people/..%2Fcompanies", 400),
        ("GET", "/rest/people/groupBy", 501),
        ("POST", "/rest/people/duplicates", 501),
        ("GET", "/rest/metadata/webhooks", 501),
        ("OPTIONS", "/rest/people", 204),
        ("HEAD", "/rest/people", 200),
        ("GET", "/healthz", 200),
    ];
    for (method, path, status) in cases {
        assert_eq!(
            crm.call(method, path, None).await.status,
            status,
            "{method} {path}"
        );
    }
    let hint = crm.get("/rest/person").await;
    assert_eq!(
        message(&hint),
        "object 'person' not found. Did you mean 'people'?"
    );
}

#[tokio::test]
async fn a_read_is_not_repeated_for_a_caller_that_has_it() {
    let crm = TestCrm::new().await;
    let id = crm.person("A", "B").await;
    let tag = crm.get(&format!("/rest/people/{id}")).await.headers["etag"].clone();
    let again = |tag| {
        Request::get(format!("/rest/people/{id}"))
            .header("authorization", format!("Bearer {KEY}"))
            .header("if-none-match", tag)
            .body(Body::empty())
            .unwrap()
    };
    assert_eq!(crm.send(again(tag.clone())).await.status, 304);
    crm.patch(&format!("/rest/people/{id}"), json!({"jobTitle": "x"}))
        .await;
    assert_eq!(crm.send(again(tag)).await.status, 200);
}

#[tokio::test]
async fn newer_servers_restore_by_id_and_cut_records_to_fields() {
    let crm = TestCrm::newer().await;
    let id = crm.person("A", "B").await;
    let sparse = crm
        .get(&format!("/rest/people/{id}?fields=id,jobTitle"))
        .await;
    assert_eq!(
        sparse.body["data"]["person"],
        json!({"id": id, "jobTitle": ""})
    );
    let refused = crm.get("/rest/people?fields=nope").await;
    assert_eq!(
        message(&refused),
        "Object person doesn't have any \"nope\" field."
    );
    for path in [
        format!("{id}/restore"),
        format!("restore?filter=id[eq]:{id}"),
    ] {
        crm.delete(&format!("/rest/people/{id}?soft_delete=true"))
            .await;
        let restored = crm.patch(&format!("/rest/people/{path}"), json!({})).await;
        assert_eq!(restored.status, 200, "{path}: {}", restored.body);
        assert_eq!(crm.get(&format!("/rest/people/{id}")).await.status, 200);
    }
    let old = crm
        .patch(
            &format!("/rest/restore/people?filter=id[eq]:{id}"),
            json!({}),
        )
        .await;
    assert_eq!(old.status, 400);
}

#[tokio::test]
async fn it_answers_on_loopback() {
    let crm = TestCrm::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = crm.crm.router();
    let client = async {
        let mut socket = TcpStream::connect(address).await.unwrap();
        let head = format!(
            "GET /rest/people HTTP/1.1\r\nhost: crm\r\nauthorization: Bearer {KEY}\r\nconnection: close\r\n\r\n"
        );
        socket.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        answer
    };
    let answer = tokio::select! {
        answer = client => answer,
        _ = async { axum::serve(listener, router).await } => panic!("the server ended"),
    };
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(answer.contains("\"totalCount\":0"), "{answer}");
}
