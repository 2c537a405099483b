//! Completion of arguments.

use super::resources::TEMPLATE;
use rmcp::ErrorData;
use rmcp::model::{CompleteRequestParams, CompleteResult, CompletionInfo, Reference};

const WORDS: [&str; 5] = ["hello", "paris", "park", "party", "test"];
const IDS: [&str; 3] = ["1", "12", "123"];
const URIS: [&str; 2] = ["test://static-binary", "test://static-text"];

/// Completes an argument of the fixtures; nothing for any other one.
pub(super) fn complete(
    request: &CompleteRequestParams,
) -> Option<Result<CompleteResult, ErrorData>> {
    let values: &[&str] = match (&request.r#ref, request.argument.name.as_str()) {
        (Reference::Prompt(prompt), "arg1" | "arg2")
            if prompt.name == "test_prompt_with_arguments" =>
        {
            &WORDS
        }
        (Reference::Prompt(prompt), "resourceUri")
            if prompt.name == "test_prompt_with_embedded_resource" =>
        {
            &URIS
        }
        (Reference::Resource(template), "id") if template.uri == TEMPLATE => &IDS,
        _ => return None,
    };
    let typed = request.argument.value.as_str();
    let values = values.iter().filter(|value| value.starts_with(typed));
    let values = values.map(|value| (*value).to_owned()).collect();
    let completion = CompletionInfo::with_all_values(values);
    Some(
        completion
            .map(CompleteResult::new)
            .map_err(|error| ErrorData::internal_error(error, None)),
    )
}
