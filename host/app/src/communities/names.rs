//! All names, folded and in memory, as they are searched.

use frizbee::{CaseMatching, Config, Matcher, Pattern, SortStrategy};
use skillgate_domain::community::{Community, folded};
use skillgate_domain::ids::CommunityId;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

/// How well a name must fit, in hundredths of what the words themselves would.
const FIT_MIN: u32 = 60;

/// Where a community stands among those that were found: the best first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    /// How it was found: by its whole short id, by how a name begins, or otherwise.
    how: How,
    /// How well it fits.
    score: Reverse<u16>,
    pub(super) community: CommunityId,
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

/// All names.
#[derive(Default)]
pub(super) struct Names(RwLock<Read>);

#[derive(Default)]
struct Read {
    /// The number of the last change that is in here.
    up_to: u64,
    places: HashMap<CommunityId, usize>,
    /// None ever leaves: a place is whose it was.
    communities: Vec<Named>,
    /// Name and short id of each, folded.
    texts: Vec<String>,
}

struct Named {
    id: CommunityId,
    short_id: String,
}

/// Those that fit, in no order.
pub(super) struct Hits(Vec<Hit>);

#[derive(Clone, Copy)]
struct Hit {
    how: How,
    score: Reverse<u16>,
    place: usize,
}

impl Names {
    fn read(&self) -> RwLockReadGuard<'_, Read> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the number of the last change that was put in.
    pub(super) fn up_to(&self) -> u64 {
        self.read().up_to
    }

    /// Puts changes in, each behind the ones before.
    pub(super) fn put(&self, changed: Vec<(u64, Community)>) {
        let mut read = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for (number, community) in changed {
            // Somebody else may have read a later change of it meanwhile.
            if number > read.up_to {
                read.put(number, &community);
            }
        }
    }

    /// Finds all that fit and stand behind a rank.
    pub(super) fn fitting(&self, query: &str, after: Option<&Rank>) -> Hits {
        self.read().fitting(query, after)
    }

    /// Takes out the best of those that are left, in order.
    pub(super) fn best(&self, hits: &mut Hits, count: usize) -> Vec<Rank> {
        self.read().best(hits, count)
    }
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

    fn fitting(&self, query: &str, after: Option<&Rank>) -> Hits {
        let mut matcher = matcher(query);
        let whole = matcher.match_one(query, 0).map_or(0, |it| it.score);
        let fits = |score: u16| u32::from(score) * 100 >= u32::from(whole) * FIT_MIN;
        let after = after.map(|it| (it.how, it.score, &it.community));
        let found = matcher.match_list(&self.texts).into_iter();
        let hits = found.filter(|it| fits(it.score)).filter_map(|it| {
            let place = usize::try_from(it.index).ok()?;
            let (named, text) = (self.communities.get(place)?, self.texts.get(place)?);
            let (how, score) = (named.found_by(query, text), Reverse(it.score));
            let is_behind = after.is_none_or(|after| (how, score, &named.id) > after);
            is_behind.then_some(Hit { how, score, place })
        });
        Hits(hits.collect())
    }

    fn best(&self, Hits(hits): &mut Hits, count: usize) -> Vec<Rank> {
        let rank = |hit: &Hit| (hit.how, hit.score, &self.communities[hit.place].id);
        let in_order = |one: &Hit, other: &Hit| rank(one).cmp(&rank(other));
        if (1..hits.len()).contains(&count) {
            hits.select_nth_unstable_by(count - 1, in_order);
        }
        let mut best: Vec<Hit> = hits.drain(..count.min(hits.len())).collect();
        best.sort_unstable_by(in_order);
        let ranks = best.iter().map(rank).map(|(how, score, community)| Rank {
            how,
            score,
            community: community.clone(),
        });
        ranks.collect()
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
    let config = Config::default()
        .casing(CaseMatching::Ignore)
        .sort(SortStrategy::IndexAsc);
    Matcher::from_patterns(&patterns, &config)
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
        let mut hits = read.fitting(&folded(query), None);
        let ranks = read.best(&mut hits, names.len());
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
