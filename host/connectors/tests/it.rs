//! Stories: the real client against the embedded CRM, in process; against a wire that fails; and the
//! transport against small servers on loopback.

#[cfg(test)]
mod it {
    mod config;
    mod fields;
    mod limits;
    mod links;
    mod lost_answers;
    mod metadata;
    mod search;
    mod socket;
    mod support;
    mod transport;
    mod traps;
}
