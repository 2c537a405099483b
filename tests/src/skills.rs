//! The skills, built by `cargo xtask skills`.

use serde_json::Value;
use std::path::{Path, PathBuf};

/// Names the folder of built skills; the test command sets it.
const FOLDER: &str = "SKILLGATE_TEST_SKILLS";

fn folder() -> PathBuf {
    std::env::var_os(FOLDER).map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/skills"),
        PathBuf::from,
    )
}

/// Returns manifest and component of the CRM skill.
pub fn crm() -> (Value, Vec<u8>) {
    read(&folder(), "crm")
}

/// Returns manifest and component of the skill that hands records over.
pub fn tez_handoff() -> (Value, Vec<u8>) {
    read(&folder(), "tez-handoff")
}

/// Returns manifest and component of the example that asks a service outside.
pub fn enrich_lead() -> (Value, Vec<u8>) {
    read(&folder(), "enrich-lead")
}

/// Returns manifest and component of the guest that sends what it is told to.
pub fn courier() -> (Value, Vec<u8>) {
    read(&folder(), "courier")
}

/// Returns manifest and component of a skill in a folder.
pub fn read(folder: &Path, name: &str) -> (Value, Vec<u8>) {
    let missing = "the skills are not built: run `cargo xtask test`, or `cargo xtask skills` once";
    let manifest = std::fs::read(folder.join(format!("{name}.json"))).expect(missing);
    let manifest = serde_json::from_slice(&manifest).expect("the manifest is JSON");
    (
        manifest,
        std::fs::read(folder.join(format!("{name}.wasm"))).expect(missing),
    )
}
