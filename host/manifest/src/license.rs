//! Which licences a module may have: the host is AGPL-3.0-or-later, and a module is combined with it.

use crate::finding::{finding, quoted};
use skillgate_domain::skill::Finding;
use spdx::expression::ExprNode;
use spdx::{AdditionItem, Expression, LicenseReq};

/// SPDX ids of licences whose code may be combined with AGPL-3.0-or-later code.
///
/// Permissive licences, weak copyleft with a bridge to the GPL family, and the GPL family from
/// version 3 on (its section 13 allows the combination). Source: the Free Software Foundation's
/// licence list; EUPL and CeCILL name the AGPL or GPL among their own compatible licences.
/// A licence that only exists without "or later" in version 2, forbids commercial use or adds
/// conditions of service is not here, and neither is any that nobody has looked at yet.
pub const COMPATIBLE_LICENSES: &[&str] = &[
    "0BSD",
    "AGPL-3.0-only",
    "AGPL-3.0-or-later",
    "Apache-2.0",
    "Artistic-2.0",
    "BlueOak-1.0.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CECILL-2.1",
    "EUPL-1.2",
    "GPL-2.0-or-later",
    "GPL-3.0-only",
    "GPL-3.0-or-later",
    "ISC",
    "LGPL-2.1-only",
    "LGPL-2.1-or-later",
    "LGPL-3.0-only",
    "LGPL-3.0-or-later",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

const ADVICE: &str =
    "Use an SPDX expression compatible with AGPL-3.0-or-later, for example `MIT OR Apache-2.0`.";

/// Tells why a module may not have this licence.
pub(crate) fn check(expression: &str) -> Option<Finding> {
    let parsed = match Expression::parse(expression) {
        Ok(parsed) => parsed,
        Err(error) => {
            let problem = format!(
                "{} is no SPDX expression: {}",
                quoted(expression),
                error.reason
            );
            return Some(finding("/license", problem, ADVICE));
        }
    };
    if parsed.evaluate(compatible) {
        return None;
    }
    let refused: Vec<String> = parsed
        .iter()
        .filter_map(|node| match node {
            ExprNode::Req(found) if !compatible(&found.req) => Some(quoted(&found.req.to_string())),
            _ => None,
        })
        .collect();
    let problem = format!(
        "{} cannot be combined with AGPL-3.0-or-later",
        refused.join(", ")
    );
    Some(finding("/license", problem, ADVICE))
}

/// An SPDX exception only adds permissions; one that SPDX does not know may do anything.
fn compatible(requirement: &LicenseReq) -> bool {
    let unknown_addition = matches!(requirement.addition, Some(AdditionItem::Other(_)));
    let id = requirement.license.to_string();
    !unknown_addition && COMPATIBLE_LICENSES.contains(&id.trim_end_matches('+'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_evaluated() {
        for (expression, accepted) in [
            ("AGPL-3.0-or-later", true),
            ("MIT", true),
            ("Apache-2.0+", true),
            ("MIT OR Apache-2.0", true),
            ("MIT AND BSD-3-Clause", true),
            ("Apache-2.0 WITH LLVM-exception", true),
            ("GPL-2.0-or-later", true),
            ("GPL-2.0-only", false),
            ("GPL-2.0-only OR MIT", true),
            ("GPL-2.0-only AND MIT", false),
            ("(MIT OR BUSL-1.1) AND SSPL-1.0", false),
            ("CC-BY-NC-4.0", false),
            ("LicenseRef-Proprietary", false),
            ("LicenseRef-Proprietary OR MIT", true),
            ("MIT WITH AdditionRef-no-clouds", false),
            ("mit", false),
            ("MIT/Apache-2.0", false),
            ("MIT OR", false),
            ("", false),
        ] {
            assert_eq!(check(expression).is_none(), accepted, "{expression}");
        }
    }

    #[test]
    fn every_licence_listed_is_one_that_spdx_knows() {
        for id in COMPATIBLE_LICENSES {
            assert_eq!(check(id), None, "{id}");
            assert!(!spdx::license_id(id).unwrap().is_deprecated(), "{id}");
        }
        assert!(COMPATIBLE_LICENSES.is_sorted_by_key(|id| id.to_lowercase()));
    }
}
