use super::address::{self, Address, Given};
use super::{Environment, Faults, secret};
use secrecy::SecretString;
use serde::Deserialize;
use skillgate_connectors::openclaw::{PLAN_TIMEOUT, is_model};
use std::time::Duration;

/// Shortest and longest turn that can be set, in milliseconds.
const TIMEOUT_MS: std::ops::RangeInclusive<u64> = 1_000..=120_000;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    url: Option<String>,
    token: Option<String>,
    default_model: Option<String>,
    timeout_ms: Option<u64>,
    allowed_origins: Option<Vec<String>>,
    allow_plain_http: bool,
}

/// How to reach the planner.
#[derive(Debug, Clone)]
pub(crate) struct OpenClaw {
    pub(crate) address: Address,
    pub(crate) token: SecretString,
    pub(crate) default_model: Option<String>,
    pub(crate) timeout: Duration,
}

/// Reads `openclaw.url` and `openclaw.token`, or `OPENCLAW_URL` and `OPENCLAW_TOKEN`. Neither: no planner.
pub(super) fn read(file: File, environment: &Environment, faults: &mut Faults) -> Option<OpenClaw> {
    let timeout = timeout(file.timeout_ms, faults);
    let default_model = default_model(file.default_model, environment, faults);
    let url = environment.or(("openclaw.url", file.url), "OPENCLAW_URL");
    let token = ("openclaw.token", file.token);
    let token = secret::given(token, "OPENCLAW_TOKEN", environment, faults).ok()?;
    match (url, token) {
        (None, None) => {
            address::no_origins("openclaw", file.allowed_origins.as_ref(), faults);
            None
        }
        (Some((place, _)), None) => {
            faults.add(
                place,
                "the gateway's token is needed too: set openclaw.token or OPENCLAW_TOKEN",
            );
            None
        }
        (None, Some((place, _))) => {
            faults.add(
                place,
                "an address is needed too: set openclaw.url or OPENCLAW_URL",
            );
            None
        }
        (Some((place, url)), Some((token_place, token))) => {
            secret::check_visible(token_place, &token, faults);
            let given = Given {
                section: "openclaw",
                place,
                url,
                origins: file.allowed_origins,
                plain_http: file.allow_plain_http,
            };
            Some(OpenClaw {
                address: address::check(given, faults)?,
                token,
                default_model,
                timeout,
            })
        }
    }
}

fn timeout(ms: Option<u64>, faults: &mut Faults) -> Duration {
    if ms.is_some_and(|ms| !TIMEOUT_MS.contains(&ms)) {
        let (least, most) = (TIMEOUT_MS.start(), TIMEOUT_MS.end());
        faults.add("openclaw.timeout_ms", format!("must be {least} to {most}"));
    }
    ms.map_or(PLAN_TIMEOUT, Duration::from_millis)
}

fn default_model(
    name: Option<String>,
    environment: &Environment,
    faults: &mut Faults,
) -> Option<String> {
    let key = ("openclaw.default_model", name);
    let (place, name) = environment.or(key, "OPENCLAW_DEFAULT_MODEL")?;
    if !is_model(&name) {
        faults.add(
            place,
            "must be openclaw, openclaw/ with the name of an agent, or a provider's model",
        );
    }
    Some(name)
}
