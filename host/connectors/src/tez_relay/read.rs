//! Reads the relay's answers. Members that are not known are passed over; what has no word here is not
//! guessed at.

use super::text;
use serde_json::Value;
use skillgate_app::ports::{SharedTez, Tez, TezHead};
use skillgate_domain::ids::{TeamId, TezAddress, TezId, UserId};
use skillgate_domain::tez::{
    ACTION_REQUESTED_CHARS_MAX, CONFIDENCE_MAX, CONTEXT_CONTENT_BYTES_MAX, CONTEXT_ITEMS_MAX,
    ContextItem, ContextSource, Layer, RECIPIENTS_MAX, SURFACE_TEXT_CHARS_MAX, TezKind, TezStatus,
    Urgency, Visibility,
};
use skillgate_domain::time::Timestamp;

/// One page of a stream, as it came.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) items: Vec<Value>,
    /// There may be older ones.
    pub(super) more: bool,
}

/// Reads a page. More than was asked for is cut off; a relay may also have less on a page than it was asked
/// for, and say that there is more.
pub(super) fn page(mut body: Value, limit: u32) -> Option<Page> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let said = body["meta"]["hasMore"].as_bool();
    let Value::Array(mut items) = body["data"].take() else {
        return None;
    };
    let more = items.len() > limit || said.unwrap_or(items.len() == limit);
    items.truncate(limit);
    Some(Page { items, more })
}

/// Reads what the relay says of a Tez that it took, or has.
pub(super) fn shared(data: &Value) -> Option<SharedTez> {
    let id = TezId::parse(data["id"].as_str()?).ok()?;
    Some(SharedTez {
        id,
        thread: optional(&data["threadId"], tez_id)?.unwrap_or(id),
        created_at: created_at(data)?,
    })
}

/// Reads when a Tez was shared.
pub(super) fn created_at(data: &Value) -> Option<Timestamp> {
    text::timestamp(data["createdAt"].as_str()?)
}

/// Reads a Tez without its context.
pub(super) fn head(data: &Value) -> Option<TezHead> {
    let SharedTez {
        id,
        thread,
        created_at,
    } = shared(data)?;
    let word = |name: &str| data[name].as_str();
    Some(TezHead {
        id,
        team: TeamId::parse(word("teamId")?).ok()?,
        thread,
        parent: optional(&data["parentTezId"], tez_id)?,
        sender: UserId::parse(word("senderUserId")?).ok()?,
        kind: TezKind::from_name(word("type")?)?,
        urgency: Urgency::from_name(word("urgency")?)?,
        visibility: Visibility::from_name(word("visibility")?)?,
        surface_text: bounded(&data["surfaceText"], SURFACE_TEXT_CHARS_MAX)?,
        action_requested: optional(&data["actionRequested"], |action| {
            bounded(action, ACTION_REQUESTED_CHARS_MAX)
        })?,
        status: TezStatus::from_name(word("status")?)?,
        created_at,
        updated_at: optional(&data["updatedAt"], |at| text::timestamp(at.as_str()?))?
            .unwrap_or(created_at),
    })
}

/// Reads a Tez with its context.
pub(super) fn tez(data: &Value) -> Option<Tez> {
    let context = list(&data["context"], CONTEXT_ITEMS_MAX)?;
    let recipients = list(&data["recipients"], RECIPIENTS_MAX)?;
    Some(Tez {
        head: head(data)?,
        context: context.iter().map(item).collect::<Option<_>>()?,
        recipients: recipients.iter().map(recipient).collect::<Option<_>>()?,
    })
}

fn item(data: &Value) -> Option<ContextItem> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let content = text(&data["content"])?;
    let confidence = |value: &Value| {
        let sure = u8::try_from(value.as_u64()?).ok()?;
        (sure <= CONFIDENCE_MAX).then_some(sure)
    };
    (content.len() <= CONTEXT_CONTENT_BYTES_MAX).then_some(())?;
    Some(ContextItem {
        layer: Layer::from_name(data["layer"].as_str()?)?,
        content,
        mime_type: optional(&data["mimeType"], text)?,
        confidence: optional(&data["confidence"], confidence)?,
        source: ContextSource::from_name(data["source"].as_str()?)?,
        derived_from: optional(&data["derivedFrom"], text)?,
        provenance: None,
    })
}

/// A recipient is an object with a user's id, or an address alone.
fn recipient(data: &Value) -> Option<TezAddress> {
    let text = data.as_str().or_else(|| data["userId"].as_str())?;
    TezAddress::parse(text).ok()
}

fn tez_id(value: &Value) -> Option<TezId> {
    TezId::parse(value.as_str()?).ok()
}

fn bounded(value: &Value, chars_max: usize) -> Option<String> {
    let text = value.as_str()?;
    (text.chars().count() <= chars_max).then(|| text.to_owned())
}

/// An absent list is an empty one.
fn list(value: &Value, max: usize) -> Option<&[Value]> {
    match value {
        Value::Null => Some(&[]),
        Value::Array(items) if items.len() <= max => Some(items),
        _ => None,
    }
}

/// Reads a member that may be absent. Nothing, if it is there and not readable.
#[expect(
    clippy::option_option,
    reason = "the outer one says whether the answer can be read"
)]
fn optional<T>(value: &Value, read: impl FnOnce(&Value) -> Option<T>) -> Option<Option<T>> {
    match value {
        Value::Null => Some(None),
        there => read(there).map(Some),
    }
}
