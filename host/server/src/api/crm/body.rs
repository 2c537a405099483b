use serde::Serialize;
use utoipa::ToSchema;

/// An answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Data<T> {
    pub(crate) data: T,
}

/// An answer, and something about it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DataWith<T, M> {
    pub(crate) data: T,
    pub(crate) meta: M,
}
