//! Hostile guests: each must fail visibly, and its neighbour must not notice.

use serde_json::json;
use skillgate_app::invocations::InvokeError;
use skillgate_app::ports::{RunFailure, SandboxLimit};
use skillgate_tests::crm::OneContact;
use skillgate_tests::guests;
use skillgate_tests::host::{TestHost, manifest};
use std::sync::Arc;
use std::time::{Duration, Instant};

const EVERYTHING: &[&str] = &["crm", "log", "clock", "config"];

/// What becomes of a guest that is let in.
#[derive(Debug, Clone, Copy)]
enum End {
    Answers,
    Limit(SandboxLimit),
    Trapped,
    HostPanicked,
    InvalidOutput,
    ToolError,
}

/// Every guest that gets in. The others are in `admission.rs` and `limits.rs`; `no_guest_is_forgotten` compares.
const GUESTS: &[(&str, End)] = &[
    ("bad_pointer", End::Trapped),
    ("carried_state", End::Answers),
    ("clock_loop", End::Limit(SandboxLimit::Cpu)),
    ("crm_loop", End::Limit(SandboxLimit::Cpu)),
    ("crm_reader", End::Answers),
    ("deep_json", End::InvalidOutput),
    ("deep_recursion", End::Limit(SandboxLimit::Stack)),
    ("endless_loop", End::Limit(SandboxLimit::Cpu)),
    ("garbage_output", End::InvalidOutput),
    ("good", End::Answers),
    ("host_panic", End::HostPanicked),
    ("huge_argument", End::Limit(SandboxLimit::HostCopies)),
    ("huge_result", End::Limit(SandboxLimit::Output)),
    ("log_flood", End::Answers),
    ("lying_output", End::InvalidOutput),
    ("memory_bomb", End::Limit(SandboxLimit::Memory)),
    ("reads_on", End::Limit(SandboxLimit::Cpu)),
    ("refuses", End::ToolError),
    ("sized_memory", End::Answers),
    ("sized_output", End::Answers),
    ("start_loop", End::Limit(SandboxLimit::Cpu)),
    ("table_bomb", End::Limit(SandboxLimit::Table)),
];

/// Guests of other stories: refused at the door, or slow under the usual limits.
const ELSEWHERE: &[&str] = &["crm_slow", "recorded", "several_memories"];

fn ended_as(result: &Result<serde_json::Value, InvokeError>, end: End) -> bool {
    match (result, end) {
        (Ok(output), End::Answers) => *output == json!({ "ok": true }),
        (Err(InvokeError::Run(RunFailure::Limit(limit))), End::Limit(expected)) => {
            *limit == expected
        }
        (Err(InvokeError::Run(RunFailure::Trapped(_))), End::Trapped)
        | (Err(InvokeError::Run(RunFailure::Tool(_))), End::ToolError)
        | (Err(InvokeError::Panicked), End::HostPanicked)
        | (Err(InvokeError::InvalidOutput), End::InvalidOutput) => true,
        _ => false,
    }
}

fn skill_name(guest: &str) -> String {
    guest.replace('_', "-")
}

async fn host_with(guest: &str) -> (TestHost, Arc<OneContact>) {
    let crm = Arc::new(OneContact::default());
    let host = TestHost::start_forgetful(crm.clone()).await;
    host.install(
        &manifest("neighbour", EVERYTHING),
        &guests::component("good"),
    )
    .await
    .unwrap();
    let name = skill_name(guest);
    host.install(&manifest(&name, EVERYTHING), &guests::component(guest))
        .await
        .unwrap();
    (host, crm)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_guest_ends_as_it_should_and_its_neighbour_answers() {
    for (guest, end) in GUESTS {
        let (host, _) = host_with(guest).await;
        let (name, nothing) = (skill_name(guest), json!({}));
        // Before, beside and after; and the guest itself once more, in a slot that was used before.
        host.call("neighbour", &nothing).await.unwrap();
        let (first, beside) =
            tokio::join!(host.call(&name, &nothing), host.call("neighbour", &nothing));
        assert!(ended_as(&first, *end), "{guest}: {first:?}");
        assert_eq!(beside.unwrap(), json!({ "ok": true }), "beside {guest}");
        let again = host.call(&name, &nothing).await;
        assert!(ended_as(&again, *end), "{guest}, again: {again:?}");
        assert_eq!(
            host.call("neighbour", &nothing).await.unwrap(),
            json!({ "ok": true }),
            "after {guest}"
        );
    }
}

#[test]
fn no_guest_is_forgotten() {
    let mut listed: Vec<_> = GUESTS
        .iter()
        .map(|(name, _)| *name)
        .chain(ELSEWHERE.iter().copied())
        .collect();
    listed.sort_unstable();
    assert_eq!(guests::names(), listed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn budgets_bound_what_reaches_the_crm() {
    let (host, crm) = host_with("crm_loop").await;
    host.call("crm-loop", &json!({})).await.unwrap_err();
    let (reads, writes) = crm.calls();
    assert_eq!(
        (reads, writes),
        (64, 0),
        "the default budget of reads, and no more"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_carried_from_call_to_call() {
    let (host, _) = host_with("carried_state").await;
    for _ in 0..200 {
        host.call("carried-state", &json!({})).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_runaways_at_once_leave_room_for_a_neighbour() {
    let (host, _) = host_with("endless_loop").await;
    let nothing = json!({});
    let runaways = futures::future::join_all((0..4).map(|_| host.call("endless-loop", &nothing)));
    let (ends, neighbour) = tokio::join!(runaways, host.call("neighbour", &nothing));
    assert!(
        ends.iter()
            .all(|end| ended_as(end, End::Limit(SandboxLimit::Cpu)))
    );
    neighbour.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_that_gives_up_frees_everything() {
    let (host, _) = host_with("endless_loop").await;
    let began = Instant::now();
    for _ in 0..40 {
        // More than the host has places: a place that were not given back would be missed.
        let nothing = json!({});
        let call = host.call("endless-loop", &nothing);
        let gave_up = tokio::time::timeout(Duration::from_millis(5), call).await;
        assert!(gave_up.is_err());
    }
    assert!(
        began.elapsed() < Duration::from_secs(8),
        "the guest runs on after its caller is gone"
    );
    host.call("neighbour", &json!({})).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replacing_a_skill_under_load_loses_no_call() {
    let (host, _) = host_with("good").await;
    let nothing = json!({});
    let load = async {
        for _ in 0..300 {
            host.call("good", &nothing).await.unwrap();
        }
    };
    let replace = async {
        for version in 0..6 {
            let mut next = manifest("good", EVERYTHING);
            next["version"] = json!(format!("0.2.{version}"));
            let guest = if version % 2 == 0 {
                "crm_reader"
            } else {
                "good"
            };
            host.install(&next, &guests::component(guest))
                .await
                .unwrap();
            tokio::task::yield_now().await;
        }
    };
    tokio::join!(load, replace);
}
