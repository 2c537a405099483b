//! What one request, one connection and the whole door may use.

use skillgate_domain::limits::{COMPONENT_BYTES_MAX, INPUT_BYTES_MAX, MANIFEST_BYTES_MAX};
use std::time::Duration;

/// Connections open at once; more wait in the kernel's queue.
pub const CONNECTIONS_MAX: usize = 1_024;
/// Requests worked on at once; more are told to come back.
pub const REQUESTS_MAX: usize = 512;
/// Modules received at once: each may hold its component in memory twice, and a third time when its
/// request has a key.
pub const UPLOADS_MAX: usize = 4;
/// Time a client has to send a request's head, the idle time before it included.
pub const HEAD_READ_MAX: Duration = Duration::from_secs(30);
/// Bytes of a request's head.
pub const HEAD_BYTES_MAX: usize = 64 * 1024;
/// Time a client has to send a JSON body.
pub const BODY_READ_MAX: Duration = Duration::from_secs(20);
/// Time a client has to send a module.
pub const UPLOAD_READ_MAX: Duration = Duration::from_mins(2);
/// Bytes of a JSON body other than a tool's input.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// Bytes of a module's multipart body: component, manifest, and room for the parts' heads.
pub const MODULE_BODY_BYTES_MAX: usize = COMPONENT_BYTES_MAX + MANIFEST_BYTES_MAX + 64 * 1024;
/// Deepest nesting of a JSON body other than a tool's input.
pub const BODY_DEPTH_MAX: usize = 16;
/// Bytes of a webhook's delivery: a record, with all its texts. A longer one is not taken.
pub const WEBHOOK_BODY_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of a header that shows whose a delivery is; Twenty's have 64.
pub const WEBHOOK_HEADER_BYTES_MAX: usize = 128;
/// Deliveries received at once.
pub const WEBHOOKS_MAX: usize = 16;
/// Time that the body of a delivery may take; Twenty itself waits no longer.
pub const WEBHOOK_READ_MAX: Duration = Duration::from_secs(5);
/// Bytes of a Tez as it is sent, with all its context.
pub const TEZ_BODY_BYTES_MAX: usize = INPUT_BYTES_MAX;
/// Requests to the relay of one address within [`PACE_WINDOW`].
pub const PACED_REQUESTS_MAX: u32 = 100;
/// How long the requests of an address are counted together.
pub const PACE_WINDOW: Duration = Duration::from_mins(1);
/// Addresses whose requests are counted each by their own; those of more are counted together.
pub const PACED_ADDRESSES_MAX: usize = 10_000;
/// Sessions of agents at once: each costs some 50 kB.
pub const MCP_SESSIONS_MAX: usize = 512;
/// Sessions of one caller at once; a further one ends the one that was not used for longest.
pub const MCP_SESSIONS_OF_CALLER_MAX: usize = 32;
/// How long a session stays that nobody uses.
pub const MCP_SESSION_IDLE_MAX: Duration = Duration::from_hours(1);
/// Agents that wait for news at once: each holds a connection.
pub const MCP_LISTENERS_MAX: usize = 256;
/// Messages of an agent at standard input that are answered at once; more are told to come back.
pub const MCP_MESSAGES_MAX: usize = 64;
/// Answers that such an agent has not read yet; while there are more, no further message is read.
pub const MCP_ANSWERS_MAX: usize = 64;
/// Tools of a page.
pub const MCP_PAGE_TOOLS: usize = 50;
/// Time that an agent has to take in that its tools are others.
pub const MCP_TELLING_MAX: Duration = Duration::from_secs(5);
/// How often an agent hears how far its call has come, at most.
pub const MCP_PROGRESS_EVERY: Duration = Duration::from_millis(100);
/// Time that a person has to answer what their agent's program asks them.
pub const MCP_ASKING_MAX: Duration = Duration::from_mins(5);
/// Characters of what a person is asked; what takes more is looked at elsewhere.
pub const MCP_QUESTION_CHARS_MAX: usize = 4_000;
/// How often the host looks for changes of what agents may call: other hosts make some, too.
pub const MCP_LOOK_EVERY: Duration = Duration::from_secs(1);
/// Sockets of real time at once.
pub const SOCKETS_MAX: usize = 10_000;
/// Sockets of one caller at once.
pub const SOCKETS_OF_CALLER_MAX: usize = 64;
/// Sockets that have not said yet who they are.
pub const HANDSHAKES_MAX: usize = 1_024;
/// Time that a socket has to say who it is.
pub const SOCKET_CONNECT_MAX: Duration = Duration::from_secs(10);
/// Requests of sockets that cannot upgrade to WebSocket, at once: each holds a connection.
pub const SOCKET_POLLS_MAX: usize = 256;
/// Bytes of a message from a client, which has nothing to say but who it is, and of those that it polls for.
pub const SOCKET_MESSAGE_BYTES_MAX: usize = 64 * 1024;
/// Messages that a client has not taken in yet. One with more is cut off: it looks up what it missed.
pub const SOCKET_BUFFER_MAX: usize = 256;
/// How often the host looks for what there is to tell: other hosts have some, too.
pub const SOCKET_LOOK_EVERY: Duration = Duration::from_millis(250);
/// How long a right to hear is good for where nothing changed: tokens expire.
pub const SOCKET_RIGHTS_FRESH: Duration = Duration::from_secs(30);
/// Bytes of a bearer credential.
pub const CREDENTIAL_BYTES_MAX: usize = 4 * 1024;
/// Bytes of a guest's own message that are passed on.
pub const TOOL_MESSAGE_BYTES_MAX: usize = 1_024;
/// Skills that have numbers of their own in the metrics; those of others are added up.
pub const METRIC_SKILLS_MAX: usize = 64;
/// Time a shutdown waits for calls in flight; longer than the longest call.
pub const SHUTDOWN_GRACE: Duration = Duration::from_secs(65);
/// Time one readiness check may take.
pub const READY_CHECK_MAX: Duration = Duration::from_secs(2);
/// How long an answer about readiness is good for.
pub const READY_FRESH: Duration = Duration::from_secs(5);
