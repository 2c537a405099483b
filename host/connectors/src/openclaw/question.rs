use http::HeaderValue;
use serde_json::{Value, json};
use skillgate_app::digest::of_parts;
use skillgate_app::ports::{PROMPT_BYTES_MAX, PlannerRequest};
use std::fmt::Write;

/// Longest name of a model, in characters.
pub const MODEL_CHARS_MAX: usize = 120;

/// The agent that answers when none is named.
const AGENT: &str = "openclaw";
/// What stands before the name of another agent.
const AGENT_PREFIX: &str = "openclaw/";
/// Tells this use of a digest from others.
const SESSION: &[u8] = b"skillgate planner session";
/// How much of a digest names a session, in bytes.
const SESSION_BYTES: usize = 16;

/// What is asked of the gateway.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) body: Vec<u8>,
    /// The model in the body: an agent of the gateway's.
    pub(super) model: String,
    /// A provider's model, where one was asked for.
    pub(super) provider_model: Option<HeaderValue>,
}

impl Question {
    /// Puts a request into the gateway's words. Nothing, if it is none that the gateway could take.
    pub(super) fn of(request: &PlannerRequest, default_model: Option<&str>) -> Option<Self> {
        let warm = request.temperature;
        if !(1..=PROMPT_BYTES_MAX).contains(&request.prompt.len())
            || warm.is_some_and(|degree| !(0.0..=2.0).contains(&degree))
        {
            return None;
        }
        let named = request.model.as_deref().or(default_model);
        let (model, provider_model) = named.map_or(Some((AGENT, None)), model)?;
        let mut body = json!({
            "model": model,
            "messages": [{ "role": "user", "content": request.prompt }],
            "stream": false,
            "user": session(request),
        });
        if let Some(degree) = warm {
            body["temperature"] = Value::from(degree);
        }
        Some(Self {
            body: body.to_string().into_bytes(),
            model: model.to_owned(),
            provider_model,
        })
    }
}

/// Tells whether `name` can name a model: an agent of the gateway's, or a provider's model.
pub fn is_model(name: &str) -> bool {
    model(name).is_some()
}

/// Splits a name into what the body may say and what the header has to.
fn model(name: &str) -> Option<(&str, Option<HeaderValue>)> {
    let plain = name.bytes().all(|byte| byte.is_ascii_graphic());
    if !plain || !(1..=MODEL_CHARS_MAX).contains(&name.len()) {
        return None;
    }
    if name == AGENT {
        return Some((name, None));
    }
    match name.strip_prefix(AGENT_PREFIX) {
        Some(agent) => is_agent(agent).then_some((name, None)),
        None => Some((AGENT, Some(HeaderValue::try_from(name).ok()?))),
    }
}

fn is_agent(id: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    !id.is_empty() && id.bytes().all(known)
}

/// Names the conversation of one person in one community: always the same, and neither's id.
fn session(request: &PlannerRequest) -> String {
    let parts = [request.community.as_str(), request.user.as_str()].map(str::as_bytes);
    let digest = of_parts([SESSION].into_iter().chain(parts));
    let mut name = "skillgate-".to_owned();
    for byte in &digest.as_bytes()[..SESSION_BYTES] {
        write!(name, "{byte:02x}").expect("a string takes what is written to it");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use skillgate_domain::ids::{CommunityId, UserId};
    use std::collections::BTreeSet;

    fn request(community: &str, user: &str) -> PlannerRequest {
        PlannerRequest {
            community: CommunityId::parse(community).unwrap(),
            user: UserId::parse(user).unwrap(),
            prompt: "Think.".to_owned(),
            model: None,
            temperature: None,
        }
    }

    #[test]
    fn the_body_names_agents_and_the_header_the_rest() {
        let longest = "x".repeat(MODEL_CHARS_MAX);
        let too_long = "x".repeat(MODEL_CHARS_MAX + 1);
        for (name, expected) in [
            ("openclaw", Some(("openclaw", None))),
            ("openclaw/sales-2_x", Some(("openclaw/sales-2_x", None))),
            ("gpt-4.1-mini", Some(("openclaw", Some("gpt-4.1-mini")))),
            ("openai/gpt", Some(("openclaw", Some("openai/gpt")))),
            ("OpenClaw", Some(("openclaw", Some("OpenClaw")))),
            (&longest, Some(("openclaw", Some(longest.as_str())))),
            (&too_long, None),
            ("openclaw/", None),
            ("openclaw/a/b", None),
            ("openclaw/../a", None),
            ("", None),
            ("a b", None),
            ("a\r\nauthorization: x", None),
            ("é", None),
        ] {
            let found = model(name);
            let found = found.as_ref().map(|(body, header)| {
                let header = header.as_ref().and_then(|value| value.to_str().ok());
                (*body, header)
            });
            assert_eq!(found, expected, "{name:?}");
            assert_eq!(is_model(name), expected.is_some());
        }
    }

    #[test]
    fn what_no_gateway_takes_is_not_asked() {
        type Case = (fn(&mut PlannerRequest), bool);
        let asked = |change: fn(&mut PlannerRequest)| {
            let mut request = request("acme", "ada");
            change(&mut request);
            Question::of(&request, None).is_some()
        };
        let cases: [Case; 9] = [
            (|_| (), true),
            (|r| r.prompt = "x".repeat(PROMPT_BYTES_MAX), true),
            (|r| r.prompt = "x".repeat(PROMPT_BYTES_MAX + 1), false),
            (|r| r.prompt.clear(), false),
            (|r| r.temperature = Some(2.0), true),
            (|r| r.temperature = Some(2.1), false),
            (|r| r.temperature = Some(-0.1), false),
            (|r| r.temperature = Some(f64::NAN), false),
            (|r| r.model = Some(" ".to_owned()), false),
        ];
        for (nth, (change, expected)) in cases.into_iter().enumerate() {
            assert_eq!(asked(change), expected, "case {nth}");
        }
    }

    #[test]
    fn each_person_in_each_community_has_a_session_that_tells_nothing() {
        let people = [("acme", "ada"), ("acme", "bob"), ("other", "ada")];
        let people = people.map(|(community, user)| session(&request(community, user)));
        assert_eq!(people.iter().collect::<BTreeSet<_>>().len(), 3);
        assert_eq!(people[0], session(&request("acme", "ada")), "stable");
        for name in &people {
            assert_eq!(name.len(), "skillgate-".len() + 2 * SESSION_BYTES);
            assert!(!name.contains("acme") && !name.contains("ada"));
        }
    }
}
