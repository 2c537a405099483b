use super::PolicyError;
use crate::ports::{PolicyLanguage, PolicySet};
use skillgate_domain::limits::{POLICIES_MAX, POLICY_TEXT_BYTES_MAX};
use skillgate_domain::skill::Finding;
use std::sync::Arc;

/// Reads a text within its limits, or says everything that is wrong with it.
pub fn check(language: &dyn PolicyLanguage, text: &str) -> Result<Arc<dyn PolicySet>, PolicyError> {
    let refused = |problem: String, fix: String| {
        let path = String::new();
        PolicyError::Invalid(vec![Finding { path, problem, fix }])
    };
    if text.len() > POLICY_TEXT_BYTES_MAX {
        return Err(refused(
            format!("the text has {} bytes", text.len()),
            format!("Keep it within {POLICY_TEXT_BYTES_MAX} bytes."),
        ));
    }
    if text.contains('\0') {
        return Err(refused(
            "the text has a NUL character".to_owned(),
            "Remove it.".to_owned(),
        ));
    }
    let policies = language.read(text).map_err(PolicyError::Invalid)?;
    let count = policies.policies().len();
    if count > POLICIES_MAX {
        return Err(refused(
            format!("there are {count} policies"),
            format!("Keep them to {POLICIES_MAX}."),
        ));
    }
    Ok(policies)
}
