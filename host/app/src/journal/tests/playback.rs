use super::*;

/// What a guest does: a few steps, and an end.
struct Guest {
    steps: Vec<Step>,
    output: Result<String, InvokeError>,
}

enum Step {
    Get(u128),
    Search(u32),
    Clock,
    Log(&'static str),
    Setting(&'static str),
}

use Step::{Clock, Get, Log, Search, Setting};

fn guest(steps: Vec<Step>) -> Guest {
    Guest {
        steps,
        output: ended(r#"{"a":[1,2],"b":"x"}"#),
    }
}

/// The run that all others are compared with.
fn first() -> Guest {
    guest(vec![
        Get(1),
        Clock,
        Log("found"),
        Search(10),
        Setting("stage"),
    ])
}

impl Guest {
    /// Lets it run. Returns what each call of the CRM answered.
    async fn run(&self, host: &HostCalls) -> Vec<Result<(), Told>> {
        let mut answers = Vec::new();
        for step in &self.steps {
            match step {
                Get(number) => {
                    let live = async { Ok(full(*number)) };
                    let got = host.crm(Request::Get(contact(*number)), live).await;
                    answers.push(got.map(|got| assert_eq!(got, full(*number))));
                }
                Search(limit) => {
                    let query = Query {
                        limit: *limit,
                        ..plain_query()
                    };
                    let live = async { Err(BrokerError::Unsure) };
                    let found = host.crm::<Page<Record>>(Request::Search(&query), live);
                    answers.push(found.await.map(drop));
                }
                Clock => assert_eq!(host.clock(|| 42), 42),
                Log(message) => drop(host.log(LogLevel::Info, message)),
                Setting(key) => host.setting(&ConfigKey::parse(key).unwrap(), Some("NEW")),
            }
        }
        let told = |answer: Result<(), BrokerError>| answer.map_err(|error| error.told());
        answers.into_iter().map(told).collect()
    }

    async fn journal(&self) -> Journal {
        let host = HostCalls::Recorded(Recording::begin(run()));
        self.run(&host).await;
        let HostCalls::Recorded(recording) = host else {
            unreachable!()
        };
        recording.end(&self.output);
        finished(&recording).1
    }

    /// Replays it against a journal. Returns what the CRM answered, and what differs.
    async fn against(&self, journal: &Journal) -> (Vec<Result<(), Told>>, Found) {
        let playback = Arc::new(Playback::of(journal));
        let host = HostCalls::Replayed(Arc::clone(&playback));
        let answers = self.run(&host).await;
        let now = Ending::of(&self.output).unwrap();
        (answers, playback.finish(&journal.ending, &now))
    }
}

async fn differences(guest: Guest) -> Vec<String> {
    let (_, found) = guest.against(&first().journal().await).await;
    assert_eq!(found.left_out, 0);
    found.listed.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn the_same_guest_is_answered_the_same() {
    let journal = first().journal().await;
    let (answers, found) = first().against(&journal).await;
    assert_eq!(found, Found::default());
    assert_eq!(answers, [Ok(()), Err(BrokerError::Unsure.told())]);
    // JSON written otherwise is the same output.
    let mut guest = first();
    guest.output = ended(r#"{ "b": "x", "a": [1, 2] }"#);
    assert_eq!(guest.against(&journal).await.1, Found::default());
}

#[tokio::test]
async fn from_the_first_other_call_on_nothing_is_answered() {
    let journal = first().journal().await;
    let steps = vec![
        Get(1),
        Search(20),
        Search(10),
        Clock,
        Log("found"),
        Setting("stage"),
    ];
    let (answers, found) = guest(steps).against(&journal).await;
    let unknown = Err(error_of(
        ErrorCode::Denied,
        "this host call was not recorded",
    ));
    assert_eq!(answers, [Ok(()), unknown.clone(), unknown]);
    let words: Vec<_> = found.listed.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(words.join("\n"), @r#"
    call 2: crm.search differs at /limit: recorded 10, now 20
    call 3: crm.search {"cursor":null,"filters":[],"limit":10,"linked_to":null,"object":"contact","sort":null,"text":null} cannot be answered any more
    "#);
}

#[tokio::test]
async fn each_kind_of_difference_is_told() {
    let same = || [Get(1), Search(10)];
    let with = |more: Vec<Step>| guest(same().into_iter().chain(more).collect());
    let mut words = Vec::new();
    let mut other = first();
    other.output = ended(r#"{"a":[1,3]}"#);
    let mut failed = first();
    failed.output = told("no such stage");
    for guest in [
        guest(vec![Search(10), Clock, Log("found"), Setting("stage")]),
        guest(vec![Get(1), Clock, Log("found"), Setting("stage")]),
        with(vec![Get(2), Clock, Log("found")]),
        with(vec![Clock, Clock, Log("found")]),
        with(vec![Log("found")]),
        with(vec![Clock, Log("looked\n"), Log("found")]),
        with(vec![Clock]),
        with(vec![Clock, Log("found"), Log("more")]),
        with(vec![
            Clock,
            Log("found"),
            Setting("owner"),
            Setting("owner"),
        ]),
        other,
        failed,
    ] {
        words.push(differences(guest).await.join("\n"));
    }
    insta::assert_snapshot!(words.join("\n\n"));
}

#[tokio::test]
async fn where_an_incomplete_journal_ends_nothing_is_called_different() {
    let mut journal = first().journal().await;
    journal.complete = false;
    for more in [Get(2), Clock, Log("more"), Setting("owner")] {
        let mut longer = first();
        longer.steps.push(more);
        longer.output = told("nothing is known of this end");
        assert_eq!(longer.against(&journal).await.1, Found::default());
    }
    // Before its end, everything is known.
    let mut other = first();
    other.output = told("it ended");
    assert_eq!(other.against(&journal).await.1.listed.len(), 1);
    journal.ending = Ending::Cancelled;
    assert_eq!(other.against(&journal).await.1, Found::default());
    let shorter = guest(vec![Get(1)]);
    assert_eq!(shorter.against(&journal).await.1.listed.len(), 3);
}

#[tokio::test]
async fn an_output_that_was_not_kept_is_compared_by_its_digest() {
    let mut journal = first().journal().await;
    let output = r#"{"a":[1,2],"b":"x"}"#;
    journal.ending = Ending::LongOutput(crate::digest::sha256(output.as_bytes()));
    assert_eq!(first().against(&journal).await.1, Found::default());
    let mut other = first();
    other.output = ended("{}");
    let (_, found) = other.against(&journal).await;
    assert_eq!(found.listed[0].to_string(), "output differs");
}

#[tokio::test]
async fn lists_of_differences_end_at_their_edge() {
    let journal = first().journal().await;
    for (calls, left_out) in [(DIFFERENCES_MAX, 0), (DIFFERENCES_MAX + 2, 2)] {
        let steps = (0..calls).map(|_| Get(5));
        let same = [Clock, Log("found"), Setting("stage")];
        let (_, found) = guest(steps.chain(same).collect()).against(&journal).await;
        assert_eq!(
            (found.listed.len(), found.left_out),
            (DIFFERENCES_MAX, left_out)
        );
    }
    let mut longer = first();
    let long: &'static str = Box::leak("x".repeat(2 * SHOWN_BYTES_MAX).into_boxed_str());
    longer.steps[2] = Log(long);
    let (_, found) = longer.against(&journal).await;
    let Difference::Log { now: Some(now), .. } = &found.listed[0] else {
        panic!("{found:?}")
    };
    assert!(now.len() <= SHOWN_BYTES_MAX && now.ends_with('…'));
}
