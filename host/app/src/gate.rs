//! How many runs there may be at once: for each skill of a community, and over all.
//!
//! A run waits a short while in a bounded queue, then is told when to come back. The queue stands in
//! front of the sandbox's pool, which has room for every run that is let through.

use skillgate_domain::ids::{CommunityId, SkillName};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Numbers of runs and of waiting calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GateLimits {
    /// Runs at once over all. The sandbox's pool must have as many places.
    pub runs_max: usize,
    /// Runs at once of one skill in one community.
    pub runs_per_skill_max: usize,
    /// Calls that wait over all, beyond those that run.
    pub waiting_max: usize,
    /// Calls that wait for one skill in one community.
    pub waiting_per_skill_max: usize,
    /// How long a call waits.
    pub wait_max: Duration,
}

impl GateLimits {
    /// What a host starts with.
    pub const DEFAULT: Self = Self {
        runs_max: 64,
        runs_per_skill_max: 4,
        waiting_max: 256,
        waiting_per_skill_max: 64,
        wait_max: Duration::from_secs(1),
    };
}

/// When a call that found no place may come back.
pub const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Who is busy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Busy {
    /// This skill, for this community: the caller's own doing.
    #[error("too many calls of this skill are running; try again in a second")]
    Skill,
    /// The host.
    #[error("the host is busy; try again in a second")]
    Host,
}

/// How much a gate has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Runs.
    pub runs: usize,
    /// Calls that wait.
    pub waiting: usize,
}

/// A place. Given back when dropped, however the run ends.
#[derive(Debug)]
pub struct Place {
    _skill: OwnedSemaphorePermit,
    _overall: OwnedSemaphorePermit,
}

type Lanes = HashMap<(CommunityId, SkillName), Arc<Lane>>;

/// Lets runs through.
#[derive(Debug)]
pub struct Gate {
    limits: GateLimits,
    overall: Arc<Lane>,
    lanes: Mutex<Lanes>,
}

/// Places to run in, and chairs to wait on.
#[derive(Debug)]
struct Lane {
    chairs: Semaphore,
    places: Arc<Semaphore>,
}

impl Lane {
    fn new(runs: usize, waiting: usize) -> Arc<Self> {
        Arc::new(Self {
            chairs: Semaphore::new(waiting),
            places: Arc::new(Semaphore::new(runs)),
        })
    }

    async fn enter(&self, wait_max: Duration) -> Option<OwnedSemaphorePermit> {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            return Some(place);
        }
        let _chair = self.chairs.try_acquire().ok()?;
        let place = Arc::clone(&self.places).acquire_owned();
        tokio::time::timeout(wait_max, place).await.ok()?.ok()
    }
}

impl Gate {
    /// Makes a gate.
    pub fn new(limits: GateLimits) -> Self {
        let overall = Lane::new(limits.runs_max, limits.waiting_max);
        Self {
            limits,
            overall,
            lanes: Mutex::default(),
        }
    }

    /// Waits for a place.
    pub async fn enter(&self, community: &CommunityId, skill: &SkillName) -> Result<Place, Busy> {
        let lane = self.lane(community, skill);
        let skill = lane.enter(self.limits.wait_max).await.ok_or(Busy::Skill)?;
        let overall = self
            .overall
            .enter(self.limits.wait_max)
            .await
            .ok_or(Busy::Host)?;
        Ok(Place {
            _skill: skill,
            _overall: overall,
        })
    }

    /// Returns how many runs there are, and how many calls wait.
    pub fn load(&self) -> Load {
        let limits = &self.limits;
        let lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let per_skill = lanes
            .values()
            .map(|lane| lane.waiting(limits.waiting_per_skill_max));
        Load {
            runs: limits
                .runs_max
                .saturating_sub(self.overall.places.available_permits()),
            waiting: per_skill.sum::<usize>() + self.overall.waiting(limits.waiting_max),
        }
    }

    fn lane(&self, community: &CommunityId, skill: &SkillName) -> Arc<Lane> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if lanes.len() > self.limits.runs_max + self.limits.waiting_max {
            // A lane in use is held by its runs and waiters too.
            lanes.retain(|_, lane| !lane.is_idle(self.limits.runs_per_skill_max));
        }
        let key = (community.clone(), skill.clone());
        let make = || {
            Lane::new(
                self.limits.runs_per_skill_max,
                self.limits.waiting_per_skill_max,
            )
        };
        Arc::clone(lanes.entry(key).or_insert_with(make))
    }
}

impl Lane {
    fn waiting(&self, chairs: usize) -> usize {
        chairs.saturating_sub(self.chairs.available_permits())
    }

    fn is_idle(self: &Arc<Self>, runs: usize) -> bool {
        Arc::strong_count(self) == 1 && self.places.available_permits() == runs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: GateLimits = GateLimits {
        runs_max: 3,
        runs_per_skill_max: 2,
        waiting_max: 1,
        waiting_per_skill_max: 1,
        wait_max: Duration::from_secs(1),
    };

    fn community(name: &str) -> CommunityId {
        CommunityId::parse(name).unwrap()
    }

    fn skill() -> SkillName {
        SkillName::parse("crm").unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_skill_does_not_fill_the_host() {
        let gate = Gate::new(LIMITS);
        let (a, b) = (community("a"), community("b"));
        let _one = gate.enter(&a, &skill()).await.unwrap();
        let two = gate.enter(&a, &skill()).await.unwrap();
        assert_eq!(gate.enter(&a, &skill()).await.unwrap_err(), Busy::Skill);
        let _neighbour = gate.enter(&b, &skill()).await.unwrap();
        assert_eq!(gate.enter(&b, &skill()).await.unwrap_err(), Busy::Host);
        drop(two);
        gate.enter(&a, &skill()).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_waiting_call_gets_the_place_that_is_given_back() {
        let gate = Gate::new(LIMITS);
        let (a, crm) = (community("a"), skill());
        let one = gate.enter(&a, &skill()).await.unwrap();
        let _two = gate.enter(&a, &skill()).await.unwrap();
        let (third, fourth, ()) = tokio::join!(
            gate.enter(&a, &crm),
            gate.enter(&a, &crm), // the queue has one place
            async { drop(one) },
        );
        assert!(third.is_ok());
        assert_eq!(fourth.unwrap_err(), Busy::Skill);
    }

    #[tokio::test(start_paused = true)]
    async fn the_load_tells_who_runs_and_who_waits() {
        let gate = Gate::new(LIMITS);
        let (a, crm) = (community("a"), skill());
        let one = gate.enter(&a, &crm).await.unwrap();
        let _two = gate.enter(&a, &crm).await.unwrap();
        assert_eq!(
            gate.load(),
            Load {
                runs: 2,
                waiting: 0
            }
        );
        let (_third, ()) = tokio::join!(gate.enter(&a, &crm), async {
            assert_eq!(
                gate.load(),
                Load {
                    runs: 2,
                    waiting: 1
                }
            );
            drop(one);
        });
        assert_eq!(
            gate.load(),
            Load {
                runs: 2,
                waiting: 0
            }
        );
    }

    #[tokio::test(start_paused = true)]
    async fn lanes_do_not_pile_up() {
        let gate = Gate::new(LIMITS);
        for n in 0..1_000 {
            drop(
                gate.enter(&community(&format!("c{n}")), &skill())
                    .await
                    .unwrap(),
            );
        }
        assert!(gate.lanes.lock().unwrap().len() <= LIMITS.runs_max + LIMITS.waiting_max + 1);
    }
}
