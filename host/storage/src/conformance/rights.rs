//! What rights are made of: kept, but never a moment longer than it is so.

use super::samples::{
    at, change, community, execute, grant, granted, next_grant, policies, skill, submitted, token,
};
use crate::Database;
use crate::testing::Place;
use skillgate_app::ports::{PolicyStore, RightsInForce, Storage};
use skillgate_domain::grant::{EndCause, Grant, GrantStatus};
use skillgate_domain::ids::GrantId;

/// What a host says about the rights of `red`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    token_revoked: bool,
    active: Option<GrantId>,
    frozen: bool,
    first_grant: GrantStatus,
    policies: u32,
}

async fn ask(host: &Database, first: &Grant) -> Said {
    let (red, crm) = (community("red"), skill("crm"));
    let token = host.token(token(1).id).await.unwrap();
    let active = host.active_grant(&red, &crm).await.unwrap();
    Said {
        token_revoked: token.is_none_or(|token| token.revoked_at.is_some()),
        active: active.as_ref().map(|grant| grant.id),
        frozen: active.is_some_and(|grant| grant.frozen_at.is_some()),
        first_grant: host.grant_status(&red, first.id).await.unwrap(),
        policies: host.newest_policy_version(&red).await.unwrap(),
    }
}

/// Something has changed since the number was read, and nothing since then.
async fn is_counted(host: &Database, number: &mut i64) {
    let now = host.rights_number().await.unwrap();
    assert_ne!(now, *number);
    assert_eq!(host.rights_number().await.unwrap(), now);
    *number = now;
}

pub(super) async fn another_hosts_change_is_seen_at_once(place: &Place) {
    let (host, other) = (place.open().await, place.open().await);
    let (red, crm) = (community("red"), skill("crm"));
    let submission = submitted(&other, 1).await;
    let first = grant(1, &submission);
    // Asked before there is anything, and again after every change.
    let mut said = Said {
        token_revoked: true,
        active: None,
        frozen: false,
        first_grant: GrantStatus::Ended(EndCause::Revoked),
        policies: 0,
    };
    assert_eq!(ask(&host, &first).await, said);
    let mut number = host.rights_number().await.unwrap();

    other.insert_token(&token(1), &change()).await.unwrap();
    said.token_revoked = false;
    assert_eq!(ask(&host, &first).await, said);
    is_counted(&host, &mut number).await;

    granted(&other, &first).await;
    said.active = Some(first.id);
    said.first_grant = GrantStatus::InForce;
    assert_eq!(ask(&host, &first).await, said);
    is_counted(&host, &mut number).await;

    let frozen = other.set_frozen(&red, &crm, Some(at(1)), &change()).await;
    assert!(frozen.unwrap());
    said.frozen = true;
    said.first_grant = GrantStatus::Frozen;
    assert_eq!(ask(&host, &first).await, said);
    is_counted(&host, &mut number).await;

    let thawed = other.set_frozen(&red, &crm, None, &change()).await;
    assert!(thawed.unwrap());
    granted(&other, &next_grant(4, 2, &submission)).await;
    said.active = Some(grant(2, &submission).id);
    said.frozen = false;
    said.first_grant = GrantStatus::Ended(EndCause::Replaced);
    assert_eq!(ask(&host, &first).await, said);
    is_counted(&host, &mut number).await;

    let second = grant(2, &submission).id;
    let change = change();
    let revoked = other.revoke_grant(&red, submission.id, second, at(2), &change);
    assert!(revoked.await.unwrap());
    said.active = None;
    assert_eq!(ask(&host, &first).await, said);
    is_counted(&host, &mut number).await;

    other.insert_policy(&policies(1), &change).await.unwrap();
    said.policies = 1;
    assert_eq!(ask(&host, &first).await, said);
    is_counted(&host, &mut number).await;

    let revoked = other.revoke_token(&red, token(1).id, at(3), &change);
    assert!(revoked.await.unwrap());
    said.token_revoked = true;
    assert_eq!(ask(&host, &first).await, said);
    is_counted(&host, &mut number).await;
}

pub(super) async fn while_nothing_changes_nothing_is_read_again(place: &Place) {
    let host = place.open().await;
    let submission = submitted(&host, 1).await;
    let first = grant(1, &submission);
    host.insert_token(&token(1), &change()).await.unwrap();
    granted(&host, &first).await;
    let said = ask(&host, &first).await;
    assert_eq!(said.active, Some(first.id));
    // Taken away behind everybody's back, without counting: whoever reads them now, fails.
    for sql in [
        "ALTER TABLE tokens RENAME TO tokens_away",
        "ALTER TABLE grants RENAME TO grants_away",
        "ALTER TABLE policies RENAME TO policies_away",
    ] {
        execute(&host, sql).await.unwrap();
    }
    assert_eq!(ask(&host, &first).await, said);
    // The positive control: what is not kept is read.
    assert!(host.token(token(2).id).await.is_err());
}

pub(super) async fn a_row_changed_by_hand_counts(place: &Place) {
    let host = place.open().await;
    let submission = submitted(&host, 1).await;
    let first = grant(1, &submission);
    host.insert_token(&token(1), &change()).await.unwrap();
    granted(&host, &first).await;
    assert!(!ask(&host, &first).await.token_revoked);
    execute(&host, "DELETE FROM tokens").await.unwrap();
    assert!(ask(&host, &first).await.token_revoked);
    execute(&host, "DELETE FROM grants").await.unwrap();
    assert_eq!(ask(&host, &first).await.active, None);
}
