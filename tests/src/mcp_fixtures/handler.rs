//! What the fixtures answer, and what they pass on.

#![expect(
    deprecated,
    reason = "2025-11-25 has levels of logging and subscriptions to resources"
)]

use super::catalogue::Call;
use super::{Fixtures, catalogue, changes, completion, is_stateless, prompts, resources};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CancelTaskParams, CancelledNotificationParam,
    CompleteRequestParams, CompleteResult, CustomNotification, CustomRequest, CustomResult,
    DiscoverResult, ErrorCode, GetPromptRequestParams, GetPromptResponse, GetSkillRequestParams,
    GetSkillResult, GetTaskParams, GetTaskResult, InitializeRequestParams, InitializeResult,
    ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult, ListSkillsResult,
    ListToolsResult, PaginatedRequestParams, ProgressNotificationParam, ProtocolVersion,
    ReadResourceDirectoryRequestParams, ReadResourceDirectoryResult, ReadResourceRequestParams,
    ReadResourceResponse, ServerCapabilities, ServerConfig, SetLevelRequestMethod,
    SetLevelRequestParams, SubscribeRequestParams, SubscriptionFilter, TASKS_EXTENSION_ID, Tool,
    UnsubscribeRequestParams, UpdateTaskParams,
};
use rmcp::service::{NotificationContext, RequestContext, SubscriptionContext};
use rmcp::{ErrorData, RoleServer, ServerHandler};
use std::borrow::Cow;

/// Adds what the fixtures can do to what the inner handler can.
fn declare(capabilities: &mut ServerCapabilities) {
    capabilities.tools.get_or_insert_default().list_changed = Some(true);
    capabilities.prompts.get_or_insert_default().list_changed = Some(true);
    capabilities.resources.get_or_insert_default().subscribe = Some(true);
    capabilities.completions.get_or_insert_default();
    capabilities.logging.get_or_insert_default();
    let extensions = capabilities.extensions.get_or_insert_default();
    extensions.entry(TASKS_EXTENSION_ID.to_owned()).or_default();
}

/// Lists change whenever a fixture is told to change them, so nobody may keep them.
fn uncached(ttl_ms: &mut Option<u64>) {
    *ttl_ms = ttl_ms.map(|_| 0);
}

/// An inner handler without such a list is like one with an empty list.
fn or_empty<T: Default>(result: Result<T, ErrorData>) -> Result<T, ErrorData> {
    match result {
        Err(error) if error.code == ErrorCode::METHOD_NOT_FOUND => Ok(T::default()),
        result => result,
    }
}

type Pages = Option<PaginatedRequestParams>;
type Request = RequestContext<RoleServer>;
type Notice = NotificationContext<RoleServer>;

impl<H: ServerHandler> ServerHandler for Fixtures<H> {
    async fn ping(&self, context: Request) -> Result<(), ErrorData> {
        self.inner.ping(context).await
    }

    async fn initialize(
        &self,
        request: InitializeRequestParams,
        context: Request,
    ) -> Result<InitializeResult, ErrorData> {
        let mut result = self.inner.initialize(request, context).await?;
        declare(&mut result.capabilities);
        Ok(result)
    }

    fn negotiate_initialize(
        &self,
        request: &InitializeRequestParams,
    ) -> Result<InitializeResult, ErrorData> {
        let mut result = self.inner.negotiate_initialize(request)?;
        declare(&mut result.capabilities);
        Ok(result)
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        self.inner.supported_protocol_versions()
    }

    async fn discover(&self, context: Request) -> Result<DiscoverResult, ErrorData> {
        let mut result = self.inner.discover(context).await?;
        declare(&mut result.capabilities);
        Ok(result)
    }

    fn get_info(&self) -> ServerConfig {
        let mut info = self.inner.get_info();
        declare(&mut info.capabilities);
        info
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        context: Request,
    ) -> Result<CompleteResult, ErrorData> {
        match completion::complete(&request) {
            Some(result) => result,
            None => self.inner.complete(request, context).await,
        }
    }

    async fn set_level(
        &self,
        request: SetLevelRequestParams,
        context: Request,
    ) -> Result<(), ErrorData> {
        if is_stateless(&context) {
            return Err(ErrorData::method_not_found::<SetLevelRequestMethod>());
        }
        self.session.set_log_level(request.level);
        Ok(())
    }

    async fn list_tools(
        &self,
        request: Pages,
        context: Request,
    ) -> Result<ListToolsResult, ErrorData> {
        let mut result = or_empty(self.inner.list_tools(request, context).await)?;
        if result.next_cursor.is_none() {
            result.tools.extend(catalogue::tools());
            result.tools.extend(self.state.changes.tool());
        }
        uncached(&mut result.ttl_ms);
        Ok(result)
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        let changing = || self.state.changes.tool().filter(|tool| tool.name == name);
        catalogue::tool(name)
            .or_else(changing)
            .or_else(|| self.inner.get_tool(name))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: Request,
    ) -> Result<CallToolResponse, ErrorData> {
        let changing = self.state.changes.tool();
        if changing.is_some_and(|tool| tool.name == request.name) {
            return Ok(changes::answer());
        }
        if catalogue::tool(&request.name).is_none() {
            return self.inner.call_tool(request, context).await;
        }
        let log_level = self.session.log_level(&context);
        catalogue::call(Call {
            request: &request,
            context: &context,
            state: &self.state,
            log_level,
        })
        .await
    }

    async fn list_prompts(
        &self,
        request: Pages,
        context: Request,
    ) -> Result<ListPromptsResult, ErrorData> {
        let mut result = or_empty(self.inner.list_prompts(request, context).await)?;
        if result.next_cursor.is_none() {
            result.prompts.extend(prompts::prompts());
            result.prompts.extend(self.state.changes.prompt());
        }
        uncached(&mut result.ttl_ms);
        Ok(result)
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        context: Request,
    ) -> Result<GetPromptResponse, ErrorData> {
        match prompts::get(&request, &context, &self.state.changes) {
            Some(result) => result,
            None => self.inner.get_prompt(request, context).await,
        }
    }

    async fn list_resources(
        &self,
        request: Pages,
        context: Request,
    ) -> Result<ListResourcesResult, ErrorData> {
        let mut result = or_empty(self.inner.list_resources(request, context).await)?;
        if result.next_cursor.is_none() {
            result.resources.extend(resources::resources());
        }
        Ok(result)
    }

    async fn list_resource_templates(
        &self,
        request: Pages,
        context: Request,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let result = self.inner.list_resource_templates(request, context);
        let mut result = or_empty(result.await)?;
        if result.next_cursor.is_none() {
            result.resource_templates.push(resources::template());
        }
        Ok(result)
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: Request,
    ) -> Result<ReadResourceResponse, ErrorData> {
        match resources::read(&request.uri, &self.state.changes) {
            Some(result) => Ok(result.into()),
            None => self.inner.read_resource(request, context).await,
        }
    }

    fn accepted_subscription_filter(
        &self,
        requested: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        // rmcp tells the client that it listens before it calls `listen`: what changes in between
        // would be lost, so the waiting begins here.
        self.session.await_changes(self.state.changes.subscribe());
        let accepted = self.inner.accepted_subscription_filter(requested);
        let mut accepted = accepted.unwrap_or_default();
        accepted.tools_list_changed = Some(true);
        accepted.prompts_list_changed = Some(true);
        let watched = accepted.resource_subscriptions.get_or_insert_default();
        watched.push(resources::WATCHED.to_owned());
        Some(accepted)
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let changes = self.session.awaited_changes();
        let changes = changes.unwrap_or_else(|| self.state.changes.subscribe());
        let sink = context.sink().clone();
        tokio::select! {
            ended = self.inner.listen(context) => ended,
            () = changes::forward(changes, &sink) => Ok(()),
        }
    }

    async fn subscribe(
        &self,
        request: SubscribeRequestParams,
        context: Request,
    ) -> Result<(), ErrorData> {
        if request.uri == resources::WATCHED {
            self.session.watch();
            return Ok(());
        }
        self.inner.subscribe(request, context).await
    }

    async fn unsubscribe(
        &self,
        request: UnsubscribeRequestParams,
        context: Request,
    ) -> Result<(), ErrorData> {
        if request.uri == resources::WATCHED {
            self.session.unwatch();
            return Ok(());
        }
        self.inner.unsubscribe(request, context).await
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        context: Request,
    ) -> Result<CustomResult, ErrorData> {
        self.inner.on_custom_request(request, context).await
    }

    async fn on_cancelled(&self, notification: CancelledNotificationParam, context: Notice) {
        self.inner.on_cancelled(notification, context).await;
    }

    async fn on_progress(&self, notification: ProgressNotificationParam, context: Notice) {
        self.inner.on_progress(notification, context).await;
    }

    async fn on_initialized(&self, context: Notice) {
        let peer = context.peer.clone();
        self.state.changes.register(self.session.peer(peer));
        self.inner.on_initialized(context).await;
    }

    async fn on_roots_list_changed(&self, context: Notice) {
        self.inner.on_roots_list_changed(context).await;
    }

    async fn on_custom_notification(&self, notification: CustomNotification, context: Notice) {
        self.inner
            .on_custom_notification(notification, context)
            .await;
    }

    async fn get_task(
        &self,
        request: GetTaskParams,
        context: Request,
    ) -> Result<GetTaskResult, ErrorData> {
        match self.state.tasks.get_task(&request.task_id) {
            Err(_) if self.inner_has_tasks() => self.inner.get_task(request, context).await,
            task => task.map(GetTaskResult::new),
        }
    }

    async fn update_task(
        &self,
        request: UpdateTaskParams,
        context: Request,
    ) -> Result<(), ErrorData> {
        let answers = request.input_responses.clone();
        match self.state.tasks.update_task(&request.task_id, answers) {
            Err(_) if self.inner_has_tasks() => self.inner.update_task(request, context).await,
            updated => updated,
        }
    }

    async fn cancel_task(
        &self,
        request: CancelTaskParams,
        context: Request,
    ) -> Result<(), ErrorData> {
        match self.state.tasks.cancel_task(&request.task_id) {
            Err(_) if self.inner_has_tasks() => self.inner.cancel_task(request, context).await,
            cancelled => cancelled,
        }
    }

    async fn list_skills(
        &self,
        request: Pages,
        context: Request,
    ) -> Result<ListSkillsResult, ErrorData> {
        self.inner.list_skills(request, context).await
    }

    async fn get_skill(
        &self,
        request: GetSkillRequestParams,
        context: Request,
    ) -> Result<GetSkillResult, ErrorData> {
        self.inner.get_skill(request, context).await
    }

    async fn read_resource_directory(
        &self,
        request: ReadResourceDirectoryRequestParams,
        context: Request,
    ) -> Result<ReadResourceDirectoryResult, ErrorData> {
        self.inner.read_resource_directory(request, context).await
    }
}
