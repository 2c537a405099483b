//! A member more in a body of JSON, and every other byte as it was.
//!
//! The body is not read into values and written again: numbers would lose digits and members their order.
//! What is on the way to the member is found where it stands, and the text is cut there.

use super::InjectError;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;
use std::ops::Range;

/// Longest spelling of a byte in JSON: `\u0000`.
const ESCAPE_BYTES: usize = 6;

/// Returns `body` with the secret at `pointer`, which must be absent or `null`.
pub(super) fn with_member(
    body: &[u8],
    pointer: &str,
    secret: &str,
) -> Result<Vec<u8>, InjectError> {
    let text = std::str::from_utf8(body).map_err(|_| InjectError::NotJson)?;
    let root: &RawValue = serde_json::from_str(text).map_err(|_| InjectError::NotJson)?;
    if !root.get().starts_with(['{', '[']) {
        return Err(InjectError::NotJson);
    }
    let tokens = pointer.strip_prefix('/').ok_or(InjectError::NoParent)?;
    let tokens: Vec<String> = tokens.split('/').map(unescaped).collect();
    let (member, parents) = tokens.split_last().ok_or(InjectError::NoParent)?;
    let mut parent = root.get();
    for token in parents {
        let found = find(parent, token)?;
        parent = found.value.ok_or(InjectError::NoParent)?;
    }
    let gap = gap(text, parent, member)?;

    // Large enough from the start: a buffer that grows leaves copies of the secret behind.
    let added = ESCAPE_BYTES * (secret.len() + member.len()) + r#""":"","#.len();
    let mut written = Vec::with_capacity(body.len() + added);
    written.extend_from_slice(&body[..gap.at.start]);
    if gap.named {
        quote(member, &mut written);
        written.push(b':');
    }
    quote(secret, &mut written);
    if gap.followed {
        written.push(b',');
    }
    written.extend_from_slice(&body[gap.at.end..]);
    Ok(written)
}

/// Where the secret goes.
struct Gap {
    at: Range<usize>,
    /// The name has to be written too.
    named: bool,
    /// There are members behind it.
    followed: bool,
}

fn gap(text: &str, parent: &str, member: &str) -> Result<Gap, InjectError> {
    let found = find(parent, member)?;
    match found.value {
        Some(null @ "null") => {
            let at = offset(text, null);
            Ok(Gap {
                at: at..at + null.len(),
                named: false,
                followed: false,
            })
        }
        Some(_) => Err(InjectError::Taken),
        None if parent.starts_with('{') => {
            let at = offset(text, parent) + "{".len();
            Ok(Gap {
                at: at..at,
                named: true,
                followed: found.members > 0,
            })
        }
        None => Err(InjectError::NoParent),
    }
}

/// Returns where `part`, which is a piece of `text`, begins in it.
fn offset(text: &str, part: &str) -> usize {
    part.as_ptr().addr() - text.as_ptr().addr()
}

/// Undoes the escapes of a pointer (RFC 6901, section 4).
fn unescaped(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

fn quote(text: &str, written: &mut Vec<u8>) {
    serde_json::to_writer(written, text).expect("a text goes into memory");
}

/// What is known of a member after its parent was read to the end.
struct Found<'a> {
    value: Option<&'a str>,
    members: usize,
}

/// Looks for a member of an object, or an element of an array by its index. What has no members has none.
fn find<'a>(parent: &'a str, member: &str) -> Result<Found<'a>, InjectError> {
    if !parent.starts_with(['{', '[']) {
        return Err(InjectError::NoParent);
    }
    let mut reader = serde_json::Deserializer::from_str(parent);
    let found = Lookup(member).deserialize(&mut reader);
    let (found, times) = found.map_err(|_| InjectError::NotJson)?;
    if times > 1 {
        Err(InjectError::Ambiguous)
    } else {
        Ok(found)
    }
}

/// Reads an object or array for one member. Counts how often it is there.
struct Lookup<'m>(&'m str);

impl<'de> DeserializeSeed<'de> for Lookup<'_> {
    type Value = (Found<'de>, usize);

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Lookup<'_> {
    type Value = (Found<'de>, usize);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = Found {
            value: None,
            members: 0,
        };
        let mut times = 0;
        while let Some(name) = map.next_key::<String>()? {
            found.members += 1;
            if name == self.0 {
                found.value = Some(map.next_value::<&RawValue>()?.get());
                times += 1;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok((found, times))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut found = Found {
            value: None,
            members: 0,
        };
        // No sign, no zero in front (RFC 6901, section 4).
        let index: Option<usize> = self
            .0
            .parse()
            .ok()
            .filter(|at: &usize| at.to_string() == self.0);
        while let Some(element) = seq.next_element::<&RawValue>()? {
            if index == Some(found.members) {
                found.value = Some(element.get());
            }
            found.members += 1;
        }
        Ok((found, 1))
    }
}
