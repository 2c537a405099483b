//! How OpenClaw is configured to reach the host, and what is wrong with that.

use super::{SERVER, TRANSPORT};
use serde_json::Value;
use skillgate_server::ResourceUrl;
use std::io::Read;
use std::path::Path;

/// Bytes of OpenClaw's configuration that are read.
const FILE_BYTES_MAX: u64 = 1024 * 1024;
/// Deepest nesting of it: the reader goes down without a limit of its own.
const DEPTH_MAX: usize = 64;
/// The argument with which this program answers at standard input.
const COMMAND: &str = "mcp";
/// The variable that holds the token, for a program that OpenClaw starts.
const VARIABLE: &str = "SKILLGATE_TOKEN";

/// Reads the configuration, or says why that is not possible.
pub(super) fn read(path: &Path) -> Result<Value, String> {
    let place = path.display();
    let file = std::fs::File::open(path).map_err(|error| format!("{place}: {error}"))?;
    let mut text = String::new();
    let read = file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text);
    read.map_err(|error| format!("{place}: {error}"))?;
    if text.len() as u64 > FILE_BYTES_MAX {
        return Err(format!("{place} is larger than {FILE_BYTES_MAX} bytes"));
    }
    parse(&text).map_err(|problem| format!("{place}: {problem}"))
}

fn parse(text: &str) -> Result<Value, String> {
    let mut depth = 0_usize;
    for byte in text.bytes() {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH_MAX {
            return Err(format!("it is nested deeper than {DEPTH_MAX}"));
        }
    }
    // What the reader says may repeat what is there.
    json5::from_str(text).map_err(|error| match error.position() {
        Some(at) => format!("line {} is no JSON5", at.line + 1),
        None => "it is no JSON5".to_owned(),
    })
}

/// How OpenClaw reaches the host.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// It asks at an address.
    Http(ResourceUrl),
    /// It starts the program.
    Stdio,
}

/// Where OpenClaw takes the token from.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Credential {
    /// A variable of its environment.
    Variable(String),
    /// A file that the program reads.
    File,
}

/// Finds the host among OpenClaw's servers.
pub(super) fn entry(config: &Value) -> Result<&Value, String> {
    let entry = &config["mcp"]["servers"][SERVER];
    if !entry.is_object() {
        return Err(format!(
            "mcp.servers.{SERVER} is not there; skillgate openclaw install shows what belongs there"
        ));
    }
    if entry["enabled"] == false {
        return Err(format!("mcp.servers.{SERVER} is not enabled"));
    }
    Ok(entry)
}

/// Reads how the host is reached.
pub(super) fn way(entry: &Value) -> Result<Way, String> {
    match (&entry["url"], &entry["command"]) {
        (Value::String(url), Value::Null) => {
            if entry["transport"] != TRANSPORT {
                return Err(format!(
                    "transport is not {TRANSPORT:?}: OpenClaw would speak the older protocol of \
                     events (SSE), which the host does not answer"
                ));
            }
            let url = ResourceUrl::parse(url).ok_or(
                "url is no address of a host: https, or http of this machine, and no query",
            )?;
            Ok(Way::Http(url))
        }
        (Value::Null, Value::String(command)) => {
            let command = Path::new(command).file_name();
            let argument = |argument: &Value| argument == COMMAND;
            let asked = entry["args"]
                .as_array()
                .is_some_and(|all| all.iter().any(argument));
            if command.is_none() || !asked {
                return Err(format!(
                    "command and args do not start `skillgate {COMMAND}`"
                ));
            }
            Ok(Way::Stdio)
        }
        _ => Err("it has neither a url nor a command, or both".to_owned()),
    }
}

/// Reads where the token comes from. A token itself is never repeated.
pub(super) fn credential(entry: &Value) -> Result<Credential, String> {
    if entry["url"].is_string() {
        return header(&entry["headers"]);
    }
    if let Some(name) = entry["env"][VARIABLE].as_str().and_then(variable) {
        return Ok(Credential::Variable(name.to_owned()));
    }
    let arguments = entry["args"].as_array().into_iter().flatten();
    let mut arguments = arguments.filter_map(Value::as_str);
    if arguments.any(|argument| argument.starts_with("--token-file")) {
        return Ok(Credential::File);
    }
    let wanted = format!("\"${{{VARIABLE}}}\"");
    Err(if entry["env"][VARIABLE].is_string() {
        format!("env holds a token itself; put it into the environment and write {wanted}")
    } else {
        format!("env has no {VARIABLE}; write {wanted}")
    })
}

fn header(headers: &Value) -> Result<Credential, String> {
    let wanted = format!("\"Bearer ${{{VARIABLE}}}\"");
    let mut named = headers.as_object().into_iter().flatten();
    let found = named.find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    let Some((_, value)) = found else {
        return Err(format!("headers has no Authorization; write {wanted}"));
    };
    let text = value.as_str().unwrap_or_default();
    let Some(("Bearer", credential)) = text.split_once(' ') else {
        return Err(format!(
            "Authorization does not begin with Bearer; write {wanted}"
        ));
    };
    variable(credential)
        .map(|name| Credential::Variable(name.to_owned()))
        .ok_or_else(|| {
            format!(
                "Authorization holds a token itself, which everybody can read who reads the file; \
                 put it into the environment and write {wanted}"
            )
        })
}

/// Reads `${NAME}`.
fn variable(text: &str) -> Option<&str> {
    let name = text.strip_prefix("${")?.strip_suffix('}')?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (!name.is_empty() && name.bytes().all(plain)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const URL: &str = "http://127.0.0.1:8787/mcp";

    fn http() -> Value {
        json!({ "url": URL, "transport": TRANSPORT,
            "headers": { "Authorization": "Bearer ${SKILLGATE_TOKEN}" } })
    }

    fn stdio() -> Value {
        json!({ "command": "/usr/local/bin/skillgate", "args": ["mcp"],
            "env": { "SKILLGATE_TOKEN": "${SKILLGATE_TOKEN}" } })
    }

    fn with(mut entry: Value, name: &str, value: Value) -> Value {
        entry[name] = value;
        entry
    }

    #[test]
    fn both_ways_are_understood() {
        let way = |entry| way(&entry).unwrap();
        let http_way = Way::Http(ResourceUrl::parse(URL).unwrap());
        assert_eq!((way(http()), way(stdio())), (http_way, Way::Stdio));
        let variable = Credential::Variable("SKILLGATE_TOKEN".to_owned());
        assert_eq!(credential(&http()), Ok(variable));
        let in_lower_case = json!({ "authorization": "Bearer ${T}" });
        let entry = with(http(), "headers", in_lower_case);
        assert_eq!(credential(&entry), Ok(Credential::Variable("T".to_owned())));
        let args = json!(["--config", "x.toml", "mcp", "--token-file", "/run/token"]);
        let entry = with(with(stdio(), "args", args), "env", json!({}));
        assert_eq!(way(entry.clone()), Way::Stdio);
        assert_eq!(credential(&entry), Ok(Credential::File));
    }

    #[test]
    fn what_is_wrong_with_a_way_is_told() {
        for (entry, told) in [
            (with(http(), "transport", Value::Null), "SSE"),
            (with(http(), "transport", json!("sse")), "SSE"),
            (
                with(http(), "url", json!("http://pa.example.org/mcp")),
                "no address",
            ),
            (with(http(), "url", json!("127.0.0.1:8787")), "no address"),
            (with(http(), "command", json!("skillgate")), "or both"),
            (with(http(), "url", Value::Null), "neither"),
            (with(stdio(), "args", json!(["serve"])), "do not start"),
            (with(stdio(), "args", json!("mcp")), "do not start"),
            (with(stdio(), "command", json!("")), "do not start"),
        ] {
            let problem = way(&entry).unwrap_err();
            assert!(problem.contains(told), "{entry}: {problem}");
        }
    }

    #[test]
    fn a_token_in_the_file_is_told_and_not_repeated() {
        let header = |text: &str| with(http(), "headers", json!({ "Authorization": text }));
        let env = |env: Value| with(stdio(), "env", env);
        for (entry, told) in [
            (with(http(), "headers", Value::Null), "no Authorization"),
            (header("Bearer sgt_hush"), "a token itself"),
            (header("Bearer ${A} sgt_hush"), "a token itself"),
            (header("Bearer ${}"), "a token itself"),
            (header("sgt_hush"), "begin with Bearer"),
            (header("Basic ${A}"), "begin with Bearer"),
            (env(json!({})), "has no SKILLGATE_TOKEN"),
            (
                env(json!({ "SKILLGATE_TOKEN": "sgt_hush" })),
                "a token itself",
            ),
        ] {
            let problem = credential(&entry).unwrap_err();
            assert!(problem.contains(told), "{entry}: {problem}");
            assert!(!problem.contains("hush"), "{problem}");
        }
    }

    #[test]
    fn the_host_is_found_in_what_people_write() {
        let text = "{ // ours\n mcp: { servers: { 'skillgate': { command: 'skillgate', args: ['mcp',], }, }, }, }";
        assert!(entry(&parse(text).unwrap()).is_ok());
        for text in [
            "{}",
            "{mcp: {servers: {other: {}}}}",
            "[]",
            "{mcp: {servers: {skillgate: 1}}}",
        ] {
            let problem = entry(&parse(text).unwrap()).unwrap_err();
            assert!(problem.contains("not there"), "{text}: {problem}");
        }
        let off = parse("{mcp: {servers: {skillgate: {enabled: false}}}}").unwrap();
        assert!(entry(&off).unwrap_err().contains("not enabled"));
    }

    #[test]
    fn what_cannot_be_read_is_told_by_its_line() {
        assert_eq!(parse("{\n a: hush }").unwrap_err(), "line 2 is no JSON5");
        let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(&deep(DEPTH_MAX)).is_ok());
        assert!(parse(&deep(DEPTH_MAX + 1)).unwrap_err().contains("deeper"));
        assert!(parse(&"[".repeat(100_000)).unwrap_err().contains("deeper"));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("openclaw.json");
        assert!(read(&path).is_err());
        let most = usize::try_from(FILE_BYTES_MAX).unwrap();
        for (bytes, good) in [(most, true), (most + 1, false)] {
            std::fs::write(&path, format!("{{}}{}", " ".repeat(bytes - 2))).unwrap();
            assert_eq!(read(&path).is_ok(), good, "{bytes}");
        }
    }
}
