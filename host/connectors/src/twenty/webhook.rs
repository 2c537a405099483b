//! What Twenty tells of its own: one POST for each record that changed.
//!
//! The code over time and body is all that can be believed: the nonce beside it is not under it, and there is
//! no id of the event. Of the body, kind and id of the record count, and nothing else.

use super::object::object_named;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use sha2::Sha256;
use skillgate_app::notices::NOTICE_WINDOW;
use skillgate_app::ports::{Notice, NoticeReader, NoticeRefusal, ReadNotice};
use skillgate_domain::crm::EntryRef;
use skillgate_domain::ids::RecordId;
use skillgate_domain::time::Timestamp;
use subtle::{Choice, ConstantTimeEq};
use uuid::Uuid;

/// Longest time in milliseconds that anybody writes, in digits.
const TIMESTAMP_DIGITS_MAX: usize = 15;
/// What an event says that happened to a record.
const EVENTS: [&str; 5] = ["created", "updated", "deleted", "restored", "destroyed"];

/// Reads what one workspace tells.
pub struct TwentyWebhooks {
    secrets: Vec<SecretString>,
    workspace: Option<Uuid>,
}

/// The parts of an event that count.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    event_name: String,
    workspace_id: Uuid,
    object_metadata: Object,
    record: Subject,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Object {
    name_singular: String,
}

#[derive(Deserialize)]
struct Subject {
    id: String,
}

impl TwentyWebhooks {
    /// Believes whoever knows one of `secrets`: the present one, and a former one while they change. With a
    /// workspace, nobody else's.
    pub fn new(secrets: Vec<SecretString>, workspace: Option<Uuid>) -> Self {
        Self { secrets, workspace }
    }

    /// Every secret is tried, so that the time it takes does not tell which one fits.
    fn is_signed(&self, notice: &Notice<'_>, given: &[u8; 32]) -> bool {
        let mut fits = Choice::from(0);
        for secret in &self.secrets {
            let secret = secret.expose_secret().as_bytes();
            let mut mac =
                Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
            mac.update(notice.timestamp.as_bytes());
            mac.update(b":");
            mac.update(notice.body);
            fits |= mac.finalize().into_bytes().as_slice().ct_eq(given);
        }
        fits.into()
    }

    fn about(&self, body: &[u8]) -> Result<Option<EntryRef>, NoticeRefusal> {
        let event: Told = serde_json::from_slice(body).map_err(|_| NoticeRefusal::Body)?;
        if self
            .workspace
            .is_some_and(|ours| ours != event.workspace_id)
        {
            return Err(NoticeRefusal::Workspace);
        }
        let happened = event.event_name.rsplit('.').next().unwrap_or_default();
        let kind = object_named(&event.object_metadata.name_singular);
        let Some(object) = kind.filter(|_| EVENTS.contains(&happened)) else {
            return Ok(None);
        };
        let id = RecordId::parse(&event.record.id).map_err(|_| NoticeRefusal::Body)?;
        Ok(Some(EntryRef { object, id }))
    }
}

impl NoticeReader for TwentyWebhooks {
    fn read(&self, notice: &Notice<'_>, now: Timestamp) -> Result<ReadNotice, NoticeRefusal> {
        let sent = time(notice.timestamp).ok_or(NoticeRefusal::Form)?;
        let mut mark = [0; 32];
        hex::decode_to_slice(notice.signature, &mut mark).map_err(|_| NoticeRefusal::Form)?;
        if sent.plus(NOTICE_WINDOW) < now || now.plus(NOTICE_WINDOW) < sent {
            return Err(NoticeRefusal::Window);
        }
        if !self.is_signed(notice, &mark) {
            return Err(NoticeRefusal::Signature);
        }
        let about = self.about(notice.body)?;
        Ok(ReadNotice { mark, about })
    }
}

/// Reads digits, and nothing that another number could also be written as.
fn time(text: &str) -> Option<Timestamp> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let short = (1..=TIMESTAMP_DIGITS_MAX).contains(&text.len());
    let ms = text.parse().ok().filter(|_| digits && short)?;
    Some(Timestamp::from_unix_ms(ms))
}

#[cfg(test)]
mod tests;
