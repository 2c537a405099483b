//! What is written reads back; what does not fit is left out and said; what differs is found.

use super::playback::Found;
use super::recording::LAST_LINE_BYTES_MAX;
use super::*;
use crate::broker::ErrorCode;
use crate::json::diff::DIFFERENCES_MAX;
use crate::ports::{CrmError, Retry, SandboxLimit, ToolError, ToolErrorCode};
use skillgate_domain::crm::{
    Changes, Comparison, EntryRef, Field, FieldKey, FieldValue, Filter, FilterKey, Link, Money,
    ObjectKind, Phone, Query, Sort,
};
use skillgate_domain::ids::RecordId;
use std::time::Duration;
use uuid::Uuid;

mod bounds;
mod files;
mod kept;
mod playback;

fn id(number: u128) -> RecordId {
    RecordId::new(Uuid::from_u128(number))
}

fn text(text: &str) -> FieldValue {
    FieldValue::Text(text.to_owned())
}

fn contact(number: u128) -> EntryRef {
    EntryRef {
        object: ObjectKind::Contact,
        id: id(number),
    }
}

fn custom(name: &str) -> FieldKey {
    FieldKey::from_name(ObjectKind::Contact, name).unwrap()
}

fn run() -> RecordedRun {
    RecordedRun {
        at: Timestamp::from_unix_ms(1_772_366_400_123),
        invocation: InvocationId::new(Uuid::from_u128(7)),
        request: RequestId::parse("request-1").unwrap(),
        user: UserId::parse("ada").unwrap(),
        agent: Some(AgentId::parse("openclaw").unwrap()),
        skill: SkillName::parse("crm").unwrap(),
        tool: ToolName::parse("create_lead").unwrap(),
        component: Digest::from_bytes([4; 32]),
        grant: GrantId::new(Uuid::from_u128(5)),
        interfaces: BTreeSet::from(Interface::ALL),
        limits: CallLimits {
            cpu: Duration::from_nanos(7_000_001),
            memory_bytes: 64 * 1024 * 1024 - 1,
            ..CallLimits::DEFAULT
        },
        input: Some("{\"name\":\"\u{1f9ee} \\u0000\\n\"}".to_owned()),
    }
}

/// A contact that has every kind of value.
fn full(number: u128) -> Record {
    let values = [
        text("\u{1f9ee} \"quoted\"\n\u{2028}\0"),
        FieldValue::Texts(vec!["a".to_owned(), String::new()]),
        FieldValue::Number(0.1 + 0.2),
        FieldValue::Number(-0.0),
        FieldValue::Number(f64::MAX),
        FieldValue::Boolean(true),
        FieldValue::DateTime("2026-03-03T09:00:00Z".to_owned()),
        FieldValue::Money(Money {
            amount_micros: i64::MIN,
            currency: "EUR".to_owned(),
        }),
        FieldValue::Phone(Phone {
            number: "12345".to_owned(),
            country: "FR".to_owned(),
            calling_code: "+33".to_owned(),
        }),
        FieldValue::Reference(id(9)),
    ];
    let named = (0..).zip(values);
    let mut fields: BTreeMap<_, _> = named
        .map(|(number, value)| (custom(&format!("field{number}")), value))
        .collect();
    fields.insert(FieldKey::Standard(Field::ContactEmail), text("a@b.example"));
    Record {
        object: ObjectKind::Contact,
        id: id(number),
        updated_at: number
            .is_multiple_of(2)
            .then(|| "2026-03-01T12:00:00.000Z".to_owned()),
        fields,
    }
}

fn changes() -> Changes {
    Changes {
        object: ObjectKind::Contact,
        set: full(1).fields,
        clear: BTreeSet::from([FieldKey::Standard(Field::ContactJobTitle)]),
    }
}

fn filter(key: FilterKey, comparison: Comparison) -> Filter {
    Filter { key, comparison }
}

fn plain_query() -> Query {
    Query {
        object: ObjectKind::Contact,
        text: None,
        filters: Vec::new(),
        linked_to: None,
        sort: None,
        limit: 10,
        cursor: None,
        among: None,
    }
}

/// A query that has every part and every comparison.
fn full_query() -> Query {
    let email = || FilterKey::Field(FieldKey::Standard(Field::ContactEmail));
    let words = || "w".to_owned();
    Query {
        text: Some(words()),
        filters: vec![
            filter(email(), Comparison::Equals(text("a"))),
            // Refused by the broker, and a call like any other.
            filter(email(), Comparison::NotEquals(FieldValue::Number(f64::NAN))),
            filter(email(), Comparison::OneOf(vec![words()])),
            filter(email(), Comparison::Contains(words())),
            filter(email(), Comparison::StartsWith(words())),
            filter(FilterKey::UpdatedAt, Comparison::AtMost(text("a"))),
            filter(FilterKey::UpdatedAt, Comparison::AtLeast(text("a"))),
            filter(email(), Comparison::IsEmpty),
            filter(email(), Comparison::IsSet),
        ],
        linked_to: Some(contact(3)),
        sort: Some(Sort {
            key: FilterKey::UpdatedAt,
            descending: true,
        }),
        cursor: Some(words()),
        ..plain_query()
    }
}

fn page() -> Page<Record> {
    Page {
        items: vec![full(1), full(2)],
        next_cursor: Some("next".to_owned()),
        total: 77,
    }
}

/// Errors of every kind that a guest can be told.
fn errors() -> Vec<BrokerError> {
    let after = Duration::from_micros(1_500_001);
    vec![
        BrokerError::Invalid("no such field".to_owned()),
        BrokerError::Ended("grant-revoked"),
        BrokerError::Unsure,
        BrokerError::StateChanged(skillgate_domain::state::StateKey::parse("a/b").unwrap()),
        BrokerError::BudgetExhausted(crate::run::Budget::CrmReads),
        BrokerError::Crm(CrmError::NotFound),
        BrokerError::Crm(CrmError::Conflict {
            holder: Some(id(3)),
        }),
        BrokerError::Crm(CrmError::Conflict { holder: None }),
        BrokerError::Crm(CrmError::Forbidden),
        BrokerError::Crm(CrmError::RateLimited { after }),
        BrokerError::Crm(CrmError::OutcomeUnknown),
    ]
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of an end")]
fn ended(output: &str) -> Result<String, InvokeError> {
    Ok(output.to_owned())
}

fn told(message: &str) -> Result<String, InvokeError> {
    Err(InvokeError::Run(RunFailure::Tool(ToolError {
        code: ToolErrorCode::Failed,
        retry: Retry::Safe,
        retry_after: None,
        message: message.to_owned(),
    })))
}

fn finished(recording: &Recording) -> (String, Journal) {
    let text = recording.finish().unwrap();
    (text.to_string(), Journal::read(&text).unwrap())
}

#[test]
fn every_request_and_answer_reads_back_to_the_last_bit() {
    let recording = Recording::begin(run());
    let (query, changes) = (full_query(), changes());
    let link = Link {
        source: contact(1),
        target: contact(2),
    };
    let (get, search) = (Request::Get(contact(1)), Request::Search(&query));
    let (create, update) = (Request::Create(&changes), Request::Update(id(1), &changes));
    let (upsert, linked) = (Request::Upsert(&changes), Request::Link(&link));
    recording.call(&get, &Ok(full(1)));
    recording.call(&search, &Ok(page()));
    recording.call(&create, &Ok(full(2)));
    recording.call(&update, &Ok(full(1)));
    recording.call(&upsert, &Ok((Upserted::Created, full(1))));
    recording.call(&upsert, &Ok((Upserted::Updated, full(2))));
    recording.call(&linked, &Ok(()));
    for error in errors() {
        recording.call::<()>(&linked, &Err(error));
    }
    recording.end(&ended("{}"));
    let (text, journal) = finished(&recording);

    assert_eq!(journal.run, run());
    assert_eq!(
        (&journal.ending, journal.complete),
        (&Ending::Output("{}".to_owned()), true)
    );
    let mut expected = vec![
        (get, HostAnswer::Record(full(1))),
        (search, HostAnswer::Page(page())),
        (create, HostAnswer::Record(full(2))),
        (update, HostAnswer::Record(full(1))),
        (upsert, HostAnswer::Upserted(Upserted::Created, full(1))),
        (upsert, HostAnswer::Upserted(Upserted::Updated, full(2))),
        (linked, HostAnswer::Linked),
    ];
    let errors = errors().into_iter();
    expected.extend(errors.map(|error| (linked, HostAnswer::Error(error.told()))));
    let expected = expected
        .into_iter()
        .map(|(request, answer)| (request.compared(), answer));
    assert_eq!(journal.crm, expected.collect::<Vec<_>>(), "{text}");
}

#[test]
fn the_clock_the_log_and_settings_read_back() {
    let recording = Recording::begin(RecordedRun {
        agent: None,
        ..run()
    });
    let key = |name: &str| ConfigKey::parse(name).unwrap();
    recording.clock(u64::MAX);
    recording.clock(0);
    recording.log(LogLevel::Warn, "a \"line\"\n");
    for _ in 0..2 {
        recording.setting(&key("stage"), Some("Né\"w\n"));
        recording.setting(&key("other"), None);
    }
    recording.end(&told("no \u{1f9ee}"));
    let (text, journal) = finished(&recording);
    assert_eq!(text.lines().count(), 7, "a setting is kept once: {text}");
    assert_eq!(journal.run.agent, None);
    assert_eq!(journal.clock, [u64::MAX, 0]);
    let line = LogLine {
        level: LogLevel::Warn,
        message: "a \"line\"\n".to_owned(),
    };
    assert_eq!(journal.log, [line]);
    let settings = [
        (key("stage"), Some("Né\"w\n".to_owned())),
        (key("other"), None),
    ];
    assert_eq!(journal.settings, settings.into());
    let failed = Ending::Failed {
        code: "tool-failed".to_owned(),
        message: Some("no \u{1f9ee}".to_owned()),
    };
    assert_eq!((journal.ending, journal.complete), (failed, true));
}

#[test]
fn a_journal_says_how_the_guest_ended_or_is_not_there() {
    let failed = |code: &str| Ending::Failed {
        code: code.to_owned(),
        message: None,
    };
    let limit = RunFailure::Limit(SandboxLimit::Cpu);
    for (ran, expected) in [
        (Err(InvokeError::Run(limit)), Some(failed("cpu-limit"))),
        (Err(InvokeError::Panicked), Some(failed("internal"))),
        (Err(InvokeError::Run(RunFailure::NotAdmitted)), None),
        (Err(InvokeError::InvalidOutput), None),
    ] {
        let recording = Recording::begin(run());
        recording.end(&ran);
        let read = recording.finish().map(|text| Journal::read(&text).unwrap());
        assert_eq!(read.map(|journal| journal.ending), expected, "{ran:?}");
    }
    // Whoever went away after the guest asked for something left a journal that ends there.
    let recording = Recording::begin(run());
    recording.clock(1);
    let (_, journal) = finished(&recording);
    assert_eq!(
        (journal.ending, journal.complete),
        (Ending::Cancelled, false)
    );
}

#[test]
fn another_text_is_no_journal() {
    let recording = Recording::begin(run());
    recording.call(&Request::Get(contact(1)), &Ok(full(1)));
    recording.end(&ended("{}"));
    let (text, _) = finished(&recording);
    for (from, to) in [
        ("{\"run\"", "{\"ran\""),
        ("\"v\":1", "\"v\":2"),
        ("\"interfaces\":[\"crm\"", "\"interfaces\":[\"mail\""),
        ("\"user\":\"ada\"", "\"user\":\"\""),
        (
            "\"object\":\"contact\",\"id\":\"00000000-0000-0000-0000-000000000001\",\"updated_at\"",
            "\"object\":\"planet\",\"id\":\"00000000-0000-0000-0000-000000000001\",\"updated_at\"",
        ),
        ("{\"end\"", "{\"and\""),
        ("{\"end\"", "\n{\"end\""),
        ("{\"end\"", "{\"clock\":1}\n{\"run\""),
    ] {
        assert!(text.contains(from), "{from}: {text}");
        assert_eq!(Journal::read(&text.replacen(from, to, 1)), None, "{from}");
    }
    let (head, last) = text.trim_end().rsplit_once('\n').unwrap();
    assert_eq!(Journal::read(head), None, "without its end");
    assert_eq!(Journal::read(&format!("{text}{last}")), None, "two ends");
    assert_eq!(Journal::read(""), None);
}

#[test]
fn requests_differ_where_the_guest_asks_for_something_else() {
    let query = full_query();
    let mut other = full_query();
    other.filters[1] = filter(FilterKey::UpdatedAt, Comparison::IsSet);
    let requests = [
        Request::Get(contact(1)),
        Request::Get(contact(2)),
        Request::Search(&query),
        Request::Search(&other),
    ];
    for (i, one) in requests.iter().enumerate() {
        for (j, another) in requests.iter().enumerate() {
            assert_eq!(one.compared() == another.compared(), i == j, "{i} {j}");
        }
    }
}

fn error_of(code: ErrorCode, message: &str) -> Told {
    Told {
        code,
        retry: Retry::Never,
        retry_after: None,
        message: message.to_owned(),
        holder: None,
        sent: false,
        fault: None,
    }
}
