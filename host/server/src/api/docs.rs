pub(crate) mod document;
pub(crate) mod page;

use bytes::Bytes;

/// The description of every route, as it is served.
#[derive(Clone)]
pub(crate) struct Docs {
    /// The OpenAPI document.
    pub(crate) document: Bytes,
    /// The same for people, in HTML.
    pub(crate) page: Bytes,
}
