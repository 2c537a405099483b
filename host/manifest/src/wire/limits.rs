use crate::finding::{finding, tidy};
use crate::schema::Shape;
use serde_json::Value;
use skillgate_domain::limits::CallLimits;
use skillgate_domain::skill::Finding;
use std::time::Duration;

const MIB: u64 = 1024 * 1024;

/// Writes limits, each in its unit, as [`CallLimits::named`] lists them.
pub fn limits_to_json(limits: &CallLimits) -> Value {
    limits.named().into_iter().collect()
}

/// Reads limits. What is absent has the value that `absent` has.
///
/// Findings have paths within `value`; more than [`CallLimits::CEILING`] is one.
pub fn limits_from_json(value: &Value, absent: CallLimits) -> Result<CallLimits, Vec<Finding>> {
    let mut findings = Shape::Limits.findings(value);
    if findings.is_empty() {
        findings = fractions(value);
    }
    if !findings.is_empty() {
        return Err(tidy(findings));
    }
    let wide = |name: &str| value.get(name).and_then(Value::as_u64);
    // The schema keeps counts far below 2^32.
    let count = |name: &str| wide(name).and_then(|number| u32::try_from(number).ok());
    Ok(CallLimits {
        cpu: wide("cpu_ms").map_or(absent.cpu, Duration::from_millis),
        wall: wide("wall_ms").map_or(absent.wall, Duration::from_millis),
        memory_bytes: wide("memory_mib").map_or(absent.memory_bytes, |mib| mib * MIB),
        crm_reads: count("crm_reads").unwrap_or(absent.crm_reads),
        crm_writes: count("crm_writes").unwrap_or(absent.crm_writes),
        log_lines: count("log_lines").unwrap_or(absent.log_lines),
        http_requests: count("http_requests").unwrap_or(absent.http_requests),
    })
}

/// JSON Schema takes `8.0` for an integer; one number has one spelling here.
fn fractions(value: &Value) -> Vec<Finding> {
    let numbers = value.as_object().into_iter().flatten();
    numbers
        .filter(|(_, number)| number.as_u64().is_none())
        .map(|(name, number)| {
            finding(
                format!("/{name}"),
                format!("{number} is written with a fraction or an exponent"),
                "Write it as a whole number.",
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn limits_read_back() {
        for limits in [CallLimits::DEFAULT, CallLimits::CEILING] {
            let read = limits_from_json(&limits_to_json(&limits), CallLimits::DEFAULT);
            assert_eq!(read, Ok(limits));
        }
    }

    #[test]
    fn what_is_absent_is_given() {
        let read = limits_from_json(&json!({"crm_writes": 0}), CallLimits::CEILING).unwrap();
        let expected = CallLimits {
            crm_writes: 0,
            ..CallLimits::CEILING
        };
        assert_eq!(read, expected);
    }

    #[test]
    fn each_limit_has_a_floor_and_a_ceiling() {
        let most = limits_to_json(&CallLimits::CEILING);
        for (name, most) in most.as_object().unwrap() {
            let least = u64::from(name.ends_with("_ms") || name.ends_with("_mib"));
            let most = most.as_u64().unwrap();
            let accepts =
                |value: Value| limits_from_json(&json!({name: value}), CallLimits::DEFAULT).is_ok();
            assert!(accepts(json!(least)) && accepts(json!(most)), "{name}");
            assert!(!accepts(json!(most + 1)), "{name}");
            assert!(least == 0 || !accepts(json!(least - 1)), "{name}");
            for bad in [
                json!(-1),
                json!(1.5),
                json!(1.0),
                json!("1"),
                json!(null),
                json!(u64::MAX),
            ] {
                assert!(!accepts(bad.clone()), "{name}: {bad}");
            }
        }
        assert!(limits_from_json(&json!({"cpu": 1}), CallLimits::DEFAULT).is_err());
        assert!(limits_from_json(&json!([]), CallLimits::DEFAULT).is_err());
    }
}
