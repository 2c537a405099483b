use super::{Entry, EntryRef, Error, Filter, Object};
use crate::host;
use crate::wit::skillgate::skill::crm as wit;
use std::marker::PhantomData;

/// Most records on one page.
///
/// ```
/// assert_eq!(skillgate_sdk::crm::LIMIT_MAX, 100);
/// ```
pub const LIMIT_MAX: u32 = 100;
/// Records on one page when a search does not say.
const LIMIT_DEFAULT: u32 = 20;

/// A search, made step by step. All parts must hold.
///
/// ```
/// use skillgate_sdk::{crm::{self, Task}, testing::Host};
///
/// let host = Host::new();
/// for title in ["b", "a", "c"] {
///     host.add(Task { title: Some(title.into()), ..Default::default() });
/// }
/// let search = crm::tasks().filter(crm::field("title").is_set()).sort_by("title");
/// let titles = host.run(|| -> Result<Vec<_>, crm::Error> {
///     let first = search.clone().limit(2).fetch()?;
///     assert_eq!(first.total, 3);
///     let second = search.limit(2).after(first.next_cursor.clone().unwrap()).fetch()?;
///     assert_eq!(second.next_cursor, None);
///     Ok(first.into_iter().chain(second).filter_map(|task| task.fields.title).collect())
/// });
/// assert_eq!(titles.unwrap(), ["a", "b", "c"]);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Search<T> {
    query: wit::Query,
    kind: PhantomData<T>,
}

impl<T: Object> Search<T> {
    pub(crate) fn new() -> Self {
        Self {
            query: wit::Query {
                object: T::KIND,
                text: None,
                filters: Vec::new(),
                linked_to: None,
                sort: None,
                limit: LIMIT_DEFAULT,
                cursor: None,
            },
            kind: PhantomData,
        }
    }

    /// Keeps records with all of these words in their name, e-mail, domain or title.
    #[must_use]
    pub fn text(mut self, words: impl Into<String>) -> Self {
        self.query.text = Some(words.into());
        self
    }

    /// Keeps records that satisfy a condition; see [`field`](super::field).
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.query.filters.push(filter);
        self
    }

    /// Orders by a field, smallest first. Without an order, results are in the order of their ids.
    #[must_use]
    pub fn sort_by(self, field: impl Into<String>) -> Self {
        self.sorted(field.into(), false)
    }

    /// Orders by a field, largest first.
    #[must_use]
    pub fn sort_by_descending(self, field: impl Into<String>) -> Self {
        self.sorted(field.into(), true)
    }

    /// Sets how many records a page has: 1 to [`LIMIT_MAX`], or 20 when not called.
    #[must_use]
    pub fn limit(mut self, limit: u32) -> Self {
        self.query.limit = limit;
        self
    }

    /// Continues where a page of the same search ended.
    #[must_use]
    pub fn after(mut self, cursor: impl Into<String>) -> Self {
        self.query.cursor = Some(cursor.into());
        self
    }

    /// Reads one page.
    pub fn fetch(&self) -> Result<Page<T>, Error> {
        Page::from_wit(host::search(&self.query)?)
    }

    /// Reads pages until there is no more, or until there are `max` records. Each page is one read.
    ///
    /// ```
    /// use skillgate_sdk::{crm::{self, Note}, testing::Host};
    ///
    /// let host = Host::new();
    /// for _ in 0..5 {
    ///     host.add(Note::default());
    /// }
    /// let three = host.run(|| crm::notes().search().limit(2).fetch_up_to(3));
    /// assert_eq!(three.unwrap().len(), 3);
    /// ```
    pub fn fetch_up_to(mut self, max: usize) -> Result<Vec<Entry<T>>, Error> {
        let mut found = Vec::new();
        while found.len() < max {
            let page = self.fetch()?;
            found.extend(page.items);
            match page.next_cursor {
                Some(cursor) => self.query.cursor = Some(cursor),
                None => break,
            }
        }
        found.truncate(max);
        Ok(found)
    }

    fn sorted(mut self, field: String, descending: bool) -> Self {
        self.query.sort = Some(wit::Sort { field, descending });
        self
    }
}

impl<T: super::Attachable> Search<T> {
    /// Keeps tasks or notes that are attached to this record.
    #[must_use]
    pub fn linked_to(mut self, target: impl Into<EntryRef>) -> Self {
        self.query.linked_to = Some(target.into());
        self
    }
}

/// One page of results.
///
/// ```
/// use skillgate_sdk::{crm, testing::Host};
///
/// let page = Host::new().run(|| crm::contacts().search().fetch()).unwrap();
/// assert_eq!((page.items.len(), page.next_cursor, page.total), (0, None, 0));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The records.
    pub items: Vec<Entry<T>>,
    /// Present when there is more; see [`Search::after`].
    pub next_cursor: Option<String>,
    /// How many records match in all.
    pub total: u32,
}

impl<T: Object> Page<T> {
    pub(crate) fn from_wit(page: wit::Page) -> Result<Self, Error> {
        let items: Result<_, _> = page.items.into_iter().map(Entry::from_wit).collect();
        Ok(Self {
            items: items?,
            next_cursor: page.next_cursor,
            total: page.total,
        })
    }
}

impl<T> IntoIterator for Page<T> {
    type Item = Entry<T>;
    type IntoIter = std::vec::IntoIter<Entry<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}
