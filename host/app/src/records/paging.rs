//! Offsets on top of a CRM that pages by cursors.
//!
//! A page is found from where an earlier one ended, if that is remembered; else by walking there, for a
//! bounded way. What was deleted in between moves the places after it, as it does with offsets anywhere.

use super::{Records, RecordsError};
use crate::cache::Cache;
use crate::run::Run;
use skillgate_domain::crm::{LIMIT_MAX, ObjectKind, Query, Record};
use skillgate_domain::ids::CommunityId;

/// Farthest way to a page: ten requests to the CRM.
pub const OFFSET_MAX: u32 = 10 * LIMIT_MAX;
/// Most places that are remembered.
const PLACES_MAX: usize = 1_024;

/// A page that begins after `offset` records.
#[derive(Debug, Clone, PartialEq)]
pub struct Paged<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// How many match in all.
    pub total: u32,
    /// Whether there is more behind it.
    pub more: bool,
}

impl<T> Paged<T> {
    /// Makes something else of each item.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Paged<U> {
        Paged {
            items: self.items.into_iter().map(change).collect(),
            total: self.total,
            more: self.more,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Place {
    community: CommunityId,
    object: ObjectKind,
    words: Option<String>,
    offset: u32,
}

/// Where pages ended.
pub(super) struct Places(Cache<Place, String>);

impl Default for Places {
    fn default() -> Self {
        Self(Cache::new(PLACES_MAX))
    }
}

impl Records {
    pub(super) async fn page(
        &self,
        run: &Run,
        object: ObjectKind,
        words: Option<&str>,
        (limit, offset): (u32, u32),
    ) -> Result<Paged<Record>, RecordsError> {
        let place = |offset| Place {
            community: run.principal.community.clone(),
            object,
            words: words.map(str::to_owned),
            offset,
        };
        let mut query = Query {
            text: words.map(str::to_owned),
            ..Query::everything(object)
        };
        let mut ahead = offset;
        if offset > 0
            && let Some(cursor) = self.places.0.get(&place(offset))
        {
            query.cursor = Some(cursor);
            ahead = 0;
        }
        if ahead > OFFSET_MAX {
            return Err(RecordsError::TooFar);
        }
        while ahead > 0 {
            query.limit = ahead.min(LIMIT_MAX);
            let passed = self.find(run, &query).await?;
            let Some(cursor) = passed.next_cursor else {
                return Ok(Paged {
                    items: Vec::new(),
                    total: passed.total,
                    more: false,
                });
            };
            ahead -= query.limit;
            query.cursor = Some(cursor);
        }
        query.limit = limit;
        let page = self.find(run, &query).await?;
        if let Some(cursor) = &page.next_cursor {
            let end = offset.saturating_add(limit);
            self.places.0.insert(place(end), cursor.clone());
        }
        Ok(Paged {
            more: page.next_cursor.is_some(),
            items: page.items,
            total: page.total,
        })
    }
}
