//! How far a call has come. Whoever waits sees the newest of what the guest says, not each: nothing piles up for
//! somebody who is slow.

use skillgate_domain::limits::PROGRESS_CHARS_MAX;
use tokio::sync::watch;

/// How far a call has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Steps that are done; more each time.
    pub done: u32,
    /// Steps in all, if the guest knows.
    pub total: Option<u32>,
    /// What is done next: one line of at most [`PROGRESS_CHARS_MAX`] characters.
    pub message: Option<String>,
}

/// Where the newest of it stands.
pub type Audience = watch::Sender<Option<Progress>>;

/// Takes what a guest says, unless it falls back.
pub(crate) fn tell(audience: &Audience, done: u32, total: Option<u32>, message: Option<&str>) {
    audience.send_if_modified(|newest| {
        let onward = newest.as_ref().is_none_or(|known| known.done < done);
        if onward {
            *newest = Some(Progress {
                done,
                total,
                message: message.map(line),
            });
        }
        onward
    });
}

fn line(message: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    message
        .chars()
        .take(PROGRESS_CHARS_MAX)
        .map(plain)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_falls_back_is_not_told() {
        let (audience, mut waits) = watch::channel(None);
        for (done, heard) in [(1, true), (1, false), (0, false), (3, true), (2, false)] {
            tell(&audience, done, Some(3), Some("on"));
            assert_eq!(waits.has_changed().unwrap(), heard, "{done}");
            let newest = waits.borrow_and_update().clone().unwrap();
            assert!(newest.done == 1 || newest.done == 3);
        }
    }

    #[test]
    fn words_are_one_line_of_so_many_characters() {
        let (audience, waits) = watch::channel(None);
        let long = format!("a\nb{}", "ä".repeat(PROGRESS_CHARS_MAX));
        tell(&audience, 1, None, Some(&long));
        let message = waits.borrow().clone().unwrap().message.unwrap();
        assert_eq!(message.chars().count(), PROGRESS_CHARS_MAX);
        assert!(message.starts_with("a bä"), "{message}");
    }
}
