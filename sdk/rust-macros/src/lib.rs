//! Attribute macros of skillgate-sdk. Use them through that crate.

mod docs;
mod tool;

use proc_macro::TokenStream;

/// Makes a function a tool that a skill offers.
///
/// The function takes its input, optionally after a `&CallContext`, and returns `ToolResult<Output>`.
/// Its name is the tool's name and its doc comment the description that agents read.
/// `#[tool(title = "..")]` sets the title; without it the doc comment's first line is the title.
/// `#[tool(reads_only)]` promises that it changes nothing, in the CRM or elsewhere: agents may call it without
/// asking anybody, and the host refuses what it does against that.
///
/// ```
/// use skillgate_sdk::{Tool, ToolResult};
///
/// /// What to greet.
/// #[derive(serde::Deserialize, schemars::JsonSchema)]
/// #[serde(deny_unknown_fields)]
/// pub struct Greet {
///     /// Whom to greet.
///     #[schemars(length(min = 1, max = 80))]
///     name: String,
/// }
///
/// /// A greeting.
/// #[derive(serde::Serialize, schemars::JsonSchema)]
/// pub struct Greeting {
///     text: String,
/// }
///
/// /// Says hello to somebody by name.
/// #[skillgate_sdk::tool(title = "Greet")]
/// pub fn greet(input: Greet) -> ToolResult<Greeting> {
///     Ok(Greeting { text: format!("Hello, {}!", input.name) })
/// }
///
/// skillgate_sdk::skill![greet];
///
/// # fn main() {
/// assert_eq!(greet::NAME, "greet");
/// assert_eq!(greet::DESCRIPTION, "Says hello to somebody by name.");
/// # }
/// ```
#[proc_macro_attribute]
pub fn tool(arguments: TokenStream, item: TokenStream) -> TokenStream {
    tool::expand(arguments.into(), item.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
