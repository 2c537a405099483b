//! What a doc comment says.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// Returns the paragraphs of a doc comment, the lines of each joined by spaces.
pub(crate) fn paragraphs(attributes: &[Attribute]) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    for line in attributes.iter().filter_map(doc_line) {
        for line in line.lines().map(str::trim) {
            push_line(&mut paragraphs, line);
        }
        if line.trim().is_empty() {
            push_line(&mut paragraphs, "");
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs
}

fn push_line(paragraphs: &mut Vec<String>, line: &str) {
    match paragraphs.last_mut() {
        Some(last) if !line.is_empty() => {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(line);
        }
        _ => paragraphs.push(String::new()),
    }
}

fn doc_line(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    #[test]
    fn lines_join_and_blank_lines_part() {
        let item: syn::ItemFn = parse_quote! {
            /// Finds people.
            ///
            /// By name,
            /// or by e-mail.
            #[inline]
            fn f() {}
        };
        assert_eq!(
            paragraphs(&item.attrs),
            ["Finds people.", "By name, or by e-mail."]
        );
        assert!(paragraphs(&[]).is_empty());
    }
}
