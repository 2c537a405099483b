//! How much may be written in an hour: by one skill in one community, and by all skills of a community
//! together. What a call may write is the grant's; this bounds what many calls do.
//!
//! The audit trail is the count: every write has its intent there before it leaves. It is counted anew
//! once a minute, and what this host lets through meanwhile is added, so that a restart forgets nothing
//! and several hosts on one database see each other's writes a minute later at most.

use crate::ports::{AuditStore, Clock, StorageError};
use crate::run::Budget;
use skillgate_domain::ids::{CommunityId, SkillName};
use skillgate_domain::time::Timestamp;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What is counted: the writes of this span.
pub const WINDOW: Duration = Duration::from_hours(1);
/// How often the trail is counted anew.
pub const RECOUNT_EVERY: Duration = Duration::from_mins(1);
/// Most communities whose counts are kept at hand.
const COMMUNITIES_MAX: usize = 4_096;

/// How many writes an hour has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriteLimits {
    /// Of one skill in one community.
    pub skill_per_hour: u32,
    /// Of a community.
    pub community_per_hour: u32,
}

impl WriteLimits {
    /// What holds where nothing is configured: a busy team's day in one hour.
    pub const DEFAULT: Self = Self {
        skill_per_hour: 5_000,
        community_per_hour: 20_000,
    };
}

/// Why a write must wait.
#[derive(Debug, thiserror::Error)]
pub enum WriteRefusal {
    /// The hour's writes are used up.
    #[error("{}", .0.name())]
    UsedUp(Budget),
    /// Nobody could count.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// The writes of a community.
#[derive(Debug)]
struct Counts {
    counted_at: Timestamp,
    by_skill: HashMap<SkillName, u32>,
}

impl Counts {
    /// Takes one write, if there is one left.
    fn take(&mut self, skill: &SkillName, limits: WriteLimits) -> Result<(), Budget> {
        let all = self
            .by_skill
            .values()
            .fold(0, |sum: u32, n| sum.saturating_add(*n));
        if all >= limits.community_per_hour {
            return Err(Budget::CommunityWrites);
        }
        let own = self.by_skill.entry(skill.clone()).or_default();
        if *own >= limits.skill_per_hour {
            return Err(Budget::SkillWrites);
        }
        *own += 1;
        Ok(())
    }
}

/// Counts writes.
pub struct WriteBudgets {
    store: Arc<dyn AuditStore>,
    clock: Arc<dyn Clock>,
    limits: WriteLimits,
    counts: Mutex<HashMap<CommunityId, Counts>>,
}

impl WriteBudgets {
    /// Counts in `store`.
    pub fn new(store: Arc<dyn AuditStore>, clock: Arc<dyn Clock>, limits: WriteLimits) -> Self {
        Self {
            store,
            clock,
            limits,
            counts: Mutex::default(),
        }
    }

    /// Takes one write of this hour's, if there is one left.
    pub async fn take(
        &self,
        community: &CommunityId,
        skill: &SkillName,
    ) -> Result<(), WriteRefusal> {
        let now = self.clock.now();
        if !self.is_counted(community, now) {
            let window = i64::try_from(WINDOW.as_millis()).unwrap_or(i64::MAX);
            let since = now.plus_ms(-window);
            let counted = self.store.writes_since(community, since).await?;
            let counts = Counts {
                counted_at: now,
                by_skill: counted.into_iter().collect(),
            };
            self.keep(community, counts);
        }
        match self.lock().get_mut(community) {
            Some(counts) => counts
                .take(skill, self.limits)
                .map_err(WriteRefusal::UsedUp),
            // Many others pushed it out in the meantime; the next minute counts this write.
            None => Ok(()),
        }
    }

    fn is_counted(&self, community: &CommunityId, now: Timestamp) -> bool {
        let counts = self.lock();
        let at = counts.get(community).map(|counts| counts.counted_at);
        at.is_some_and(|at| now < at.plus(RECOUNT_EVERY))
    }

    fn keep(&self, community: &CommunityId, counts: Counts) {
        let mut all = self.lock();
        if all.len() >= COMMUNITIES_MAX && !all.contains_key(community) {
            all.clear();
        }
        all.insert(community.clone(), counts);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<CommunityId, Counts>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::{AuditFilter, AuditRecord, AuditRow, Checkpoint, PendingWrite, TreeHead};
    use async_trait::async_trait;
    use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

    /// Writes at their times, of the skill named.
    #[derive(Default)]
    struct Trail {
        writes: Mutex<Vec<(i64, &'static str)>>,
        now: AtomicI64,
        broken: AtomicBool,
    }

    impl Clock for Trail {
        fn now(&self) -> Timestamp {
            Timestamp::from_unix_ms(self.now.load(Ordering::SeqCst))
        }
    }

    fn absent<T>() -> Result<T, StorageError> {
        Err(StorageError::Corrupt("not of this test".to_owned()))
    }

    #[async_trait]
    impl AuditStore for Trail {
        async fn append_audit(&self, _: &[AuditRecord]) -> Result<TreeHead, StorageError> {
            absent()
        }

        async fn audit_head(&self) -> Result<TreeHead, StorageError> {
            absent()
        }

        async fn audit_from(&self, _: u64) -> Result<Vec<AuditRow>, StorageError> {
            absent()
        }

        async fn audit_page(
            &self,
            _: &CommunityId,
            _: &AuditFilter,
            _: u32,
        ) -> Result<Vec<AuditRow>, StorageError> {
            absent()
        }

        async fn insert_checkpoint(&self, _: &Checkpoint) -> Result<(), StorageError> {
            absent()
        }

        async fn last_checkpoint(&self) -> Result<Option<Checkpoint>, StorageError> {
            absent()
        }

        async fn checkpoints_after(&self, _: u64) -> Result<Vec<Checkpoint>, StorageError> {
            absent()
        }

        async fn writes_since(
            &self,
            _: &CommunityId,
            since: Timestamp,
        ) -> Result<Vec<(SkillName, u32)>, StorageError> {
            if self.broken.load(Ordering::SeqCst) {
                return absent();
            }
            let mut counts: HashMap<SkillName, u32> = HashMap::new();
            for (at, name) in self.writes.lock().unwrap().iter() {
                if *at >= since.unix_ms() {
                    *counts.entry(skill(name)).or_default() += 1;
                }
            }
            Ok(counts.into_iter().collect())
        }

        async fn overdue_writes(&self, _: Timestamp) -> Result<Vec<PendingWrite>, StorageError> {
            absent()
        }
    }

    fn skill(name: &str) -> SkillName {
        SkillName::parse(name).unwrap()
    }

    struct World {
        trail: Arc<Trail>,
        budgets: WriteBudgets,
    }

    impl World {
        fn new() -> Self {
            let trail = Arc::new(Trail::default());
            trail.now.store(1_000_000_000, Ordering::SeqCst);
            Self {
                budgets: Self::started(&trail),
                trail,
            }
        }

        fn started(trail: &Arc<Trail>) -> WriteBudgets {
            let limits = WriteLimits {
                skill_per_hour: 3,
                community_per_hour: 5,
            };
            WriteBudgets::new(trail.clone(), trail.clone(), limits)
        }

        fn wait(&self, span: Duration) {
            let ms = i64::try_from(span.as_millis()).unwrap();
            self.trail.now.fetch_add(ms, Ordering::SeqCst);
        }

        /// Takes a write, which is recorded if there was one left.
        async fn write(&self, name: &'static str) -> Result<(), Budget> {
            let red = CommunityId::parse("red").unwrap();
            match self.budgets.take(&red, &skill(name)).await {
                Ok(()) => {
                    let now = self.trail.now.load(Ordering::SeqCst);
                    self.trail.writes.lock().unwrap().push((now, name));
                    Ok(())
                }
                Err(WriteRefusal::UsedUp(budget)) => Err(budget),
                Err(other) => panic!("{other}"),
            }
        }
    }

    #[tokio::test]
    async fn an_hour_has_so_many_writes() {
        let mut world = World::new();
        for _ in 0..3 {
            assert_eq!(world.write("crm").await, Ok(()));
        }
        assert_eq!(world.write("crm").await, Err(Budget::SkillWrites));
        for _ in 0..2 {
            assert_eq!(world.write("tez").await, Ok(()));
        }
        assert_eq!(world.write("tez").await, Err(Budget::CommunityWrites));
        // A host that starts again has forgotten nothing.
        world.budgets = World::started(&world.trail);
        assert_eq!(world.write("tez").await, Err(Budget::CommunityWrites));
        world.wait(WINDOW);
        assert_eq!(
            world.write("tez").await,
            Err(Budget::CommunityWrites),
            "to the hour"
        );
        world.wait(RECOUNT_EVERY);
        assert_eq!(world.write("crm").await, Ok(()));
    }

    #[tokio::test]
    async fn what_another_host_lets_through_counts_a_minute_later() {
        let world = World::new();
        assert_eq!(world.write("crm").await, Ok(()));
        let now = world.trail.now.load(Ordering::SeqCst);
        let others = [(now, "crm"), (now, "crm")];
        world.trail.writes.lock().unwrap().extend(others);
        world.wait(RECOUNT_EVERY);
        assert_eq!(world.write("crm").await, Err(Budget::SkillWrites));
    }

    #[tokio::test]
    async fn where_nobody_can_count_nothing_is_written() {
        let world = World::new();
        world.trail.broken.store(true, Ordering::SeqCst);
        let red = CommunityId::parse("red").unwrap();
        let refused = world.budgets.take(&red, &skill("crm")).await;
        assert!(matches!(refused, Err(WriteRefusal::Storage(_))));
        world.trail.broken.store(false, Ordering::SeqCst);
        assert_eq!(world.write("crm").await, Ok(()));
    }
}
