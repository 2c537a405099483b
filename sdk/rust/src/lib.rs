//! Write skillgate skills in Rust: tools from types, a typed CRM client, a fake CRM for native tests.
