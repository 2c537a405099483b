use crate::app::App;
use crate::auth::authenticate;
use crate::problem::Problem;
use axum::extract::FromRequestParts;
use http::request::Parts;
use skillgate_domain::principal::{Door, Principal};

/// An authenticated caller.
pub(crate) struct Auth(pub(crate) Principal);

/// Left with a request by whoever has asked already who the caller is.
#[derive(Clone)]
pub(crate) struct Authenticated(pub(crate) Principal);

impl FromRequestParts<App> for Auth {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match parts.extensions.remove::<Authenticated>() {
            Some(Authenticated(caller)) => Ok(Self(caller)),
            None => authenticate(app, Door::Http, &parts.headers, &parts.extensions)
                .await
                .map(Self),
        }
    }
}
