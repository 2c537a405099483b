//! Any text as a manifest: it is read, or everything that is wrong with it is told.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skillgate_manifest::wire::{capabilities_from_json, capabilities_to_json};

fuzz_target!(|text: &str| {
    match skillgate_manifest::parse(text) {
        Err(findings) => assert!(!findings.is_empty()),
        Ok(skill) => {
            let written = capabilities_to_json(&skill.requests);
            assert_eq!(capabilities_from_json(&written), Ok(skill.requests));
        }
    }
});
