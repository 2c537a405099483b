use crate::record;
use serde_json::json;
use skillgate_app::audit::export::FORM;
use skillgate_app::audit::verify::verify;
use skillgate_app::audit::{Tree, Verifiers};
use skillgate_tests::host::audit_key;
use skillgate_tests::report::Report;
use std::fmt::Write;
use std::time::Instant;

const RECORDS: u32 = 400_000;
/// Records from one checkpoint to the next, as a host signs them.
const CHECKPOINT_EVERY: u64 = 1_024;

/// Checks a whole export: every record hashed, every checkpoint's signature checked.
pub(crate) fn measure(report: &Report) -> anyhow::Result<()> {
    let (key, mut tree) = (audit_key(), Tree::default());
    let head = json!({ "form": FORM, "log": key.log(), "size": RECORDS });
    let mut export = format!("{head}\n");
    for n in 0..RECORDS {
        let leaf = record(n as usize)?.leaf;
        tree.push(leaf.as_bytes());
        writeln!(export, "{leaf}")?;
        if tree.size().is_multiple_of(CHECKPOINT_EVERY) || tree.size() == u64::from(RECORDS) {
            writeln!(export, "{}", json!(key.sign(&tree)))?;
        }
    }
    let verifiers = Verifiers::parse([key.public()])?;
    let began = Instant::now();
    verify(&mut export.as_bytes(), &verifiers, None)?;
    let rate = f64::from(RECORDS) / began.elapsed().as_secs_f64();
    report.single("records verified a second", "1/s", rate, RECORDS as usize);
    Ok(())
}
