//! What a new database holds: one workspace member, and one message nobody should read.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use sqlx::SqliteConnection;
use uuid::{Uuid, uuid};

use crate::fault::Fault;
use crate::schema::{FieldKind, Schema};
use crate::search_text;
use crate::store::{self, Record};
use crate::value::date;

/// The one workspace member. Records can be assigned to it.
pub const WORKSPACE_MEMBER_ID: Uuid = uuid!("5eed5eed-0000-4000-8000-000800000001");
/// The one message. It is there so that tests can prove it is never read.
pub const MESSAGE_ID: Uuid = uuid!("5eed5eed-0000-4000-8000-000900000001");
/// The user behind the workspace member.
const USER_ID: Uuid = uuid!("5eed5eed-0000-4000-8000-000800000002");

/// Plants the seed, unless it is there.
pub(crate) async fn plant(
    conn: &mut SqliteConnection,
    schema: &Schema,
    now: DateTime<Utc>,
) -> Result<(), Fault> {
    let member = json!({
        "name": {"firstName": "Local", "lastName": "Admin"},
        "userEmail": "admin@localhost.test",
        "colorScheme": "Light",
        "locale": "en",
        "calendarStartDay": 7,
        "userId": USER_ID,
        "timeZone": "system",
        "dateFormat": "SYSTEM",
        "timeFormat": "SYSTEM",
        "numberFormat": "SYSTEM",
    });
    let message = json!({
        "headerMessageId": "<1@localhost.test>",
        "subject": "Private",
        "text": "Nothing a skill should ever see.",
        "receivedAt": date::show(now),
        "isDraft": false,
    });
    put(
        conn,
        schema,
        "workspaceMember",
        WORKSPACE_MEMBER_ID,
        now,
        member,
    )
    .await?;
    put(conn, schema, "message", MESSAGE_ID, now, message).await
}

async fn put(
    conn: &mut SqliteConnection,
    schema: &Schema,
    name: &'static str,
    id: Uuid,
    now: DateTime<Utc>,
    content: Value,
) -> Result<(), Fault> {
    if store::exists(conn, name, id).await? {
        return Ok(());
    }
    let object = schema.singular(name).ok_or(Fault::Corrupt("seed object"))?;
    let system =
        json!({"source": "MANUAL", "workspaceMemberId": null, "name": "System", "context": null});
    let mut doc: Map<String, Value> = object
        .fields
        .iter()
        .filter(|field| matches!(field.kind, FieldKind::Value(_)))
        .map(|field| (field.name.clone(), Value::Null))
        .collect();
    doc.insert("id".to_owned(), json!(id));
    doc.insert("createdAt".to_owned(), json!(date::show(now)));
    doc.insert("updatedAt".to_owned(), json!(date::show(now)));
    doc.insert("position".to_owned(), json!(0));
    doc.insert("createdBy".to_owned(), system.clone());
    doc.insert("updatedBy".to_owned(), system);
    if let Value::Object(content) = content {
        doc.extend(content);
    }
    let words = search_text::of(object, &doc);
    doc.insert(
        "searchVector".to_owned(),
        json!(search_text::vector(&words)),
    );
    store::save(
        conn,
        name,
        &Record { id, doc },
        &search_text::column(&words),
    )
    .await
}
