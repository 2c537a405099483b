//! Module manifests: text to domain types, or a list of findings.
