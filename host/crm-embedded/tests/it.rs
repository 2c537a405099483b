//! Stories over the router, in process.

#[cfg(test)]
mod it {
    mod crm;
    mod graphql;
    mod http;
    mod limits;
    mod metadata;
    mod replay;
    mod rest;
    mod traps;
}
