//! Looks for a Tez whose share was not answered.

use super::{RemoteRelay, read, text};
use serde_json::Value;
use skillgate_app::ports::{RelayUser, STREAM_PAGE_MAX, SharedTez, TezError};
use skillgate_domain::tez::TezDraft;
use skillgate_domain::time::Timestamp;

/// Most pages of a team's stream that are looked through.
pub const FIND_PAGES_MAX: u32 = 10;

impl RemoteRelay {
    /// Walks the stream from its newest Tez back to `since`, which the relay's clock decides.
    ///
    /// A Tez is taken to be the draft's when it has its sender, its team, its kind and its surface text; of
    /// several, the newest. A stream that cannot be walked to its end does not say that there is none.
    pub(super) async fn find(
        &self,
        sender: &RelayUser,
        draft: &TezDraft,
        since: Timestamp,
    ) -> Result<Option<SharedTez>, TezError> {
        let same = Same::of(sender, draft);
        let mut before = None;
        for _ in 0..FIND_PAGES_MAX {
            let page = self.page(sender, draft.team, before, STREAM_PAGE_MAX);
            let page = page.await?;
            if let Some(found) = newest(&page.items, &same, since)? {
                return Ok(Some(found));
            }
            if !page.more {
                return Ok(None);
            }
            let oldest = page.items.iter().filter_map(read::created_at).min();
            let oldest = oldest.ok_or(TezError::OutcomeUnknown)?;
            if oldest < since {
                return Ok(None);
            }
            // The same millisecond again: more of it may not have fitted on the page.
            let next = Some(oldest.plus_ms(1));
            if next == before {
                return Err(TezError::OutcomeUnknown);
            }
            before = next;
        }
        Err(TezError::OutcomeUnknown)
    }
}

/// What a Tez must have to be the draft's.
struct Same<'a> {
    sender: &'a str,
    team: String,
    kind: &'static str,
    text: String,
}

impl<'a> Same<'a> {
    fn of(sender: &'a RelayUser, draft: &TezDraft) -> Self {
        Self {
            sender: sender.user.as_str(),
            team: draft.team.to_string(),
            kind: draft.kind.name(),
            text: text::seen(&draft.surface_text),
        }
    }

    fn is(&self, item: &Value) -> bool {
        let surface = item["surfaceText"].as_str().unwrap_or_default();
        item["senderUserId"] == self.sender
            && item["teamId"] == self.team.as_str()
            && item["type"] == self.kind
            && text::seen(surface) == self.text
    }
}

/// Finds the newest of those that are the same. One that cannot be read is not passed over.
fn newest(
    items: &[Value],
    same: &Same<'_>,
    since: Timestamp,
) -> Result<Option<SharedTez>, TezError> {
    let mut newest: Option<SharedTez> = None;
    for item in items.iter().filter(|item| same.is(item)) {
        let found = read::shared(item).ok_or(TezError::OutcomeUnknown)?;
        let newer = newest
            .as_ref()
            .is_none_or(|other| other.created_at < found.created_at);
        if found.created_at >= since && newer {
            newest = Some(found);
        }
    }
    Ok(newest)
}
