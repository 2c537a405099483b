//! What is asked for, segment by segment.

use super::target::TargetError;
use std::fmt::{self, Write};

/// Tells whether a byte stands for itself in a segment (RFC 3986, section 3.3).
pub(super) const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'.'
                | b'_'
                | b'~'
                | b'!'
                | b'$'
                | b'&'
                | b'\''
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b','
                | b';'
                | b'='
                | b':'
                | b'@'
        )
}

/// Brings a path into its one spelling (RFC 3986, section 6.2.2): what need not be encoded is not, the rest is
/// in upper case. Refuses what another reader might resolve to somewhere else.
pub(super) fn canonical(path: &str) -> Result<String, TargetError> {
    if path.is_empty() {
        return Ok("/".to_owned());
    }
    let segments = path.strip_prefix('/').ok_or(TargetError::Characters)?;
    let last = segments.split('/').count() - 1;
    let mut canonical = String::with_capacity(path.len());
    for (at, segment) in segments.split('/').enumerate() {
        let segment = decoded(segment)?;
        // Some servers take what stands behind a semicolon for a parameter, and resolve the rest.
        let name = segment.split(';').next().unwrap_or_default();
        if (segment.is_empty() && at != last) || name == "." || name == ".." {
            return Err(TargetError::Path);
        }
        canonical.push('/');
        canonical.push_str(&segment);
    }
    Ok(canonical)
}

fn decoded(segment: &str) -> Result<String, TargetError> {
    let mut plain = String::with_capacity(segment.len());
    let mut rest = segment.as_bytes().iter().copied();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            if !is_plain(byte) {
                return Err(TargetError::Characters);
            }
            plain.push(char::from(byte));
            continue;
        }
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        let high = digit(rest.next()).ok_or(TargetError::Path)?;
        let low = digit(rest.next()).ok_or(TargetError::Path)?;
        let byte = u8::try_from(high * 16 + low).map_err(|_| TargetError::Path)?;
        match byte {
            b'/' | b'\\' | 0..=0x1f | 0x7f => return Err(TargetError::Path),
            b'-' | b'.' | b'_' | b'~' => plain.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => plain.push(char::from(byte)),
            _ => write!(plain, "%{byte:02X}").expect("a string takes everything"),
        }
    }
    // What is encoded twice is decoded twice by some, however its second half was written.
    (!is_encoded_twice(&plain))
        .then_some(plain)
        .ok_or(TargetError::Path)
}

fn is_encoded_twice(plain: &str) -> bool {
    let mut behind = plain.split("%25").skip(1);
    behind.any(|rest| rest.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2)
}

/// Which paths: `*` is one segment, `**` at the end one or more.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PathPattern {
    /// Nothing: any segment that is not empty.
    segments: Vec<Option<String>>,
    /// More segments follow.
    open: bool,
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for segment in &self.segments {
            write!(f, "/{}", segment.as_deref().unwrap_or("*"))?;
        }
        f.write_str(if self.open { "/**" } else { "" })
    }
}

impl PathPattern {
    /// Reads a pattern. Nothing at all is every path.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        if text.is_empty() {
            return Ok(Self {
                segments: Vec::new(),
                open: true,
            });
        }
        let (text, open) = match text.strip_suffix("/**") {
            Some("") => ("", true),
            Some(before) => (before, true),
            None => (text, false),
        };
        let segment = |segment: &str| match segment {
            "*" => Ok(None),
            _ if segment.contains('*') => Err(TargetError::Star),
            _ => Ok(Some(segment.to_owned())),
        };
        let canonical = if text.is_empty() {
            String::new()
        } else {
            canonical(text)?
        };
        let segments = canonical.split('/').skip(1).map(segment);
        let segments: Vec<_> = segments.collect::<Result<_, _>>()?;
        // An empty segment is only ever the last of a whole path.
        if open
            && segments
                .last()
                .is_some_and(|last| last.as_deref() == Some(""))
        {
            return Err(TargetError::Path);
        }
        Ok(Self { segments, open })
    }

    /// Tells whether `path`, in its one spelling, is one of these.
    pub fn fits(&self, path: &str) -> bool {
        let mut rest = path.split('/').skip(1);
        let begins = self.segments.iter().all(|mine| match (mine, rest.next()) {
            (Some(name), Some(segment)) => name == segment,
            (None, Some(segment)) => !segment.is_empty(),
            (_, None) => false,
        });
        begins && rest.next().is_some() == self.open
    }

    /// Tells whether every path of `other` is one of these.
    pub(super) fn covers(&self, other: &Self) -> bool {
        self.and(other).as_ref() == Some(other)
    }

    /// Returns the paths that are in both.
    pub(super) fn and(&self, other: &Self) -> Option<Self> {
        let (short, long) = if self.segments.len() <= other.segments.len() {
            (self, other)
        } else {
            (other, self)
        };
        let more = long.segments.len() > short.segments.len();
        // Whatever goes on behind a closed one, the other does not.
        let open = match (short.open, long.open, more) {
            (false, _, true) | (true, false, false) | (false, true, false) => return None,
            (_, long, _) => long,
        };
        let both = short.segments.iter().zip(&long.segments);
        let mut segments = Vec::with_capacity(long.segments.len());
        for (one, other) in both {
            segments.push(match (one, other) {
                (None, None) => None,
                (None, Some(name)) | (Some(name), None) if !name.is_empty() => Some(name.clone()),
                (Some(one), Some(other)) if one == other => Some(one.clone()),
                _ => return None,
            });
        }
        segments.extend(long.segments[short.segments.len()..].iter().cloned());
        Some(Self { segments, open })
    }
}
