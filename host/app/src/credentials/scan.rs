//! A module's own request, looked through before a secret is put in.
//!
//! A module that writes the secret has stolen it, or an administrator uses it for two things. Neither is
//! sent. What a module compressed or encrypted is not looked into: to do that, it had to have the secret
//! already.

use super::{Parts, Traces};

/// Where a request holds a secret that its module cannot know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Leak {
    /// The path or the query.
    #[error("the address of the request holds the credential")]
    Address,
    /// The name of a header or its value.
    #[error("a header of the request holds the credential")]
    Header,
    /// The body.
    #[error("the body of the request holds the credential")]
    Body,
}

impl Leak {
    /// Returns its stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Address => "credential-in-address",
            Self::Header => "credential-in-header",
            Self::Body => "credential-in-body",
        }
    }
}

/// Checks that a request as its module wrote it has no trace of a secret. Host and method are not among its
/// parts: rules list them.
pub fn check(traces: &Traces, parts: &Parts) -> Result<(), Leak> {
    let address = match &parts.query {
        Some(query) => &format!("{}?{query}", parts.path),
        None => &parts.path,
    };
    if traces.finds(address) {
        return Err(Leak::Address);
    }
    let in_header =
        |(name, value): &(String, Vec<u8>)| traces.finds_in_name(name) || traces.finds(value);
    if parts.headers.iter().any(in_header) {
        return Err(Leak::Header);
    }
    if traces.finds(&parts.body) {
        return Err(Leak::Body);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::SecretString;

    fn request() -> Parts {
        Parts {
            path: "/v1/contacts".to_owned(),
            query: Some("page=2".to_owned()),
            headers: vec![("accept".to_owned(), b"*/*".to_vec())],
            body: b"{}".to_vec(),
        }
    }

    #[test]
    fn a_module_that_writes_the_secret_is_not_heard() {
        let traces = Traces::of(&SecretString::from("sk-Live/0123"));
        let with = |change: fn(&mut Parts)| {
            let mut parts = request();
            change(&mut parts);
            check(&traces, &parts).map_err(Leak::code)
        };
        assert_eq!(with(|_| ()), Ok(()));
        assert_eq!(with(|it| it.query = None), Ok(()));
        assert_eq!(with(|it| it.path.push_str("/sk-Live")), Ok(()));
        assert_eq!(
            with(|it| it.path.push_str("/sk-Live/0123")),
            Err("credential-in-address")
        );
        assert_eq!(
            with(|it| it.query = Some("q=sk-Live%2f0123".to_owned())),
            Err("credential-in-address")
        );
        assert_eq!(
            with(|it| it
                .headers
                .push(("x-a".to_owned(), b"c2stTGl2ZS8wMTIz".to_vec()))),
            Err("credential-in-header")
        );
        assert_eq!(
            with(|it| it.body = br#"{"a":"sk-Live\/0123"}"#.to_vec()),
            Err("credential-in-body")
        );
    }

    /// The names of headers lose their case on the way.
    #[test]
    fn names_of_headers_are_read_without_case() {
        let traces = Traces::of(&SecretString::from("SK-Live-0123"));
        for (name, stolen) in [
            ("x-sk-live-0123", true),
            ("X-SK-Live-0123", true),
            ("x-sk-live", false),
        ] {
            let mut parts = request();
            parts.headers.push((name.to_owned(), Vec::new()));
            assert_eq!(check(&traces, &parts).is_err(), stolen, "{name}");
        }
    }
}
