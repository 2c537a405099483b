//! Writes a filter as SQL over the `record` table. Every value is bound; every name is the schema's.

use sqlx::{QueryBuilder, Sqlite};

use super::{Bound, Column, Filter, Op, Operand, Test};

/// Most terms joined flat; longer lists become a balanced tree, because SQLite limits depth.
const FLAT_TERMS_MAX: usize = 16;

/// Appends the condition for a record called `alias`.
pub(crate) fn push(sql: &mut QueryBuilder<Sqlite>, filter: &Filter, alias: &str) {
    match filter {
        Filter::All(parts) => push_joined(sql, parts, alias, " AND ", "1"),
        Filter::Any(parts) => push_joined(sql, parts, alias, " OR ", "0"),
        Filter::Not(part) => {
            sql.push("NOT (");
            push(sql, part, alias);
            sql.push(")");
        }
        Filter::Test(test) => push_test(sql, test, alias),
    }
}

fn push_joined(
    sql: &mut QueryBuilder<Sqlite>,
    parts: &[Filter],
    alias: &str,
    word: &str,
    empty: &str,
) {
    if parts.is_empty() {
        sql.push(empty);
        return;
    }
    sql.push("(");
    if parts.len() > FLAT_TERMS_MAX {
        let (left, right) = parts.split_at(parts.len() / 2);
        push_joined(sql, left, alias, word, empty);
        sql.push(word);
        push_joined(sql, right, alias, word, empty);
    } else {
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                sql.push(word);
            }
            push(sql, part, alias);
        }
    }
    sql.push(")");
}

/// Appends the expression that reads `column` of the record `alias`, relations not included.
pub(crate) fn push_column(sql: &mut QueryBuilder<Sqlite>, column: &Column, alias: &str) {
    match column.path.join(".").as_str() {
        "id" => sql.push(format_args!("{alias}.id")),
        "deletedAt" => sql.push(format_args!("{alias}.deleted_at")),
        "position" => sql.push(format_args!("{alias}.position")),
        path => sql.push(format_args!("json_extract({alias}.doc, '$.{path}')")),
    };
}

fn push_test(sql: &mut QueryBuilder<Sqlite>, test: &Test, alias: &str) {
    let Some((key, target)) = &test.column.via else {
        return push_comparison(sql, test, alias);
    };
    sql.push("EXISTS (SELECT 1 FROM record related WHERE related.object = ");
    sql.push_bind((*target).to_owned());
    sql.push(format_args!(
        " AND related.id = json_extract({alias}.doc, '$.{key}') AND "
    ));
    push_comparison(sql, test, "related");
    sql.push(")");
}

fn push_comparison(sql: &mut QueryBuilder<Sqlite>, test: &Test, alias: &str) {
    if test.op == Op::ContainsAny {
        return push_contains(sql, test, alias);
    }
    push_column(sql, &test.column, alias);
    match (&test.operand, test.op) {
        (Operand::Null, _) => drop(sql.push(" IS NULL")),
        (Operand::NotNull, _) => drop(sql.push(" IS NOT NULL")),
        (Operand::Many(values), _) => push_list(sql, values),
        (Operand::One(value), op) => push_value(sql, value, op),
    }
}

fn push_value(sql: &mut QueryBuilder<Sqlite>, value: &Bound, op: Op) {
    let pattern = |text: &str| match op {
        Op::StartsWith => Some(glob(&format!("{text}%"), false)),
        Op::EndsWith => Some(glob(&format!("%{text}"), false)),
        Op::Like => Some(glob(text, false)),
        Op::Ilike => Some(glob(text, true)),
        _ => None,
    };
    if let Bound::Text(text) = value
        && let Some(pattern) = pattern(text)
    {
        sql.push(" GLOB ");
        sql.push_bind(pattern);
        return;
    }
    sql.push(match op {
        Op::Neq => " <> ",
        Op::Gt => " > ",
        Op::Gte => " >= ",
        Op::Lt => " < ",
        Op::Lte => " <= ",
        _ => " = ",
    });
    push_bound(sql, value);
}

fn push_list(sql: &mut QueryBuilder<Sqlite>, values: &[Bound]) {
    sql.push(" IN (");
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            sql.push(", ");
        }
        push_bound(sql, value);
    }
    sql.push(")");
}

fn push_contains(sql: &mut QueryBuilder<Sqlite>, test: &Test, alias: &str) {
    let path = test.column.path.join(".");
    sql.push(format_args!(
        "EXISTS (SELECT 1 FROM json_each({alias}.doc, '$.{path}') item WHERE item.value"
    ));
    match &test.operand {
        Operand::Many(values) => push_list(sql, values),
        _ => drop(sql.push(" IS NULL")),
    }
    sql.push(")");
}

fn push_bound(sql: &mut QueryBuilder<Sqlite>, value: &Bound) {
    match value {
        Bound::Text(text) => sql.push_bind(text.clone()),
        Bound::Number(number) => sql.push_bind(*number),
        Bound::Boolean(truth) => sql.push_bind(*truth),
    };
}

/// Turns a LIKE pattern into a GLOB pattern.
///
/// GLOB is case-sensitive and takes character classes, so that `ilike` works beyond ASCII too.
fn glob(like: &str, any_case: bool) -> String {
    let mut pattern = String::with_capacity(like.len() * 2);
    let mut chars = like.chars();
    while let Some(c) = chars.next() {
        match c {
            '%' => pattern.push('*'),
            '_' => pattern.push('?'),
            '\\' => literal(&mut pattern, chars.next().unwrap_or('\\'), any_case),
            other => literal(&mut pattern, other, any_case),
        }
    }
    pattern
}

fn literal(pattern: &mut String, c: char, any_case: bool) {
    let (lower, upper) = (single(c.to_lowercase(), c), single(c.to_uppercase(), c));
    if matches!(c, '*' | '?' | '[') {
        pattern.extend(['[', c, ']']);
    } else if any_case && lower != upper {
        pattern.extend(['[', lower, upper, ']']);
    } else {
        pattern.push(c);
    }
}

/// Returns the one character of a case mapping, or `c` when it maps to several.
fn single(mut mapped: impl Iterator<Item = char>, c: char) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_patterns_become_glob_patterns() {
        let cases = [
            ("a%b_c", false, "a*b?c"),
            ("100\\%%", false, "100%*"),
            ("a*[?]", false, "a[*][[][?]]"),
            ("Éa1", true, "[éÉ][aA]1"),
            ("end\\", false, "end\\"),
            ("ß", true, "ß"),
        ];
        for (like, any_case, expected) in cases {
            assert_eq!(glob(like, any_case), expected, "{like}");
        }
    }
}
