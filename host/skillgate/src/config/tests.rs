#[path = "tests/mail.rs"]
mod mail_tests;
#[path = "tests/outside.rs"]
mod outside;
#[path = "tests/platform.rs"]
mod platform_tests;

use super::*;
use secrecy::ExposeSecret;
use skillgate_app::retention::JOURNALS_KEPT;
use std::collections::BTreeMap;

const KEY: &str = "0123456789abcdef0123456789abcdef";

fn given(variables: &[(&str, &str)]) -> Environment {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Environment::Given(variables.iter().map(owned).collect::<BTreeMap<_, _>>())
}

fn check(text: &str, variables: &[(&str, &str)]) -> Result<Config, Vec<String>> {
    let mut faults = Faults::default();
    let config = read(text, &given(variables), &mut faults);
    if faults.0.is_empty() {
        return Ok(config);
    }
    Err(faults.0.into_iter().map(|fault| fault.place).collect())
}

#[test]
fn nothing_given_is_a_configuration() {
    let config = check("", &[]).unwrap();
    assert_eq!(config.listen.address.to_string(), "127.0.0.1:8787");
    assert_eq!(config.data_dir, Path::new("./skillgate-data"));
    assert_eq!(
        config.database.expose_secret(),
        "sqlite:./skillgate-data/skillgate.db"
    );
    assert!(matches!(config.crm, Crm::Embedded));
    assert!(config.mypa.is_none() && config.metrics.token.is_none());
    assert_eq!(config.mcp, McpAccess::default());
    assert!(config.traces.is_none());
    assert!(config.openclaw.is_none() && config.workspace.is_none() && config.relay.is_none());
    assert_eq!(config.limits, GateLimits::DEFAULT);
    assert_eq!(config.journal.kept, JOURNALS_KEPT);
    assert_eq!(config.log.format, LogFormat::Text);
}

#[test]
fn everything_can_be_given() {
    let text = r#"
        [listen]
        address = "0.0.0.0:80"
        allow_remote = true
        [data]
        dir = "/var/lib/skillgate"
        [database]
        url = "env:DB"
        [crm]
        url = "https://crm.example.org/prefix"
        api_key = "env:KEY"
        allowed_origins = ["https://crm.example.org"]
        [mypa]
        secret = "env:KEY"
        slug = "other"
        community = "home"
        [egress]
        private_hosts = ["crm.internal", "db"]
        nat64_prefixes = ["2001:db8:64::/96"]
        name_servers = ["127.0.0.1:53", "[::1]:5353"]
        [journal]
        keep_days = 30
        [limits]
        runs_max = 8
        runs_per_skill_max = 2
        waiting_max = 1
        waiting_per_skill_max = 0
        wait_ms = 5
        [metrics]
        token = "env:KEY"
        [traces]
        endpoint = "https://otel.example.org/prefix/"
        sample_ratio = 0.25
        [log]
        format = "json"
        filter = "warn,skillgate_server=debug"
    "#;
    let config = check(text, &[("DB", "postgres://u:p@h/d"), ("KEY", KEY)]).unwrap();
    assert_eq!(config.database.expose_secret(), "postgres://u:p@h/d");
    assert_eq!(config.limits.runs_max, 8);
    let egress = &config.egress;
    assert!(egress.private_hosts.contains("crm.internal") && egress.private_hosts.contains("db"));
    assert_eq!(
        (egress.networks.nat64.len(), egress.name_servers.len()),
        (1, 2)
    );
    assert_eq!(config.journal.kept.as_secs(), 30 * 86_400);
    assert_eq!(config.mypa.as_ref().unwrap().slug, "other");
    assert_eq!(config.metrics.token.as_ref().unwrap().expose_secret(), KEY);
    let traces = config.traces.as_ref().unwrap();
    assert_eq!(traces.url, "https://otel.example.org/prefix/v1/traces");
    assert!((traces.sample_ratio - 0.25).abs() < f64::EPSILON);
    assert!(matches!(&config.crm, Crm::Remote(remote) if remote.address.url.ends_with("/prefix")));
    let shown = format!("{config:?}");
    assert!(!shown.contains(KEY) && !shown.contains("u:p@h"), "{shown}");
}

#[test]
fn the_usual_variables_are_enough() {
    let variables = [
        ("DATABASE_URL", "postgresql://h/d"),
        ("TWENTY_API_URL", "https://crm.example.org"),
        ("TWENTY_API_KEY", "k"),
        ("JWT_SECRET", KEY),
        ("APP_SLUG", "slug"),
    ];
    let config = check("[mypa]\ncommunity = \"home\"", &variables).unwrap();
    assert_eq!(config.database.expose_secret(), "postgresql://h/d");
    assert!(matches!(config.crm, Crm::Remote(_)));
    assert_eq!(config.mypa.unwrap().slug, "slug");
}

const TWENTY: &[(&str, &str)] = &[
    ("TWENTY_API_URL", "https://crm.example.org"),
    ("TWENTY_API_KEY", "k"),
];

/// A file, an environment, and the places that are told to be wrong.
type Bad = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static [&'static str],
);

const BAD: &[Bad] = &[
    ("listen = 1", &[], &["listen"]),
    ("x = [", &[], &["the file"]),
    ("[other]", &[], &["other"]),
    ("[listen]\nport = 1", &[], &["listen"]),
    (
        "[listen]\naddress = \"localhost:1\"",
        &[],
        &["listen.address"],
    ),
    (
        "[listen]\naddress = \"0.0.0.0:1\"",
        &[],
        &["listen.address"],
    ),
    ("[listen]\naddress = \"[::]:1\"", &[], &["listen.address"]),
    ("[data]\ndir = \"\"", &[], &["data.dir"]),
    ("[data]\ndir = \"Cargo.toml\"", &[], &["data.dir"]),
    (
        "[database]\nurl = \"postgres://u:p@h/d\"",
        &[],
        &["database.url"],
    ),
    ("[database]\nurl = \"env:NONE\"", &[], &["database.url"]),
    ("", &[("DATABASE_URL", "mysql://h")], &["DATABASE_URL"]),
    ("", &[TWENTY[0]], &["TWENTY_API_URL"]),
    ("", &[TWENTY[1]], &["crm.api_key"]),
    ("[crm]\napi_key = \"k\"", &[], &["crm.api_key"]),
    ("[crm]\nallowed_origins = []", &[], &["crm.allowed_origins"]),
    (
        "[crm]\nallowed_origins = [\"https://a.org\"]",
        TWENTY,
        &["TWENTY_API_URL"],
    ),
    (
        "[crm]\nallowed_origins = [\"a.org\"]",
        TWENTY,
        &["crm.allowed_origins"],
    ),
    (
        "[crm]\nurl = \"http://crm.example.org\"",
        TWENTY,
        &["crm.url"],
    ),
    (
        "[crm]\nurl = \"https://u:p@crm.example.org\"",
        TWENTY,
        &["crm.url"],
    ),
    (
        "",
        &[TWENTY[0], ("TWENTY_API_KEY", "a b")],
        &["crm.api_key"],
    ),
    ("[crm]\nread_age_ms = 3600001", &[], &["crm.read_age_ms"]),
    ("[crm]\nread_age_ms = -1", &[], &["crm"]),
    (
        "",
        &[("TWENTY_WEBHOOK_SECRET", KEY)],
        &["TWENTY_WEBHOOK_SECRET"],
    ),
    (
        "[crm]\nwebhook_secret = \"0123456789abcdef\"",
        TWENTY,
        &["crm.webhook_secret"],
    ),
    (
        "",
        &[
            TWENTY[0],
            TWENTY[1],
            ("TWENTY_WEBHOOK_SECRET", "0123456789abcde"),
        ],
        &["TWENTY_WEBHOOK_SECRET"],
    ),
    (
        "",
        &[TWENTY[0], TWENTY[1], ("TWENTY_FORMER_WEBHOOK_SECRET", KEY)],
        &["TWENTY_FORMER_WEBHOOK_SECRET"],
    ),
    (
        "[crm]\nworkspace_id = \"0190f5fe-7c00-7a00-8000-000000000001\"",
        TWENTY,
        &["crm.workspace_id"],
    ),
    (
        "[crm]\nworkspace_id = \"ours\"",
        &[TWENTY[0], TWENTY[1], ("TWENTY_WEBHOOK_SECRET", KEY)],
        &["crm.workspace_id"],
    ),
    ("", &[("JWT_SECRET", KEY)], &["mypa.community"]),
    ("[mypa]\ncommunity = \"home\"", &[], &["mypa.secret"]),
    (
        "[traces]\nendpoint = \"http://otel.example.org\"",
        &[],
        &["traces.endpoint"],
    ),
    (
        "[traces]\nendpoint = \"https://a.test/?x\"",
        &[],
        &["traces.endpoint"],
    ),
    (
        "[traces]\nendpoint = \"otel.example.org\"",
        &[],
        &["traces.endpoint"],
    ),
    (
        "[traces]\nsample_ratio = 1.5",
        &[],
        &["traces.sample_ratio"],
    ),
    (
        "[traces]\nsample_ratio = nan",
        &[],
        &["traces.sample_ratio"],
    ),
    (
        "[metrics]\ntoken = \"0123456789abcdef\"",
        &[],
        &["metrics.token"],
    ),
    (
        "[mcp]\nhosts = [\"https://pa.example.org\"]",
        &[],
        &["mcp.hosts"],
    ),
    (
        "[mcp]\nhosts = [\"user@pa.example.org\"]",
        &[],
        &["mcp.hosts"],
    ),
    (
        "[mcp]\norigins = [\"app.example.org\"]",
        &[],
        &["mcp.origins"],
    ),
    (
        "[mcp]\norigins = [\"https://app.example.org/page\"]",
        &[],
        &["mcp.origins"],
    ),
    (
        "[mcp]\nurl = \"http://pa.example.org/mcp\"",
        &[],
        &["mcp.url"],
    ),
    (
        "[mcp]\nurl = \"https://pa.example.org/mcp?a\"",
        &[],
        &["mcp.url"],
    ),
    ("[metrics]\ntoken = \"env:T\"", &[], &["metrics.token"]),
    (
        "[metrics]\ntoken = \"env:T\"",
        &[("T", "0123456789abcde")],
        &["metrics.token"],
    ),
    (
        "[mypa]\ncommunity = \"home\"",
        &[("JWT_SECRET", "short")],
        &["JWT_SECRET"],
    ),
    (
        "[mypa]\ncommunity = \"a/b\"",
        &[("JWT_SECRET", KEY)],
        &["mypa.community", "mypa.community"],
    ),
    ("[journal]\nkeep_days = 366", &[], &["journal.keep_days"]),
    (
        "[egress]\nnat64_prefixes = [\"2001:db8::/33\", \"10.0.0.0/8\"]\nname_servers = [\"dns.example.org\"]",
        &[],
        &[
            "egress.nat64_prefixes",
            "egress.nat64_prefixes",
            "egress.name_servers",
        ],
    ),
    ("[egress]\nprivate_host = []", &[], &["egress"]),
    (
        "[egress]\nprivate_hosts_for_modules = [\"127.0.0.1\", \"LOCALHOST\", \"127.1\"]\nrequests_per_day = 1000001",
        &[],
        &[
            "egress.private_hosts_for_modules",
            "egress.private_hosts_for_modules",
            "egress.requests_per_day",
        ],
    ),
    ("[secrets]\nkey = \"env:NOWHERE\"", &[], &["secrets.key"]),
    (
        "[secrets]\nkey = \"env:KEY\"",
        &[("KEY", "short")],
        &["secrets.key"],
    ),
    ("[journal]\nkeep_days = -1", &[], &["journal"]),
    (
        "[limits]\nruns_max = 0",
        &[],
        &["limits.runs_max", "limits.runs_per_skill_max"],
    ),
    (
        "[limits]\nskill_writes_per_hour = 0",
        &[],
        &["limits.skill_writes_per_hour"],
    ),
    (
        "[limits]\ncommunity_writes_per_hour = 1000001",
        &[],
        &["limits.community_writes_per_hour"],
    ),
    ("[limits]\nruns_max = 257", &[], &["limits.runs_max"]),
    ("[limits]\nruns_max = -1", &[], &["limits"]),
    (
        "[limits]\nruns_per_skill_max = 65",
        &[],
        &["limits.runs_per_skill_max"],
    ),
    ("[limits]\nwaiting_max = 4097", &[], &["limits.waiting_max"]),
    (
        "[limits]\nwaiting_per_skill_max = 4097",
        &[],
        &["limits.waiting_per_skill_max"],
    ),
    ("[limits]\nwait_ms = 30001", &[], &["limits.wait_ms"]),
    ("[log]\nformat = \"xml\"", &[], &["log.format"]),
    ("[log]\nfilter = \"a=b=c\"", &[], &["log.filter"]),
];

#[test]
fn every_bad_value_is_told() {
    for (text, variables, places) in BAD.iter().chain(outside::BAD).chain(mail_tests::BAD) {
        assert_eq!(
            check(text, variables).unwrap_err(),
            *places,
            "{text} {variables:?}"
        );
    }
}

#[test]
fn a_list_has_so_many_entries() {
    for (place, prefix) in [
        ("egress.private_hosts", ""),
        ("egress.private_hosts_for_modules", ""),
        ("mcp.hosts", ""),
        ("mcp.origins", "https://"),
    ] {
        let (section, key) = place.split_once('.').unwrap();
        let text = |entries: usize| {
            let entry = |number: usize| format!("\"{prefix}h{number}.example\"");
            let entries: Vec<_> = (0..entries).map(entry).collect();
            format!("[{section}]\n{key} = [{}]", entries.join(","))
        };
        assert!(check(&text(64), &[]).is_ok(), "{place}");
        assert_eq!(check(&text(65), &[]).unwrap_err(), [place]);
    }
}

#[test]
fn answers_may_be_older_where_the_crm_tells_of_changes() {
    let ms = |text: &str, variables: &[(&str, &str)]| {
        let age = check(text, variables).unwrap().freshness.age_max;
        u64::try_from(age.as_millis()).unwrap()
    };
    let told = [TWENTY, &[("TWENTY_WEBHOOK_SECRET", KEY)]].concat();
    assert_eq!(ms("", &[]), 30_000);
    assert_eq!(ms("", TWENTY), 30_000);
    assert_eq!(ms("", &told), 300_000);
    for age in [0, 1, 3_600_000] {
        let text = format!("[crm]\nread_age_ms = {age}");
        assert_eq!((ms(&text, TWENTY), ms(&text, &told)), (age, age));
    }
}

#[test]
fn webhooks_have_a_secret_and_while_it_changes_two() {
    let text = "[crm]\nwebhook_secret = \"env:NEW\"\nformer_webhook_secret = \"env:OLD\"\n\
                workspace_id = \"0190f5fe-7c00-7a00-8000-000000000001\"";
    let (new, old) = (("NEW", KEY), ("OLD", "0123456789abcdef"));
    let config = check(text, &[TWENTY, &[new, old]].concat()).unwrap();
    let webhooks = config.freshness.webhooks.as_ref().unwrap();
    let secrets = webhooks.secrets.iter();
    let secrets: Vec<_> = secrets.map(ExposeSecret::expose_secret).collect();
    assert_eq!(secrets, [new.1, old.1]);
    assert!(webhooks.workspace.is_some());
    assert!(!format!("{config:?}").contains(KEY));
    assert!(check("", TWENTY).unwrap().freshness.webhooks.is_none());
}

#[test]
fn a_private_host_is_a_name_in_the_spelling_of_requests() {
    let place = "egress.private_hosts";
    for (host, good) in [
        ("crm.internal", true),
        ("localhost", true),
        ("xn--bcher-kva.example", true),
        ("Crm.internal", false),
        ("crm.internal.", false),
        ("crm.internal:443", false),
        ("https://crm.internal", false),
        ("crm.internal/x", false),
        ("user@crm.internal", false),
        ("*.internal", false),
        ("a..b", false),
        ("bücher.example", false),
        ("10.0.0.1", false),
        ("0x7f.1", false),
        ("[::1]", false),
        ("", false),
    ] {
        let found = check(&format!("[egress]\nprivate_hosts = [\"{host}\"]"), &[]);
        let expected = if good {
            None
        } else {
            Some(vec![place.to_owned()])
        };
        assert_eq!(found.err(), expected, "{host}");
    }
    for (count, good) in [(64, true), (65, false)] {
        let hosts: Vec<String> = (0..count).map(|n| format!("\"h{n}\"")).collect();
        let text = format!("[egress]\nprivate_hosts = [{}]", hosts.join(","));
        assert_eq!(check(&text, &[]).is_ok(), good, "{count}");
    }
}

#[test]
fn journals_are_kept_for_days_or_not_at_all() {
    for (days, records) in [(0, false), (1, true), (365, true)] {
        let config = check(&format!("[journal]\nkeep_days = {days}"), &[]).unwrap();
        assert_eq!(config.journal.records(), records, "{days}");
        assert_eq!(config.journal.kept.as_secs(), days * 86_400);
    }
}

#[test]
fn all_faults_are_told_at_once() {
    let text = "[listen]\naddress = \"x\"\n[log]\nformat = \"x\"\n[other]\n";
    let told = check(text, &[("DATABASE_URL", "x")]).unwrap_err();
    assert_eq!(
        told,
        ["listen.address", "DATABASE_URL", "log.format", "other"]
    );
}

#[test]
fn a_named_file_must_be_there() {
    let faults = load(Some(Path::new("/nowhere/skillgate.toml")), &given(&[])).unwrap_err();
    assert_eq!(faults[0].place, "/nowhere/skillgate.toml");
}

/// The fields of a section, as serde lists them when it meets one that it does not know.
fn fields<T: DeserializeOwned>() -> Vec<String> {
    let unknown = Table::from_iter([("x-unknown".to_owned(), Value::Boolean(true))]);
    let error = Value::Table(unknown).try_into::<T>().err().unwrap();
    let quoted = error.message().split('`').skip(1).step_by(2);
    quoted.skip(1).map(str::to_owned).collect()
}

#[test]
fn the_reference_lists_every_key_and_variable() {
    let page = include_str!("../../../../docs/configuration.md");
    let example = include_str!("../../../../.env.example");
    let sections = [
        ("listen", fields::<listen::File>()),
        ("data", fields::<data::File>()),
        ("database", fields::<database::File>()),
        ("crm", fields::<crm::File>()),
        ("mypa", fields::<mypa::File>()),
        ("platform", fields::<platform::File>()),
        ("openclaw", fields::<openclaw::File>()),
        ("workspace", fields::<workspace::File>()),
        ("relay", fields::<relay::File>()),
        ("mail", fields::<mail::File>()),
        ("audit", fields::<audit::File>()),
        ("egress", fields::<egress::File>()),
        ("secrets", fields::<secrets::File>()),
        ("journal", fields::<journal::File>()),
        ("limits", fields::<limits::File>()),
        ("mcp", fields::<mcp::File>()),
        ("metrics", fields::<metrics::File>()),
        ("traces", fields::<traces::File>()),
        ("log", fields::<log::File>()),
    ];
    let mut rows = 0;
    for (section, fields) in sections {
        assert!(!fields.is_empty(), "{section}");
        for field in fields {
            assert!(
                page.contains(&format!("| `{section}.{field}` |")),
                "{section}.{field}"
            );
            rows += 1;
        }
    }
    assert_eq!(
        page.matches("\n| `").count(),
        rows + 14,
        "a row for nothing"
    );
    for name in [
        "DATABASE_URL",
        "TWENTY_API_URL",
        "TWENTY_API_KEY",
        "JWT_SECRET",
        "APP_SLUG",
        "OPENCLAW_URL",
        "OPENCLAW_TOKEN",
        "OPENCLAW_DEFAULT_MODEL",
        "PA_WORKSPACE_API_URL",
        "PA_WORKSPACE_SERVICE_TOKEN",
        "RELAY_URL",
        "SKILLGATE_TOKEN",
    ] {
        assert!(page.contains(&format!("| `{name}` |")), "{name}");
        assert!(example.contains(&format!("{name}=")), "{name}");
    }
}
