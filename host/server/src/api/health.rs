pub(crate) mod healthz;
pub(crate) mod readyz;
