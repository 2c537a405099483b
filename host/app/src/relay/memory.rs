//! A relay's store in memory, for tests.

mod expansions;

use crate::audit::memory::MemoryAudit;
use crate::ports::{
    AuditRecord, AuditStore, Contact, FoundTez, KeptTez, MemberPut, RelayStore, StorageError,
    TEAM_MEMBERS_MAX, TEAMS_MAX, THREAD_TEZ_MAX, Team, TezHead, Unread,
};
use async_trait::async_trait;
use skillgate_domain::ids::{CommunityId, ContextId, TeamId, TezId, UserId};
use skillgate_domain::tez::expansion::Expansion;
use skillgate_domain::tez::{REDACTED, Reader, Redaction, TeamRole, TezStatus};
use skillgate_domain::time::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Keeps Tez until it is dropped, and the records of changes in a trail in memory.
pub struct MemoryRelay {
    audit: Arc<MemoryAudit>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    contacts: BTreeMap<(CommunityId, UserId), Contact>,
    teams: BTreeMap<TeamId, Team>,
    members: BTreeMap<(TeamId, UserId), TeamRole>,
    tez: Vec<(CommunityId, KeptTez)>,
    reads: BTreeMap<(TezId, UserId), Timestamp>,
    expansions: Vec<Expansion>,
}

impl Kept {
    fn role(&self, team: TeamId, user: &UserId) -> Option<TeamRole> {
        self.members.get(&(team, user.clone())).copied()
    }

    fn shows(&self, tez: &KeptTez, reader: &UserId) -> bool {
        let mut recipients = tez.recipients.iter();
        tez.head.visibility.shows_to(Reader {
            is_sender: tez.head.sender == *reader,
            is_recipient: recipients.any(|to| to.address.as_str() == reader.as_str()),
            is_member: self.role(tez.head.team, reader).is_some(),
        })
    }

    fn is_full(&self, thread: TezId) -> bool {
        let same = |(_, other): &&(CommunityId, KeptTez)| other.head.thread == thread;
        more_than(self.tez.iter().filter(same).count() + 1, THREAD_TEZ_MAX)
    }

    /// Every Tez of a community that somebody may see, in the order in which they came.
    fn seen<'a>(
        &'a self,
        community: &'a CommunityId,
        reader: &'a UserId,
    ) -> impl DoubleEndedIterator<Item = &'a KeptTez> {
        let own = self.tez.iter().filter(move |(of, _)| of == community);
        own.map(|(_, tez)| tez)
            .filter(move |tez| self.shows(tez, reader))
    }
}

impl MemoryRelay {
    /// Keeps records in `audit`.
    pub fn new(audit: Arc<MemoryAudit>) -> Self {
        Self {
            audit,
            kept: Mutex::default(),
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn recorded(&self, record: &AuditRecord) -> Result<(), StorageError> {
        self.all_recorded(std::slice::from_ref(record)).await
    }

    async fn all_recorded(&self, records: &[AuditRecord]) -> Result<(), StorageError> {
        self.audit.append_audit(records).await.map(drop)
    }
}

fn more_than(count: usize, max: u32) -> bool {
    u32::try_from(count).is_ok_and(|count| count > max)
}

#[async_trait]
impl RelayStore for MemoryRelay {
    async fn put_contact(
        &self,
        contact: &Contact,
        change: &AuditRecord,
    ) -> Result<Contact, StorageError> {
        self.recorded(change).await?;
        let mut kept = self.kept();
        let key = (contact.community.clone(), contact.user.clone());
        let first = kept.contacts.get(&key).map(|first| first.registered_at);
        let contact = Contact {
            registered_at: first.unwrap_or(contact.registered_at),
            ..contact.clone()
        };
        kept.contacts.insert(key, contact.clone());
        Ok(contact)
    }

    async fn insert_team(&self, team: &Team, change: &AuditRecord) -> Result<bool, StorageError> {
        let of_community = |other: &&Team| other.community == team.community;
        let teams = self.kept().teams.values().filter(of_community).count();
        if more_than(teams + 1, TEAMS_MAX) {
            return Ok(false);
        }
        self.recorded(change).await?;
        let mut kept = self.kept();
        let owner = (team.id, team.created_by.clone());
        kept.members.insert(owner, TeamRole::Owner);
        kept.teams.insert(team.id, team.clone());
        Ok(true)
    }

    async fn team_role(
        &self,
        community: &CommunityId,
        team: TeamId,
        user: &UserId,
    ) -> Result<Option<Option<TeamRole>>, StorageError> {
        let kept = self.kept();
        let there = kept.teams.get(&team);
        let there = there.filter(|team| team.community == *community);
        Ok(there.map(|team| kept.role(team.id, user)))
    }

    async fn put_member(
        &self,
        team: TeamId,
        user: &UserId,
        role: TeamRole,
        _: Timestamp,
        change: &AuditRecord,
    ) -> Result<MemberPut, StorageError> {
        {
            let kept = self.kept();
            let members = kept.members.keys().filter(|(of, _)| *of == team).count();
            match kept.role(team, user) {
                Some(present) if present == role => return Ok(MemberPut::AlreadySo),
                Some(TeamRole::Owner) => return Ok(MemberPut::StaysOwner),
                None if more_than(members + 1, TEAM_MEMBERS_MAX) => return Ok(MemberPut::Full),
                Some(_) | None => {}
            }
        }
        self.recorded(change).await?;
        self.kept().members.insert((team, user.clone()), role);
        Ok(MemberPut::Put)
    }

    async fn insert_tez(
        &self,
        community: &CommunityId,
        tez: &KeptTez,
        change: &AuditRecord,
    ) -> Result<bool, StorageError> {
        {
            let kept = self.kept();
            if kept
                .tez
                .iter()
                .any(|(_, other)| other.head.id == tez.head.id)
            {
                return Err(StorageError::Conflict);
            }
            if kept.is_full(tez.head.thread) {
                return Ok(false);
            }
        }
        self.recorded(change).await?;
        self.kept().tez.push((community.clone(), tez.clone()));
        Ok(true)
    }

    async fn find_tez(
        &self,
        community: &CommunityId,
        id: TezId,
        reader: &UserId,
    ) -> Result<Option<FoundTez>, StorageError> {
        let kept = self.kept();
        let mut own = kept.tez.iter().filter(|(of, _)| of == community);
        let found = own.find(|(_, tez)| tez.head.id == id);
        Ok(found.map(|(_, tez)| {
            let mut tez = tez.clone();
            for to in &mut tez.recipients {
                let user = UserId::parse(to.address.as_str()).ok();
                to.read_at = user.and_then(|user| kept.reads.get(&(id, user)).copied());
            }
            FoundTez {
                role: kept.role(tez.head.team, reader),
                read_at: kept.reads.get(&(id, reader.clone())).copied(),
                tez,
            }
        }))
    }

    async fn mark_tez_read(
        &self,
        id: TezId,
        reader: &UserId,
        at: Timestamp,
        change: &AuditRecord,
    ) -> Result<bool, StorageError> {
        let key = (id, reader.clone());
        if self.kept().reads.contains_key(&key) {
            return Ok(false);
        }
        self.recorded(change).await?;
        self.kept().reads.insert(key, at);
        Ok(true)
    }

    async fn tez_thread(
        &self,
        community: &CommunityId,
        thread: TezId,
        reader: &UserId,
    ) -> Result<Vec<TezHead>, StorageError> {
        let kept = self.kept();
        let heads = kept.seen(community, reader).map(|tez| &tez.head);
        let there = |head: &&TezHead| head.thread == thread && head.status != TezStatus::Deleted;
        Ok(heads.filter(there).cloned().collect())
    }

    async fn tez_stream(
        &self,
        community: &CommunityId,
        team: TeamId,
        reader: &UserId,
        before: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<TezHead>, StorageError> {
        let kept = self.kept();
        let heads = kept.seen(community, reader).map(|tez| &tez.head);
        let there = |head: &&TezHead| {
            head.team == team
                && head.status == TezStatus::Active
                && before.is_none_or(|before| head.created_at < before)
        };
        let newest = heads.rev().filter(there).cloned();
        Ok(newest.take(limit as usize).collect())
    }

    async fn set_tez_status(
        &self,
        community: &CommunityId,
        id: TezId,
        status: TezStatus,
        at: Timestamp,
        change: &AuditRecord,
    ) -> Result<bool, StorageError> {
        let other = |(of, tez): &&(CommunityId, KeptTez)| {
            of == community && tez.head.id == id && tez.head.status != status
        };
        if self.kept().tez.iter().find(other).is_none() {
            return Ok(false);
        }
        self.recorded(change).await?;
        let mut kept = self.kept();
        for (_, tez) in kept.tez.iter_mut().filter(|(_, tez)| tez.head.id == id) {
            (tez.head.status, tez.head.updated_at) = (status, at);
        }
        Ok(true)
    }

    async fn redact_context(
        &self,
        community: &CommunityId,
        (tez, context): (TezId, ContextId),
        redaction: &Redaction,
        change: &AuditRecord,
    ) -> Result<bool, StorageError> {
        let there = {
            let kept = self.kept();
            let mut own = kept.tez.iter().filter(|(of, _)| of == community);
            let found = own.find(|(_, other)| other.head.id == tez);
            let item = found.and_then(|(_, tez)| tez.context.iter().find(|it| it.id == context));
            item.is_some_and(|item| item.redaction.is_none())
        };
        if !there {
            return Ok(false);
        }
        self.recorded(change).await?;
        let mut kept = self.kept();
        for (_, other) in kept.tez.iter_mut().filter(|(_, it)| it.head.id == tez) {
            other.head.updated_at = redaction.at;
            for kept in other.context.iter_mut().filter(|kept| kept.id == context) {
                REDACTED.clone_into(&mut kept.item.content);
                (kept.item.mime_type, kept.item.derived_from) = (None, None);
                kept.redaction = Some(redaction.clone());
            }
        }
        Ok(true)
    }

    async fn unread_tez(
        &self,
        community: &CommunityId,
        reader: &UserId,
    ) -> Result<Vec<Unread>, StorageError> {
        let kept = self.kept();
        let mut counts: BTreeMap<TeamId, u64> = BTreeMap::new();
        for tez in kept.seen(community, reader) {
            let head = &tez.head;
            let is_read = kept.reads.contains_key(&(head.id, reader.clone()));
            if head.status == TezStatus::Active && head.sender != *reader && !is_read {
                *counts.entry(head.team).or_default() += 1;
            }
        }
        let counts = counts.into_iter();
        Ok(counts.map(|(team, count)| Unread { team, count }).collect())
    }

    async fn ping_relay(&self) -> Result<(), StorageError> {
        Ok(())
    }
}
