//! The HTTP door: routes, authentication, problem bodies.
//!
//! Invariants: a handler decodes, calls one use case, encodes; it decides no right. Every refusal,
//! the router's own included, is an RFC 9457 problem with a stable code (at the relay's paths in the
//! relay's own form), and every response and log
//! line carries the request's id. Neither a body nor a query nor a credential is ever logged.

mod api;
mod app;
mod auth;
mod extract;
mod idempotency;
pub mod limits;
mod mcp;
mod metrics;
mod observe;
mod openapi;
mod pace;
mod problem;
mod readiness;
mod realtime;
mod router;
mod serve;
mod shed;
pub mod views;

pub use app::App;
pub use auth::{
    ForeignTokens, MypaKeyTooShort, MypaTokens, PLATFORM_KEYS_MAX, PlatformConfig,
    PlatformKeyError, PlatformKeys, PlatformTokens,
};
pub use mcp::{AgentError, AnswerStream, McpAccess, McpDoor, ResourceUrl, serve_agent};
pub use metrics::{Levels, Metrics, MetricsAccess, Monitoring};
pub use problem::{Kind, Problem};
pub use readiness::{Readiness, Report};
pub use router::{openapi, router, router_around};
pub use serve::serve;
