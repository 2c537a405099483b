//! Which records a call means: one tree, read from the REST grammar or from GraphQL objects.
//!
//! Both readers resolve names against the schema and convert operands, so that a tree that exists
//! is a tree SQL can run. Values reach SQL as bound parameters only.

mod column;
mod graphql;
mod operand;
mod parse;
mod sql;

pub(crate) use column::{Column, ColumnKind};
pub(crate) use graphql::from_graphql;
pub(crate) use operand::Bound;
pub(crate) use parse::from_rest;
pub(crate) use sql::{push, push_column};

use uuid::Uuid;

use crate::fault::Fault;
use crate::schema::Object;

/// Deepest nesting of `and`, `or` and `not`; the real server has no documented limit.
pub(crate) const FILTER_DEPTH_MAX: usize = 32;
/// Most values of one `in`; SQLite takes 32766 parameters per statement.
pub(crate) const FILTER_VALUES_MAX: usize = 10_000;
/// Most tests of one filter.
pub(crate) const FILTER_TESTS_MAX: usize = 2_000;

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    Eq,
    Neq,
    In,
    ContainsAny,
    Is,
    Gt,
    Gte,
    Lt,
    Lte,
    StartsWith,
    EndsWith,
    Like,
    Ilike,
}

/// Every comparison with its name, in the order the messages list them.
const OPS: &[(Op, &str)] = &[
    (Op::Eq, "eq"),
    (Op::Neq, "neq"),
    (Op::In, "in"),
    (Op::ContainsAny, "containsAny"),
    (Op::Is, "is"),
    (Op::Gt, "gt"),
    (Op::Gte, "gte"),
    (Op::Lt, "lt"),
    (Op::Lte, "lte"),
    (Op::StartsWith, "startsWith"),
    (Op::EndsWith, "endsWith"),
    (Op::Like, "like"),
    (Op::Ilike, "ilike"),
];

impl Op {
    fn parse(name: &str) -> Option<Self> {
        OPS.iter()
            .find(|(_, known)| *known == name)
            .map(|(op, _)| *op)
    }

    fn names() -> String {
        OPS.iter()
            .map(|(_, name)| *name)
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// What a column is compared with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operand {
    Null,
    NotNull,
    One(Bound),
    Many(Vec<Bound>),
}

/// One comparison of one column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Test {
    pub(crate) column: Column,
    pub(crate) op: Op,
    pub(crate) operand: Operand,
}

/// A tree of comparisons.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Filter {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Test(Test),
}

impl Filter {
    /// The filter that every record passes.
    pub(crate) fn everything() -> Self {
        Self::All(Vec::new())
    }

    /// Returns whether any test names `deletedAt`: then soft-deleted records are no longer left out.
    pub(crate) fn mentions_deletion(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::mentions_deletion),
            Self::Not(part) => part.mentions_deletion(),
            Self::Test(test) => test.column.path == ["deletedAt"],
        }
    }

    fn count(&self) -> usize {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().map(Self::count).sum(),
            Self::Not(part) => part.count(),
            Self::Test(_) => 1,
        }
    }

    fn within_limits(self) -> Result<Self, Fault> {
        if self.count() > FILTER_TESTS_MAX {
            return Err(Fault::bad(format!(
                "'filter' invalid. More than {FILTER_TESTS_MAX} conditions"
            )));
        }
        Ok(self)
    }
}

/// Returns the test that the foreign key `key` of `object` is `id`.
pub(crate) fn key_filter(object: &Object, key: &str, id: Uuid) -> Filter {
    Filter::Test(Test {
        column: Column {
            via: None,
            path: vec![key.to_owned()],
            kind: ColumnKind::Uuid,
            options: Vec::new(),
            object: object.singular,
        },
        op: Op::Eq,
        operand: Operand::One(Bound::Text(id.to_string())),
    })
}

fn too_deep() -> Fault {
    Fault::bad(format!(
        "'filter' invalid. Nested deeper than {FILTER_DEPTH_MAX}"
    ))
}

#[cfg(test)]
mod tests;
