//! Prompts.

use super::changes::Changes;
use super::content::PNG;
use super::input::{field, form, one, require};
use rmcp::model::{
    ContentBlock, GetPromptRequestParams, GetPromptResponse, GetPromptResult, InputRequiredResult,
    Prompt, PromptArgument, PromptMessage, ResourceContents, Role,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use serde_json::{Value, json};

/// Returns the prompts, by name.
pub(super) fn prompts() -> Vec<Prompt> {
    let argument = |name: &str, description: &str| {
        let argument = PromptArgument::new(name);
        argument.with_description(description).with_required(true)
    };
    vec![
        prompt(
            "test_input_required_result_prompt",
            "Needs input first",
            None,
        ),
        prompt(
            "test_prompt_with_arguments",
            "Says what its arguments are",
            Some(vec![
                argument("arg1", "First test argument"),
                argument("arg2", "Second test argument"),
            ]),
        ),
        prompt(
            "test_prompt_with_embedded_resource",
            "Has a resource in it",
            Some(vec![argument(
                "resourceUri",
                "URI of the resource to embed",
            )]),
        ),
        prompt("test_prompt_with_image", "Has an image in it", None),
        prompt("test_simple_prompt", "Is one line of text", None),
    ]
}

/// Answers for a prompt of the fixtures; nothing for any other one.
pub(super) fn get(
    request: &GetPromptRequestParams,
    context: &RequestContext<RoleServer>,
    changes: &Changes,
) -> Option<Result<GetPromptResponse, ErrorData>> {
    let messages = match request.name.as_str() {
        "test_simple_prompt" => Ok(vec![user_text("This is a simple prompt for testing.")]),
        "test_prompt_with_arguments" => with_arguments(request),
        "test_prompt_with_embedded_resource" => with_resource(request),
        "test_prompt_with_image" => Ok(vec![
            PromptMessage::new(Role::User, ContentBlock::image(PNG, "image/png")),
            user_text("Please analyze the image above."),
        ]),
        "test_input_required_result_prompt" => return Some(needing_input(request, context)),
        name => Ok(changes.prompted(name)?),
    };
    Some(messages.map(|messages| GetPromptResult::new(messages).into()))
}

fn with_arguments(request: &GetPromptRequestParams) -> Result<Vec<PromptMessage>, ErrorData> {
    let (one, two) = (argument(request, "arg1")?, argument(request, "arg2")?);
    let text = format!("Prompt with arguments: arg1='{one}', arg2='{two}'");
    Ok(vec![user_text(text)])
}

fn with_resource(request: &GetPromptRequestParams) -> Result<Vec<PromptMessage>, ErrorData> {
    let uri = argument(request, "resourceUri")?;
    let text = "Embedded resource content for testing.";
    let resource = ContentBlock::resource(ResourceContents::text(text, uri));
    Ok(vec![
        PromptMessage::new(Role::User, resource),
        user_text("Please process the embedded resource above."),
    ])
}

fn needing_input(
    request: &GetPromptRequestParams,
    context: &RequestContext<RoleServer>,
) -> Result<GetPromptResponse, ErrorData> {
    let properties = json!({ "context": { "type": "string" } });
    let question = form("What context should the prompt use?", &properties)?;
    require(&question, context)?;
    let answers = request.input_responses.as_ref();
    let Some(answer) = answers.and_then(|answers| answers.get("user_context")) else {
        let questions = one("user_context", question);
        return Ok(InputRequiredResult::from_input_requests(questions).into());
    };
    let given = field(answer, "context")?;
    let given = given.unwrap_or_else(|| "none".to_owned());
    let messages = vec![user_text(format!("The context is: {given}"))];
    Ok(GetPromptResult::new(messages).into())
}

fn argument<'a>(request: &'a GetPromptRequestParams, name: &str) -> Result<&'a str, ErrorData> {
    let arguments = request.arguments.as_ref();
    let argument = arguments.and_then(|arguments| arguments.get(name));
    argument.and_then(Value::as_str).ok_or_else(|| {
        ErrorData::invalid_params(format!("the argument `{name}` has to be a string"), None)
    })
}

fn prompt(name: &str, description: &str, arguments: Option<Vec<PromptArgument>>) -> Prompt {
    Prompt::new(name, Some(description), arguments)
}

fn user_text(text: impl Into<String>) -> PromptMessage {
    PromptMessage::new_text(Role::User, text)
}
