use crate::api::docs::Docs;
use crate::api::{
    audit, communities, community_settings, crm, docs, egress, events, health, mail, members,
    metrics, modules, pa, partnerships, plans, policies, problems, protected_resource, secrets,
    settings, skills, tez, tokens, webhooks,
};
use crate::app::App;
use crate::idempotency::{Once, idempotent};
use crate::limits::{MODULE_BODY_BYTES_MAX, REQUESTS_MAX, UPLOADS_MAX, WEBHOOKS_MAX};
use crate::mcp::{self, McpDoor, McpEndpoint};
use crate::observe::observe;
use crate::openapi::{base, document, page};
use crate::pace::{Pace, paced};
use crate::problem::{Kind, Problem};
use crate::realtime;
use crate::shed::shed;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::{Extension, Router};
use rmcp::ServerHandler;
use serde_json::Value;
use std::any::Any;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Builds every route of the door.
pub fn router(app: App) -> Router {
    router_around(app, |door| door)
}

/// Builds every route of the door, with something around what answers agents: what a suite of tests asks for, and
/// nobody else.
pub fn router_around<H: ServerHandler>(
    app: App,
    around: impl Fn(McpDoor) -> H + Send + Sync + 'static,
) -> Router {
    let room = |places| Arc::new(Semaphore::new(places));
    let (requests, uploads) = (room(REQUESTS_MAX), room(UPLOADS_MAX));
    let (routes, pace) = (described(), Arc::new(Pace::new(app.clock.clone())));
    let routes = Described {
        json: routes
            .json
            .layer(from_fn_with_state(Once::json(app.clone()), idempotent))
            .layer(from_fn_with_state(Arc::clone(&requests), shed)),
        secrets: routes
            .secrets
            .layer(from_fn_with_state(Arc::clone(&requests), shed)),
        relay: routes
            .relay
            .layer(from_fn_with_state(Once::json(app.clone()), idempotent))
            .layer(from_fn_with_state(pace, paced))
            .layer(from_fn_with_state(Arc::clone(&requests), shed)),
        uploads: routes
            .uploads
            .layer(DefaultBodyLimit::max(MODULE_BODY_BYTES_MAX))
            .layer(from_fn_with_state(Once::uploads(app.clone()), idempotent))
            .layer(from_fn_with_state(uploads, shed))
            .layer(from_fn_with_state(Arc::clone(&requests), shed)),
        webhooks: routes
            .webhooks
            .layer(from_fn_with_state(room(WEBHOOKS_MAX), shed)),
        mail: routes
            .mail
            .layer(from_fn_with_state(Arc::clone(&requests), shed)),
        open: routes.open,
    };
    let (routes, openapi) = routes.together().split_for_parts();
    let document = document(&openapi);
    let docs = Docs {
        document: document.to_string().into(),
        page: page(&document).into(),
    };
    // It describes itself, in its own words.
    let agents = any(mcp::handler::<H>)
        .layer(from_fn_with_state(requests, shed))
        .with_state(McpEndpoint::new(app.clone(), around));
    routes
        .route("/mcp", agents)
        .merge(realtime::routes(&app))
        .layer(Extension(docs))
        .fallback(|| async { Problem::new(Kind::RouteNotFound) })
        .method_not_allowed_fallback(|| async { Problem::new(Kind::MethodNotAllowed) })
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(app.clone(), observe))
        .with_state(app)
}

/// Returns the OpenAPI document of every route.
pub fn openapi() -> Value {
    document(&described().together().into_openapi())
}

/// Routes with their descriptions, by what is around them.
struct Described {
    /// Those that take JSON or nothing, from a caller.
    json: OpenApiRouter<App>,
    /// Those about secrets, from a caller: nothing of them is kept for a repeat.
    secrets: OpenApiRouter<App>,
    /// Those of the Tez relay, which count how often an address asks.
    relay: OpenApiRouter<App>,
    /// Those that take modules, from a caller.
    uploads: OpenApiRouter<App>,
    /// Those that take what others tell of their own, signed.
    webhooks: OpenApiRouter<App>,
    /// Those that mails lead to, where a key is all that is asked for.
    mail: OpenApiRouter<App>,
    /// Those that need no caller, and answer while others are busy.
    open: OpenApiRouter<App>,
}

impl Described {
    fn together(self) -> OpenApiRouter<App> {
        OpenApiRouter::with_openapi(base())
            .merge(self.json)
            .merge(self.secrets)
            .merge(self.relay)
            .merge(self.uploads)
            .merge(self.webhooks)
            .merge(self.mail)
            .merge(self.open)
    }
}

/// Every route with its description. A route is added here, and nowhere else.
fn described() -> Described {
    let json = OpenApiRouter::new()
        .routes(routes!(skills::list::handler))
        .routes(routes!(skills::show::handler))
        .routes(routes!(skills::call::handler))
        .routes(routes!(skills::freeze::handler))
        .routes(routes!(skills::unfreeze::handler))
        .routes(routes!(skills::roll_back::handler))
        .routes(routes!(modules::list::handler))
        .routes(routes!(modules::show::handler))
        .routes(routes!(modules::diff::handler))
        .routes(routes!(modules::offer::handler, modules::withdraw::handler))
        .routes(routes!(modules::offers::handler))
        .routes(routes!(modules::adopt::handler))
        .routes(routes!(modules::grant::handler))
        .routes(routes!(modules::revoke::handler))
        .routes(routes!(policies::show::handler, policies::put::handler))
        .routes(routes!(policies::validate::handler))
        .routes(routes!(policies::history::handler))
        .routes(routes!(policies::version::handler))
        .routes(routes!(policies::explain::handler))
        .routes(routes!(tokens::list::handler, tokens::issue::handler))
        .routes(routes!(tokens::revoke::handler))
        .routes(routes!(plans::list::handler))
        .routes(routes!(plans::show::handler))
        .routes(routes!(plans::decline::handler))
        .routes(routes!(plans::apply::handler))
        .routes(routes!(audit::list::handler))
        .routes(routes!(egress::explain::handler))
        .merge(of_communities())
        .merge(mypa_surface());
    let secrets = OpenApiRouter::new()
        .routes(routes!(secrets::list::handler, secrets::put::handler))
        .routes(routes!(secrets::rotate::handler, secrets::remove::handler));
    let relay = OpenApiRouter::new()
        .routes(routes!(tez::share::handler))
        .routes(routes!(tez::stream::handler))
        .routes(routes!(tez::show::handler, tez::set_status::handler))
        .routes(routes!(tez::thread::handler))
        .routes(routes!(tez::reply::handler))
        .routes(routes!(
            tez::expansions::list::handler,
            tez::expansions::ask::handler
        ))
        .routes(routes!(tez::expansions::to_decide::handler))
        .routes(routes!(tez::expansions::decide::handler))
        .routes(routes!(tez::redact::handler))
        .routes(routes!(tez::export::handler))
        .routes(routes!(tez::unread::handler))
        .routes(routes!(tez::register_contact::handler))
        .routes(routes!(tez::create_team::handler))
        .routes(routes!(tez::add_member::handler));
    let open = OpenApiRouter::new()
        .routes(routes!(health::healthz::handler))
        .routes(routes!(health::readyz::handler))
        .routes(routes!(metrics::show::handler))
        .routes(routes!(problems::show::handler))
        .routes(routes!(protected_resource::show::of_mcp))
        .routes(routes!(protected_resource::show::of_host))
        .routes(routes!(docs::document::handler))
        .routes(routes!(docs::page::handler));
    Described {
        json,
        secrets,
        relay,
        uploads: OpenApiRouter::new().routes(routes!(modules::submit::handler)),
        webhooks: OpenApiRouter::new().routes(routes!(webhooks::twenty::handler)),
        mail: OpenApiRouter::new().routes(routes!(mail::ask::handler, mail::unsubscribe::handler)),
        open,
    }
}

/// What the admins of communities decide, what others see of them, and their partnerships.
fn of_communities() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(
            community_settings::show::handler,
            community_settings::put::handler
        ))
        .routes(routes!(community_settings::history::handler))
        .routes(routes!(community_settings::version::handler))
        .routes(routes!(communities::register::handler))
        .routes(routes!(communities::search::handler))
        .routes(routes!(
            communities::show::handler,
            communities::change::handler
        ))
        .routes(routes!(members::list::handler))
        .routes(routes!(
            members::show::handler,
            members::put::handler,
            members::remove::handler
        ))
        .routes(routes!(members::mail::handler))
        .routes(routes!(partnerships::list::handler))
        .routes(routes!(partnerships::partners::handler))
        .routes(routes!(partnerships::metrics::handler))
        .routes(routes!(partnerships::invite::handler))
        .routes(routes!(
            partnerships::show::handler,
            partnerships::update::handler,
            partnerships::end::handler
        ))
        .routes(routes!(partnerships::history::handler))
        .routes(routes!(partnerships::respond::handler))
        .routes(routes!(partnerships::cancel::handler))
        .routes(routes!(events::list::handler, events::report::handler))
}

/// The routes that MyPA's clients know.
fn mypa_surface() -> OpenApiRouter<App> {
    use crm::collection::{opportunities, people, tasks};
    OpenApiRouter::new()
        .routes(routes!(crm::status::handler))
        .routes(routes!(crm::workflow_status::handler))
        .routes(routes!(people::list, people::create))
        .routes(routes!(people::update))
        .routes(routes!(opportunities::list, opportunities::create))
        .routes(routes!(opportunities::update))
        .routes(routes!(
            tasks::list,
            tasks::create,
            crm::upsert_task::handler
        ))
        .routes(routes!(tasks::update))
        .routes(routes!(crm::follow_ups::handler))
        .routes(routes!(crm::show::handler))
        .routes(routes!(crm::tez_context::handler))
        .routes(routes!(crm::coordinate::handler))
        .routes(routes!(crm::apply_plan::handler))
        .routes(routes!(settings::team::handler))
        .routes(routes!(settings::test_integration::handler))
        .routes(routes!(pa::context::handler))
}

/// The panic hook has said where; what it said may hold anything.
fn panicked(_: Box<dyn Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    Problem::new(Kind::Internal).into_response()
}
