//! `GET /.well-known/oauth-protected-resource/mcp`, and the same without the path

use crate::app::App;
use crate::openapi::refusals;
use crate::problem::{Kind, Problem};
use axum::Json;
use axum::extract::State;
use http::HeaderMap;
use serde::Serialize;
use utoipa::ToSchema;

/// What the door for agents is, to a client that has its address alone (RFC 9728). Admins issue the tokens, so there
/// is no authorization server to name.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProtectedResource {
    /// The door's address.
    resource: String,
    /// How a token is shown.
    bearer_methods_supported: [&'static str; 1],
    resource_name: &'static str,
}

refusals!(&[Kind::RouteNotFound, Kind::Internal]);

/// Describes `/mcp` to clients. Not there where the host does not know its own address: see `mcp.url` and `mcp.hosts`.
#[utoipa::path(
    get,
    path = "/.well-known/oauth-protected-resource/mcp",
    operation_id = "show_protected_resource",
    tag = "mcp",
    security(()),
    responses((status = 200, description = "The door for agents", body = ProtectedResource), Refusals)
)]
pub(crate) async fn of_mcp(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Json<ProtectedResource>, Problem> {
    described(&app, &headers)
}

/// The same, for clients that look before any path.
#[utoipa::path(
    get,
    path = "/.well-known/oauth-protected-resource",
    operation_id = "show_protected_resource_of_host",
    tag = "mcp",
    security(()),
    responses((status = 200, description = "The door for agents", body = ProtectedResource), Refusals)
)]
pub(crate) async fn of_host(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Json<ProtectedResource>, Problem> {
    described(&app, &headers)
}

fn described(app: &App, headers: &HeaderMap) -> Result<Json<ProtectedResource>, Problem> {
    let resource = app.mcp.resource(headers);
    let resource = resource.ok_or(Problem::new(Kind::RouteNotFound))?;
    Ok(Json(ProtectedResource {
        resource: resource.to_string(),
        bearer_methods_supported: ["header"],
        resource_name: "skillgate",
    }))
}
