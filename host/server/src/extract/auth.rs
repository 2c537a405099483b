use crate::app::App;
use crate::auth::authenticate;
use crate::problem::{Kind, Problem};
use crate::serve::Peer;
use axum::extract::FromRequestParts;
use http::request::Parts;
use skillgate_domain::ids::RequestId;
use skillgate_domain::principal::{Door, Origin, Principal};

/// An authenticated caller.
pub(crate) struct Auth(pub(crate) Principal);

impl FromRequestParts<App> for Auth {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let request = parts.extensions.get::<RequestId>().cloned();
        let origin = Origin {
            door: Door::Http,
            address: parts.extensions.get::<Peer>().map(|peer| peer.0),
            request: request.ok_or(Problem::new(Kind::Internal))?,
        };
        authenticate(app, &parts.headers, origin).await.map(Self)
    }
}
