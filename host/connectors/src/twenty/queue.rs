//! One budget for the whole workspace, shared fairly by the communities that wait for it.

use super::bucket::Bucket;
use super::config::RequestBudget;
use skillgate_app::ports::{CrmError, UnavailableCause};
use skillgate_domain::ids::CommunityId;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// Most requests of one community that wait.
pub const WAITING_PER_COMMUNITY_MAX: usize = 32;
/// Most requests that wait in all.
pub const WAITING_MAX: usize = 256;
/// Longest wait for a turn. Who would wait longer is told when to come back.
pub const TURN_WAIT_MAX: Duration = Duration::from_secs(10);

/// Gives turns to communities in rotation, each community's own requests in order.
#[derive(Debug)]
pub(super) struct Turns {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    bucket: Bucket,
    /// Communities that wait, the next one first.
    rotation: VecDeque<CommunityId>,
    lines: HashMap<CommunityId, VecDeque<Arc<Notify>>>,
    waiting: usize,
}

impl Turns {
    pub(super) fn new(budget: RequestBudget) -> Self {
        Self {
            state: Mutex::new(State {
                bucket: Bucket::new(budget, Instant::now()),
                rotation: VecDeque::new(),
                lines: HashMap::new(),
                waiting: 0,
            }),
        }
    }

    /// Waits for `cost` requests' worth of the budget. Dropping the future gives the place up.
    pub(super) async fn take(&self, community: &CommunityId, cost: u32) -> Result<(), CrmError> {
        let mut place = Place {
            turns: self,
            community,
            woken: self.lock().join(community)?,
            left: false,
        };
        let deadline = Instant::now() + TURN_WAIT_MAX;
        loop {
            let step = self.lock().step(community, &place.woken, cost);
            match step {
                Step::Taken => {
                    place.left = true;
                    return Ok(());
                }
                Step::NotYet(at) if at > deadline => {
                    return Err(CrmError::RateLimited {
                        after: at.duration_since(Instant::now()),
                    });
                }
                Step::NotYet(at) => tokio::time::sleep_until(at).await,
                Step::NotNext => {
                    let woken = place.woken.notified();
                    if tokio::time::timeout_at(deadline, woken).await.is_err() {
                        let after = TURN_WAIT_MAX;
                        return Err(CrmError::RateLimited { after });
                    }
                }
            }
        }
    }

    /// Tells whether nobody waits, and at least this share of the budget is left, in percent.
    pub(super) fn has_spare(&self, percent: u32) -> bool {
        let state = self.lock();
        state.waiting == 0 && state.bucket.has_left(percent, Instant::now())
    }

    /// Returns how many requests wait.
    pub(super) fn waiting(&self) -> usize {
        self.lock().waiting
    }

    /// Tells the bucket what the server said.
    pub(super) fn refused(&self, after: Option<Duration>) -> Duration {
        self.lock().bucket.refused(after, Instant::now())
    }

    /// Tells the bucket that a request went through.
    pub(super) fn accepted(&self, remaining: Option<u32>) {
        self.lock().bucket.accepted(remaining);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Step {
    Taken,
    NotYet(Instant),
    NotNext,
}

impl State {
    fn join(&mut self, community: &CommunityId) -> Result<Arc<Notify>, CrmError> {
        let line = self.lines.entry(community.clone()).or_default();
        if line.len() >= WAITING_PER_COMMUNITY_MAX || self.waiting >= WAITING_MAX {
            if line.is_empty() {
                self.lines.remove(community);
            }
            return Err(CrmError::Unavailable(UnavailableCause::QueueFull));
        }
        if line.is_empty() {
            self.rotation.push_back(community.clone());
        }
        let woken = Arc::new(Notify::new());
        line.push_back(Arc::clone(&woken));
        self.waiting += 1;
        Ok(woken)
    }

    fn step(&mut self, community: &CommunityId, me: &Arc<Notify>, cost: u32) -> Step {
        if !self.next().is_some_and(|next| Arc::ptr_eq(next, me)) {
            return Step::NotNext;
        }
        if let Err(at) = self.bucket.take(cost, Instant::now()) {
            return Step::NotYet(at);
        }
        self.leave(community, me);
        Step::Taken
    }

    fn next(&self) -> Option<&Arc<Notify>> {
        self.lines.get(self.rotation.front()?)?.front()
    }

    /// Takes a request out of its line. A community whose turn is over goes to the end of the rotation.
    fn leave(&mut self, community: &CommunityId, me: &Arc<Notify>) {
        let Some(line) = self.lines.get_mut(community) else {
            return;
        };
        let was_first = line.front().is_some_and(|first| Arc::ptr_eq(first, me));
        line.retain(|other| !Arc::ptr_eq(other, me));
        self.waiting -= 1;
        if line.is_empty() {
            self.lines.remove(community);
            self.rotation.retain(|other| other != community);
        } else if was_first && self.rotation.front() == Some(community) {
            self.rotation.rotate_left(1);
        }
        if let Some(next) = self.next() {
            next.notify_one();
        }
    }
}

/// A place in a line, given up when dropped.
struct Place<'a> {
    turns: &'a Turns,
    community: &'a CommunityId,
    woken: Arc<Notify>,
    left: bool,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if !self.left {
            self.turns.lock().leave(self.community, &self.woken);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::future::join_all;
    use std::sync::Mutex;

    fn community(name: &str) -> CommunityId {
        CommunityId::parse(name).unwrap()
    }

    fn small() -> Turns {
        Turns::new(RequestBudget {
            requests: 1,
            window: Duration::from_millis(100),
        })
    }

    #[tokio::test(start_paused = true)]
    async fn communities_take_turns() {
        let turns = small();
        let order = Mutex::new(String::new());
        let line = "aaaabbc".chars().map(|name| {
            let (turns, order) = (&turns, &order);
            async move {
                turns.take(&community(&name.to_string()), 1).await.unwrap();
                order.lock().unwrap().push(name);
            }
        });
        join_all(line).await;
        // The first finds the bucket full; from then on they queue.
        assert_eq!(*order.lock().unwrap(), "aabcaba");
    }

    #[tokio::test(start_paused = true)]
    async fn a_line_is_bounded_and_a_full_one_stops_nobody_else() {
        let turns = Turns::new(RequestBudget {
            requests: 1,
            window: Duration::from_secs(1),
        });
        let (loud, quiet) = (community("loud"), community("quiet"));
        turns.take(&loud, 1).await.unwrap();
        let waiting = join_all((0..=WAITING_PER_COMMUNITY_MAX).map(|_| turns.take(&loud, 1)));
        let (answers, other) = tokio::join!(waiting, turns.take(&quiet, 1));
        let full = Err(CrmError::Unavailable(UnavailableCause::QueueFull));
        assert_eq!(answers.iter().filter(|answer| **answer == full).count(), 1);
        assert_eq!(answers.last(), Some(&full));
        assert_eq!(other, Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn all_lines_together_are_bounded() {
        let turns = small();
        turns.take(&community("x"), 1).await.unwrap();
        let names: Vec<_> = (0..=WAITING_MAX)
            .map(|i| community(&i.to_string()))
            .collect();
        let answers = join_all(names.iter().map(|name| turns.take(name, 1))).await;
        let full = Err(CrmError::Unavailable(UnavailableCause::QueueFull));
        assert_eq!(answers.iter().filter(|answer| **answer == full).count(), 1);
        assert_eq!(turns.lock().waiting, 0);
        assert!(turns.lock().lines.is_empty() && turns.lock().rotation.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn who_would_wait_too_long_is_told_when_to_come_back() {
        let turns = small();
        turns.refused(Some(Duration::from_secs(45)));
        let answer = turns.take(&community("a"), 1).await;
        let after = Duration::from_secs(45);
        assert_eq!(answer, Err(CrmError::RateLimited { after }));
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_up_makes_room_for_the_next() {
        let turns = small();
        let (a, b) = (community("a"), community("b"));
        turns.take(&a, 1).await.unwrap();
        let impatient = tokio::time::timeout(Duration::from_millis(10), turns.take(&a, 1));
        let (gone, there) = tokio::join!(impatient, turns.take(&b, 1));
        assert!(gone.is_err());
        assert_eq!(there, Ok(()));
    }
}
