//! Making findings that are short whatever the manifest holds.

use skillgate_domain::skill::Finding;

/// Most findings in one answer; the last one says how many more there were.
pub const FINDINGS_MAX: usize = 100;

/// Most characters of the manifest that a finding repeats.
const QUOTED_CHARS_MAX: usize = 64;

pub(crate) fn finding(
    path: impl Into<String>,
    problem: impl Into<String>,
    fix: impl Into<String>,
) -> Finding {
    Finding {
        path: path.into(),
        problem: problem.into(),
        fix: fix.into(),
    }
}

/// Repeats a text of the manifest: cut, and without control characters.
pub(crate) fn quoted(text: &str) -> String {
    format!("`{}`", shortened(text))
}

fn shortened(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(QUOTED_CHARS_MAX)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    if text.chars().nth(QUOTED_CHARS_MAX).is_some() {
        shown.push('…');
    }
    shown
}

/// Appends one step to a JSON Pointer. A step longer than any name of a manifest is cut.
pub(crate) fn pointer(parent: &str, step: &str) -> String {
    let step = shortened(step).replace('~', "~0").replace('/', "~1");
    format!("{parent}/{step}")
}

/// Puts findings about a part of a document under the part's own path.
pub fn under(prefix: &str, findings: Vec<Finding>) -> impl Iterator<Item = Finding> {
    findings.into_iter().map(move |mut finding| {
        finding.path.insert_str(0, prefix);
        finding
    })
}

/// Sorts by place, drops repetitions and cuts at [`FINDINGS_MAX`].
pub(crate) fn tidy(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by(|a, b| (&a.path, &a.problem).cmp(&(&b.path, &b.problem)));
    findings.dedup();
    if findings.len() > FINDINGS_MAX {
        let more = findings.len() - FINDINGS_MAX + 1;
        findings.truncate(FINDINGS_MAX - 1);
        findings.push(finding(
            "",
            format!("{more} more findings are not shown"),
            "Correct the ones shown and check again.",
        ));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_or_strange_text_is_repeated_in_part() {
        assert_eq!(quoted("a\u{1b}[31m"), "`a\u{fffd}[31m`");
        assert_eq!(quoted(&"x".repeat(64)), format!("`{}`", "x".repeat(64)));
        assert_eq!(quoted(&"x".repeat(65)), format!("`{}…`", "x".repeat(64)));
    }

    #[test]
    fn too_many_findings_are_counted() {
        let many = |count: usize| (0..count).map(|i| finding(format!("/{i:04}"), "p", "f"));
        assert_eq!(tidy(many(FINDINGS_MAX).collect()).len(), FINDINGS_MAX);
        let cut = tidy(many(FINDINGS_MAX + 1).collect());
        assert_eq!(cut.len(), FINDINGS_MAX);
        assert_eq!(cut.last().unwrap().problem, "2 more findings are not shown");
    }

    #[test]
    fn pointers_escape_their_steps() {
        assert_eq!(pointer("/a", "b/c~d"), "/a/b~1c~0d");
    }
}
