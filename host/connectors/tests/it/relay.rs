//! A relay in this process that does what a recorded one did: tokens, teams, cleaned texts, streams.

use super::canned::SECRET;
use super::support::NOON_MS;
use axum::extract::{Path, Query, Request, State};
use axum::http::HeaderMap;
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::{DateTime, SecondsFormat, Utc};
use http::StatusCode;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

pub(super) const TEAM: &str = "9048385d-ef95-4390-a22d-87b8e078086c";
/// The people of the team.
const MEMBERS: &[&str] = &["user-a", "user-c"];

/// What the relay keeps.
#[derive(Default)]
pub(super) struct Relay {
    kept: Mutex<Vec<Value>>,
    asked: Mutex<Vec<Value>>,
    /// Most Tez on one page, whatever is asked for.
    page_max: Mutex<Option<usize>>,
}

/// A status and what is said with it.
type Said = (StatusCode, Json<Value>);

impl Relay {
    pub(super) fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/tez/share", post(share))
            .route("/tez/stream", get(stream))
            .route("/tez/{id}", get(one))
            .route("/unread", get(unread))
            .with_state(Arc::clone(self))
    }

    pub(super) fn page_max(&self, most: usize) {
        *self.page_max.lock().unwrap() = Some(most);
    }

    /// Returns the claims and the body of each request since the last call.
    pub(super) fn asked(&self) -> Vec<Value> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }

    /// Returns how many Tez there are.
    pub(super) fn count(&self) -> usize {
        self.kept.lock().unwrap().len()
    }

    /// Keeps a Tez as it stands, `ms` after noon.
    pub(super) fn keep(&self, ms: i64, change: impl FnOnce(&mut Value)) {
        let mut kept = self.kept.lock().unwrap();
        let draft = json!({ "teamId": TEAM, "surfaceText": "Hello", "type": "note" });
        let mut tez = made(kept.len(), ms, "user-a", &draft);
        change(&mut tez);
        kept.push(tez);
    }

    /// Tells who asks, as the claims of a token say.
    fn user(&self, headers: &HeaderMap, body: &Value) -> Result<String, Said> {
        let missing = || error(StatusCode::UNAUTHORIZED, "UNAUTHORIZED");
        let token = headers.get("authorization").ok_or_else(missing)?;
        let token = token.to_str().unwrap().strip_prefix("Bearer ").unwrap();
        let mut rules = Validation::new(Algorithm::HS256);
        rules.set_issuer(&["mypa"]);
        rules.set_audience(&["mypa-api"]);
        rules.validate_exp = false;
        let claims = decode::<Value>(token, &DecodingKey::from_secret(SECRET.as_bytes()), &rules);
        let claims = claims.map(|token| token.claims);
        let now = NOON_MS / 1_000;
        match claims {
            Ok(claims) if claims["exp"].as_i64() > Some(now) && claims["type"] == "access" => {
                let user = claims["sub"].as_str().unwrap().to_owned();
                let seen = json!({ "claims": claims, "body": body });
                self.asked.lock().unwrap().push(seen);
                Ok(user)
            }
            _ => Err(error(StatusCode::UNAUTHORIZED, "INVALID_TOKEN")),
        }
    }
}

fn error(status: StatusCode, code: &str) -> Said {
    let body = json!({ "error": { "code": code, "message": "upstream says hush" } });
    (status, Json(body))
}

fn forbidden() -> Said {
    error(StatusCode::FORBIDDEN, "FORBIDDEN")
}

fn moment(ms: i64) -> String {
    let at = DateTime::<Utc>::from_timestamp_millis(NOON_MS + ms).unwrap();
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// NFC, and nothing that cannot be seen.
fn clean(text: &Value) -> Value {
    let unseen = |c: char| {
        matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
            || (c.is_control() && c != '\n' && c != '\t')
    };
    let text = text.as_str().unwrap_or_default();
    text.chars()
        .filter(|c| !unseen(*c))
        .nfc()
        .collect::<String>()
        .into()
}

fn made(nth: usize, ms: i64, sender: &str, draft: &Value) -> Value {
    let id = Uuid::from_u128(0x5074_ce62_ff8d_4e2b_a378_0000_0000_0000 + nth as u128).to_string();
    let listed = |list: &Value| list.as_array().cloned().unwrap_or_default();
    let (at, mut context) = (moment(ms), listed(&draft["context"]));
    for item in &mut context {
        item["content"] = clean(&item["content"]);
        item["tezId"] = json!(id);
        item["createdBy"] = json!(sender);
    }
    let recipients = listed(&draft["recipients"]).into_iter();
    let delivered =
        |user| json!({ "tezId": id, "userId": user, "deliveredAt": at, "readAt": null });
    json!({
        "id": id, "teamId": draft["teamId"], "conversationId": null, "threadId": id,
        "parentTezId": null, "surfaceText": clean(&draft["surfaceText"]), "type": draft["type"],
        "urgency": draft["urgency"].as_str().unwrap_or("normal"),
        "actionRequested": draft["actionRequested"], "senderUserId": sender,
        "visibility": draft["visibility"].as_str().unwrap_or("team"),
        "sourceChannel": null, "sourceAddress": null, "status": "active",
        "createdAt": at, "updatedAt": at, "context": context,
        "recipients": recipients.map(delivered).collect::<Vec<_>>(), "newMember": { "x": 1 },
    })
}

async fn share(
    State(relay): State<Arc<Relay>>,
    headers: HeaderMap,
    Json(draft): Json<Value>,
) -> Result<Said, Said> {
    let user = relay.user(&headers, &draft)?;
    let known = ["note", "decision", "handoff", "question", "update"];
    if !known.iter().any(|kind| draft["type"] == *kind) {
        return Err(error(StatusCode::BAD_REQUEST, "VALIDATION_ERROR"));
    }
    if draft["teamId"] != TEAM || !MEMBERS.contains(&user.as_str()) {
        return Err(forbidden());
    }
    let mut kept = relay.kept.lock().unwrap();
    let nth = kept.len();
    let tez = made(nth, i64::try_from(nth).unwrap(), &user, &draft);
    let answer = ["id", "threadId", "type", "surfaceText", "createdAt"]
        .map(|name| (name.to_owned(), tez[name].clone()));
    kept.push(tez);
    let body = json!({ "data": Value::Object(answer.into_iter().collect()) });
    Ok((StatusCode::CREATED, Json(body)))
}

async fn one(
    State(relay): State<Arc<Relay>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, Said> {
    let user = relay.user(&headers, &Value::Null)?;
    let kept = relay.kept.lock().unwrap();
    let found = kept.iter().find(|tez| tez["id"] == id);
    let tez = found.ok_or_else(|| error(StatusCode::NOT_FOUND, "NOT_FOUND"))?;
    if !MEMBERS.contains(&user.as_str()) {
        return Err(forbidden());
    }
    Ok(Json(json!({ "data": tez })))
}

/// Newest first; heads only; before a moment.
async fn stream(
    State(relay): State<Arc<Relay>>,
    Query(asked): Query<HashMap<String, String>>,
    headers: HeaderMap,
    _: Request,
) -> Result<Json<Value>, Said> {
    let user = relay.user(&headers, &json!(asked))?;
    if asked.get("teamId").is_none_or(|team| team != TEAM) || !MEMBERS.contains(&user.as_str()) {
        return Err(forbidden());
    }
    let limit: usize = asked["limit"].parse().unwrap();
    let limit = relay.page_max.lock().unwrap().unwrap_or(limit).min(limit);
    let mut all = relay.kept.lock().unwrap().clone();
    all.sort_by_key(|tez| std::cmp::Reverse(tez["createdAt"].to_string()));
    all.retain(|tez| {
        let at = tez["createdAt"].as_str().unwrap();
        asked
            .get("before")
            .is_none_or(|before| at < before.as_str())
    });
    let more = all.len() > limit;
    all.truncate(limit);
    for tez in &mut all {
        let members = tez.as_object_mut().unwrap();
        members.retain(|name, _| name != "context" && name != "recipients");
    }
    let meta = json!({ "count": all.len(), "hasMore": more });
    Ok(Json(json!({ "data": all, "meta": meta })))
}

async fn unread(State(relay): State<Arc<Relay>>, headers: HeaderMap) -> Result<Json<Value>, Said> {
    relay.user(&headers, &Value::Null)?;
    Ok(Json(
        json!({ "data": { "teams": [], "conversations": [], "total": 0 } }),
    ))
}
