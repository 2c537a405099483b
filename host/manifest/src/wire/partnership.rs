use crate::finding::{finding, tidy};
use crate::schema::Shape;
use serde_json::{Value, json};
use skillgate_domain::partnership::{Filters, NotificationKind, Permissions, Rates};
use skillgate_domain::skill::Finding;

/// Writes one direction's permissions in the requirement's form: `{"notifications": {"posts": true, ..},
/// "rateLimit": {"maxPerHour": 5, "maxPerDay": 20}, "filters": {"minVoteThreshold": 3, "boardWhitelist": []}}`.
pub fn permissions_to_json(permissions: &Permissions) -> Value {
    let notifications: serde_json::Map<String, Value> = NotificationKind::ALL
        .iter()
        .map(|kind| (kind.name().to_owned(), permissions.allows(*kind).into()))
        .collect();
    let (rates, filters) = (permissions.rates(), permissions.filters());
    json!({
        "notifications": notifications,
        "rateLimit": { "maxPerHour": rates.per_hour, "maxPerDay": rates.per_day },
        "filters": { "minVoteThreshold": filters.min_votes, "boardWhitelist": filters.boards },
    })
}

/// Reads what [`permissions_to_json`] writes. Every key must be there, and no other.
///
/// Findings have paths within `value`.
pub fn permissions_from_json(value: &Value) -> Result<Permissions, Vec<Finding>> {
    let findings = Shape::Permissions.findings(value);
    if !findings.is_empty() {
        return Err(tidy(findings));
    }
    let kinds = NotificationKind::ALL.iter().copied();
    let told = kinds.filter(|kind| value["notifications"][kind.name()] == true);
    let number = |value: &Value| value.as_u64().unwrap_or_default();
    // The schema's ranges are within the types: a test holds them together.
    let rate = |name: &str| u16::try_from(number(&value["rateLimit"][name])).unwrap_or(u16::MAX);
    let rates = Rates {
        per_hour: rate("maxPerHour"),
        per_day: rate("maxPerDay"),
    };
    let filters = &value["filters"];
    let boards = filters["boardWhitelist"].as_array();
    let filters = Filters {
        min_votes: u32::try_from(number(&filters["minVoteThreshold"])).unwrap_or(u32::MAX),
        boards: boards
            .into_iter()
            .flatten()
            .filter_map(Value::as_i64)
            .collect(),
    };
    Permissions::new(told.collect(), rates, filters).map_err(|fault| {
        let fix = "Correct the numbers.";
        vec![finding("/rateLimit", fault.to_string(), fix)]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use skillgate_domain::partnership::{BOARDS_MAX, PER_DAY_MAX, PER_HOUR_MAX};

    fn of(path: &str, value: Value) -> Value {
        let mut permissions = permissions_to_json(&Permissions::default());
        *permissions.pointer_mut(path).unwrap() = value;
        permissions
    }

    #[test]
    fn the_default_is_the_requirements() {
        let requirement = json!({
            "notifications": {
                "posts": true, "votes": false, "comments": false, "boards": true, "announcements": true
            },
            "rateLimit": { "maxPerHour": 5, "maxPerDay": 20 },
            "filters": { "minVoteThreshold": 3, "boardWhitelist": [] },
        });
        assert_eq!(permissions_to_json(&Permissions::default()), requirement);
    }

    #[test]
    fn what_is_written_is_read_back() {
        let boards: Vec<usize> = (0..BOARDS_MAX).collect();
        for value in [
            permissions_to_json(&Permissions::default()),
            of("/notifications/votes", true.into()),
            of(
                "/rateLimit",
                json!({ "maxPerHour": PER_HOUR_MAX, "maxPerDay": PER_DAY_MAX }),
            ),
            of("/rateLimit", json!({ "maxPerHour": 0, "maxPerDay": 0 })),
            of("/filters/minVoteThreshold", u32::MAX.into()),
            of("/filters/boardWhitelist", json!(boards)),
            of(
                "/filters/boardWhitelist",
                json!([-9_007_199_254_740_991_i64, 9_007_199_254_740_991_i64]),
            ),
        ] {
            let read = permissions_from_json(&value).unwrap();
            assert_eq!(permissions_to_json(&read), value);
        }
    }

    #[test]
    fn what_permissions_cannot_say() {
        let too_many: Vec<usize> = (0..=BOARDS_MAX).collect();
        for (path, value, at) in [
            ("", json!({}), ""),
            ("", json!([]), ""),
            ("", Value::Null, ""),
            ("/notifications", json!({ "posts": true }), "/notifications"),
            ("/notifications/posts", json!("yes"), "/notifications/posts"),
            ("/notifications/posts", json!(1), "/notifications/posts"),
            (
                "/rateLimit/maxPerHour",
                json!(1_001),
                "/rateLimit/maxPerHour",
            ),
            ("/rateLimit/maxPerHour", json!(-1), "/rateLimit/maxPerHour"),
            ("/rateLimit/maxPerHour", json!(1.5), "/rateLimit/maxPerHour"),
            (
                "/rateLimit/maxPerDay",
                json!(10_001),
                "/rateLimit/maxPerDay",
            ),
            ("/rateLimit/maxPerDay", json!(4), "/rateLimit"),
            (
                "/filters/minVoteThreshold",
                json!(-1),
                "/filters/minVoteThreshold",
            ),
            (
                "/filters/minVoteThreshold",
                json!(u64::MAX),
                "/filters/minVoteThreshold",
            ),
            (
                "/filters/boardWhitelist",
                json!([1, 1]),
                "/filters/boardWhitelist",
            ),
            (
                "/filters/boardWhitelist",
                json!(["1"]),
                "/filters/boardWhitelist/0",
            ),
            (
                "/filters/boardWhitelist",
                json!([1e300]),
                "/filters/boardWhitelist/0",
            ),
            (
                "/filters/boardWhitelist",
                json!(too_many),
                "/filters/boardWhitelist",
            ),
        ] {
            let value = of(path, value);
            let findings = permissions_from_json(&value).unwrap_err();
            assert_eq!(findings[0].path, at, "{value}: {findings:?}");
        }
        let mut unknown = permissions_to_json(&Permissions::default());
        unknown["filters"]["minVotes"] = json!(3);
        let findings = permissions_from_json(&unknown).unwrap_err();
        assert!(findings[0].problem.contains("minVotes"), "{findings:?}");
    }
}
