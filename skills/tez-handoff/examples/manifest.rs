//! Prints the skill's manifest: what people wrote in `manifest.json`, and the tools as the types define them.
#![expect(clippy::print_stdout, reason = "printing is what it is for")]

fn main() -> Result<(), serde_json::Error> {
    let written: serde_json::Value = serde_json::from_str(include_str!("../manifest.json"))?;
    let generated = serde_json::to_value(skillgate_skill_tez_handoff::definition())?;
    let mut manifest = written;
    manifest["tools"] = generated["tools"].clone();
    manifest["manual"]["SKILL.md"] = include_str!("../SKILL.md").into();
    println!("{}", serde_json::to_string_pretty(&manifest)?);
    Ok(())
}
