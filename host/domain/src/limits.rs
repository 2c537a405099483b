//! Limits on what one call may use. The host's ceiling, narrowed by the manifest and by the grant.

use std::time::Duration;

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

/// What one call may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallLimits {
    /// Time the guest itself may compute.
    pub cpu: Duration,
    /// Time from start to answer, waiting included.
    pub wall: Duration,
    /// Linear memory over all memories of the guest, in bytes.
    pub memory_bytes: u64,
    /// Reads of the CRM.
    pub crm_reads: u32,
    /// Writes to the CRM.
    pub crm_writes: u32,
    /// Log lines kept.
    pub log_lines: u32,
    /// Requests to services outside.
    pub http_requests: u32,
}

impl CallLimits {
    /// What a manifest gets when it says nothing.
    pub const DEFAULT: Self = Self {
        cpu: Duration::from_millis(100),
        wall: Duration::from_secs(10),
        memory_bytes: 64 * MIB,
        crm_reads: 64,
        crm_writes: 8,
        log_lines: 256,
        http_requests: 8,
    };

    /// The most a manifest may ask for.
    pub const CEILING: Self = Self {
        cpu: Duration::from_secs(2),
        wall: Duration::from_mins(1),
        memory_bytes: 128 * MIB,
        crm_reads: 200,
        crm_writes: 50,
        log_lines: 1_000,
        http_requests: 32,
    };

    /// Lists the limits by the names and in the whole units used in manifests. Parts of a millisecond or
    /// of a MiB are dropped: what is read back is never more.
    pub fn named(&self) -> [(&'static str, u64); 7] {
        let ms = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        [
            ("cpu_ms", ms(self.cpu)),
            ("wall_ms", ms(self.wall)),
            ("memory_mib", self.memory_bytes / MIB),
            ("crm_reads", self.crm_reads.into()),
            ("crm_writes", self.crm_writes.into()),
            ("log_lines", self.log_lines.into()),
            ("http_requests", self.http_requests.into()),
        ]
    }

    /// Returns the smaller of each.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            cpu: self.cpu.min(other.cpu),
            wall: self.wall.min(other.wall),
            memory_bytes: self.memory_bytes.min(other.memory_bytes),
            crm_reads: self.crm_reads.min(other.crm_reads),
            crm_writes: self.crm_writes.min(other.crm_writes),
            log_lines: self.log_lines.min(other.log_lines),
            http_requests: self.http_requests.min(other.http_requests),
        }
    }
}

/// Most bytes that a call sends to services outside and is answered by them, together.
pub const HTTP_BYTES_PER_CALL_MAX: usize = 2 * 1024 * 1024;
/// Most times that one call of a tool asks something of its scratch files.
pub const FILE_CALLS_MAX: u32 = 1_000;
/// Longest input of a tool, in bytes of JSON.
pub const INPUT_BYTES_MAX: usize = 1024 * 1024;
/// Longest output of a tool, in bytes of JSON.
pub const OUTPUT_BYTES_MAX: usize = 1024 * 1024;
/// Deepest nesting of a tool's input or output.
pub const JSON_DEPTH_MAX: usize = 32;
/// Longest log line, in bytes; the rest is dropped.
pub const LOG_LINE_BYTES_MAX: usize = 2 * 1024;
/// Largest component, in bytes.
pub const COMPONENT_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Largest manifest, in bytes.
pub const MANIFEST_BYTES_MAX: usize = 512 * 1024;
/// Characters of what a manual says of itself in a few words.
pub const MANUAL_DESCRIPTION_CHARS_MAX: usize = 1_024;
/// Bytes that a manual's text begins with, before it is for reading.
pub const FRONTMATTER_BYTES_MAX: usize = 8 * 1024;
/// Longest text of one CRM field that a skill may write, in bytes.
pub const FIELD_TEXT_BYTES_MAX: usize = 64 * 1024;
/// Most conditions in one search.
pub const FILTERS_MAX: usize = 16;
/// Longest search text, in bytes.
pub const SEARCH_TEXT_BYTES_MAX: usize = 500;
/// Longest page cursor, in bytes.
pub const CURSOR_BYTES_MAX: usize = 2 * 1024;
/// Most items of a list value or of a one-of condition.
pub const LIST_ITEMS_MAX: usize = 100;
/// Longest value of a setting, in bytes.
pub const SETTING_BYTES_MAX: usize = 4 * 1024;
/// Longest text of a community's policies, in bytes.
pub const POLICY_TEXT_BYTES_MAX: usize = 32 * 1024;
/// Most policies of a community.
pub const POLICIES_MAX: usize = 128;
/// Characters of what a guest says of how far a call has come.
pub const PROGRESS_CHARS_MAX: usize = 200;
