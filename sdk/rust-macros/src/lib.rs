//! Attribute macros of skillgate-sdk.
