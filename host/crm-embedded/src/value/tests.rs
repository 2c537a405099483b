//! What each kind of value accepts, merges, stores and shows.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{has_nul, read, write};
use crate::schema::{Field, FieldKind, FieldType as T, SelectOption};

fn field(name: &str, kind: T) -> Field {
    let options = ["OK", "DENIED"].map(|value| SelectOption {
        id: Uuid::nil(),
        value: value.to_owned(),
        label: value.to_owned(),
        color: "gray".to_owned(),
        position: 0,
    });
    Field {
        id: Uuid::nil(),
        name: name.to_owned(),
        label: name.to_owned(),
        description: None,
        icon: None,
        kind: FieldKind::Value(kind),
        options: options.to_vec(),
        default: Value::Null,
        is_nullable: true,
        is_unique: false,
        is_system: false,
    }
}

/// Returns what is shown after writing, or the message of the refusal.
fn written(kind: T, current: &Value, input: &Value) -> Value {
    match write(&field("f", kind), kind, current, input, &Uuid::nil) {
        Ok(stored) => read(kind, &stored),
        Err(fault) => json!(fault.to_string()),
    }
}

/// Checks what is shown after writing each value over nothing.
fn check(cases: &[(T, Value, Value)]) {
    for (kind, input, expected) in cases {
        assert_eq!(
            written(*kind, &Value::Null, input),
            *expected,
            "{kind:?} {input}"
        );
    }
}

#[test]
fn plain_values() {
    check(&[
        (T::Text, json!("x"), json!("x")),
        (T::Text, json!(null), json!("")),
        (T::Text, json!("  sp  "), json!("  sp  ")),
        (
            T::Text,
            json!(42),
            json!("Invalid string value 42 for text field \"f\""),
        ),
        (T::Number, json!(12), json!(12)),
        (
            T::Number,
            json!("12"),
            json!("Invalid number value '12' for field \"f\""),
        ),
        (T::Boolean, json!(true), json!(true)),
        (
            T::Boolean,
            json!("yes"),
            json!("Invalid boolean value 'yes' for field \"f\""),
        ),
        (
            T::Uuid,
            json!("zzz"),
            json!("Invalid UUID value 'zzz' for field \"f\""),
        ),
        (
            T::Uuid,
            json!("20202020-B000-4485-94DE-70C2A98DAEF2"),
            json!("20202020-b000-4485-94de-70c2a98daef2"),
        ),
    ]);
}

#[test]
fn dates_and_options() {
    check(&[
        (
            T::DateTime,
            json!("2026-12-31"),
            json!("2026-12-31T00:00:00.000Z"),
        ),
        (
            T::DateTime,
            json!("2026-12-31T10:00:00+02:00"),
            json!("2026-12-31T08:00:00.000Z"),
        ),
        (
            T::DateTime,
            json!("2026-12-31 10:00"),
            json!("2026-12-31T10:00:00.000Z"),
        ),
        (
            T::DateTime,
            json!("tomorrow"),
            json!(
                "Invalid value 'tomorrow' for date-time field \"f\". Expected format: 'YYYY-MM-DDTHH:mm:ssZ'"
            ),
        ),
        (T::Date, json!("2026-12-31T23:00:00Z"), json!("2026-12-31")),
        (
            T::Date,
            json!("x"),
            json!("Invalid value 'x' for date field \"f\". Expected format: 'YYYY-MM-DD'"),
        ),
        (T::Select, json!("OK"), json!("OK")),
        (
            T::Select,
            json!("NOPE"),
            json!("Invalid value \"NOPE\" for field \"f\". Valid values are: OK, DENIED"),
        ),
        (T::MultiSelect, json!([]), json!([])),
        (T::MultiSelect, json!(["OK"]), json!(["OK"])),
        (
            T::MultiSelect,
            json!(["NO"]),
            json!("Invalid value \"NO\" for field \"f\". Valid values are: OK, DENIED"),
        ),
        (T::Position, json!("first"), json!("first")),
        (
            T::Position,
            json!([]),
            json!("Invalid position value [] for field \"f\""),
        ),
        (
            T::Files,
            json!("x"),
            json!("Invalid value 'x' for files field \"f\""),
        ),
    ]);
}

#[test]
fn composites_are_objects_with_known_subfields_and_null_is_nothing() {
    let stored = json!({"firstName": "Ada", "lastName": "King"});
    assert_eq!(written(T::FullName, &stored, &Value::Null), stored);
    let cases = [
        (
            T::FullName,
            json!("Ada"),
            "Invalid object value 'Ada' for field \"f\"",
        ),
        (
            T::Currency,
            json!(1500),
            "Invalid object value 1500 for field \"f\"",
        ),
        (
            T::FullName,
            json!({"middle": "B"}),
            "Invalid subfield middle for full name field \"f\"",
        ),
        (
            T::FullName,
            json!({"firstName": 1}),
            "Invalid string value 1 for text field \"f.firstName\"",
        ),
        (
            T::Emails,
            json!({"primaryEmail": "not-an-email"}),
            "Invalid string value 'not-an-email' for email field \"f.primaryEmail\"",
        ),
        (
            T::Links,
            json!({"primaryLinkUrl": "not a url"}),
            "The URL of the link is not valid",
        ),
        (
            T::Links,
            json!({"primaryLinkUrl": "javascript:alert(1)"}),
            "The URL of the link is not valid",
        ),
        (
            T::Actor,
            json!({"source": "ROOT"}),
            "Invalid value \"ROOT\" for field \"f.source\".",
        ),
        (
            T::Address,
            json!({"addressLat": "north"}),
            "Invalid number value 'north' for field",
        ),
    ];
    for (kind, input, expected) in cases {
        let answer = written(kind, &Value::Null, &input);
        assert!(
            answer.as_str().unwrap().starts_with(expected),
            "{kind:?} {input}: {answer}"
        );
    }
}

#[test]
fn each_composite_merges_in_its_own_way() {
    let emails = json!({"primaryEmail": "a@x.test", "additionalEmails": ["b@x.test"]});
    let links = json!({"primaryLinkUrl": "https://x.test", "primaryLinkLabel": "X", "secondaryLinks": null});
    let money = json!({"amountMicros": 5, "currencyCode": "EUR"});
    let cases = [
        (
            "names merge",
            T::FullName,
            json!({"firstName": "Ada", "lastName": "Lovelace"}),
            json!({"lastName": "King"}),
            json!({"firstName": "Ada", "lastName": "King"}),
        ),
        (
            "additional emails alone wipe the primary one",
            T::Emails,
            emails.clone(),
            json!({"additionalEmails": ["C@X.test"]}),
            json!({"primaryEmail": "", "additionalEmails": ["c@x.test"]}),
        ),
        (
            "a primary email alone keeps the others",
            T::Emails,
            emails,
            json!({"primaryEmail": "MiXed@X.test"}),
            json!({"primaryEmail": "mixed@x.test", "additionalEmails": ["b@x.test"]}),
        ),
        (
            "a label alone wipes the link",
            T::Links,
            links.clone(),
            json!({"primaryLinkLabel": "New"}),
            json!({"primaryLinkUrl": "", "primaryLinkLabel": "", "secondaryLinks": []}),
        ),
        (
            "a URL alone resets the label",
            T::Links,
            links,
            json!({"primaryLinkUrl": "https://ACME.test/"}),
            json!({"primaryLinkUrl": "https://acme.test", "primaryLinkLabel": "", "secondaryLinks": []}),
        ),
        (
            "a code alone keeps the amount",
            T::Currency,
            money,
            json!({"currencyCode": "ZZZ"}),
            json!({"amountMicros": 5, "currencyCode": "ZZZ"}),
        ),
    ];
    for (what, kind, current, input, expected) in cases {
        assert_eq!(written(kind, &current, &input), expected, "{what}");
    }
}

#[test]
fn amounts_pass_through_a_double() {
    let cases = [
        (json!(1_500_000_000), json!(1_500_000_000)),
        (json!("1500000000"), json!(1_500_000_000)),
        (
            json!(9_007_199_254_740_993_i64),
            json!(9_007_199_254_740_992_i64),
        ),
        (json!(null), json!(null)),
        (
            json!("x"),
            json!("Invalid number value 'x' for field \"f.amountMicros\""),
        ),
    ];
    for (input, expected) in cases {
        let answer = written(T::Currency, &Value::Null, &json!({"amountMicros": input}));
        let amount = if answer.is_string() {
            answer
        } else {
            answer["amountMicros"].clone()
        };
        assert_eq!(amount, expected, "{input}");
    }
}

#[test]
fn links_keep_bare_domains_and_promote_the_first_that_is_left() {
    let url = |input: Value| written(T::Links, &Value::Null, &input);
    assert_eq!(
        url(json!({"primaryLinkUrl": "bare-domain.test"}))["primaryLinkUrl"],
        "bare-domain.test"
    );
    assert_eq!(
        url(json!({"primaryLinkUrl": "HTTPS://A.test/Path/"}))["primaryLinkUrl"],
        "https://a.test/Path"
    );
    let promoted = url(json!({"secondaryLinks": [{"url": "https://s.test", "label": "S"}]}));
    assert_eq!(promoted["primaryLinkUrl"], "https://s.test");
    assert_eq!(promoted["secondaryLinks"], json!([]));
}

/// Checks how each phone is split, or the words of its refusal.
fn check_phones(cases: &[(Value, &str)]) {
    for (input, expected) in cases {
        let answer = written(T::Phones, &Value::Null, input);
        let part = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        let parts = [
            "primaryPhoneNumber",
            "primaryPhoneCountryCode",
            "primaryPhoneCallingCode",
        ];
        let split = || parts.map(part).join(" ");
        let shown = answer.as_str().map_or_else(split, str::to_owned);
        assert_eq!(shown, *expected, "{input}");
    }
}

#[test]
fn phones_are_split_or_refused() {
    check_phones(&[
        (
            json!({"primaryPhoneNumber": "+33612345678"}),
            "612345678 FR +33",
        ),
        (
            json!({"primaryPhoneNumber": "+33 6 12-34.56(78)"}),
            "612345678 FR +33",
        ),
        (
            json!({"primaryPhoneNumber": "0612345678", "primaryPhoneCountryCode": "FR"}),
            "612345678 FR +33",
        ),
        (
            json!({"primaryPhoneNumber": "612345678", "primaryPhoneCallingCode": "+33"}),
            "612345678 FR +33",
        ),
        (
            json!({"primaryPhoneNumber": "+14155550132"}),
            "4155550132 US +1",
        ),
        (
            json!({"primaryPhoneNumber": "+14165550132", "primaryPhoneCountryCode": "CA"}),
            "4165550132 CA +1",
        ),
        (
            json!({"primaryPhoneNumber": "+447911123456"}),
            "7911123456 GB +44",
        ),
        (
            json!({"primaryPhoneNumber": "7114567890", "primaryPhoneCountryCode": "DE"}),
            "7114567890 DE +49",
        ),
        (
            json!({"primaryPhoneNumber": "+352621123456"}),
            "621123456 LU +352",
        ),
        (
            json!({"primaryPhoneNumber": "12345", "primaryPhoneCountryCode": "TV", "primaryPhoneCallingCode": "+688"}),
            "12345 TV +688",
        ),
        (
            json!({"primaryPhoneNumber": "abc"}),
            "Provided phone number is invalid abc",
        ),
        (
            json!({"primaryPhoneNumber": "611111111"}),
            "Provided phone number is invalid 611111111",
        ),
        (
            json!({"primaryPhoneNumber": "+3361"}),
            "Provided phone number is invalid +3361",
        ),
        (
            json!({"primaryPhoneNumber": "612345678", "primaryPhoneCountryCode": "france"}),
            "Invalid country code france",
        ),
    ]);
}

#[test]
fn a_number_is_not_parsed_with_the_stored_country() {
    let stored = json!({
        "primaryPhoneNumber": "612345678",
        "primaryPhoneCountryCode": "FR",
        "primaryPhoneCallingCode": "+33",
        "additionalPhones": [{"number": "698765432", "callingCode": "+33", "countryCode": "FR"}],
    });
    let answer = written(
        T::Phones,
        &stored,
        &json!({"primaryPhoneNumber": "611111111"}),
    );
    assert_eq!(answer, "Provided phone number is invalid 611111111");
    let cleared = written(T::Phones, &stored, &json!({"additionalPhones": []}));
    assert_eq!(cleared["primaryPhoneNumber"], "612345678");
    assert_eq!(cleared["additionalPhones"], json!([]));
}

#[test]
fn markdown_becomes_blocks_and_blocks_become_text() {
    let input = json!({"markdown": "# Hello\n\n- a\n- **b** c\n\none\ntwo `x` [l](https://l.test)\n\n1. n"});
    let answer = written(T::RichText, &Value::Null, &input);
    assert_eq!(answer["markdown"], input["markdown"]);
    let blocks: Vec<Value> = serde_json::from_str(answer["blocknote"].as_str().unwrap()).unwrap();
    let kinds: Vec<&str> = blocks
        .iter()
        .map(|block| block["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "heading",
            "bulletListItem",
            "bulletListItem",
            "paragraph",
            "numberedListItem"
        ]
    );
    assert_eq!(blocks[0]["props"]["level"], 1);
    assert_eq!(
        blocks[2]["content"][0],
        json!({"type": "text", "text": "b", "styles": {"bold": true}})
    );
    assert_eq!(blocks[3]["content"][0]["text"], "one\ntwo ");
    assert_eq!(blocks[3]["content"][3]["href"], "https://l.test");

    let back = written(
        T::RichText,
        &Value::Null,
        &json!({"blocknote": answer["blocknote"]}),
    );
    assert_eq!(back["markdown"], "Hello\n\na\n\nb c\n\none\ntwo x l\n\nn");
    let cleared = written(
        T::RichText,
        &json!({"markdown": "x"}),
        &json!({"markdown": null}),
    );
    assert_eq!(cleared, json!({"markdown": "", "blocknote": null}));
}

#[test]
fn a_caller_sets_the_source_but_not_the_name() {
    let stamped = super::stamp("key");
    let answer = written(
        T::Actor,
        &stamped,
        &json!({"source": "EMAIL", "name": "forged"}),
    );
    assert_eq!(answer["source"], "EMAIL");
    assert_eq!(answer["name"], "key");
}

#[test]
fn nul_bytes_are_found_at_any_depth() {
    assert!(has_nul(&json!({"a": [{"b": "x\u{0}"}]})));
    assert!(has_nul(&json!({"a\u{0}": 1})));
    assert!(!has_nul(&json!({"a": ["x", 0, null]})));
}
