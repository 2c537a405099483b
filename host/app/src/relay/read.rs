use super::{Behalf, Relay, RelayError};
use crate::ports::{FoundTez, KeptTez, RelayUser, STREAM_PAGE_MAX, TezHead, Unread};
use skillgate_domain::audit::{Facts, Target};
use skillgate_domain::ids::{TeamId, TezId};
use skillgate_domain::principal::{Action, Principal};
use skillgate_domain::tez::{Reader, TezStatus};
use skillgate_domain::time::Timestamp;

/// Tez of one page of a team's stream, where nothing is said.
pub const STREAM_PAGE: u32 = 50;

/// A thread, as far as its reader may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thread {
    /// Its first Tez.
    pub id: TezId,
    /// Its Tez, oldest first.
    pub messages: Vec<TezHead>,
}

/// A part of a team's stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Tez, newest first.
    pub messages: Vec<TezHead>,
    /// Whether there are older ones.
    pub has_more: bool,
}

impl Relay {
    /// Returns a Tez, and marks it read by the caller. It comes as it was before.
    pub async fn get(&self, caller: &Principal, id: TezId) -> Result<KeptTez, RelayError> {
        let done = self.get_if_allowed(caller, id).await;
        self.recorded(caller, Action::ShowTez, Target::Tez(id), done)
            .await
    }

    async fn get_if_allowed(&self, caller: &Principal, id: TezId) -> Result<KeptTez, RelayError> {
        let asked = self.permit(caller, Action::ShowTez).await?;
        let of = Behalf::of(caller);
        let found = self.visible(&of.user, id).await?;
        asked.in_team(found.tez.head.team)?;
        self.mark_read(&of, &found).await?;
        Ok(found.tez)
    }

    /// Finds a Tez that somebody may see. One that was taken back is there for its sender only.
    pub(super) async fn visible(
        &self,
        reader: &RelayUser,
        id: TezId,
    ) -> Result<FoundTez, RelayError> {
        let found = self.store.find_tez(&reader.community, id, &reader.user);
        let found = found.await?.ok_or(RelayError::NotFound)?;
        let head = &found.tez.head;
        let own = reader.user.as_str();
        let mut recipients = found.tez.recipients.iter();
        let reader = Reader {
            is_sender: head.sender == reader.user,
            is_recipient: recipients.any(|to| to.address.as_str() == own),
            is_member: found.role.is_some(),
        };
        if !head.visibility.shows_to(reader) {
            return Err(RelayError::NotShown);
        }
        if head.status == TezStatus::Deleted && !reader.is_sender {
            return Err(RelayError::NotFound);
        }
        Ok(found)
    }

    /// Marks what somebody else sent. The first time is kept, with its record.
    pub(super) async fn mark_read(&self, of: &Behalf, found: &FoundTez) -> Result<(), RelayError> {
        let head = &found.tez.head;
        if head.sender == of.user.user || found.read_at.is_some() {
            return Ok(());
        }
        let target = Target::Tez(head.id);
        let change = self.change(of, Action::ShowTez, target, Facts::None);
        let now = self.trail.clock().now();
        let marked = self
            .store
            .mark_tez_read(head.id, &of.user.user, now, &change);
        marked.await?;
        Ok(())
    }

    /// Returns the thread that a Tez is in.
    pub async fn thread(&self, caller: &Principal, id: TezId) -> Result<Thread, RelayError> {
        let done = self.thread_if_allowed(caller, id).await;
        self.recorded(caller, Action::ShowTez, Target::Tez(id), done)
            .await
    }

    async fn thread_if_allowed(&self, caller: &Principal, id: TezId) -> Result<Thread, RelayError> {
        let asked = self.permit(caller, Action::ShowTez).await?;
        let reader = Behalf::of(caller).user;
        let head = self.visible(&reader, id).await?.tez.head;
        asked.in_team(head.team)?;
        let messages = self
            .store
            .tez_thread(&reader.community, head.thread, &reader.user);
        Ok(Thread {
            id: head.thread,
            messages: messages.await?,
        })
    }

    /// Lists a team's active Tez that the caller may see, shared before a moment, newest first.
    pub async fn stream(
        &self,
        caller: &Principal,
        team: TeamId,
        before: Option<Timestamp>,
        limit: u32,
    ) -> Result<Page, RelayError> {
        let done = self.stream_if_allowed(caller, team, before, limit).await;
        self.recorded(caller, Action::ShowTez, Target::Team(team), done)
            .await
    }

    async fn stream_if_allowed(
        &self,
        caller: &Principal,
        team: TeamId,
        before: Option<Timestamp>,
        limit: u32,
    ) -> Result<Page, RelayError> {
        let asked = self.permit(caller, Action::ShowTez).await?;
        asked.in_team(team)?;
        self.page(&Behalf::of(caller).user, team, before, limit)
            .await
    }

    pub(super) async fn page(
        &self,
        reader: &RelayUser,
        team: TeamId,
        before: Option<Timestamp>,
        limit: u32,
    ) -> Result<Page, RelayError> {
        if !(1..=STREAM_PAGE_MAX).contains(&limit) {
            let why = format!("limit must be 1 to {STREAM_PAGE_MAX}");
            return Err(RelayError::Invalid(why));
        }
        let (community, user) = (&reader.community, &reader.user);
        let role = self.store.team_role(community, team, user).await?;
        if role.flatten().is_none() {
            return Err(RelayError::NotMember);
        }
        let one_more = limit + 1;
        let listed = self
            .store
            .tez_stream(community, team, user, before, one_more);
        let mut messages = listed.await?;
        let page = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = messages.len() > page;
        messages.truncate(page);
        Ok(Page { messages, has_more })
    }

    /// Counts what others sent and the caller has not read, by team.
    pub async fn unread(&self, caller: &Principal) -> Result<Vec<Unread>, RelayError> {
        let done = self.unread_if_allowed(caller).await;
        self.recorded(caller, Action::ShowTez, Target::Community, done)
            .await
    }

    async fn unread_if_allowed(&self, caller: &Principal) -> Result<Vec<Unread>, RelayError> {
        let asked = self.permit(caller, Action::ShowTez).await?;
        let unread = self.store.unread_tez(&caller.community, &caller.user);
        let mut unread = unread.await?;
        unread.retain(|of| asked.in_team(of.team).is_ok());
        Ok(unread)
    }

    /// Puts a Tez aside, takes it back, or shows it again. Only its sender does.
    pub async fn set_status(
        &self,
        caller: &Principal,
        id: TezId,
        status: TezStatus,
    ) -> Result<TezHead, RelayError> {
        let done = self.set_status_if_allowed(caller, id, status).await;
        self.recorded(caller, Action::SetTezStatus, Target::Tez(id), done)
            .await
    }

    async fn set_status_if_allowed(
        &self,
        caller: &Principal,
        id: TezId,
        status: TezStatus,
    ) -> Result<TezHead, RelayError> {
        let asked = self.permit(caller, Action::SetTezStatus).await?;
        let of = Behalf::of(caller);
        let head = self.visible(&of.user, id).await?.tez.head;
        asked.in_team(head.team)?;
        if head.sender != of.user.user {
            let why = "only its sender changes the status of a Tez";
            return Err(RelayError::NotYours(why));
        }
        let (target, now) = (Target::Tez(id), self.trail.clock().now());
        let facts = Facts::TezStatus(status);
        let change = self.change(&of, Action::SetTezStatus, target, facts);
        let community = &of.user.community;
        let changed = self
            .store
            .set_tez_status(community, id, status, now, &change);
        Ok(TezHead {
            status,
            updated_at: if changed.await? { now } else { head.updated_at },
            ..head
        })
    }
}
