use crate::api::{audit, health, modules, plans, policies, problems, skills, tokens};
use crate::app::App;
use crate::idempotency::{Once, idempotent};
use crate::limits::{MODULE_BODY_BYTES_MAX, REQUESTS_MAX, UPLOADS_MAX};
use crate::observe::observe;
use crate::problem::{Kind, Problem};
use crate::shed::shed;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use std::any::Any;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;

/// Builds every route of the door.
pub fn router(app: App) -> Router {
    let room = |places| Arc::new(Semaphore::new(places));
    let uploads = post(modules::submit::handler)
        .layer(DefaultBodyLimit::max(MODULE_BODY_BYTES_MAX))
        .layer(from_fn_with_state(Once::uploads(app.clone()), idempotent))
        .layer(from_fn_with_state(room(UPLOADS_MAX), shed));
    let uploads = Router::new().route("/api/modules", uploads);
    let api = Router::new()
        .route("/api/skills", get(skills::list::handler))
        .route("/api/skills/{skill}", get(skills::show::handler))
        .route(
            "/api/skills/{skill}/tools/{tool}",
            post(skills::call::handler),
        )
        .route("/api/modules", get(modules::list::handler))
        .route("/api/skills/{skill}/freeze", post(skills::freeze::handler))
        .route(
            "/api/skills/{skill}/unfreeze",
            post(skills::unfreeze::handler),
        )
        .route(
            "/api/skills/{skill}/rollback",
            post(skills::roll_back::handler),
        )
        .route("/api/modules/{module}", get(modules::show::handler))
        .route("/api/modules/{module}/diff", get(modules::diff::handler))
        .route(
            "/api/modules/{module}/grants",
            post(modules::grant::handler),
        )
        .route(
            "/api/modules/{module}/grants/{grant}",
            delete(modules::revoke::handler),
        )
        .route(
            "/api/tokens",
            get(tokens::list::handler).post(tokens::issue::handler),
        )
        .route("/api/tokens/{token}", delete(tokens::revoke::handler))
        .route("/api/plans/{plan}", get(plans::show::handler))
        .route("/api/plans/{plan}/apply", post(plans::apply::handler))
        .merge(policy_routes())
        .route("/api/audit", get(audit::list::handler))
        .layer(from_fn_with_state(Once::json(app.clone()), idempotent))
        .merge(uploads)
        .layer(from_fn_with_state(room(REQUESTS_MAX), shed));
    api.route("/healthz", get(health::healthz::handler))
        .route("/readyz", get(health::readyz::handler))
        .route("/problems/{code}", get(problems::show::handler))
        .fallback(|| async { Problem::new(Kind::RouteNotFound) })
        .method_not_allowed_fallback(|| async { Problem::new(Kind::MethodNotAllowed) })
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(app.clone(), observe))
        .with_state(app)
}

fn policy_routes() -> Router<App> {
    Router::new()
        .route(
            "/api/policies",
            get(policies::show::handler).put(policies::put::handler),
        )
        .route("/api/policies/validate", post(policies::validate::handler))
        .route("/api/policies/history", get(policies::history::handler))
        .route(
            "/api/policies/versions/{version}",
            get(policies::version::handler),
        )
        .route("/api/policies/explain", post(policies::explain::handler))
}

/// The panic hook has said where; what it said may hold anything.
fn panicked(_: Box<dyn Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    Problem::new(Kind::Internal).into_response()
}
