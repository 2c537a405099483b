/// Longest address of mail, in bytes (RFC 5321, section 4.5.3.1.3, without its brackets).
pub const ADDRESS_BYTES_MAX: usize = 254;

/// Longest part before the `@`, and longest label of a name, in bytes (RFC 5321, section 4.5.3.1.1; RFC 1035,
/// section 2.3.4).
const LOCAL_BYTES_MAX: usize = 64;
const LABEL_BYTES_MAX: usize = 63;

/// An address of mail in the form that people have: a dot-atom and the name of a host (RFC 5321, section 4.1.2),
/// without quotes, comments or addresses in brackets. Other scripts are written in ASCII.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailAddress(String);

/// A text that is no address of mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "an e-mail address looks like ada@example.org, in ASCII, with at most {ADDRESS_BYTES_MAX} bytes"
)]
pub struct NotAnAddress;

impl EmailAddress {
    /// Checks that a text is an address.
    pub fn parse(text: &str) -> Result<Self, NotAnAddress> {
        let (local, host) = text.split_once('@').ok_or(NotAnAddress)?;
        let good = text.len() <= ADDRESS_BYTES_MAX
            && local.len() <= LOCAL_BYTES_MAX
            && local.split('.').all(is_atom)
            && host.split('.').all(is_label);
        good.then(|| Self(text.to_owned())).ok_or(NotAnAddress)
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_atom(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b);
    !text.is_empty() && text.bytes().all(allowed)
}

fn is_label(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    (1..=LABEL_BYTES_MAX).contains(&text.len())
        && text.bytes().all(allowed)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_that_people_have() {
        let host = |len: usize| format!("a@{}", "b".repeat(len));
        let local = |len: usize| format!("{}@c.org", "a".repeat(len));
        let long = |len: usize| format!("a@{}", "b.".repeat((len - 3) / 2) + "b");
        for good in [
            "ada@example.org",
            "ada.lovelace+partners@mail.example.org",
            "o'brien@xn--bcher-kva.example",
            "root@localhost",
            "1@2",
            &host(63),
            &local(64),
            &long(253),
        ] {
            assert_eq!(EmailAddress::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "@",
            "ada",
            "ada@",
            "@example.org",
            "a@b@c",
            ".ada@example.org",
            "ada.@example.org",
            "a..b@example.org",
            "a b@example.org",
            "\"a b\"@example.org",
            "Ada <ada@example.org>",
            "ada@example.org\r\nBcc: eve@example.org",
            "ada@[127.0.0.1]",
            "ada@-example.org",
            "ada@example-.org",
            "ada@example..org",
            "ada@exam_ple.org",
            "ada@example.org.",
            "bücher@example.org",
            "ada@bücher.example",
            &host(64),
            &local(65),
            &long(255),
        ] {
            assert_eq!(EmailAddress::parse(bad), Err(NotAnAddress), "{bad}");
        }
    }
}
