use crate::ports::{Policy, PolicyVersion};
use skillgate_domain::digest::Digest;
use skillgate_domain::ids::UserId;
use skillgate_domain::policy::Verdict;
use skillgate_domain::time::Timestamp;

/// A version of the policies, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyView {
    /// Its number; 0 for the policies that are shipped.
    pub version: u32,
    /// SHA-256 of the text.
    pub digest: Digest,
    /// The text.
    pub text: String,
    /// The policies in it, in their order.
    pub policies: Vec<Policy>,
    /// Who put it, and when; nobody put version 0.
    pub put: Option<(UserId, Timestamp)>,
}

/// How the policies decide, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The version that was asked.
    pub version: u32,
    /// The answer.
    pub verdict: Verdict,
}

impl PolicyView {
    /// Shows a version that was kept.
    pub(super) fn of(version: PolicyVersion, policies: &[Policy]) -> Self {
        Self {
            version: version.change.version,
            digest: version.change.digest,
            text: version.text,
            policies: policies.to_vec(),
            put: Some((version.change.put_by, version.change.put_at)),
        }
    }
}
