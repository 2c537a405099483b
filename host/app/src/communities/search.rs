//! Finding communities by what is typed of their names.
//!
//! All names are kept in memory, folded, and every search begins with a look at which changed since: what any host
//! registered is found at once, and both databases find the same.

use super::names::Rank;
use super::{Communities, CommunityError, known};
use crate::ports::{PAGE_MAX, StorageError};
use skillgate_domain::community::{Community, folded};
use skillgate_domain::partnership::Status;
use skillgate_domain::principal::{Action, Principal};
use std::collections::BTreeMap;

/// Most communities on a page.
pub const SEARCH_PAGE: usize = 20;
/// Fewest characters that are searched for.
pub const QUERY_CHARS_MIN: usize = 2;
/// Most characters that are searched for.
pub const QUERY_CHARS_MAX: usize = 100;
/// Of how many it is asked first where they stand with the caller's own. Each time that these were too few, twice as many.
const ASKED_FIRST: usize = 2 * SEARCH_PAGE;

/// What an admin searches for.
#[derive(Debug, Clone)]
pub struct Search<'a> {
    /// What was typed.
    pub query: &'a str,
    /// Whether those are left out with which there is a partnership, or an invitation that waits.
    pub exclude_existing: bool,
    /// Where the page begins: behind this one.
    pub after: Option<Rank>,
}

/// A community that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The community.
    pub community: Community,
    /// Whether the two are partners, suspended ones included.
    pub is_partner: bool,
    /// Whether one has invited the other and nobody has answered.
    pub has_pending_invite: bool,
}

/// Some communities, the best first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundPage {
    /// At most [`SEARCH_PAGE`].
    pub communities: Vec<Found>,
    /// Where the next page begins, if there is one.
    pub next: Option<Rank>,
}

impl Communities {
    /// Finds communities that the caller's own could invite, by what is typed of their names.
    pub async fn search(
        &self,
        caller: &Principal,
        search: Search<'_>,
    ) -> Result<FoundPage, CommunityError> {
        let done = self.search_if_allowed(caller, search).await;
        self.recorded(caller, Action::SearchCommunities, done).await
    }

    async fn search_if_allowed(
        &self,
        caller: &Principal,
        search: Search<'_>,
    ) -> Result<FoundPage, CommunityError> {
        self.permit(caller, Action::SearchCommunities).await?;
        let query = folded(search.query);
        if !(QUERY_CHARS_MIN..=QUERY_CHARS_MAX).contains(&query.chars().count()) {
            let rule = format!("q must have {QUERY_CHARS_MIN} to {QUERY_CHARS_MAX} characters");
            return Err(CommunityError::Invalid(rule));
        }
        self.read_on().await?;
        let (page, more) = self.page(caller, &query, &search).await?;
        let ids = page.iter().map(|(rank, _)| &rank.community);
        let mut known = known(&*self.store, ids).await?;
        let communities = page.iter().filter_map(|(rank, status)| {
            Some(Found {
                community: known.remove(&rank.community)?,
                is_partner: matches!(status, Some(Status::Accepted | Status::Suspended)),
                has_pending_invite: *status == Some(Status::Pending),
            })
        });
        Ok(FoundPage {
            communities: communities.collect(),
            next: page.last().filter(|_| more).map(|(rank, _)| rank.clone()),
        })
    }

    /// Finds the best of what fits and is wanted, with where they stand, and tells whether there is more.
    async fn page(
        &self,
        caller: &Principal,
        query: &str,
        search: &Search<'_>,
    ) -> Result<(Vec<(Rank, Option<Status>)>, bool), StorageError> {
        let own = &caller.community;
        let mut hits = self.names.fitting(query, search.after.as_ref());
        let (mut page, mut count) = (Vec::new(), ASKED_FIRST);
        while page.len() <= SEARCH_PAGE {
            let best = self.names.best(&mut hits, count);
            count = (PAGE_MAX as usize).min(2 * count);
            if best.is_empty() {
                break;
            }
            let ids: Vec<_> = best.iter().map(|rank| &rank.community).collect();
            let live = self.partnerships.live_partners(own, &ids).await?;
            let live: BTreeMap<_, _> = live.into_iter().collect();
            let others = best.into_iter().filter(|rank| rank.community != *own);
            let stand = others.map(|rank| {
                let status = live.get(&rank.community).copied();
                (rank, status)
            });
            page.extend(stand.filter(|(_, status)| !search.exclude_existing || status.is_none()));
        }
        let more = page.len() > SEARCH_PAGE;
        page.truncate(SEARCH_PAGE);
        Ok((page, more))
    }

    /// Reads what has changed since the last look.
    async fn read_on(&self) -> Result<(), StorageError> {
        loop {
            let changed = self.store.changed_communities(self.names.up_to()).await?;
            if changed.is_empty() {
                return Ok(());
            }
            self.names.put(changed);
        }
    }
}
