use super::*;
use serde_json::{Value, json};
use skillgate_domain::crm::ObjectKind;
use std::path::Path;

const NOW_MS: i64 = 1_772_366_400_000;
const SECRET: &str = "a secret of the workspace";
const FORMER: &str = "the secret of yesterday";
const WORKSPACE: &str = "0190f5fe-7c00-7a00-8000-0000000000aa";
const ID: &str = "0190f5fe-7c00-7a00-8000-000000000001";
/// Beside the repository; not part of it.
const DELIVERIES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../shared/data/twenty/transcripts/webhook_deliveries.json"
);

fn reader() -> TwentyWebhooks {
    let secrets = vec![SECRET.into(), FORMER.into()];
    TwentyWebhooks::new(secrets, Some(WORKSPACE.parse().unwrap()))
}

fn event(name: &str, kind: &str) -> Value {
    json!({
        "targetUrl": "https://host.example.org/webhooks/twenty",
        "eventName": name,
        "objectMetadata": { "id": ID, "nameSingular": kind },
        "workspaceId": WORKSPACE,
        "webhookId": ID,
        "eventDate": "2026-03-01T12:00:00.000Z",
        "record": { "id": ID, "jobTitle": "Analyst" },
        "updatedFields": ["jobTitle"],
    })
}

fn sign(secret: &str, timestamp: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{timestamp}:").as_bytes());
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

fn read_at(timestamp: &str, signature: &str, body: &[u8]) -> Result<ReadNotice, NoticeRefusal> {
    let notice = Notice {
        timestamp,
        signature,
        body,
    };
    reader().read(&notice, Timestamp::from_unix_ms(NOW_MS))
}

/// Signs as the workspace does, and reads.
fn read(body: &[u8]) -> Result<ReadNotice, NoticeRefusal> {
    let timestamp = NOW_MS.to_string();
    read_at(&timestamp, &sign(SECRET, &timestamp, body), body)
}

#[test]
fn an_event_is_about_its_record_alone() {
    let person = Some(ObjectKind::Contact);
    for (name, kind, about) in [
        ("person.created", "person", person),
        ("person.updated", "person", person),
        ("person.deleted", "person", person),
        ("person.restored", "person", person),
        ("person.destroyed", "person", person),
        ("company.updated", "company", Some(ObjectKind::Company)),
        (
            "opportunity.updated",
            "opportunity",
            Some(ObjectKind::Opportunity),
        ),
        ("task.created", "task", Some(ObjectKind::Task)),
        ("note.updated", "note", Some(ObjectKind::Note)),
        ("person.merged", "person", None),
        ("taskTarget.created", "taskTarget", None),
        ("message.updated", "message", None),
        ("", "person", None),
    ] {
        let read = read(event(name, kind).to_string().as_bytes()).unwrap();
        let id = RecordId::parse(ID).unwrap();
        let expected = about.map(|object| EntryRef { object, id });
        assert_eq!(read.about, expected, "{name} {kind}");
    }
}

#[test]
fn either_secret_is_believed_and_no_other() {
    let body = event("person.updated", "person").to_string();
    let timestamp = NOW_MS.to_string();
    let of = |secret| {
        read_at(
            &timestamp,
            &sign(secret, &timestamp, body.as_bytes()),
            body.as_bytes(),
        )
    };
    let (present, former) = (of(SECRET).unwrap(), of(FORMER).unwrap());
    assert_ne!(present.mark, former.mark);
    for wrong in ["", "a secret of the workspac", "another"] {
        assert_eq!(of(wrong), Err(NoticeRefusal::Signature), "{wrong}");
    }
    // In capitals it is the same code, and so the same notice.
    let capitals = sign(SECRET, &timestamp, body.as_bytes()).to_ascii_uppercase();
    assert_eq!(read_at(&timestamp, &capitals, body.as_bytes()), Ok(present));
}

#[test]
fn the_code_is_over_the_time_and_every_byte() {
    let body = event("person.updated", "person").to_string();
    let timestamp = NOW_MS.to_string();
    let signature = sign(SECRET, &timestamp, body.as_bytes());
    let later = (NOW_MS + 1).to_string();
    let other = read_at(&later, &signature, body.as_bytes());
    assert_eq!(other, Err(NoticeRefusal::Signature));
    for at in 0..body.len() {
        let mut changed = body.clone().into_bytes();
        changed[at] ^= 1;
        let read = read_at(&timestamp, &signature, &changed);
        assert_eq!(read, Err(NoticeRefusal::Signature), "byte {at}");
    }
    let shorter = &body.as_bytes()[..body.len() - 1];
    assert_eq!(
        read_at(&timestamp, &signature, shorter),
        Err(NoticeRefusal::Signature)
    );
    assert!(read_at(&timestamp, &signature, body.as_bytes()).is_ok());
}

#[test]
fn time_has_a_window_and_one_way_to_write_it() {
    let body = event("person.updated", "person").to_string();
    let at = |timestamp: &str| {
        let signature = sign(SECRET, timestamp, body.as_bytes());
        read_at(timestamp, &signature, body.as_bytes()).map(drop)
    };
    let window = i64::try_from(NOTICE_WINDOW.as_millis()).unwrap();
    for (ms, expected) in [
        (0, Ok(())),
        (-window, Ok(())),
        (window, Ok(())),
        (-window - 1, Err(NoticeRefusal::Window)),
        (window + 1, Err(NoticeRefusal::Window)),
    ] {
        assert_eq!(at(&(NOW_MS + ms).to_string()), expected, "{ms}");
    }
    let fits = "9".repeat(TIMESTAMP_DIGITS_MAX);
    assert_eq!(at(&fits), Err(NoticeRefusal::Window));
    for form in [
        "",
        "-1",
        "+1",
        "1e3",
        " 1",
        "1 ",
        "noon",
        "١",
        &format!("{fits}9"),
    ] {
        assert_eq!(at(form), Err(NoticeRefusal::Form), "{form}");
    }
}

#[test]
fn a_signature_has_one_form() {
    let body = event("person.updated", "person").to_string();
    let timestamp = NOW_MS.to_string();
    let whole = sign(SECRET, &timestamp, body.as_bytes());
    let longer = format!("{whole}00");
    for form in [
        "",
        "00",
        &whole[1..],
        &longer,
        &format!("{}zz", &whole[2..]),
    ] {
        let read = read_at(&timestamp, form, body.as_bytes());
        assert_eq!(read, Err(NoticeRefusal::Form), "{form}");
    }
}

#[test]
fn another_workspace_is_not_believed_nor_what_cannot_be_read() {
    let with = |pointer: &str, value: Value| {
        let mut event = event("person.updated", "person");
        *event.pointer_mut(pointer).unwrap() = value;
        read(event.to_string().as_bytes()).map(drop)
    };
    assert_eq!(with("/workspaceId", json!(WORKSPACE)), Ok(()));
    assert_eq!(
        with("/workspaceId", json!(ID)),
        Err(NoticeRefusal::Workspace)
    );
    for (pointer, value) in [
        ("/workspaceId", json!("ours")),
        ("/eventName", json!(1)),
        ("/objectMetadata", json!("person")),
        ("/record", Value::Null),
        ("/record/id", json!("../people")),
    ] {
        assert_eq!(with(pointer, value), Err(NoticeRefusal::Body), "{pointer}");
    }
    for body in ["", "{", "[]", "null"] {
        assert_eq!(read(body.as_bytes()), Err(NoticeRefusal::Body), "{body}");
    }
    let deep = "[".repeat(100_000);
    assert_eq!(read(deep.as_bytes()), Err(NoticeRefusal::Body));
}

/// What a running Twenty sent, where that is at hand.
#[test]
fn every_recorded_delivery_is_believed() {
    let Ok(text) = std::fs::read_to_string(Path::new(DELIVERIES)) else {
        return;
    };
    let all: Vec<Value> = serde_json::from_str(&text).unwrap();
    let reader = TwentyWebhooks::new(vec!["s3cr3t-for-tests".into()], None);
    for delivery in &all {
        let header = |name: &str| delivery["headers"][name].as_str().unwrap();
        let timestamp = header("x-twenty-webhook-timestamp");
        let notice = Notice {
            timestamp,
            signature: header("x-twenty-webhook-signature"),
            body: delivery["raw_body"].as_str().unwrap().as_bytes(),
        };
        let read = reader.read(&notice, time(timestamp).unwrap()).unwrap();
        assert!(read.about.is_some(), "{}", delivery["name"]);
    }
}
