//! Mail to the admins of both sides when a partnership moves.
//!
//! Invariants: a mail is kept by the transaction that makes it due, and one host at a time tries it. It is tried until a
//! server took it or said that it never will, or until it is too old; whichever host dies meanwhile, another goes on.
//! Whether somebody is still to have it, and where, is looked up before each try.
//! A server may have taken a mail of which we do not know that; then it gets it once more, under the same id.

mod letter;

use crate::communities::known;
use crate::ports::{
    Clock, CommunityStore, DueMail, MailEnd, MailError, MailServer, Meter, Outbox, StorageError,
    Tried, Unmetered,
};
use futures::{StreamExt, stream};
use skillgate_domain::member::{Listed, Member, MemberRole};
use skillgate_domain::time::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// Mails that a host has in hand at once, each with a connection of its own.
pub const MAILS_AT_ONCE: u32 = 4;
/// From one look for mail that is due to the next.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How much longer than a try takes a mail is nobody else's.
const LEEWAY: Duration = Duration::from_secs(5);
/// From the first try to the second. Each wait is twice the one before.
const FIRST_WAIT: Duration = Duration::from_secs(30);
/// Longest wait from one try to the next.
const LONGEST_WAIT: Duration = Duration::from_hours(1);
/// How long after it came to pass a mail is tried.
pub const TRIED_FOR: Duration = Duration::from_hours(72);

/// Sends what is due.
pub struct Mailer {
    outbox: Arc<dyn Outbox>,
    communities: Arc<dyn CommunityStore>,
    server: Arc<dyn MailServer>,
    clock: Arc<dyn Clock>,
    meter: Arc<dyn Meter>,
    /// Longest time that a try takes.
    timeout: Duration,
    /// Where people reach this host, for links.
    host: Option<String>,
}

impl Mailer {
    /// Wires it to its ports. No try with `server` takes longer than `timeout`.
    pub fn new(
        (outbox, communities): (Arc<dyn Outbox>, Arc<dyn CommunityStore>),
        server: Arc<dyn MailServer>,
        clock: Arc<dyn Clock>,
        timeout: Duration,
    ) -> Self {
        Self {
            outbox,
            communities,
            server,
            clock,
            meter: Arc::new(Unmetered),
            timeout,
            host: None,
        }
    }

    /// Writes links that lead to this host: an address without a slash at its end.
    #[must_use]
    pub fn reached_at(self, host: Option<String>) -> Self {
        Self { host, ..self }
    }

    /// Counts what becomes of mail with `meter`.
    #[must_use]
    pub fn metered(self, meter: Arc<dyn Meter>) -> Self {
        Self { meter, ..self }
    }

    /// Sends what is due, again and again. Never returns.
    pub async fn run(&self) {
        loop {
            match self.send_due().await {
                Ok(0) => {}
                Ok(_) => continue,
                Err(error) => tracing::warn!("mail waits: {error}"),
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Tries some of the mails that are due, at most [`MAILS_AT_ONCE`]. Returns how many.
    pub async fn send_due(&self) -> Result<usize, StorageError> {
        let now = self.clock.now();
        let until = now.plus(self.timeout + LEEWAY);
        let due = self.outbox.take_mails(now, until, MAILS_AT_ONCE).await?;
        let count = due.len();
        let each = stream::iter(due.iter().map(|mail| self.try_one(mail)));
        let mut tried = each.buffer_unordered(count.max(1));
        let mut failed = None;
        // One that cannot be kept does not keep the others from being kept.
        while let Some(tried) = tried.next().await {
            failed = failed.or(tried.err());
        }
        failed.map_or(Ok(count), Err)
    }

    async fn try_one(&self, mail: &DueMail) -> Result<(), StorageError> {
        let tried = if wants(&mail.to) {
            self.handed_over(mail).await?
        } else {
            Tried::Over(MailEnd::Unwanted, self.clock.now())
        };
        let is_ours = self.outbox.mail_tried(mail, tried).await?;
        if let (Tried::Over(end, _), true) = (tried, is_ours) {
            self.meter.mail_ended(end.name());
        }
        Ok(())
    }

    async fn handed_over(&self, mail: &DueMail) -> Result<Tried, StorageError> {
        let both = [&mail.id.community, &mail.news.partner];
        let known = known(&*self.communities, both).await?;
        let Some(letter) = letter::of(mail, &known, self.host.as_deref()) else {
            return Ok(Tried::Over(MailEnd::Unwanted, self.clock.now()));
        };
        let sent = tokio::time::timeout(self.timeout, self.server.send(&letter)).await;
        let sent = sent.unwrap_or(Err(MailError::Timeout));
        let now = self.clock.now();
        let Err(error) = sent else {
            return Ok(Tried::Over(MailEnd::Sent, now));
        };
        let (community, event) = (&mail.id.community, mail.id.event);
        tracing::warn!(%community, event, tries = mail.tries, "a mail was not sent: {error}");
        Ok(next_try(mail, error, now))
    }
}

/// Whether somebody is still to have mail.
fn wants(to: &Member) -> bool {
    to.listed() == Listed::As(MemberRole::Admin) && to.wants_mail && to.email.is_some()
}

/// Decides what follows a try that failed.
fn next_try(mail: &DueMail, error: MailError, now: Timestamp) -> Tried {
    if matches!(error, MailError::Refused(_)) {
        return Tried::Over(MailEnd::Refused, now);
    }
    let doublings = mail.tries.saturating_sub(1).min(16);
    let wait = FIRST_WAIT.saturating_mul(1 << doublings).min(LONGEST_WAIT);
    let again = now.plus(wait);
    if again > mail.at.plus(TRIED_FOR) {
        return Tried::Over(MailEnd::GivenUp, now);
    }
    Tried::Again(again)
}

#[cfg(test)]
mod tests;
