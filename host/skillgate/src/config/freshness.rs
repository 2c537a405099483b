use super::{Environment, Faults, secret};
use secrecy::{ExposeSecret, SecretString};
use skillgate_app::reads::{AGE_MAX, AGE_MAX_TOLD};
use std::ops::RangeInclusive;
use std::time::Duration;
use uuid::Uuid;

/// How old an answer from memory may be, in milliseconds.
const AGES_MS: RangeInclusive<u64> = 0..=3_600_000;
/// Shortest secret of webhooks, in bytes: one that nobody guesses.
const SECRET_BYTES_MIN: usize = 16;

/// What the section `crm` says of it.
pub(super) struct Given {
    pub(super) read_age_ms: Option<u64>,
    pub(super) webhook_secret: Option<String>,
    pub(super) former_webhook_secret: Option<String>,
    pub(super) workspace_id: Option<String>,
}

/// How old a record may be that a call is answered with, and whether the CRM tells of changes.
#[derive(Debug, Clone)]
pub(crate) struct Freshness {
    /// How old; where it is nothing, each record is read anew.
    pub(crate) age_max: Duration,
    /// How the CRM shows that it is the CRM.
    pub(crate) webhooks: Option<Webhooks>,
}

/// What the deliveries of a workspace are checked with.
#[derive(Debug, Clone)]
pub(crate) struct Webhooks {
    /// The secret, and the former one while they change.
    pub(crate) secrets: Vec<SecretString>,
    /// The workspace, where it is known.
    pub(crate) workspace: Option<Uuid>,
}

/// Reads `crm.read_age_ms`, `crm.webhook_secret` or `TWENTY_WEBHOOK_SECRET`, `crm.former_webhook_secret` or
/// `TWENTY_FORMER_WEBHOOK_SECRET`, and `crm.workspace_id`. `remote` says that there is a workspace.
pub(super) fn read(
    given: Given,
    remote: bool,
    environment: &Environment,
    faults: &mut Faults,
) -> Freshness {
    let age = given.read_age_ms.filter(|age| {
        let within = AGES_MS.contains(age);
        if !within {
            let (least, most) = (AGES_MS.start(), AGES_MS.end());
            faults.add("crm.read_age_ms", format!("must be {least} to {most}"));
        }
        within
    });
    let webhooks = webhooks(given, remote, environment, faults);
    let usual = if webhooks.is_some() {
        AGE_MAX_TOLD
    } else {
        AGE_MAX
    };
    Freshness {
        age_max: age.map_or(usual, Duration::from_millis),
        webhooks,
    }
}

fn webhooks(
    given: Given,
    remote: bool,
    environment: &Environment,
    faults: &mut Faults,
) -> Option<Webhooks> {
    let present = ("crm.webhook_secret", given.webhook_secret);
    let present = secret::given(present, "TWENTY_WEBHOOK_SECRET", environment, faults);
    let former = ("crm.former_webhook_secret", given.former_webhook_secret);
    let former = secret::given(former, "TWENTY_FORMER_WEBHOOK_SECRET", environment, faults);
    let (present, former) = (present.ok()?, former.ok()?);
    for (place, secret) in [&present, &former].into_iter().flatten() {
        if secret.expose_secret().len() < SECRET_BYTES_MIN {
            let rule = format!("a secret of webhooks has at least {SECRET_BYTES_MIN} bytes");
            faults.add(*place, rule);
        }
    }
    let workspace = given.workspace_id.map(|text| Uuid::parse_str(&text));
    if workspace.as_ref().is_some_and(Result::is_err) {
        faults.add("crm.workspace_id", "the id of a workspace is a UUID");
    }
    let Some((place, secret)) = present else {
        let alone =
            "there is no secret of webhooks; set crm.webhook_secret or TWENTY_WEBHOOK_SECRET";
        if let Some((place, _)) = former {
            faults.add(place, alone);
        } else if workspace.is_some() {
            faults.add("crm.workspace_id", alone);
        }
        return None;
    };
    if !remote {
        faults.add(
            place,
            "there is no workspace that could tell of anything; set crm.url or TWENTY_API_URL",
        );
        return None;
    }
    let former = former.map(|(_, secret)| secret);
    Some(Webhooks {
        secrets: std::iter::once(secret).chain(former).collect(),
        workspace: workspace.and_then(Result::ok),
    })
}
