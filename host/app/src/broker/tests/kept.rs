//! What a skill keeps and puts aside is reached by whoever was granted it, and as long as that is in force.

use super::*;
use crate::broker::OutsideError;
use skillgate_domain::capability::Interface;
use skillgate_domain::right::Right;
use skillgate_domain::state::StateKey;

fn run_with(interfaces: &[Interface]) -> Run {
    let mut run = run(true);
    let mut capabilities = granted();
    capabilities.interfaces = interfaces.iter().copied().collect();
    let everything = PolicyRight::of(|_, _| true);
    run.right = Right::compile(capabilities, everything, &run.principal.scope);
    run
}

/// Asks for a value and for files.
async fn refusals(broker: &Broker, run: &Run) -> [Option<BrokerError>; 2] {
    let key = StateKey::parse("a").unwrap();
    [
        broker.state_get(run, &key).await.err(),
        broker.file_list(run, None).await.err(),
    ]
}

#[tokio::test]
async fn each_interface_is_granted_by_itself() {
    let (broker, _) = broker().await;
    let missing = || Some(BrokerError::Outside(OutsideError::NotGranted));
    // That there is nothing behind the interface is known only to those who have it.
    let behind = || Some(BrokerError::Outside(OutsideError::NotConfigured));
    for (interfaces, expected, denied) in [
        (vec![], [missing(), missing()], 2),
        (vec![Interface::State], [behind(), missing()], 1),
        (vec![Interface::Files], [missing(), behind()], 1),
    ] {
        let run = run_with(&interfaces);
        assert_eq!(refusals(&broker, &run).await, expected, "{interfaces:?}");
        let denials = BTreeMap::from([("not-granted", denied)]);
        assert_eq!(run.touched().denials, denials, "{interfaces:?}");
    }
}

#[tokio::test]
async fn what_is_taken_back_ends_keeping_too() {
    let (mut broker, _) = broker().await;
    broker.rights = Arc::new(Said::ended(EndCause::Revoked));
    let run = run_with(&[Interface::State, Interface::Files]);
    let ended = || Some(BrokerError::Ended("grant-revoked"));
    assert_eq!(refusals(&broker, &run).await, [ended(), ended()]);
}
