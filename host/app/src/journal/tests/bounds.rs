use super::*;

/// Room for the run and its host calls.
const CALLS_BYTES_MAX: usize = JOURNAL_BYTES_MAX - LAST_LINE_BYTES_MAX;

/// Fills a journal with lines of the log until `left` bytes are left for host calls.
fn filled(left: usize) -> Recording {
    let length = |recording: &Recording| recording.finish().unwrap().len();
    let probe = |recording: Recording| {
        recording.end(&ended(""));
        length(&recording)
    };
    let (none, one) = (probe(Recording::begin(run())), {
        let recording = Recording::begin(run());
        recording.log(LogLevel::Info, "");
        probe(recording)
    });
    let last = "{\"end\":{\"complete\":true,\"ending\":{\"output\":\"\"}}}\n".len();
    let (first, line) = (none - last, one - none);
    let recording = Recording::begin(run());
    recording.log(
        LogLevel::Info,
        &"x".repeat(CALLS_BYTES_MAX - first - line - left),
    );
    recording
}

fn clocks(recording: &Recording) -> (Vec<u64>, bool, usize) {
    recording.end(&ended(""));
    let (text, journal) = finished(recording);
    (journal.clock, journal.complete, text.len())
}

#[test]
fn what_does_not_fit_is_left_out_with_everything_after_it() {
    let line = "{\"clock\":1}\n".len();
    for (left, kept) in [(line, vec![1]), (line - 1, vec![])] {
        let recording = filled(left);
        recording.clock(1);
        let complete = !kept.is_empty();
        let (clock, said, length) = clocks(&recording);
        assert_eq!((clock, said), (kept, complete), "{left}");
        assert!(length <= JOURNAL_BYTES_MAX);
    }
    // A short one after a long one would fit, and would leave a gap.
    let recording = filled(line);
    recording.clock(u64::MAX);
    recording.clock(1);
    assert_eq!(clocks(&recording).0, [0_u64; 0]);
    // What was left out is not remembered as kept.
    let recording = filled(line);
    let key = ConfigKey::parse("stage").unwrap();
    recording.setting(&key, Some("NEW"));
    let (_, journal) = finished(&recording);
    assert!(journal.settings.is_empty());
}

#[test]
fn the_last_line_always_fits() {
    let message = "\u{1}".repeat(1_000);
    let long = "x".repeat(JOURNAL_BYTES_MAX);
    for ran in [ended(&long), told(&message)] {
        let recording = filled(0);
        recording.end(&ran);
        let (text, journal) = finished(&recording);
        assert!(text.len() <= JOURNAL_BYTES_MAX);
        let expected = match &ran {
            Ok(output) => Ending::LongOutput(crate::digest::sha256(output.as_bytes())),
            Err(_) => Ending::of(&ran).unwrap(),
        };
        assert_eq!(journal.ending, expected);
        assert!(journal.complete, "nothing but the output's text is missing");
    }
}

#[test]
fn an_output_is_kept_to_the_last_byte_there_is() {
    let none = {
        let recording = filled(0);
        recording.end(&ended(""));
        finished(&recording).0.len()
    };
    let most = JOURNAL_BYTES_MAX - none;
    for (length, kept) in [(most, true), (most + 1, false)] {
        let recording = filled(0);
        recording.end(&ended(&"x".repeat(length)));
        let (text, journal) = finished(&recording);
        assert_eq!(matches!(journal.ending, Ending::Output(_)), kept);
        assert!(text.len() <= JOURNAL_BYTES_MAX);
    }
}

#[test]
fn an_input_that_does_not_fit_leaves_a_journal_without_calls() {
    let input = |bytes| RecordedRun {
        input: Some("x".repeat(bytes)),
        ..run()
    };
    let recording = Recording::begin(input(CALLS_BYTES_MAX));
    recording.clock(1);
    recording.end(&ended("{}"));
    let (_, journal) = finished(&recording);
    assert_eq!((journal.run.input, journal.complete), (None, false));
    assert!(journal.clock.is_empty());

    let recording = Recording::begin(input(CALLS_BYTES_MAX / 2));
    recording.end(&ended("{}"));
    let (_, journal) = finished(&recording);
    assert!(journal.run.input.is_some() && journal.complete);
}
