use crate::problem::{Kind, Problem};

/// Reads a part of a query that may be left out.
pub(super) fn query_part<T, E: std::fmt::Display>(
    text: Option<&str>,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<Option<T>, Problem> {
    let read = text.map(parse).transpose();
    read.map_err(|why| Problem::with_detail(Kind::QueryInvalid, why))
}
