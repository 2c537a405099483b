//! `skillgate openclaw doctor`

use super::SERVER;
use super::client::{self, Told, ToldManual};
use super::folder::{self, Found};
use super::server::{self, Credential, Way};
use crate::commands::doctor::{Check, report};
use crate::config::{Config, Environment};
use crate::outcome::{Exit, Failure};
use crate::output::Output;
use crate::wiring;
use secrecy::SecretString;
use skillgate_connectors::transport::{AllowedOrigins, Guard};
use skillgate_server::ResourceUrl;
use std::path::Path;

/// What OpenClaw puts between the names of a server and a tool.
const BETWEEN: &str = "__";
/// Longest name of a tool there: a longer one is cut.
const TOOL_CHARS_MAX: usize = 64;
/// Texts that are named where a manual differs.
const NAMED_MAX: usize = 3;
/// What to do about a manual.
const INSTALL: &str = "run skillgate openclaw install";

/// Says of each thing that OpenClaw needs whether it is right, and what to do.
pub(super) async fn run(
    config: &Config,
    environment: &Environment,
    (file, dir): (&Path, &Path),
    output: Output,
) -> Result<(), Failure> {
    let mut checks = Vec::new();
    if let Some((way, token)) = configured(environment, file, &mut checks) {
        match (way, token) {
            (Way::Http(url), Some(token)) => {
                asked(config, &url, &token, dir, &mut checks).await;
            }
            (Way::Http(_), None) => {}
            (Way::Stdio, _) => checks.push(Check::told("host", "not asked: OpenClaw starts it")),
        }
    }
    report(&checks, output)
}

fn set<T>(name: &'static str, found: &Result<T, String>) -> Check {
    let found = found.as_ref().map(drop).map_err(Clone::clone);
    Check::of(name, Exit::Configuration, found)
}

/// Looks at OpenClaw's configuration. Returns how the host is reached and with which token, as far as that is known.
fn configured(
    environment: &Environment,
    file: &Path,
    checks: &mut Vec<Check>,
) -> Option<(Way, Option<SecretString>)> {
    let read = server::read(file);
    checks.push(set("configuration", &read));
    let read = read.ok()?;
    let entry = server::entry(&read);
    checks.push(set("server", &entry));
    let entry = entry.ok()?;
    let (way, credential) = (server::way(entry), server::credential(entry));
    checks.push(set("address", &way));
    checks.push(set("credential", &credential));
    let token = match credential {
        Ok(Credential::Variable(name)) => {
            let value = environment.get(&name).map(SecretString::from);
            let set_here = value.is_some().then_some(()).ok_or_else(|| {
                format!("{name} is not set here; OpenClaw needs it in its environment")
            });
            checks.push(set("environment", &set_here));
            value
        }
        Ok(Credential::File) | Err(_) => None,
    };
    Some((way.ok()?, token))
}

/// Asks the host, and compares what it tells with what was written.
async fn asked(
    config: &Config,
    url: &ResourceUrl,
    token: &SecretString,
    dir: &Path,
    checks: &mut Vec<Check>,
) {
    let transport = wiring::open_transport(config);
    let Ok(transport) = transport else {
        return checks.push(Check::started("host", &transport));
    };
    let told = match AllowedOrigins::parse([url.origin()]) {
        Ok(origins) => client::ask(&Guard::new(origins, transport), url, token).await,
        Err(error) => Err(client::AskError::NoAnswer(error.into())),
    };
    match told {
        Ok(told) => checks.extend(compared(&told, dir)),
        Err(error) => {
            let words = format!("{url}: {error}");
            checks.push(Check::of("host", error.exit(), Err(words)));
        }
    }
}

fn compared(told: &Told, dir: &Path) -> Vec<Check> {
    let some = if told.tools.is_empty() {
        let words = "it lists no tool: nothing is granted that this token may call";
        Err(words.to_owned())
    } else {
        Ok(())
    };
    let manuals = told.manuals.iter();
    let manuals = manuals.map(|(name, manual)| {
        let found = same(&dir.join(name), manual);
        Check::of(format!("skill {name}"), Exit::Failed, found)
    });
    let mut checks = vec![
        Check::of("host", Exit::Failed, some),
        Check::of("names of tools", Exit::Failed, names(&told.tools)),
    ];
    checks.extend(manuals);
    let ours = folder::ours(dir).unwrap_or_default();
    let left = ours
        .into_iter()
        .filter(|name| !told.manuals.contains_key(name));
    checks.extend(left.map(|name| {
        let words = "this token may not call it any more; remove the folder".to_owned();
        Check::of(format!("skill {name}"), Exit::Failed, Err(words))
    }));
    checks
}

/// Tells whether OpenClaw keeps the names of tools as they are.
fn names(tools: &[String]) -> Result<(), String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let kept = |tool: &&String| {
        SERVER.len() + BETWEEN.len() + tool.len() <= TOOL_CHARS_MAX && tool.bytes().all(plain)
    };
    match tools.iter().find(|tool| !kept(tool)) {
        Some(tool) => Err(format!("{SERVER}{BETWEEN}{tool} would be cut or changed")),
        None => Ok(()),
    }
}

/// Tells whether a manual's folder holds what the host serves, and is used only where the host is configured.
fn same(place: &Path, told: &ToldManual) -> Result<(), String> {
    let found = folder::look(place).map_err(|error| format!("{}: {error}", place.display()))?;
    let texts = match found {
        Found::Nothing => return Err(format!("it is not written; {INSTALL}")),
        Found::Other(what) => return Err(format!("{} is {what}", place.display())),
        Found::Texts(texts, _) => texts,
    };
    let differs = |path: &&String| texts.get(*path) != told.texts.get(*path);
    let all = texts.keys().chain(told.texts.keys());
    let mut others: Vec<_> = all.filter(differs).map(String::as_str).collect();
    others.sort_unstable();
    others.dedup();
    if !others.is_empty() {
        others.truncate(NAMED_MAX);
        return Err(format!(
            "other than the host serves: {}; {INSTALL}",
            others.join(", ")
        ));
    }
    if !told.asks_for_host {
        return Err(format!(
            "its SKILL.md does not ask for requires.config mcp.servers.{SERVER}, so OpenClaw uses it without the host"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn names_of_tools_stay_as_they_are() {
        let longest = "a".repeat(TOOL_CHARS_MAX - "skillgate__".len());
        let named = |name: &str| names(&["crm_say".to_owned(), name.to_owned()]).is_ok();
        for (name, kept) in [
            (longest.as_str(), true),
            (&format!("{longest}a"), false),
            ("a-b_C9", true),
            ("a.b", false),
            ("ä", false),
        ] {
            assert_eq!(named(name), kept, "{name}");
        }
    }

    #[test]
    fn a_manual_is_compared_text_by_text() {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("crm");
        let texts = |main: &str| BTreeMap::from([("SKILL.md".to_owned(), main.to_owned())]);
        let told = |main: &str, asks_for_host| ToldManual {
            texts: folder::digests(&texts(main)),
            asks_for_host,
        };
        let problem = |told: &ToldManual| same(&place, told).unwrap_err();
        assert!(problem(&told("a", true)).contains("not written"));
        folder::write(dir.path(), "crm", &texts("a")).unwrap();
        assert_eq!(same(&place, &told("a", true)), Ok(()));
        assert!(problem(&told("b", true)).contains("SKILL.md"));
        assert!(problem(&told("a", false)).contains("requires.config"));
        std::fs::write(place.join("more.md"), "x").unwrap();
        assert!(problem(&told("a", true)).contains("more.md"));

        let left = Told::default();
        let found = compared(&left, dir.path());
        let view = serde_json::json!(found.iter().map(Check::view).collect::<Vec<_>>());
        assert_eq!(view[2]["check"], "skill crm", "{view}");
        assert!(
            view[0]["found"].as_str().unwrap().contains("no tool"),
            "{view}"
        );
    }
}
