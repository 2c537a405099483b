//! LINKS: subfields that are not sent are reset. A label without a URL is dropped.

use serde_json::{Map, Value, json};
use url::Url;

use super::{inspect, scalar};
use crate::fault::Fault;

pub(super) fn write(field: &str, parts: &Map<String, Value>) -> Result<Value, Fault> {
    let text = |name: &str| match parts.get(name) {
        Some(input) => scalar::text(&format!("{field}.{name}"), input),
        None => Ok(Value::Null),
    };
    let mut links = vec![(text("primaryLinkUrl")?, text("primaryLinkLabel")?)];
    links.extend(secondary(field, parts.get("secondaryLinks"))?);
    links.retain(|(url, _)| !url.is_null());
    let mut kept = Vec::with_capacity(links.len());
    for (url, label) in links {
        kept.push((normal(url.as_str().unwrap_or_default())?, label));
    }
    let mut kept = kept.into_iter();
    let (url, label) = kept
        .next()
        .map_or((Value::Null, Value::Null), |(url, label)| {
            (json!(url), label)
        });
    let rest: Vec<Value> = kept
        .map(|(url, label)| json!({"url": url, "label": label}))
        .collect();
    let rest = if rest.is_empty() {
        Value::Null
    } else {
        json!(rest)
    };
    Ok(json!({"primaryLinkUrl": url, "primaryLinkLabel": label, "secondaryLinks": rest}))
}

fn secondary(field: &str, input: Option<&Value>) -> Result<Vec<(Value, Value)>, Fault> {
    match input {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => {
            let name = format!("{field}.secondaryLinks");
            items
                .iter()
                .map(|item| {
                    Ok((
                        scalar::text(&name, &item["url"])?,
                        scalar::text(&name, &item["label"])?,
                    ))
                })
                .collect()
        }
        Some(other) => Err(Fault::bad(format!(
            "Invalid array value {} for field \"{field}.secondaryLinks\"",
            inspect(other)
        ))),
    }
}

/// Lower-cases the host and drops a trailing slash; a bare domain stays as it is.
fn normal(text: &str) -> Result<String, Fault> {
    let invalid = || Fault::coded("The URL of the link is not valid", "INVALID_URL");
    if text.chars().any(char::is_whitespace) {
        return Err(invalid());
    }
    match Url::parse(text) {
        Ok(url) if url.has_host() => {
            let Some((scheme, rest)) = text.split_once("://") else {
                return Err(invalid());
            };
            let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
            let (authority, path) = rest.split_at(end);
            let whole = format!(
                "{}://{}{path}",
                scheme.to_lowercase(),
                authority.to_lowercase()
            );
            Ok(whole.strip_suffix('/').unwrap_or(&whole).to_owned())
        }
        _ if text.contains('.') && Url::parse(&format!("https://{text}")).is_ok() => {
            Ok(text.to_owned())
        }
        _ => Err(invalid()),
    }
}
