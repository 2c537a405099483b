//! Finding communities by what is typed of their names.
//!
//! All names are kept in memory, folded, and every search begins with a look at which changed since: what any host
//! registered is found at once, and both databases find the same.

use super::{Communities, CommunityError, known};
use crate::ports::StorageError;
use frizbee::{CaseMatching, Config, Matcher, Pattern};
use skillgate_domain::community::{Community, folded};
use skillgate_domain::ids::CommunityId;
use skillgate_domain::partnership::Status;
use skillgate_domain::principal::{Action, Principal};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::{PoisonError, RwLock};

/// Most communities on a page.
pub const SEARCH_PAGE: usize = 20;
/// Fewest characters that are searched for.
pub const QUERY_CHARS_MIN: usize = 2;
/// Most characters that are searched for.
pub const QUERY_CHARS_MAX: usize = 100;
/// How well a name must fit, in hundredths of what the words themselves would.
const FIT_MIN: u32 = 60;

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

/// Where a community stands among those that were found: the best first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    /// How it was found: by its whole short id, by how a name begins, or otherwise.
    how: How,
    /// How well it fits.
    score: Reverse<u16>,
    community: CommunityId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum How {
    ShortId,
    Begins,
    Fits,
}

impl How {
    const ALL: [Self; 3] = [Self::ShortId, Self::Begins, Self::Fits];
}

impl Rank {
    /// Writes it as a cursor.
    pub fn cursor(&self) -> String {
        format!("{}.{}.{}", self.how as u8, self.score.0, self.community)
    }

    /// Reads a cursor.
    pub fn parse(cursor: &str) -> Option<Self> {
        let mut parts = cursor.splitn(3, '.');
        let how: usize = parts.next()?.parse().ok()?;
        Some(Self {
            how: *How::ALL.get(how)?,
            score: Reverse(parts.next()?.parse().ok()?),
            community: CommunityId::parse(parts.next()?).ok()?,
        })
    }
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

/// All names, as they are searched.
#[derive(Default)]
pub(super) struct Names(RwLock<Read>);

#[derive(Default)]
struct Read {
    /// The number of the last change that is in here.
    up_to: u64,
    places: HashMap<CommunityId, usize>,
    communities: Vec<Named>,
    /// Name and short id of each, folded.
    texts: Vec<String>,
}

struct Named {
    id: CommunityId,
    short_id: String,
}

impl Read {
    fn put(&mut self, number: u64, community: &Community) {
        self.up_to = self.up_to.max(number);
        let short_id = community.short_id.to_string();
        let text = format!("{} {short_id}", folded(community.name.as_str()));
        let named = Named {
            id: community.id.clone(),
            short_id,
        };
        if let Some(place) = self.places.get(&community.id) {
            self.communities[*place] = named;
            self.texts[*place] = text;
        } else {
            let place = self.communities.len();
            self.places.insert(community.id.clone(), place);
            self.communities.push(named);
            self.texts.push(text);
        }
    }

    /// Finds the best of what fits and is wanted, and tells whether there is more.
    fn best(
        &self,
        query: &str,
        (after, is_wanted): (Option<&Rank>, impl Fn(&CommunityId) -> bool),
    ) -> (Vec<Rank>, bool) {
        let mut matcher = matcher(query);
        let whole = matcher.match_one(query, 0).map_or(0, |it| it.score);
        let fits = |score: u16| u32::from(score) * 100 >= u32::from(whole) * FIT_MIN;
        let after = after.map(|it| (it.how, it.score, &it.community));
        let found = matcher.match_list(&self.texts).into_iter();
        let ranked = found.filter(|it| fits(it.score)).filter_map(|it| {
            let place = usize::try_from(it.index).ok()?;
            let (named, text) = (self.communities.get(place)?, self.texts.get(place)?);
            let rank = (named.found_by(query, text), Reverse(it.score), &named.id);
            let is_behind = after.is_none_or(|after| rank > after);
            (is_behind && is_wanted(&named.id)).then_some(rank)
        });
        let mut ranked: Vec<_> = ranked.collect();
        let more = ranked.len() > SEARCH_PAGE;
        if more {
            ranked.select_nth_unstable(SEARCH_PAGE - 1);
            ranked.truncate(SEARCH_PAGE);
        }
        ranked.sort_unstable();
        let ranks = ranked.into_iter().map(|(how, score, community)| Rank {
            how,
            score,
            community: community.clone(),
        });
        (ranks.collect(), more)
    }
}

impl Named {
    fn found_by(&self, query: &str, text: &str) -> How {
        if self.short_id == query {
            How::ShortId
        } else if text.starts_with(query) || self.short_id.starts_with(query) {
            How::Begins
        } else {
            How::Fits
        }
    }
}

/// Makes what looks for each word of a query; longer words may have a slip or two.
fn matcher(query: &str) -> Matcher {
    let typos = |word: &str| match word.chars().count() {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    };
    let words = query.split_whitespace();
    let patterns: Vec<Pattern> = words
        .map(|word| Pattern::from(word).max_typos(Some(typos(word))))
        .collect();
    let config = Config::default().casing(CaseMatching::Ignore);
    Matcher::from_patterns(&patterns, &config)
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
        let excluded = if search.exclude_existing {
            self.live(&caller.community, None).await?
        } else {
            BTreeMap::new()
        };
        let is_wanted = |id: &CommunityId| *id != caller.community && !excluded.contains_key(id);
        let (ranks, more) = {
            let read = self.names.0.read().unwrap_or_else(PoisonError::into_inner);
            read.best(&query, (search.after.as_ref(), is_wanted))
        };
        let ids: Vec<_> = ranks.iter().map(|rank| &rank.community).collect();
        // Where those are left out with whom there is something, there is nothing with anybody on the page.
        let live = if search.exclude_existing {
            BTreeMap::new()
        } else {
            self.live(&caller.community, Some(&ids)).await?
        };
        let mut known = known(&*self.store, ids.iter().copied()).await?;
        let communities = ids.into_iter().filter_map(|id| {
            let status = live.get(id).copied();
            Some(Found {
                community: known.remove(id)?,
                is_partner: matches!(status, Some(Status::Accepted | Status::Suspended)),
                has_pending_invite: status == Some(Status::Pending),
            })
        });
        Ok(FoundPage {
            communities: communities.collect(),
            next: ranks.last().filter(|_| more).cloned(),
        })
    }

    async fn live(
        &self,
        community: &CommunityId,
        among: Option<&[&CommunityId]>,
    ) -> Result<BTreeMap<CommunityId, Status>, StorageError> {
        let live = self.partnerships.live_partners(community, among).await?;
        Ok(live.into_iter().collect())
    }

    /// Reads what has changed since the last look.
    async fn read_on(&self) -> Result<(), StorageError> {
        loop {
            let up_to = {
                let read = self.names.0.read().unwrap_or_else(PoisonError::into_inner);
                read.up_to
            };
            let changed = self.store.changed_communities(up_to).await?;
            if changed.is_empty() {
                return Ok(());
            }
            let mut read = self.names.0.write().unwrap_or_else(PoisonError::into_inner);
            for (number, community) in changed {
                // Somebody else may have read a later change of it meanwhile.
                if number > read.up_to {
                    read.put(number, &community);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use skillgate_domain::ids::ShortId;
    use skillgate_domain::tez::DisplayName;
    use skillgate_domain::time::Timestamp;

    fn found(names: &[(&str, &str)], query: &str) -> Vec<String> {
        let mut read = Read::default();
        for (number, (short_id, name)) in (1..).zip(names) {
            let at = Timestamp::from_unix_ms(0);
            let community = Community {
                id: CommunityId::parse(&format!("id-{short_id}")).unwrap(),
                name: DisplayName::parse(name).unwrap(),
                short_id: ShortId::parse(short_id).unwrap(),
                description: None,
                members: 0,
                version: 1,
                created_at: at,
                updated_at: at,
            };
            read.put(number, &community);
        }
        let (ranks, _) = read.best(&folded(query), (None, |_: &CommunityId| true));
        let ids = ranks.into_iter().map(|rank| rank.community.to_string());
        ids.collect()
    }

    #[test]
    fn communities_are_found_by_what_people_type() {
        let names = [
            ("nature", "Friends of the Earth"),
            ("nfb", "Nature Friends Berlin"),
            ("nfh", "Nature Friends Hamburg"),
            ("cafe", "Café Zürich"),
            ("chess", "Chess Club Leeds"),
            ("org", "地球の友"),
        ];
        for (query, expected) in [
            ("nature", &["id-nature", "id-nfb", "id-nfh"][..]),
            ("nature berlin", &["id-nfb"]),
            ("berlin nature", &["id-nfb"]),
            ("Natrue Frends", &["id-nature", "id-nfb", "id-nfh"]),
            ("Natrue Frends Belrin", &["id-nfb"]),
            ("hamb", &["id-nfh"]),
            ("CAFE ZURICH", &["id-cafe"]),
            ("zürich", &["id-cafe"]),
            ("chss", &["id-chess"]),
            ("地球", &["id-org"]),
            ("nf", &["id-nfb", "id-nfh"]),
            ("xyz", &[]),
            ("--", &[]),
            // No syntax: a sign is a letter like any other, and a slip at most.
            ("!nature", &["id-nfb", "id-nfh", "id-nature"]),
            ("^c", &[]),
        ] {
            assert_eq!(found(&names, query), expected, "{query}");
        }
    }

    #[test]
    fn what_is_renamed_is_found_by_its_new_name_only() {
        let names = [("one", "Chess Club"), ("one", "Sailing Club")];
        assert_eq!(found(&names, "chess"), Vec::<String>::new());
        assert_eq!(found(&names, "sailing"), ["id-one"]);
    }

    #[test]
    fn a_cursor_reads_back() {
        for how in How::ALL {
            let rank = Rank {
                how,
                score: Reverse(77),
                community: CommunityId::parse("a.b.c").unwrap(),
            };
            assert_eq!(Rank::parse(&rank.cursor()), Some(rank));
        }
        for cursor in ["", "0", "0.1", "3.1.red", "0.-1.red", "0.1.", "x.1.red"] {
            assert_eq!(Rank::parse(cursor), None, "{cursor}");
        }
    }
}
