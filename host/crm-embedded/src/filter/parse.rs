//! The REST filter grammar, quirks included.
//!
//! Quotes only toggle: an apostrophe inside a double-quoted value swallows the next comma. Nothing
//! can be escaped. Parentheses are counted wherever they stand. `in` splits on every comma.

use serde_json::{Value, json};

use super::{Column, FILTER_DEPTH_MAX, Filter, Op, Test, too_deep};
use crate::fault::Fault;
use crate::schema::{Object, Schema};

/// Reads the `filter` parameter.
pub(crate) fn from_rest(schema: &Schema, object: &Object, query: &str) -> Result<Filter, Fault> {
    check_brackets(query)?;
    let reader = Reader { schema, object };
    let filter = if conjunction(query).is_some() {
        reader.read(query, 0)?
    } else {
        reader.read(&format!("and({query})"), 0)?
    };
    filter.within_limits()
}

fn check_brackets(query: &str) -> Result<(), Fault> {
    let (open, close) = (query.matches('(').count(), query.matches(')').count());
    let (missing, kind) = if open > close {
        (open - close, "close")
    } else {
        (close - open, "open")
    };
    match missing {
        0 => Ok(()),
        1 => Err(Fault::bad(format!(
            "'filter' invalid. 1 {kind} bracket is missing in the query"
        ))),
        _ => Err(Fault::bad(format!(
            "'filter' invalid. {missing} {kind} brackets are missing in the query"
        ))),
    }
}

/// Returns the conjunction `query` starts with, if it also ends with its bracket.
fn conjunction(query: &str) -> Option<&'static str> {
    ["and", "or", "not"].into_iter().find(|word| {
        query
            .strip_prefix(word)
            .is_some_and(|rest| rest.starts_with('(') && rest.ends_with(')'))
    })
}

struct Reader<'a> {
    schema: &'a Schema,
    object: &'a Object,
}

impl Reader<'_> {
    fn read(&self, query: &str, depth: usize) -> Result<Filter, Fault> {
        if depth > FILTER_DEPTH_MAX {
            return Err(too_deep());
        }
        let Some(word) = conjunction(query) else {
            return self.test(query).map(Filter::Test);
        };
        let parts: Vec<Filter> = split(query)
            .iter()
            .map(|part| self.read(part, depth + 1))
            .collect::<Result<_, _>>()?;
        match word {
            "and" => Ok(Filter::All(parts)),
            "or" => Ok(Filter::Any(parts)),
            _ => match <[Filter; 1]>::try_from(parts) {
                Ok([part]) => Ok(Filter::Not(Box::new(part))),
                Err(_) => Err(Fault::bad(
                    "'filter' invalid. 'not' conjunction should contain only 1 condition. \
                     eg: not(field[eq]:1)",
                )),
            },
        }
    }

    fn test(&self, query: &str) -> Result<Test, Fault> {
        let invalid = || Fault::bad(format!("'filter' invalid for '{query}'. eg: price[gte]:10"));
        let (path, rest) = query.split_once('[').ok_or_else(invalid)?;
        let (name, rest) = rest.split_once(']').ok_or_else(invalid)?;
        let value = rest.strip_prefix(':').ok_or_else(invalid)?;
        if path.is_empty() || name.is_empty() || value.is_empty() {
            return Err(invalid());
        }
        let op = Op::parse(name).ok_or_else(|| {
            let names = Op::names();
            Fault::bad(format!(
                "'filter' invalid for '{query}', comparator {name} not in {names}"
            ))
        })?;
        let names: Vec<&str> = path.split('.').collect();
        let column = Column::resolve(self.schema, self.object, &names, name)?;
        Test::new(column, op, &value_of(op, value, query)?)
    }
}

/// Splits the inside of the outermost brackets on its commas.
fn split(query: &str) -> Vec<String> {
    let (mut depth, mut brackets, mut quoted) = (0_usize, 0_usize, false);
    let mut parts = Vec::new();
    let mut part = String::new();
    for c in query.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            '"' | '\'' => quoted = !quoted,
            '[' if !quoted => brackets += 1,
            ']' if !quoted => brackets = brackets.saturating_sub(1),
            _ => {}
        }
        let outermost = (c == '(' && depth == 1) || (c == ')' && depth == 0);
        if c == ',' && depth == 1 && !quoted && brackets == 0 {
            parts.push(std::mem::take(&mut part));
        } else if !outermost && depth > 0 {
            part.push(c);
        }
    }
    parts.push(part);
    parts
}

fn value_of(op: Op, text: &str, query: &str) -> Result<Value, Fault> {
    if !matches!(op, Op::In | Op::ContainsAny) {
        return Ok(json!(unquoted(text)));
    }
    let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).ok_or_else(|| {
        Fault::bad(format!(
            "'filter' invalid for 'in' operator. Received '{query}' but array value expected eg: \
             'field[in]:[value_1,value_2]'"
        ))
    })?;
    Ok(inner.split(',').map(|item| json!(unquoted(item))).collect())
}

/// Takes one quote off each end, if both ends have one.
fn unquoted(text: &str) -> &str {
    let quoted = |c: char| c == '"' || c == '\'';
    match text
        .strip_prefix(quoted)
        .and_then(|rest| rest.strip_suffix(quoted))
    {
        Some(inner) => inner,
        None => text,
    }
}
