//! A secret and an answer, in whatever encoding: afterwards the secret is not found in it, and a text without the
//! secret is as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use secrecy::ExposeSecret;
use skillgate_app::credentials::{Traces, secret};

fuzz_target!(|given: (&str, Vec<u8>, &str, bool)| {
    let (text, mut answer, name, told) = given;
    let Ok(secret) = secret(text.to_owned()) else {
        return;
    };
    let traces = Traces::of(&secret);
    if told {
        let at = answer.len() / 2;
        answer.splice(at..at, secret.expose_secret().bytes());
        assert!(traces.finds(&answer));
    }
    let found = traces.finds(&answer);
    let (rest, count) = traces.redact(answer.clone());
    assert_eq!(found, count > 0);
    assert!(!traces.finds(&rest));
    if !found {
        assert_eq!(rest, answer);
    }
    traces.finds_in_name(name);
});
