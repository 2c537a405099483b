use super::manuals::{self, Manuals, Readable};
use super::news::{Mark, News};
use super::tools::Named;
use super::{Stopping, answer};
use crate::app::App;
use crate::limits::{MCP_LISTENERS_MAX, MCP_PAGE_TOOLS};
use http::request::Parts;
use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResponse, CompleteRequestMethod,
    CompleteRequestParams, CompleteResult, ErrorCode, ErrorData, Extensions, GetSkillRequestParams,
    GetSkillResult, Implementation, ListPromptsRequestMethod, ListPromptsResult,
    ListResourcesResult, ListSkillsResult, ListToolsResult, PaginatedRequestParams,
    ReadResourceDirectoryRequestParams, ReadResourceDirectoryResult, ReadResourceRequestParams,
    ReadResourceResponse, ReadResourceResult, ServerCapabilities, ServerConfig, SubscriptionFilter,
};
use rmcp::service::{NotificationContext, RequestContext, SubscriptionContext};
use rmcp::{RoleServer, ServerHandler};
use skillgate_app::cache::Cache;
use skillgate_app::invocations::{DIRECTORIES_MAX, InvokeError};
use skillgate_domain::ids::CommunityId;
use skillgate_domain::principal::Principal;
use std::sync::{Arc, OnceLock};
use tokio::sync::Semaphore;
use tokio_util::sync::{CancellationToken, DropGuard};

/// How long a client may take a list for fresh: a grant that is taken back is refused at once all the same.
const LIST_FRESH_MS: u64 = 5_000;

/// What all sessions have together.
pub(super) struct Shared {
    pub(super) app: App,
    news: News,
    named: Cache<CommunityId, Arc<Named>>,
    listeners: Arc<Semaphore>,
}

impl Shared {
    pub(super) fn new(app: App) -> Self {
        Self {
            news: News::new(Arc::clone(&app.invocations), app.tasks.clone()),
            named: Cache::new(DIRECTORIES_MAX),
            listeners: Arc::new(Semaphore::new(MCP_LISTENERS_MAX)),
            app,
        }
    }

    /// Returns the tools of the caller's community by their names.
    async fn named(&self, caller: &Principal) -> Result<Arc<Named>, InvokeError> {
        let community = &caller.community;
        let directory = self.app.invocations.directory(community).await?;
        if let Some(named) = self.named.get(community)
            && named.are_of(&directory)
        {
            return Ok(named);
        }
        let named = Arc::new(Named::of(directory));
        self.named.insert(community.clone(), Arc::clone(&named));
        Ok(named)
    }

    /// Returns what the sender of a message may see.
    async fn reader(&self, extensions: &Extensions) -> Result<Reader, ErrorData> {
        let caller = caller(extensions)?;
        let named = self.named(&caller).await.map_err(answer::refusal)?;
        let visible = self.app.invocations.callable(&caller, named.tools()).await;
        let visible = visible.map_err(answer::refusal)?;
        Ok(Reader { named, visible })
    }

    /// Places for those who wait for news.
    pub(super) fn listeners(&self) -> Arc<Semaphore> {
        Arc::clone(&self.listeners)
    }
}

/// Somebody's view of what there is.
struct Reader {
    named: Arc<Named>,
    visible: Vec<bool>,
}

impl Reader {
    /// What of it was listed last.
    fn mark(&self, listed: &Mark) {
        listed.set(self.named.tools(), &self.visible);
    }

    fn manuals(&self) -> (&Manuals, Readable<'_>) {
        let readable = Readable::of(self.named.tools(), &self.visible);
        (&self.named.manuals, readable)
    }
}

/// Says how long an answer may be kept, in the era that knows of that.
macro_rules! hinted {
    ($answer:expr, $context:expr) => {{
        let version = $context.protocol_version();
        if version.is_some_and(|version| !version.has_initialize()) {
            let hinted = $answer.with_ttl_ms(LIST_FRESH_MS);
            hinted.with_cache_scope(CacheScope::Private)
        } else {
            $answer
        }
    }};
}

/// Answers the messages of one session, or one message that has none.
pub struct McpDoor {
    pub(super) shared: Arc<Shared>,
    /// The tools that were listed last.
    listed: Arc<Mark>,
    /// Ends what was begun for the session.
    ends: OnceLock<DropGuard>,
}

impl McpDoor {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            listed: Arc::default(),
            ends: OnceLock::new(),
        }
    }
}

/// Returns who calls: each message has come with a credential of its own.
fn caller(extensions: &Extensions) -> Result<Principal, ErrorData> {
    let parts = extensions.get::<Parts>();
    let caller = parts.and_then(|parts| parts.extensions.get::<Principal>());
    caller
        .cloned()
        .ok_or_else(|| ErrorData::internal_error("nobody was authenticated", None))
}

/// Waits until the host stops.
pub(super) async fn stopping(extensions: &Extensions) {
    let parts = extensions.get::<Parts>();
    let stopping = parts.and_then(|parts| parts.extensions.get::<Stopping>());
    Stopping::begun(stopping.cloned()).await;
}

impl ServerHandler for McpDoor {
    fn get_info(&self) -> ServerConfig {
        let mut capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_tool_list_changed()
            .build();
        manuals::declare(&mut capabilities);
        let info = Implementation::new("skillgate", env!("CARGO_PKG_VERSION"));
        ServerConfig::new(capabilities)
            .with_server_info(info.with_title("skillgate"))
            .with_instructions(
                "Tools of the skills that an admin granted. A refusal has a stable `code`, and `retry` says \
                 whether trying again can help.",
            )
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let reader = self.shared.reader(&context.extensions).await?;
        reader.mark(&self.listed);
        let after = request.and_then(|request| request.cursor);
        let named = &reader.named;
        let page = named.page(&reader.visible, after.as_deref(), MCP_PAGE_TOOLS);
        let (page, next) = page.ok_or_else(answer::no_such_page)?;
        let mut listed = ListToolsResult::with_all_items(page);
        listed.next_cursor = next;
        Ok(hinted!(listed, context))
    }

    async fn list_skills(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListSkillsResult, ErrorData> {
        let reader = self.shared.reader(&context.extensions).await?;
        let after = request.and_then(|request| request.cursor);
        let (manuals, readable) = reader.manuals();
        let page = manuals.list(&readable, after.as_deref(), MCP_PAGE_TOOLS)?;
        let mut listed = ListSkillsResult::with_all_items(page.items);
        listed.next_cursor = page.next;
        Ok(hinted!(listed, context))
    }

    async fn get_skill(
        &self,
        request: GetSkillRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetSkillResult, ErrorData> {
        let reader = self.shared.reader(&context.extensions).await?;
        let (manuals, readable) = reader.manuals();
        let found = GetSkillResult::new(manuals.get(&readable, &request.uri)?);
        Ok(hinted!(found, context))
    }

    async fn list_resources(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let reader = self.shared.reader(&context.extensions).await?;
        let after = request.and_then(|request| request.cursor);
        let (manuals, readable) = reader.manuals();
        let page = manuals.resources(&readable, after.as_deref(), MCP_PAGE_TOOLS)?;
        let mut listed = ListResourcesResult::with_all_items(page.items);
        listed.next_cursor = page.next;
        Ok(hinted!(listed, context))
    }

    async fn read_resource_directory(
        &self,
        request: ReadResourceDirectoryRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceDirectoryResult, ErrorData> {
        let reader = self.shared.reader(&context.extensions).await?;
        let (manuals, readable) = reader.manuals();
        let after = request.cursor.as_deref();
        let page = manuals.folder(&readable, &request.uri, after, MCP_PAGE_TOOLS)?;
        let mut listed = ListResourcesResult::with_all_items(page.items);
        listed.next_cursor = page.next;
        Ok(hinted!(listed, context))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let reader = self.shared.reader(&context.extensions).await?;
        let (manuals, readable) = reader.manuals();
        let contents = manuals.read(&readable, &request.uri)?;
        let read = ReadResourceResult::new(vec![contents]);
        Ok(hinted!(read, context).into())
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let caller = caller(&context.extensions)?;
        let named = match self.shared.named(&caller).await {
            Ok(named) => named,
            Err(error) => return Ok(answer::refused(error, &caller).into()),
        };
        let found = named.find(&request.name);
        let Some((named, it)) = found.filter(|(_, it)| it.is_within(&caller.scope)) else {
            let message = format!("Unknown tool: {}", answer::shown(&request.name));
            return Err(ErrorData::new(ErrorCode::INVALID_PARAMS, message, None));
        };
        tokio::select! {
            answered = self.answered(&caller, (named, it), &request, &context) => answered,
            // Dropping the call ends the guest, and records that it was cancelled.
            () = context.ct.cancelled() => Err(ErrorData::internal_error("cancelled", None)),
        }
    }

    // rmcp lists no prompts, and completes nothing, where it should say that it cannot.
    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        Err(ErrorData::method_not_found::<ListPromptsRequestMethod>())
    }

    async fn complete(
        &self,
        _: CompleteRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        Err(ErrorData::method_not_found::<CompleteRequestMethod>())
    }

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        let Ok(caller) = caller(&context.extensions) else {
            return;
        };
        let ended = CancellationToken::new();
        if self.ends.set(ended.clone().drop_guard()).is_err() {
            // It says so twice, and is told once.
            return;
        }
        let (shared, listed) = (Arc::clone(&self.shared), Arc::clone(&self.listed));
        let following = async move {
            let peer = &context.peer;
            let tell = || async { peer.notify_tool_list_changed().await.is_ok() };
            tokio::select! {
                () = shared.news.follow(&caller, &listed, tell) => {}
                () = ended.cancelled() => {}
                () = stopping(&context.extensions) => {}
            }
        };
        self.shared.app.tasks.spawn(following);
    }

    fn accepted_subscription_filter(&self, _: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        let mut accepted = SubscriptionFilter::default();
        accepted.tools_list_changed = Some(true);
        Some(accepted)
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let extensions = &context.request_context().extensions;
        let caller = caller(extensions)?;
        let place = self.shared.listeners().try_acquire_owned();
        let _place = place.map_err(|_| ErrorData::internal_error("too many listen", None))?;
        let listed = Mark::default();
        self.shared.reader(extensions).await?.mark(&listed);
        let sink = context.sink();
        let tell = || async { sink.notify_tool_list_changed().await.is_ok() };
        tokio::select! {
            () = self.shared.news.follow(&caller, &listed, tell) => {}
            () = context.cancelled() => {}
            () = stopping(extensions) => {}
        }
        Ok(())
    }
}
