//! Where requests of the host may go: addresses, and who may be reached at which.

mod address;

pub use address::{Nat64, NetworkError, Networks, Reach, Special};
