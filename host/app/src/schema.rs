//! JSON Schemas of tools, compiled once.

use serde_json::Value;

/// Most violations told for one value.
const VIOLATIONS_MAX: usize = 10;
/// Longest text of one violation, in bytes: it may repeat a piece of the value.
const PROBLEM_BYTES_MAX: usize = 300;

/// Where a value breaks its schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// A JSON Pointer into the value; empty for the whole.
    pub path: String,
    /// What is wrong.
    pub problem: String,
}

/// A compiled schema.
#[derive(Debug)]
pub struct Schema(jsonschema::Validator);

impl Schema {
    /// Compiles a JSON Schema 2020-12. References leave the document nowhere: there is no resolver.
    pub fn compile(text: &str) -> Result<Self, String> {
        let schema: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        jsonschema::draft202012::options()
            .should_validate_formats(true)
            .build(&schema)
            .map(Self)
            .map_err(|error| error.to_string())
    }

    /// Lists what is wrong with `value`, at most ten things. Empty means: nothing.
    pub fn violations(&self, value: &Value) -> Vec<Violation> {
        if self.0.is_valid(value) {
            return Vec::new();
        }
        let told = self.0.iter_errors(value).take(VIOLATIONS_MAX).map(|error| {
            let mut problem = error.to_string();
            problem.truncate(problem.floor_char_boundary(PROBLEM_BYTES_MAX));
            Violation {
                path: error.instance_path().to_string(),
                problem,
            }
        });
        told.collect()
    }
}
