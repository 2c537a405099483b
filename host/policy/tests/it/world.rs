//! A community, its people, and a store in memory.

use async_trait::async_trait;
use skillgate_app::access::Access;
use skillgate_app::audit::memory::MemoryAudit;
use skillgate_app::policies::Policies;
use skillgate_app::ports::{
    AuditRecord, AuditStore, Clock, Entropy, HISTORY_PAGE_MAX, PolicyStore, PolicyVersion,
    StorageError, VersionPut,
};
use skillgate_domain::crm::ObjectKind;
use skillgate_domain::ids::{
    AgentId, CommunityId, RequestId, SkillName, SubmissionId, TeamId, TokenId, ToolName, UserId,
};
use skillgate_domain::policy::{Resource, ResourceKind, Subject};
use skillgate_domain::principal::{Door, Origin, Principal, Role, TokenScope};
use skillgate_domain::time::Timestamp;
use skillgate_policy::Cedar;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use uuid::Uuid;

/// Versions in memory. Counts what is read, and fails when told to.
#[derive(Default)]
pub(crate) struct Memory {
    versions: Mutex<Vec<PolicyVersion>>,
    audit: Arc<MemoryAudit>,
    pub(crate) reads: AtomicU32,
    pub(crate) fails: AtomicBool,
}

impl Memory {
    fn read(&self) -> Result<Vec<PolicyVersion>, StorageError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        if self.fails.load(Ordering::Relaxed) {
            return Err(StorageError::Unavailable("told to".into()));
        }
        Ok(self.versions.lock().unwrap().clone())
    }
}

#[async_trait]
impl PolicyStore for Memory {
    async fn newest_policy_version(&self, community: &CommunityId) -> Result<u32, StorageError> {
        let versions = self.read()?;
        let own = versions.iter().filter(|v| v.community == *community);
        Ok(own.map(|v| v.change.version).max().unwrap_or(0))
    }

    async fn policy_version(
        &self,
        community: &CommunityId,
        version: u32,
    ) -> Result<Option<PolicyVersion>, StorageError> {
        let mut own = self.read()?.into_iter();
        Ok(own.find(|v| v.community == *community && v.change.version == version))
    }

    async fn policy_changes(
        &self,
        community: &CommunityId,
        before: Option<u32>,
    ) -> Result<Vec<VersionPut>, StorageError> {
        let own = self.read()?.into_iter().rev();
        let own = own.filter(|v| v.community == *community);
        let earlier = own.filter(|v| before.is_none_or(|before| v.change.version < before));
        let page = earlier.take(HISTORY_PAGE_MAX as usize);
        Ok(page.map(|v| v.change).collect())
    }

    async fn insert_policy(
        &self,
        version: &PolicyVersion,
        change: &AuditRecord,
    ) -> Result<(), StorageError> {
        self.insert(version)?;
        let record = std::slice::from_ref(change);
        self.audit.append_audit(record).await.map(drop)
    }
}

impl Memory {
    fn insert(&self, version: &PolicyVersion) -> Result<(), StorageError> {
        let mut versions = self.versions.lock().unwrap();
        let number = version.change.version;
        let same =
            |v: &PolicyVersion| v.community == version.community && v.change.version == number;
        if versions.iter().any(same) {
            return Err(StorageError::Conflict);
        }
        versions.push(version.clone());
        Ok(())
    }
}

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(1_772_366_400_000)
    }
}

impl Entropy for Fixed {
    fn uuid(&self) -> Uuid {
        Uuid::from_u128(7)
    }

    fn secret(&self) -> [u8; 32] {
        [7; 32]
    }
}

pub(crate) struct World {
    pub(crate) store: Arc<Memory>,
    pub(crate) access: Arc<Access>,
    pub(crate) policies: Policies,
    pub(crate) audit: Arc<MemoryAudit>,
}

impl World {
    pub(crate) async fn new() -> Self {
        let audit = Arc::new(MemoryAudit::default());
        let trail = audit.trail(Arc::new(Fixed)).await;
        let store = Arc::new(Memory {
            audit: audit.clone(),
            ..Memory::default()
        });
        let language = Arc::new(Cedar::new());
        let access = Arc::new(Access::new(store.clone(), language.clone()));
        let policies = Policies::new(
            access.clone(),
            store.clone(),
            language,
            Arc::new(Fixed),
            Arc::new(Fixed),
            trail,
        );
        Self {
            store,
            access,
            policies,
            audit,
        }
    }

    /// Puts the shipped policies and `more`.
    pub(crate) async fn add(&self, more: &str) {
        let admin = caller(Role::Admin, "ada");
        let now = self.policies.current(&admin).await.unwrap();
        let text = format!("{}\n{more}", skillgate_policy::SHIPPED);
        self.policies.put(&admin, text, now.version).await.unwrap();
    }
}

pub(crate) fn home() -> CommunityId {
    CommunityId::parse("home").unwrap()
}

pub(crate) fn caller(role: Role, user: &str) -> Principal {
    Principal {
        community: home(),
        user: UserId::parse(user).unwrap(),
        agent: (role == Role::Agent).then(|| AgentId::parse("bot").unwrap()),
        role,
        scope: TokenScope::FULL,
        token: None,
        foreign: None,
        origin: Origin {
            door: Door::Cli,
            address: None,
            request: RequestId::parse("r").unwrap(),
        },
    }
}

pub(crate) fn subject(role: Role, user: &str) -> Subject {
    Subject::of(&caller(role, user))
}

pub(crate) fn skill() -> SkillName {
    SkillName::parse("crm").unwrap()
}

pub(crate) fn tool() -> ToolName {
    ToolName::parse("create_lead").unwrap()
}

pub(crate) fn of_home(kind: ResourceKind) -> Resource {
    Resource::of(&home(), kind)
}

/// One resource of each kind, with the name of its type.
pub(crate) fn resources() -> Vec<(&'static str, Resource)> {
    let mut all = vec![
        ("community", ResourceKind::Community),
        ("skill", ResourceKind::Skill(skill())),
        ("tool", ResourceKind::Tool(skill(), tool())),
        (
            "module",
            ResourceKind::Module {
                id: SubmissionId::new(Uuid::nil()),
                skill: skill(),
                publisher: "acme".to_owned(),
            },
        ),
        (
            "token",
            ResourceKind::Token {
                id: TokenId::new(Uuid::nil()),
                user: UserId::parse("mia").unwrap(),
                role: Role::Member,
            },
        ),
        ("policy", ResourceKind::Policies),
        ("audit-log", ResourceKind::AuditLog),
        ("team", ResourceKind::Team(TeamId::new(Uuid::nil()))),
    ];
    all.extend(ObjectKind::ALL.map(|object| (object.name(), records(object))));
    all.into_iter()
        .map(|(name, kind)| (name, of_home(kind)))
        .collect()
}

pub(crate) fn records(object: ObjectKind) -> ResourceKind {
    ResourceKind::Records {
        object,
        skill: skill(),
        tool: tool(),
    }
}
