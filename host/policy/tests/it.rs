//! Policies as the application uses them: Cedar, ceilings, versions, over a store in memory.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

#[path = "it/access.rs"]
mod access;
#[path = "it/decisions.rs"]
mod decisions;
#[path = "it/defaults.rs"]
mod defaults;
#[path = "it/texts.rs"]
mod texts;
#[path = "it/trail.rs"]
mod trail;
#[path = "it/versions.rs"]
mod versions;
#[path = "it/world.rs"]
mod world;
