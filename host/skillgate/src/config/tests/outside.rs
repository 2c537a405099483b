use super::{Bad, KEY, check};
use secrecy::ExposeSecret;
use skillgate_connectors::openclaw::PLAN_TIMEOUT;

const OPENCLAW: &[(&str, &str)] = &[
    ("OPENCLAW_URL", "https://planner.example.org"),
    ("OPENCLAW_TOKEN", "t"),
];

const WORKSPACE: &[(&str, &str)] = &[
    ("PA_WORKSPACE_API_URL", "https://pa.example.org"),
    ("PA_WORKSPACE_SERVICE_TOKEN", "t"),
];

const RELAY: (&str, &str) = ("RELAY_URL", "https://relay.example.org");

#[test]
fn all_three_can_be_given() {
    let text = r#"
        [openclaw]
        url = "http://127.0.0.1:18789"
        token = "env:KEY"
        default_model = "openclaw/sales"
        timeout_ms = 120000
        [workspace]
        url = "http://pa.internal:8080"
        service_token = "env:KEY"
        allowed_origins = ["http://pa.internal:8080", "https://pa.example.org"]
        allow_plain_http = true
        [relay]
        url = "https://relay.example.org/prefix"
        secret = "env:KEY"
        slug = "third"
        community = "away"
    "#;
    let config = check(text, &[("KEY", KEY)]).unwrap();
    let planner = config.openclaw.as_ref().unwrap();
    assert_eq!(planner.default_model.as_deref(), Some("openclaw/sales"));
    assert_eq!(planner.timeout.as_secs(), 120);
    let workspace = config.workspace.as_ref().unwrap();
    assert_eq!(
        workspace.service_token.as_ref().unwrap().expose_secret(),
        KEY
    );
    let relay = config.relay.as_ref().unwrap();
    assert_eq!((&*relay.slug, relay.community.as_str()), ("third", "away"));
    assert!(relay.address.url.ends_with("/prefix"));
    let shown = format!("{config:?}");
    assert!(!shown.contains(KEY), "{shown}");
}

#[test]
fn the_usual_variables_are_enough() {
    let variables = [
        ("JWT_SECRET", KEY),
        ("APP_SLUG", "slug"),
        ("OPENCLAW_URL", "http://127.0.0.1:18789"),
        ("OPENCLAW_TOKEN", "t"),
        ("OPENCLAW_DEFAULT_MODEL", "gpt-4.1-mini"),
        ("PA_WORKSPACE_API_URL", "https://pa.example.org"),
        ("PA_WORKSPACE_SERVICE_TOKEN", "t"),
        ("RELAY_URL", "https://relay.example.org"),
    ];
    let config = check("[mypa]\ncommunity = \"home\"", &variables).unwrap();
    let planner = config.openclaw.unwrap();
    assert_eq!(planner.default_model.as_deref(), Some("gpt-4.1-mini"));
    assert_eq!(planner.timeout, PLAN_TIMEOUT);
    assert!(config.workspace.unwrap().service_token.is_some());
    let relay = config.relay.unwrap();
    assert_eq!(relay.secret.expose_secret(), KEY);
    assert_eq!((&*relay.slug, relay.community.as_str()), ("slug", "home"));
}

/// One key may sign for the relay alone, and for MyPA's users alone.
#[test]
fn a_key_lets_nobody_in_that_was_not_told_where_they_belong() {
    let variables = [RELAY, ("JWT_SECRET", KEY)];
    let config = check("[relay]\ncommunity = \"away\"", &variables).unwrap();
    assert_eq!(config.relay.unwrap().community.as_str(), "away");
    assert!(config.mypa.is_none());
    let config = check("[mypa]\ncommunity = \"home\"", &variables[1..]).unwrap();
    assert!(config.mypa.is_some() && config.relay.is_none());
    let both = "[relay]\ncommunity = \"away\"\n[mypa]\nsecret = \"env:JWT_SECRET\"";
    assert_eq!(check(both, &variables).unwrap_err(), ["mypa.community"]);
    let without = check("[workspace]\nurl = \"https://pa.example.org\"", &[]);
    assert!(without.unwrap().workspace.unwrap().service_token.is_none());
}

/// Faults of planner, workspace and relay.
pub(super) const BAD: &[Bad] = &[
    ("", &[OPENCLAW[0]], &["OPENCLAW_URL"]),
    ("", &[OPENCLAW[1]], &["OPENCLAW_TOKEN"]),
    (
        "[openclaw]\ntoken = \"t\"",
        &[OPENCLAW[0]],
        &["openclaw.token"],
    ),
    (
        "[openclaw]\ntoken = \"env:NONE\"",
        &[OPENCLAW[0]],
        &["openclaw.token"],
    ),
    (
        "",
        &[OPENCLAW[0], ("OPENCLAW_TOKEN", "a b")],
        &["OPENCLAW_TOKEN"],
    ),
    (
        "[openclaw]\nurl = \"http://planner.internal\"",
        OPENCLAW,
        &["openclaw.url"],
    ),
    (
        "[openclaw]\nallowed_origins = [\"https://a.org\"]",
        OPENCLAW,
        &["OPENCLAW_URL"],
    ),
    (
        "[openclaw]\nallowed_origins = [\"*\"]",
        OPENCLAW,
        &["openclaw.allowed_origins"],
    ),
    (
        "[openclaw]\nallowed_origins = []",
        &[],
        &["openclaw.allowed_origins"],
    ),
    (
        "[openclaw]\ntimeout_ms = 999",
        OPENCLAW,
        &["openclaw.timeout_ms"],
    ),
    (
        "[openclaw]\ntimeout_ms = 120001",
        &[],
        &["openclaw.timeout_ms"],
    ),
    (
        "[openclaw]\ndefault_model = \"openclaw/\"",
        OPENCLAW,
        &["openclaw.default_model"],
    ),
    (
        "",
        &[("OPENCLAW_DEFAULT_MODEL", "a b")],
        &["OPENCLAW_DEFAULT_MODEL"],
    ),
    ("", &[WORKSPACE[1]], &["PA_WORKSPACE_SERVICE_TOKEN"]),
    (
        "",
        &[WORKSPACE[0], ("PA_WORKSPACE_SERVICE_TOKEN", "é")],
        &["PA_WORKSPACE_SERVICE_TOKEN"],
    ),
    (
        "[workspace]\nservice_token = \"t\"",
        WORKSPACE,
        &["workspace.service_token"],
    ),
    (
        "[workspace]\nurl = \"https://pa.example.org/?x\"",
        &[],
        &["workspace.url"],
    ),
    (
        "[workspace]\nallowed_origins = [\"https://a.org\"]",
        &[],
        &["workspace.allowed_origins"],
    ),
    (
        "",
        &[("PA_WORKSPACE_API_URL", "pa")],
        &["PA_WORKSPACE_API_URL"],
    ),
    ("", &[RELAY], &["relay.community", "RELAY_URL"]),
    (
        "[relay]\ncommunity = \"a/b\"",
        &[RELAY, ("JWT_SECRET", KEY)],
        &["relay.community"],
    ),
    ("", &[RELAY, ("JWT_SECRET", KEY)], &["relay.community"]),
    (
        "[relay]\ncommunity = \"home\"",
        &[RELAY, ("JWT_SECRET", "short")],
        &["JWT_SECRET"],
    ),
    (
        "[relay]\ncommunity = \"home\"\nslug = \"\"",
        &[RELAY, ("JWT_SECRET", KEY)],
        &["relay.slug"],
    ),
    (
        "[relay]\ncommunity = \"home\"\nurl = \"http://relay.internal\"",
        &[("JWT_SECRET", KEY)],
        &["relay.url"],
    ),
    (
        "[relay]\nsecret = \"env:KEY\"",
        &[("KEY", KEY)],
        &["relay.secret"],
    ),
    (
        "[relay]\nallowed_origins = []",
        &[],
        &["relay.allowed_origins"],
    ),
];
