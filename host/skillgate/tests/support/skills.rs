//! Where the built skills are.

use std::path::{Path, PathBuf};

#[expect(
    clippy::disallowed_methods,
    reason = "the test command says where it built the skills"
)]
pub(crate) fn skills() -> PathBuf {
    let built = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/skills");
    std::env::var("SKILLGATE_TEST_SKILLS").map_or_else(|_| built(), PathBuf::from)
}
