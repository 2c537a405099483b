//! A draft in the relay's words, checked before it is sent.

use serde_json::{Map, Value, json};
use skillgate_domain::ids::TezAddress;
use skillgate_domain::tez::{
    ACTION_REQUESTED_CHARS_MAX, CONFIDENCE_MAX, CONTEXT_CONTENT_BYTES_MAX, CONTEXT_ITEMS_MAX,
    ContextItem, RECIPIENTS_MAX, SURFACE_TEXT_CHARS_MAX, TezDraft,
};

/// Longest request to share, in bytes: as much context as there may be, and room for its spelling.
pub const SHARE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Writes a draft as the relay takes it, or says what is wrong with it.
pub(super) fn encode(draft: &TezDraft) -> Result<Vec<u8>, String> {
    check(draft)?;
    let body = body(draft).to_string().into_bytes();
    if body.len() > SHARE_BYTES_MAX {
        return Err(format!("a Tez has at most {SHARE_BYTES_MAX} bytes in all"));
    }
    Ok(body)
}

fn check(draft: &TezDraft) -> Result<(), String> {
    let longer = |text: &str, max: usize| text.chars().count() > max;
    if draft.surface_text.trim().is_empty() || longer(&draft.surface_text, SURFACE_TEXT_CHARS_MAX) {
        return Err(format!(
            "the surface text has 1 to {SURFACE_TEXT_CHARS_MAX} characters"
        ));
    }
    let action = draft.action_requested.as_deref().unwrap_or_default();
    if longer(action, ACTION_REQUESTED_CHARS_MAX) {
        return Err(format!(
            "what is requested has at most {ACTION_REQUESTED_CHARS_MAX} characters"
        ));
    }
    if draft.recipients.len() > RECIPIENTS_MAX {
        return Err(format!("a Tez has at most {RECIPIENTS_MAX} recipients"));
    }
    if draft.context.len() > CONTEXT_ITEMS_MAX {
        return Err(format!(
            "a Tez has at most {CONTEXT_ITEMS_MAX} items of context"
        ));
    }
    draft.context.iter().try_for_each(check_item)
}

fn check_item(item: &ContextItem) -> Result<(), String> {
    if item.content.is_empty() || item.content.len() > CONTEXT_CONTENT_BYTES_MAX {
        return Err(format!(
            "an item of context has 1 to {CONTEXT_CONTENT_BYTES_MAX} bytes"
        ));
    }
    if item.confidence.is_some_and(|sure| sure > CONFIDENCE_MAX) {
        return Err(format!("a confidence is 0 to {CONFIDENCE_MAX}"));
    }
    Ok(())
}

fn body(draft: &TezDraft) -> Value {
    let recipients = draft.recipients.iter().map(TezAddress::as_str);
    let mut body = json!({
        "teamId": draft.team.to_string(),
        "surfaceText": draft.surface_text,
        "type": draft.kind.name(),
        "urgency": draft.urgency.name(),
        "visibility": draft.visibility.name(),
        "recipients": recipients.collect::<Vec<_>>(),
        "context": draft.context.iter().map(item).collect::<Vec<_>>(),
    });
    if let Some(action) = draft.action_requested.as_deref().filter(|a| !a.is_empty()) {
        body["actionRequested"] = Value::from(action);
    }
    body
}

/// Members that say nothing are left out: the relay takes no nulls.
fn item(item: &ContextItem) -> Value {
    let text = |text: &Option<String>| text.as_deref().map(Value::from);
    let members = [
        ("layer", Some(Value::from(item.layer.name()))),
        ("content", Some(Value::from(item.content.as_str()))),
        ("source", Some(Value::from(item.source.name()))),
        ("mimeType", text(&item.mime_type)),
        ("confidence", item.confidence.map(Value::from)),
        ("derivedFrom", text(&item.derived_from)),
    ];
    let said = members
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(said.collect::<Map<_, _>>())
}
