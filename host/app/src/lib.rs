//! Use cases, the ports they need, and the broker every host call goes through.
