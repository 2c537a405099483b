//! What the stories share: a whole host in one process, guests that behave and guests that do not.
#![expect(
    clippy::missing_panics_doc,
    reason = "a story that cannot be set up fails here"
)]

/// The one that the program has.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub mod crm;
pub mod guests;
pub mod host;
pub mod http;
pub mod load;
pub mod loopback;
pub mod mcp_fixtures;
pub mod openclaw;
pub mod outside;
pub mod post;
pub mod reading;
pub mod report;
pub mod skills;
pub mod sockets;
pub mod workspace;
