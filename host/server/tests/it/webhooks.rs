//! `POST /webhooks/twenty` at the door: what is taken, what is not, and how much.

use crate::world::World;
use axum::body::Body;
use bytes::Bytes;
use futures::stream;
use serde_json::json;
use skillgate_server::limits::{WEBHOOK_BODY_BYTES_MAX, WEBHOOK_HEADER_BYTES_MAX};
use std::convert::Infallible;

const TIMESTAMP: &str = "x-twenty-webhook-timestamp";
const SIGNATURE: &str = "X-Twenty-Webhook-Signature";
const SENT: (&str, &str) = (TIMESTAMP, "1");
const GOOD: (&str, &str) = (SIGNATURE, "good");

fn counted(outcome: &str, times: u32) -> String {
    format!("skillgate_crm_notices_total{{outcome=\"{outcome}\"}} {times}\n")
}

#[tokio::test]
async fn what_is_signed_is_taken_without_a_token() {
    let world = World::new().await;
    for (sent, body) in [("1", "of a record"), ("1", "of a record"), ("2", "nothing")] {
        let answer = world.tell(&[(TIMESTAMP, sent), GOOD], body.into()).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.body, json!({ "received": true }));
    }
    let scraped = world.scrape("127.0.0.1:9", &[]).await.text;
    for outcome in ["believed", "repeated", "ignored"] {
        assert!(scraped.contains(&counted(outcome, 1)), "{scraped}");
    }
    // It changes nothing, so the trail says nothing of it.
    assert_eq!(world.audit.lines(), Vec::<String>::new());
}

#[tokio::test]
async fn what_is_not_is_refused_in_one_way() {
    let world = World::new().await;
    let long = "1".repeat(WEBHOOK_HEADER_BYTES_MAX + 1);
    let refused: [&[(&str, &str)]; 9] = [
        &[],
        &[SENT],
        &[GOOD],
        &[SENT, SENT, GOOD],
        &[SENT, GOOD, GOOD],
        &[(TIMESTAMP, &long), GOOD],
        &[SENT, (SIGNATURE, "form")],
        &[SENT, (SIGNATURE, "window")],
        &[SENT, (SIGNATURE, "bad")],
    ];
    let mut told = Vec::new();
    for headers in refused
        .into_iter()
        .chain([[SENT, (SIGNATURE, "workspace")].as_slice()])
    {
        let answer = world.tell(headers, "x".into()).await;
        answer.is_problem(401, "webhook-not-valid");
        assert_eq!(answer.header("www-authenticate"), Some("Twenty-Webhook"));
        told.push(answer.body["detail"].clone());
    }
    told.dedup();
    assert_eq!(told.len(), 1, "{told:?}");
    let unreadable = world.tell(&[SENT, (SIGNATURE, "body")], "x".into()).await;
    unreadable.is_problem(422, "body-invalid");
    let scraped = world.scrape("127.0.0.1:9", &[]).await.text;
    for reason in ["form", "window", "signature", "workspace", "body"] {
        assert!(scraped.contains(&counted(reason, 1)), "{reason}: {scraped}");
    }
    // The positive control.
    assert_eq!(world.tell(&[SENT, GOOD], "x".into()).await.status, 200);
}

#[tokio::test]
async fn a_body_has_a_size() {
    let world = World::new().await;
    let of = |bytes: usize| Body::from(vec![b'x'; bytes]);
    let fits = world.tell(&[SENT, GOOD], of(WEBHOOK_BODY_BYTES_MAX)).await;
    assert_eq!(fits.status, 200, "{}", fits.text);
    let longer = world
        .tell(&[SENT, GOOD], of(WEBHOOK_BODY_BYTES_MAX + 1))
        .await;
    longer.is_problem(413, "body-too-large");
}

#[tokio::test(start_paused = true)]
async fn a_body_has_a_time_and_without_a_signature_none_is_read() {
    let world = World::new().await;
    let never = || Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
    let slow = world.tell(&[SENT, GOOD], never()).await;
    slow.is_problem(408, "request-timeout");
    let unsigned = world.tell(&[SENT], never()).await;
    unsigned.is_problem(401, "webhook-not-valid");
}
