//! A community's list in memory, for tests.

use crate::audit::memory::MemoryAudit;
use crate::ports::{AuditStore, MemberChange, MemberDecision, MemberStore, PAGE_MAX, StorageError};
use async_trait::async_trait;
use skillgate_domain::ids::{CommunityId, UserId};
use skillgate_domain::member::{Listed, MailKey, Member, MemberRole, Roster};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Kept = BTreeMap<(CommunityId, UserId), Member>;

/// Keeps who belongs to communities until it is dropped, and the records of changes in a trail in memory. Every
/// community is known to it.
pub struct MemoryMembers {
    audit: Arc<MemoryAudit>,
    kept: Mutex<Kept>,
}

impl MemoryMembers {
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

    fn roster(&self, community: &CommunityId, user: &UserId) -> Roster {
        let kept = self.kept();
        let own = kept.iter().filter(|((of, _), _)| of == community);
        let here: Vec<_> = own.filter(|(_, it)| it.left_at.is_none()).collect();
        let admins = here.iter().filter(|(_, it)| it.role == MemberRole::Admin);
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Roster {
            present: kept.get(&(community.clone(), user.clone())).cloned(),
            members: count(here.len()),
            admins: count(admins.count()),
        }
    }
}

#[async_trait]
impl MemberStore for MemoryMembers {
    async fn change_member(
        &self,
        community: &CommunityId,
        user: &UserId,
        decide: &MemberDecision<'_>,
    ) -> Result<MemberChange, StorageError> {
        let (member, record) = match decide(&self.roster(community, user)) {
            Ok(decided) => decided,
            Err(why) => return Ok(MemberChange::Refused(why)),
        };
        self.audit.append_audit(&[record]).await?;
        let key = (community.clone(), user.clone());
        self.kept().insert(key, member.clone());
        Ok(MemberChange::Kept(Box::new(member)))
    }

    async fn member(
        &self,
        community: &CommunityId,
        user: &UserId,
    ) -> Result<Option<Member>, StorageError> {
        Ok(self.roster(community, user).present)
    }

    async fn members(
        &self,
        community: &CommunityId,
        after: Option<&UserId>,
    ) -> Result<Vec<Member>, StorageError> {
        let kept = self.kept();
        let own = kept.iter().filter(|((of, _), _)| of == community);
        let own = own.filter(|((_, user), _)| after.is_none_or(|after| user > after));
        let here = own.map(|(_, it)| it).filter(|it| it.left_at.is_none());
        Ok(here.take(PAGE_MAX as usize).cloned().collect())
    }

    async fn listed(&self, community: &CommunityId, user: &UserId) -> Result<Listed, StorageError> {
        let present = self.roster(community, user).present;
        Ok(present.map_or(Listed::Never, |it| it.listed()))
    }

    async fn mail_key(&self, key: &MailKey) -> Result<Option<(CommunityId, UserId)>, StorageError> {
        let kept = self.kept();
        let found = kept.iter().find(|(_, it)| it.mail_key == *key);
        Ok(found.map(|(owner, _)| owner.clone()))
    }
}
