//! `GET /tez/{tez}/export`

use crate::app::App;
use crate::extract::{Auth, Part};
use crate::openapi::relay_refusals;
use crate::problem::{Kind, Problem};
use axum::extract::State;
use axum::response::IntoResponse;
use http::header;
use skillgate_app::bundle::{EXTENSION, MEDIA_TYPE};
use skillgate_domain::ids::TezId;

relay_refusals!(&[Kind::InvalidPath, Kind::TezForbidden, Kind::TezNotFound]);

/// Makes a bundle of a Tez, to take along. That reads it.
#[utoipa::path(
    get,
    path = "/tez/{tez}/export",
    operation_id = "export_tez",
    tag = "tez",
    params(("tez" = String, Path, format = "uuid")),
    responses(
        (
            status = 200,
            description = "A bundle of the Tezit Protocol 1.2",
            body = String,
            content_type = "application/vnd.tezit+zip"
        ),
        Refusals
    )
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(id): Part<TezId>,
) -> Result<impl IntoResponse, Problem> {
    let exported = app.relay.export(&caller, id).await?;
    let attachment = format!("attachment; filename=\"{}.{EXTENSION}\"", exported.id);
    let headers = [
        (header::CONTENT_TYPE, MEDIA_TYPE.to_owned()),
        (header::CONTENT_DISPOSITION, attachment),
        (header::ETAG, format!("\"{}\"", exported.digest)),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, exported.bundle))
}
