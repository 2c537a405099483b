//! `#[tool]`: a function, and a type of the same name that implements `Tool` by calling it.

use crate::docs;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, FnArg, Ident, ItemFn, LitStr, ReturnType, Type};

/// Longest name of a tool, as hosts accept it.
const NAME_LEN_MAX: usize = 50;

/// What `#[tool]` adds to the function it stands on.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let arguments = Arguments::read(arguments)?;
    let reads_only = arguments.reads_only;
    let function: ItemFn = syn::parse2(item)?;
    let ident = &function.sig.ident;
    let name = checked_name(ident)?;
    let (title, description) = texts(arguments.title, &function)?;
    let (input, call) = input(&function)?;
    let ReturnType::Type(_, returned) = &function.sig.output else {
        return Err(Error::new_spanned(
            &function.sig,
            "a tool returns `ToolResult<Output>`",
        ));
    };
    let visibility = &function.vis;
    let marker_docs = format!("The tool `{name}`.");

    Ok(quote! {
        #[allow(clippy::needless_pass_by_value, reason = "a tool owns its input")]
        #function

        #[doc = #marker_docs]
        #[expect(non_camel_case_types, reason = "the tool's type has the name of its function")]
        #visibility struct #ident {}

        impl ::skillgate_sdk::Tool for #ident {
            const NAME: &'static str = #name;
            const TITLE: &'static str = #title;
            const DESCRIPTION: &'static str = #description;
            const READS_ONLY: bool = #reads_only;
            type Input = #input;
            type Output = <#returned as ::skillgate_sdk::__private::Outcome>::Output;

            fn run(
                context: &::skillgate_sdk::CallContext,
                input: Self::Input,
            ) -> ::core::result::Result<Self::Output, ::skillgate_sdk::ToolError> {
                let _ = context;
                #call
            }
        }
    })
}

/// What stands in the parentheses.
#[derive(Default)]
struct Arguments {
    title: Option<String>,
    reads_only: bool,
}

impl Arguments {
    fn read(arguments: TokenStream) -> syn::Result<Self> {
        let mut read = Self::default();
        if arguments.is_empty() {
            return Ok(read);
        }
        let parser = syn::meta::parser(|meta| {
            if meta.path.is_ident("title") {
                read.title = Some(meta.value()?.parse::<LitStr>()?.value());
            } else if meta.path.is_ident("reads_only") {
                read.reads_only = true;
            } else {
                return Err(meta.error("expected `title = \"..\"` or `reads_only`"));
            }
            Ok(())
        });
        syn::parse::Parser::parse2(parser, arguments)?;
        Ok(read)
    }
}

fn checked_name(ident: &Ident) -> syn::Result<String> {
    let name = ident.to_string();
    let is_snake = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if is_snake && name.len() <= NAME_LEN_MAX {
        return Ok(name);
    }
    Err(Error::new(
        ident.span(),
        format!(
            "a tool's name is 1 to {NAME_LEN_MAX} lower-case letters, digits and `_`, starting with a letter"
        ),
    ))
}

/// Returns the title and the description.
fn texts(explicit_title: Option<String>, function: &ItemFn) -> syn::Result<(String, String)> {
    let paragraphs = docs::paragraphs(&function.attrs);
    let Some((first, rest)) = paragraphs.split_first() else {
        return Err(Error::new_spanned(
            &function.sig,
            "a tool needs a doc comment: it is the description that agents read",
        ));
    };
    if let Some(title) = explicit_title {
        return Ok((title, paragraphs.join("\n")));
    }
    let title = first.trim_end_matches('.').to_owned();
    let description = if rest.is_empty() {
        first.clone()
    } else {
        rest.join("\n")
    };
    Ok((title, description))
}

/// Returns the input's type, and the call of the function.
fn input(function: &ItemFn) -> syn::Result<(&Type, TokenStream)> {
    let ident = &function.sig.ident;
    let mut types = Vec::new();
    for argument in &function.sig.inputs {
        match argument {
            FnArg::Typed(argument) => types.push(&*argument.ty),
            FnArg::Receiver(receiver) => {
                return Err(Error::new_spanned(receiver, "a tool is a free function"));
            }
        }
    }
    match types[..] {
        [input] => Ok((input, quote!(#ident(input)))),
        [_, input] => Ok((input, quote!(#ident(context, input)))),
        _ => Err(Error::new_spanned(
            &function.sig,
            "a tool takes its input, optionally after a `&CallContext`",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(arguments: TokenStream, item: TokenStream) -> String {
        expand(arguments, item).unwrap_err().to_string()
    }

    #[test]
    fn what_is_not_a_tool_is_refused_with_the_remedy() {
        let none = TokenStream::new();
        for (item, remedy) in [
            (
                quote!(
                    fn f(input: I) -> ToolResult<O> {}
                ),
                "doc comment",
            ),
            (
                quote!(
                    #[doc = "D."]
                    fn f(input: I) {}
                ),
                "returns",
            ),
            (
                quote!(
                    #[doc = "D."]
                    fn f() -> ToolResult<O> {}
                ),
                "takes its input",
            ),
            (
                quote!(
                    #[doc = "D."]
                    fn f(&self) -> ToolResult<O> {}
                ),
                "free function",
            ),
            (
                quote!(
                    #[doc = "D."]
                    fn F(input: I) -> ToolResult<O> {}
                ),
                "lower-case",
            ),
        ] {
            let message = refusal(none.clone(), item);
            assert!(message.contains(remedy), "{message}");
        }
        let message = refusal(
            quote!(name = "x"),
            quote!(
                #[doc = "D."]
                fn f(i: I) -> R {}
            ),
        );
        assert!(message.contains("title"), "{message}");
    }

    #[test]
    fn a_name_may_have_50_characters() {
        for (len, ok) in [(NAME_LEN_MAX, true), (NAME_LEN_MAX + 1, false)] {
            let ident = Ident::new(&"a".repeat(len), proc_macro2::Span::call_site());
            assert_eq!(checked_name(&ident).is_ok(), ok, "{len}");
        }
    }

    #[test]
    fn the_first_paragraph_is_the_title_unless_one_is_given() {
        let function: ItemFn = syn::parse_quote! {
            /// Finds people.
            ///
            /// By name.
            fn f(input: I) -> ToolResult<O> {}
        };
        let text = |title: Option<&str>| texts(title.map(str::to_owned), &function).unwrap();
        assert_eq!(text(None), ("Finds people".into(), "By name.".into()));
        assert_eq!(
            text(Some("Find")),
            ("Find".into(), "Finds people.\nBy name.".into())
        );
    }
}
