use async_trait::async_trait;
use skillgate_app::audit::memory::MemoryAudit;
use skillgate_app::digest::sha256;
use skillgate_app::members::memory::MemoryMembers;
use skillgate_app::partnerships::memory::MemoryPartnerships;
use skillgate_app::plans::memory::MemoryPlans;
use skillgate_app::ports::{
    AuditRecord, AuditStore, HISTORY_PAGE_MAX, InForce, KeyedRequest, KeyedState, PolicyStore,
    PolicyVersion, RightsInForce, SettingsInForce, SettingsStore, SettingsVersion, Storage,
    StorageError, Submission, TokenRecord, VersionPut,
};
use skillgate_app::relay::memory::MemoryRelay;
use skillgate_domain::digest::Digest;
use skillgate_domain::grant::{EndCause, Generation, Grant, GrantEnd, GrantStatus, SkillStanding};
use skillgate_domain::ids::{CommunityId, GrantId, SkillName, SubmissionId, TokenId, UserId};
use skillgate_domain::settings::CommunitySettings;
use skillgate_domain::sharing::FieldAllowlists;
use skillgate_domain::time::Timestamp;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

/// Makes the error that storage fails with.
pub(crate) type Failure = fn() -> StorageError;

#[derive(Default)]
pub(super) struct Kept {
    tokens: Vec<TokenRecord>,
    pub(super) submissions: Vec<Submission>,
    components: Vec<(Digest, Vec<u8>)>,
    grants: Vec<Grant>,
    policies: Vec<PolicyVersion>,
    settings: Vec<SettingsVersion>,
    standings: BTreeMap<(CommunityId, SkillName), SkillStanding>,
}

impl Kept {
    fn grant(&mut self, grant: &Grant, ends: EndCause) -> bool {
        let standing = self.standing(&grant.community, &grant.skill);
        if grant.generation != standing.generation.next() {
            return false;
        }
        standing.generation = grant.generation;
        for old in &mut self.grants {
            if (&old.community, &old.skill) == (&grant.community, &grant.skill) {
                old.end.get_or_insert(GrantEnd {
                    at: grant.granted_at,
                    cause: ends,
                });
            }
        }
        self.grants.push(grant.clone());
        true
    }

    fn freeze(
        &mut self,
        community: &CommunityId,
        skill: &SkillName,
        at: Option<Timestamp>,
    ) -> bool {
        let standing = self.standing(community, skill);
        if standing.generation == Generation::default() {
            return false;
        }
        if standing.frozen_at.is_some() != at.is_some() {
            standing.generation = standing.generation.next();
            standing.frozen_at = at;
        }
        true
    }

    fn revoke(
        &mut self,
        community: &CommunityId,
        submission: SubmissionId,
        id: GrantId,
        at: Timestamp,
    ) -> bool {
        let mut own = self.grants.iter_mut().filter(|g| g.community == *community);
        let Some(grant) = own.find(|g| g.id == id && g.submission == submission) else {
            return false;
        };
        let (skill, ended) = (grant.skill.clone(), grant.end.is_some());
        let cause = EndCause::Revoked;
        grant.end.get_or_insert(GrantEnd { at, cause });
        if !ended {
            let standing = self.standing(community, &skill);
            standing.generation = standing.generation.next();
        }
        true
    }

    fn standing(&mut self, community: &CommunityId, skill: &SkillName) -> &mut SkillStanding {
        let of = (community.clone(), skill.clone());
        self.standings.entry(of).or_default()
    }
}

/// Storage in memory, which fails when it is told to.
pub(crate) struct FakeStorage {
    kept: Mutex<Kept>,
    /// How often it was asked what rights are counted as.
    counted: AtomicI64,
    pub(crate) audit: Arc<MemoryAudit>,
    /// Requests with a key.
    pub(crate) keyed: Mutex<Vec<(KeyedRequest, KeyedState)>>,
    /// What reading grants, and pinging, fails with.
    pub(crate) fails_with: Mutex<Option<Failure>>,
    pub(super) plans: MemoryPlans,
    pub(super) secrets: Mutex<super::secrets::Kept>,
    pub(super) relay: Arc<MemoryRelay>,
    pub(crate) partnerships: Arc<MemoryPartnerships>,
    pub(super) members: Arc<MemoryMembers>,
}

impl Default for FakeStorage {
    fn default() -> Self {
        let audit = Arc::<MemoryAudit>::default();
        Self {
            kept: Mutex::default(),
            counted: AtomicI64::default(),
            plans: MemoryPlans::new(audit.clone()),
            secrets: Mutex::default(),
            relay: Arc::new(MemoryRelay::new(audit.clone())),
            partnerships: Arc::new(MemoryPartnerships::new(audit.clone())),
            members: Arc::new(MemoryMembers::new(audit.clone())),
            audit,
            keyed: Mutex::default(),
            fails_with: Mutex::default(),
        }
    }
}

impl FakeStorage {
    pub(super) async fn recorded(&self, change: &AuditRecord) -> Result<(), StorageError> {
        let record = std::slice::from_ref(change);
        self.audit.append_audit(record).await.map(drop)
    }

    pub(super) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap()
    }

    /// Takes a submission, unless the same is there.
    pub(super) fn take_in(&self, submission: &Submission) -> Result<(), StorageError> {
        let of = |s: &Submission| (s.community.clone(), s.component, s.manifest);
        let mut kept = self.kept();
        if kept.submissions.iter().any(|it| of(it) == of(submission)) {
            return Err(StorageError::Conflict);
        }
        kept.submissions.push(submission.clone());
        Ok(())
    }

    pub(super) fn works(&self) -> Result<(), StorageError> {
        self.fails_with
            .lock()
            .unwrap()
            .map_or(Ok(()), |failure| Err(failure()))
    }
}

#[async_trait]
impl RightsInForce for FakeStorage {
    async fn grant_status(
        &self,
        community: &CommunityId,
        id: GrantId,
    ) -> Result<GrantStatus, StorageError> {
        let mut own = self.kept().grants.clone();
        own.retain(|it| it.community == *community && it.id == id);
        let Some(mut grant) = own.pop() else {
            return Ok(GrantStatus::Ended(EndCause::Revoked));
        };
        grant.frozen_at = self.kept().standing(community, &grant.skill).frozen_at;
        self.as_of_now(community, &mut grant.owner).await?;
        Ok(grant.status())
    }

    async fn token_revoked(&self, id: TokenId) -> Result<bool, StorageError> {
        let token = self.token(id).await?;
        Ok(token.is_none_or(|token| token.revoked_at.is_some()))
    }
}

#[async_trait]
impl Storage for FakeStorage {
    async fn insert_token(
        &self,
        token: &TokenRecord,
        change: &AuditRecord,
    ) -> Result<(), StorageError> {
        self.kept().tokens.push(token.clone());
        self.recorded(change).await
    }

    async fn token(&self, id: TokenId) -> Result<Option<TokenRecord>, StorageError> {
        Ok(self.kept().tokens.iter().find(|t| t.id == id).cloned())
    }

    async fn tokens(&self, community: &CommunityId) -> Result<Vec<TokenRecord>, StorageError> {
        let kept = self.kept();
        let own = kept.tokens.iter().filter(|t| t.community == *community);
        Ok(own.rev().cloned().collect())
    }

    async fn revoke_token(
        &self,
        community: &CommunityId,
        id: TokenId,
        at: Timestamp,
        change: &AuditRecord,
    ) -> Result<bool, StorageError> {
        let revoke = |kept: &mut Kept| {
            let mut tokens = kept.tokens.iter_mut();
            let found = tokens.find(|t| t.id == id && t.community == *community);
            found.map(|t| *t.revoked_at.get_or_insert(at)).is_some()
        };
        if !revoke(&mut self.kept()) {
            return Ok(false);
        }
        self.recorded(change).await.map(|()| true)
    }

    async fn insert_submission(
        &self,
        submission: &Submission,
        component: &[u8],
        change: &AuditRecord,
    ) -> Result<(), StorageError> {
        self.take_in(submission)?;
        let component = (submission.component, component.to_vec());
        self.kept().components.push(component);
        self.recorded(change).await
    }

    async fn submission(
        &self,
        community: &CommunityId,
        id: SubmissionId,
    ) -> Result<Option<Submission>, StorageError> {
        let all = self.submissions(community).await?;
        Ok(all.into_iter().find(|it| it.id == id))
    }

    async fn submissions(&self, community: &CommunityId) -> Result<Vec<Submission>, StorageError> {
        let all = self.kept().submissions.clone();
        let own = all.into_iter().filter(|it| it.community == *community);
        let mut own: Vec<_> = own.rev().collect();
        for it in &mut own {
            self.as_of_now(community, &mut it.owner).await?;
        }
        Ok(own)
    }

    async fn component(&self, digest: &Digest) -> Result<Option<Vec<u8>>, StorageError> {
        let kept = self.kept();
        let found = kept.components.iter().find(|(d, _)| d == digest);
        Ok(found.map(|(_, bytes)| bytes.clone()))
    }

    async fn insert_grant(
        &self,
        grant: &Grant,
        ends: EndCause,
        change: &AuditRecord,
    ) -> Result<bool, StorageError> {
        if !self.kept().grant(grant, ends) {
            return Ok(false);
        }
        self.recorded(change).await.map(|()| true)
    }

    async fn skill_standing(
        &self,
        community: &CommunityId,
        skill: &SkillName,
    ) -> Result<SkillStanding, StorageError> {
        Ok(*self.kept().standing(community, skill))
    }

    async fn newest_grant(
        &self,
        community: &CommunityId,
        skill: &SkillName,
        other_than: Option<SubmissionId>,
    ) -> Result<Option<Grant>, StorageError> {
        let kept = self.kept();
        let own = kept
            .grants
            .iter()
            .filter(|g| (&g.community, &g.skill) == (community, skill));
        let other = own.filter(|g| Some(g.submission) != other_than);
        Ok(other.max_by_key(|g| g.generation).cloned())
    }

    async fn set_frozen(
        &self,
        community: &CommunityId,
        skill: &SkillName,
        at: Option<Timestamp>,
        change: &AuditRecord,
    ) -> Result<bool, StorageError> {
        if !self.kept().freeze(community, skill, at) {
            return Ok(false);
        }
        self.recorded(change).await.map(|()| true)
    }

    async fn active_grant(
        &self,
        community: &CommunityId,
        skill: &SkillName,
    ) -> Result<Option<Grant>, StorageError> {
        let all = self.active_grants(community).await?;
        Ok(all.into_iter().find(|g| g.skill == *skill))
    }

    async fn rights_number(&self) -> Result<i64, StorageError> {
        self.works()?;
        // So nothing is ever taken for what it was.
        Ok(self.counted.fetch_add(1, Ordering::Relaxed))
    }

    async fn active_grants(&self, community: &CommunityId) -> Result<Vec<Grant>, StorageError> {
        self.works()?;
        let mut own = self.kept().grants.clone();
        own.retain(|it| it.community == *community && it.end.is_none());
        for grant in &mut own {
            let frozen_at = self.kept().standing(community, &grant.skill).frozen_at;
            grant.frozen_at = frozen_at;
            self.as_of_now(community, &mut grant.owner).await?;
        }
        Ok(own)
    }

    async fn revoke_grant(
        &self,
        community: &CommunityId,
        submission: SubmissionId,
        id: GrantId,
        at: Timestamp,
        change: &AuditRecord,
    ) -> Result<bool, StorageError> {
        if !self.kept().revoke(community, submission, id, at) {
            return Ok(false);
        }
        self.recorded(change).await.map(|()| true)
    }

    async fn ping(&self) -> Result<(), StorageError> {
        self.works()
    }
}

#[async_trait]
impl PolicyStore for FakeStorage {
    async fn newest_policy_version(&self, community: &CommunityId) -> Result<u32, StorageError> {
        self.works()?;
        let kept = self.kept();
        let own = kept.policies.iter().filter(|p| p.community == *community);
        Ok(own.map(|p| p.change.version).max().unwrap_or(0))
    }

    async fn policy_version(
        &self,
        community: &CommunityId,
        version: u32,
    ) -> Result<Option<PolicyVersion>, StorageError> {
        let kept = self.kept();
        let mut own = kept.policies.iter().filter(|p| p.community == *community);
        Ok(own.find(|p| p.change.version == version).cloned())
    }

    async fn policy_changes(
        &self,
        community: &CommunityId,
        before: Option<u32>,
    ) -> Result<Vec<VersionPut>, StorageError> {
        let kept = self.kept();
        let own = kept.policies.iter().filter(|p| p.community == *community);
        let earlier = own.filter(|p| before.is_none_or(|before| p.change.version < before));
        let changes = earlier.rev().map(|p| p.change.clone());
        Ok(changes.take(HISTORY_PAGE_MAX as usize).collect())
    }

    async fn insert_policy(
        &self,
        version: &PolicyVersion,
        change: &AuditRecord,
    ) -> Result<(), StorageError> {
        let same = |p: &PolicyVersion| {
            (&p.community, p.change.version) == (&version.community, version.change.version)
        };
        if self.kept().policies.iter().any(same) {
            return Err(StorageError::Conflict);
        }
        self.kept().policies.push(version.clone());
        self.recorded(change).await
    }
}

impl FakeStorage {
    /// From now on lets out of the records of `home` what these lists say.
    pub(crate) fn lets_out(&self, sharing: FieldAllowlists) {
        let mut kept = self.kept();
        let version = u32::try_from(kept.settings.len()).unwrap() + 1;
        let settings = CommunitySettings {
            sharing,
            ..CommunitySettings::default()
        };
        kept.settings.push(SettingsVersion {
            community: CommunityId::parse("home").unwrap(),
            change: VersionPut {
                version,
                digest: sha256(settings.names().join("\n").as_bytes()),
                put_by: UserId::parse("root").unwrap(),
                put_at: Timestamp::from_unix_ms(0),
            },
            settings,
        });
    }
}

#[async_trait]
impl SettingsInForce for FakeStorage {
    async fn settings_in_force(&self, community: &CommunityId) -> Result<InForce, StorageError> {
        self.works()?;
        let kept = self.kept();
        let mut own = kept.settings.iter().rev();
        let newest = own.find(|version| version.community == *community);
        Ok(newest.map_or_else(InForce::default, |newest| InForce {
            version: newest.change.version,
            settings: Arc::new(newest.settings.clone()),
        }))
    }
}

#[async_trait]
impl SettingsStore for FakeStorage {
    async fn settings_version(
        &self,
        community: &CommunityId,
        version: u32,
    ) -> Result<Option<SettingsVersion>, StorageError> {
        let kept = self.kept();
        let mut own = kept.settings.iter().filter(|s| s.community == *community);
        Ok(own.find(|s| s.change.version == version).cloned())
    }

    async fn settings_changes(
        &self,
        community: &CommunityId,
        before: Option<u32>,
    ) -> Result<Vec<VersionPut>, StorageError> {
        let kept = self.kept();
        let own = kept.settings.iter().filter(|s| s.community == *community);
        let earlier = own.filter(|s| before.is_none_or(|before| s.change.version < before));
        let changes = earlier.rev().map(|s| s.change.clone());
        Ok(changes.take(HISTORY_PAGE_MAX as usize).collect())
    }

    async fn insert_settings(
        &self,
        version: &SettingsVersion,
        change: &AuditRecord,
    ) -> Result<(), StorageError> {
        let same = |s: &SettingsVersion| {
            (&s.community, s.change.version) == (&version.community, version.change.version)
        };
        if self.kept().settings.iter().any(same) {
            return Err(StorageError::Conflict);
        }
        self.kept().settings.push(version.clone());
        self.recorded(change).await
    }
}
