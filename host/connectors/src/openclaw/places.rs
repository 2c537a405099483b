use skillgate_domain::ids::CommunityId;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Most turns at once.
pub const PLANS_MAX: usize = 8;
/// Most turns at once for one community, so that it leaves something to the others.
pub const PLANS_PER_COMMUNITY_MAX: usize = 4;

/// Turns that run. Nobody waits for one: a turn is longer than most callers have time.
#[derive(Debug, Default)]
pub(super) struct Places {
    taken: Mutex<HashMap<CommunityId, usize>>,
}

impl Places {
    pub(super) fn take(&self, community: &CommunityId) -> Option<Place<'_>> {
        let mut taken = self.lock();
        let own = taken.get(community).copied().unwrap_or_default();
        if own >= PLANS_PER_COMMUNITY_MAX || taken.values().sum::<usize>() >= PLANS_MAX {
            return None;
        }
        taken.insert(community.clone(), own + 1);
        Some(Place {
            places: self,
            community: community.clone(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<CommunityId, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A turn that runs, until it is dropped.
#[derive(Debug)]
pub(super) struct Place<'a> {
    places: &'a Places,
    community: CommunityId,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        let own = taken.remove(&self.community).unwrap_or_default();
        if own > 1 {
            taken.insert(self.community.clone(), own - 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_community_and_all_together_are_bounded() {
        let places = Places::default();
        let take = |name: &str| places.take(&CommunityId::parse(name).unwrap());
        let loud: Vec<_> = (0..=PLANS_PER_COMMUNITY_MAX)
            .map(|_| take("loud"))
            .collect();
        assert!(loud[PLANS_PER_COMMUNITY_MAX - 1].is_some());
        assert!(loud[PLANS_PER_COMMUNITY_MAX].is_none());
        let free = PLANS_MAX - PLANS_PER_COMMUNITY_MAX;
        let others: Vec<_> = (0..=free).map(|nth| take(&nth.to_string())).collect();
        assert!(others[free - 1].is_some());
        assert!(others[free].is_none());
        drop(loud);
        assert!(take("late").is_some());
        drop(others);
        assert!(places.lock().is_empty(), "nothing is kept");
    }
}
