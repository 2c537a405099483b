//! Finding the name that was probably meant.

/// Returns the candidate that `name` is probably a slip of.
pub(crate) fn similar<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let meant = snake_case(name);
    // One slip in three letters; without a bound, every name would resemble some other.
    let slips_max = (meant.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| {
            let distance = strsim::damerau_levenshtein(&meant, &snake_case(candidate));
            (distance, candidate)
        })
        .filter(|(distance, _)| *distance <= slips_max)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Turns `camelCase`, `kebab-case` and `Title Case` into `snake_case`.
pub(crate) fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    // A name is at most 63 characters; more cannot be a slip of one.
    for c in name.chars().take(64) {
        if c.is_ascii_uppercase() && !snake.is_empty() && !snake.ends_with('_') {
            snake.push('_');
        }
        match c {
            '-' | ' ' => snake.push('_'),
            other => snake.push(other.to_ascii_lowercase()),
        }
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_strangers_are_not() {
        let names = ["first_name", "last_name", "email", "job_title"];
        for (slip, meant) in [
            ("frist_name", Some("first_name")),
            ("firstName", Some("first_name")),
            ("First-Name", Some("first_name")),
            ("emial", Some("email")),
            ("e_mail", Some("email")),
            ("jobtitle", Some("job_title")),
            ("birthday", None),
            ("", None),
        ] {
            assert_eq!(similar(slip, names), meant, "{slip}");
        }
    }
}
