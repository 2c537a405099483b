use super::Faults;
use super::address::origin_of;
use serde::Deserialize;
use skillgate_connectors::transport::{AllowedOrigins, OriginError};

/// Where OTLP collectors take spans, below their own address.
const SPANS_PATH: &str = "/v1/traces";

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    endpoint: Option<String>,
    sample_ratio: Option<f64>,
    allow_plain_http: bool,
}

/// Where traces go, and how many of them.
#[derive(Debug, Clone)]
pub(crate) struct Traces {
    /// Takes spans in OTLP over HTTP.
    pub(crate) url: String,
    /// The one origin that this leads to.
    pub(crate) origin: AllowedOrigins,
    /// Share of the traces that are kept, 0 to 1.
    pub(crate) sample_ratio: f64,
}

pub(super) fn read(file: File, faults: &mut Faults) -> Option<Traces> {
    let sample_ratio = file.sample_ratio.unwrap_or(1.0);
    if !(0.0..=1.0).contains(&sample_ratio) {
        faults.add("traces.sample_ratio", "must be 0 to 1");
    }
    let endpoint = file.endpoint?;
    if endpoint.contains(['?', '#']) {
        faults.add("traces.endpoint", "leave out the query");
    }
    let url = format!("{}{SPANS_PATH}", endpoint.trim_end_matches('/'));
    let list = [origin_of(&url)];
    let list = list.iter().map(String::as_str);
    let allowed = if file.allow_plain_http {
        AllowedOrigins::parse_with_plain_http(list)
    } else {
        AllowedOrigins::parse(list)
    };
    let checked = allowed.and_then(|origin| origin.check(&url).map(|_| origin));
    match checked {
        Ok(origin) => Some(Traces {
            url,
            origin,
            sample_ratio,
        }),
        Err(why) => {
            faults.add("traces.endpoint", advice(&why));
            None
        }
    }
}

fn advice(why: &OriginError) -> String {
    match why {
        OriginError::PlainHttp => format!(
            "{why}; use https, or set traces.allow_plain_http = true within one private network"
        ),
        OriginError::NotAllowed | OriginError::Malformed => why.to_string(),
    }
}
