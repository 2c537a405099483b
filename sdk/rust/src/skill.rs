/// Makes a crate a skill: names its tools, and exports them when it is built for WebAssembly.
///
/// Put it into the crate's root once, with the functions that carry [`tool`](crate::tool), in the order in
/// which agents should read them. Elsewhere than in WebAssembly it defines `pub fn definition()`, which
/// returns the [`SkillDefinition`](crate::SkillDefinition) for the manifest and for tests.
///
/// ```
/// mod time {
///     use skillgate_sdk::{ToolResult, clock};
///
///     /// Nothing is needed.
///     #[derive(serde::Deserialize, schemars::JsonSchema)]
///     #[serde(deny_unknown_fields)]
///     pub struct Today {}
///
///     /// A date.
///     #[derive(serde::Serialize, schemars::JsonSchema)]
///     pub struct Date {
///         date: String,
///     }
///
///     /// Tells the time in UTC.
///     #[skillgate_sdk::tool]
///     pub fn today(_: Today) -> ToolResult<Date> {
///         Ok(Date { date: clock::now().to_string() })
///     }
/// }
///
/// skillgate_sdk::skill![time::today];
///
/// # fn main() {
/// assert_eq!(definition().tools()[0].title(), "Tells the time in UTC");
/// # }
/// ```
#[macro_export]
macro_rules! skill {
    ($($tool:ty),+ $(,)?) => {
        /// Returns what this skill offers, for its manifest and for tests.
        #[cfg(not(target_arch = "wasm32"))]
        pub fn definition() -> $crate::SkillDefinition {
            $crate::SkillDefinition::new(vec![$($crate::ToolDefinition::of::<$tool>()),+])
        }

        #[cfg(target_arch = "wasm32")]
        #[expect(unsafe_code, reason = "a component's exports are raw functions")]
        const _: () = {
            struct Component;

            impl $crate::wit::exports::skillgate::skill::guest::Guest for Component {
                fn call(
                    context: $crate::CallContext,
                    tool: String,
                    input_json: String,
                ) -> Result<String, $crate::ToolError> {
                    $(if tool == <$tool as $crate::Tool>::NAME {
                        return $crate::__private::call::<$tool>(&context, &input_json);
                    })+
                    Err($crate::ToolError::unknown_tool())
                }
            }

            $crate::wit::export!(Component with_types_in $crate::wit);
        };
    };
}
