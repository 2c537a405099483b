//! Stories: the real clients against the embedded CRM and small services, in process; against a wire that
//! fails; and the transport against small servers on loopback.

#[cfg(test)]
mod it {
    mod canned;
    mod changed;
    mod config;
    mod egress;
    mod fields;
    mod limits;
    mod links;
    mod lost_answers;
    mod metadata;
    mod name_server;
    mod openclaw;
    mod outbound;
    mod relay;
    mod search;
    mod socket;
    mod support;
    mod tez_relay;
    mod transport;
    mod traps;
    mod workspace;
}
