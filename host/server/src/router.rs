use crate::api::docs::Docs;
use crate::api::{docs, health, metrics, modules, problems, skills, tokens};
use crate::app::App;
use crate::limits::{MODULE_BODY_BYTES_MAX, REQUESTS_MAX, UPLOADS_MAX};
use crate::observe::observe;
use crate::openapi::{base, document, page};
use crate::problem::{Kind, Problem};
use crate::shed::shed;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use serde_json::Value;
use std::any::Any;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

/// Builds every route of the door.
pub fn router(app: App) -> Router {
    let (routes, openapi) = described().split_for_parts();
    let document = document(&openapi);
    let docs = Docs {
        document: document.to_string().into(),
        page: page(&document).into(),
    };
    routes
        .layer(Extension(docs))
        .fallback(|| async { Problem::new(Kind::RouteNotFound) })
        .method_not_allowed_fallback(|| async { Problem::new(Kind::MethodNotAllowed) })
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(app.clone(), observe))
        .with_state(app)
}

/// Returns the OpenAPI document of every route.
pub fn openapi() -> Value {
    document(&described().into_openapi())
}

/// Every route with its description. A route is added here, and nowhere else.
fn described() -> OpenApiRouter<App> {
    let room = |places| Arc::new(Semaphore::new(places));
    let uploads = routes!(modules::submit::handler).map(|upload| {
        upload
            .layer(DefaultBodyLimit::max(MODULE_BODY_BYTES_MAX))
            .layer(from_fn_with_state(room(UPLOADS_MAX), shed))
    });
    OpenApiRouter::with_openapi(base())
        .routes(routes!(skills::list::handler))
        .routes(routes!(skills::show::handler))
        .routes(routes!(skills::call::handler))
        .routes(routes!(modules::list::handler))
        .routes(uploads)
        .routes(routes!(modules::show::handler))
        .routes(routes!(modules::grant::handler))
        .routes(routes!(modules::revoke::handler))
        .routes(routes!(tokens::list::handler, tokens::issue::handler))
        .routes(routes!(tokens::revoke::handler))
        .layer(from_fn_with_state(room(REQUESTS_MAX), shed))
        .routes(routes!(health::healthz::handler))
        .routes(routes!(health::readyz::handler))
        .routes(routes!(metrics::show::handler))
        .routes(routes!(problems::show::handler))
        .routes(routes!(docs::document::handler))
        .routes(routes!(docs::page::handler))
}

/// The panic hook has said where; what it said may hold anything.
fn panicked(_: Box<dyn Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    Problem::new(Kind::Internal).into_response()
}
