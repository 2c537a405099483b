use http::StatusCode;

macro_rules! kinds {
    ($($name:ident = $status:ident, $code:literal, $title:literal, $meaning:literal;)*) => {
        /// Every refusal the door can answer with. The table in `docs/errors.md` is this one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Kind {
            $(#[doc = $meaning] $name,)*
        }

        impl Kind {
            /// Every kind, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Returns the stable code.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// Returns the HTTP status.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            /// Returns a few words for people.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// Returns what it means and what to do about it.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning,)* }
            }
        }
    };
}

kinds! {
    // The request.
    RouteNotFound = NOT_FOUND, "route-not-found", "No such route", "Nothing is served at this path.";
    MethodNotAllowed = METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed", "The path exists, but not for this method; `Allow` lists those it has.";
    InvalidPath = BAD_REQUEST, "invalid-path", "Unreadable path", "A part of the path is not UTF-8 after decoding.";
    UnsupportedMediaType = UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "Unsupported media type", "Send `application/json`, or `multipart/form-data` where a module is handed in, uncompressed.";
    BodyTooLarge = PAYLOAD_TOO_LARGE, "body-too-large", "Body too large", "The body is longer than this route accepts.";
    BodyUnreadable = BAD_REQUEST, "body-unreadable", "Unreadable body", "The body broke off, or is not strict JSON: one value in UTF-8, no key twice, not nested too deeply.";
    BodyInvalid = UNPROCESSABLE_ENTITY, "body-invalid", "Invalid body", "The JSON is not what this route takes: a field is missing, unknown or of another type.";
    QueryInvalid = BAD_REQUEST, "query-invalid", "Invalid query", "A part of the address behind the question mark is unknown or of another form; the detail says which.";
    FormInvalid = BAD_REQUEST, "form-invalid", "Invalid form", "The form is not `multipart/form-data` with exactly one part `manifest` and one part `component`.";
    RequestTimeout = REQUEST_TIMEOUT, "request-timeout", "Request too slow", "The body did not arrive in time.";
    // A request with a key.
    IdempotencyKeyInvalid = BAD_REQUEST, "idempotency-key-invalid", "Invalid idempotency key", "`Idempotency-Key` is given once, with 1 to 255 visible ASCII characters, best in double quotes.";
    IdempotencyKeyReused = UNPROCESSABLE_ENTITY, "idempotency-key-reused", "Idempotency key reused", "The key was used for a request with another body; use a new key for each request.";
    IdempotencyInProgress = CONFLICT, "idempotency-in-progress", "Still running", "The first request with this key is still running; come back after `Retry-After`.";
    IdempotencyOutcomeUnknown = CONFLICT, "idempotency-outcome-unknown", "Outcome unknown", "The first request with this key did not end and may have taken effect; look, then use a new key.";
    IdempotencyNotReplayable = CONFLICT, "idempotency-not-replayable", "Answer not kept", "The first request with this key was answered; its answer held a secret or was too long to be kept. Look for what it made, then use a new key.";
    IdempotencyKeysExhausted = TOO_MANY_REQUESTS, "idempotency-keys-exhausted", "Too many idempotency keys", "The caller has used 2000 keys within 24 hours; come back later, or ask without a key.";
    // The caller.
    AuthenticationRequired = UNAUTHORIZED, "authentication-required", "Authentication required", "Send `Authorization: Bearer` with a token.";
    TokenNotValid = UNAUTHORIZED, "token-not-valid", "Token not valid", "The token is unknown, expired, revoked or malformed; ask an admin for a new one.";
    WebhookNotValid = UNAUTHORIZED, "webhook-not-valid", "Not a delivery of ours", "The delivery is not signed with the configured secret, or not sent within five minutes from now, or of another workspace.";
    Forbidden = FORBIDDEN, "forbidden", "Not allowed", "Neither the caller's role nor a policy of its community lets it do this; `policies` names those that forbid it.";
    SkillOutOfScope = FORBIDDEN, "skill-out-of-scope", "Skill out of scope", "The token is narrowed to other skills.";
    OwnModule = FORBIDDEN, "own-module", "Own module", "Nobody grants a module they handed in themselves; another admin must.";
    McpSessionNotFound = NOT_FOUND, "mcp-session-not-found", "No such session", "The session has ended, or is another caller's; begin one with `initialize`.";
    // Skills and calls.
    SkillNotFound = NOT_FOUND, "skill-not-found", "No such skill", "There is no skill of this name here, or it is not granted.";
    ToolNotFound = NOT_FOUND, "no-such-tool", "No such tool", "The skill has no tool of this name, or it is not approved; the detail lists those it has.";
    SkillFrozen = CONFLICT, "skill-frozen", "Skill stopped for now", "An admin has stopped this skill; it can be called again once an admin lets it.";
    PartnershipInactive = CONFLICT, "partnership-inactive", "Not a partner now", "The module belongs to a community with which there is no accepted partnership now, or it was granted under one that is over; grant it once there is one.";
    InputTooLong = PAYLOAD_TOO_LARGE, "input-too-long", "Input too long", "The tool's input is longer than 1 MiB.";
    InputUnreadable = BAD_REQUEST, "input-unreadable", "Unreadable input", "The tool's input is not strict JSON: one value in UTF-8, no key twice, at most 32 levels.";
    InputInvalid = UNPROCESSABLE_ENTITY, "input-invalid", "Invalid input", "The input breaks the tool's schema; `violations` says where.";
    SkillBusy = TOO_MANY_REQUESTS, "skill-busy", "Skill busy", "Too many calls of this skill are running; come back after `Retry-After`.";
    HostBusy = SERVICE_UNAVAILABLE, "host-busy", "Host busy", "The host has no place for this request; come back after `Retry-After`.";
    SkillNotRunnable = CONFLICT, "skill-not-runnable", "Skill not runnable", "The component cannot run under its grant; an admin must grant what it imports, or another version.";
    SkillStopped = GATEWAY_TIMEOUT, "skill-stopped", "Skill stopped", "The skill used up its time, which `limit` names; a smaller request may pass.";
    SkillOverLimit = BAD_GATEWAY, "skill-over-limit", "Skill over its limit", "The skill was stopped at the limit that `limit` names.";
    SkillCrashed = BAD_GATEWAY, "skill-crashed", "Skill crashed", "The skill has a fault; tell its publisher.";
    SkillOutputInvalid = BAD_GATEWAY, "skill-output-invalid", "Skill broke its promise", "The skill's output does not satisfy the tool's schema, or has not the form of such an answer; tell its publisher.";
    // Plans.
    PlanNotFound = NOT_FOUND, "plan-not-found", "No such plan", "There is no plan with this id, or it is another's.";
    PlanTooLong = UNPROCESSABLE_ENTITY, "plan-too-long", "Plan too long", "What the tool would write is longer than 1 MiB; ask for less.";
    TooManyPlans = TOO_MANY_REQUESTS, "too-many-plans", "Too many plans", "The community has 1000 plans that can still be applied, or the person 100; apply or decline some, or wait until they expire.";
    PlanDigestDiffers = CONFLICT, "plan-digest-differs", "Another plan", "The digest is not this plan's; look at the plan again before applying it.";
    PlanExpired = GONE, "plan-expired", "Plan expired", "The plan is older than an hour; nothing happened; ask for a new one.";
    PlanGrantChanged = CONFLICT, "plan-grant-changed", "Grant changed", "The skill is not granted as it was when the plan was made, or stopped; nothing happened; ask for a new plan.";
    PlanDenied = FORBIDDEN, "plan-denied", "Effect not allowed", "An effect of the plan is not allowed to whoever applies it; nothing happened; the detail says which and why.";
    PlanSharingNarrowed = CONFLICT, "plan-sharing-narrowed", "Less is let out", "The community lets out less of its records than when the plan was made; nothing happened; ask for a new plan.";
    PlanRecordChanged = CONFLICT, "plan-record-changed", "Record changed", "A record is not what the plan showed; nothing happened; ask for a new plan.";
    RequiresConfirmation = FORBIDDEN, "requires-confirmation", "A person must confirm", "A policy wants a person to confirm what would be written; nothing has happened. Where `requires_confirmation` shows a plan, call again with the same input once a person has applied it.";
    PlanDeclined = CONFLICT, "plan-declined", "Plan declined", "A person said no to what would be written; nothing happened, and the same call is refused until the plan expires.";
    PlanBegun = CONFLICT, "plan-begun", "Plan begun", "Somebody has begun to apply the plan; it can no longer be declined.";
    PlanStopped = CONFLICT, "plan-stopped", "Plan stopped", "A person confirmed the plan, and not all of it happened; `requires_confirmation` shows what did.";
    ConfirmationUsed = CONFLICT, "confirmation-used", "Confirmation used", "Another call was answered with what a person confirmed; call again to ask for a new confirmation.";
    PlanBeingApplied = CONFLICT, "plan-being-applied", "Plan being applied", "Somebody is applying this plan; come back after `Retry-After` for what became of it.";
    PlanUnreadable = SERVICE_UNAVAILABLE, "plan-unreadable", "Record not readable", "A record of the plan could not be looked at; effects without a receipt did not happen or go on when the plan is applied again.";
    // Journals.
    JournalNotFound = NOT_FOUND, "journal-not-found", "No such journal", "There is no journal of this call in the caller's community: it reached no skill, it is too old, or the host keeps none.";
    JournalWithoutInput = CONFLICT, "journal-without-input", "Input not kept", "The call's input was too long for its journal, so that it cannot run again.";
    JournalChanged = CONFLICT, "journal-changed", "Journal changed", "The journal is not the one that the audit trail speaks of: somebody changed it behind the host's back.";
    // The Tez relay.
    TezForbidden = FORBIDDEN, "tez-forbidden", "Not in this team", "The caller is not in the team, or the Tez is not shown to it, or the team leaves this to others.";
    TezNotFound = NOT_FOUND, "tez-not-found", "No such Tez", "There is no Tez with this id in the caller's community, or it was taken back.";
    ContextNotFound = NOT_FOUND, "context-not-found", "No such item", "The Tez has no item of context with this id.";
    ContextRedacted = CONFLICT, "context-redacted", "Item taken out", "The item of context was taken out of the Tez; nothing more is let out of its record.";
    ExpansionNotFound = NOT_FOUND, "expansion-not-found", "No such question", "Nobody asked this about the Tez, or it is another's.";
    ExpansionDecided = CONFLICT, "expansion-decided", "Decided already", "What was asked for is decided, once and for all; whoever wants more asks again.";
    ExpansionExpired = CONFLICT, "expansion-expired", "Asked too long ago", "Nobody decided within 14 days; whoever still wants it asks again.";
    TeamNotFound = NOT_FOUND, "team-not-found", "No such team", "There is no team with this id in the caller's community.";
    TezInvalid = UNPROCESSABLE_ENTITY, "tez-invalid", "Invalid Tez", "A text, a number or a list is too long or too short; the detail says which.";
    RelayFull = CONFLICT, "relay-full", "No place left", "A community has at most 1000 teams, a team 500 members, a thread 200 Tez; about a Tez 200 questions are asked, 20 by one person.";
    RateLimited = TOO_MANY_REQUESTS, "rate-limited", "Too many requests", "An address may ask the relay 100 times a minute; come back after `Retry-After`.";
    // What a tool says itself. The detail is the tool's own message.
    ToolUnknownTool = BAD_GATEWAY, "tool-unknown-tool", "The skill does not know the tool", "The component lacks a tool that its manifest lists; tell its publisher.";
    ToolInvalidInput = UNPROCESSABLE_ENTITY, "tool-invalid-input", "The tool refused its input", "The input fits the schema and still makes no sense to the tool.";
    ToolNotFoundRecord = UNPROCESSABLE_ENTITY, "tool-not-found", "The tool found nothing", "What the input names does not exist.";
    ToolConflict = CONFLICT, "tool-conflict", "The tool met a conflict", "Another record has the same unique value.";
    ToolDenied = FORBIDDEN, "tool-denied", "The tool was not allowed", "The grant, the token or a policy does not reach as far as the tool needs.";
    ToolBudgetExhausted = UNPROCESSABLE_ENTITY, "tool-budget-exhausted", "The tool used up its budget", "The call made as many host calls as its grant gives; a smaller request may pass.";
    ToolRateLimited = TOO_MANY_REQUESTS, "tool-rate-limited", "The tool must wait", "The CRM asked to slow down; come back after `Retry-After`.";
    ToolUnavailable = SERVICE_UNAVAILABLE, "tool-unavailable", "The tool could not reach the CRM", "Nothing happened; come back later.";
    ToolOutcomeUnknown = UNPROCESSABLE_ENTITY, "tool-outcome-unknown", "The outcome is unknown", "A write may have taken effect; look before trying again.";
    ToolFailed = UNPROCESSABLE_ENTITY, "tool-failed", "The tool failed", "For a reason of its own, which the detail tells.";
    // Records asked for without a skill.
    CrmNotFound = NOT_FOUND, "crm-not-found", "No such record", "The CRM has no such record, or it was deleted.";
    CrmDenied = FORBIDDEN, "crm-denied", "Not allowed with records", "A policy or the token does not let the caller do this with such records.";
    CrmInvalid = UNPROCESSABLE_ENTITY, "crm-invalid", "Not acceptable to the CRM", "A field, a value or an offset is not acceptable; the detail says which.";
    CrmConflict = CONFLICT, "crm-conflict", "Value taken", "Another record has the same unique value.";
    CrmRateLimited = TOO_MANY_REQUESTS, "crm-rate-limited", "CRM busy", "The CRM asks to slow down, or the hour's writes are used up; come back after `Retry-After`.";
    CrmUnavailable = BAD_GATEWAY, "crm-unavailable", "CRM not reachable", "The CRM did not answer; nothing happened; come back later.";
    CrmOutcomeUnknown = BAD_GATEWAY, "crm-outcome-unknown", "Outcome unknown", "The connection broke after a write was sent; look before trying again.";
    // Modules and grants.
    ModuleNotFound = NOT_FOUND, "module-not-found", "No such module or grant", "There is no module or grant with this id in the caller's community.";
    ManifestInvalid = UNPROCESSABLE_ENTITY, "manifest-invalid", "Invalid manifest", "The manifest has faults; `findings` says where, what and how to correct them.";
    ComponentTooLarge = PAYLOAD_TOO_LARGE, "component-too-large", "Component too large", "The component is larger than 32 MiB.";
    NotAComponent = UNPROCESSABLE_ENTITY, "not-a-component", "Not a component", "The file is not a WASM component.";
    CoreModule = UNPROCESSABLE_ENTITY, "core-module", "Core module", "The file is a core WASM module; wrap it as a component.";
    UnknownContract = UNPROCESSABLE_ENTITY, "unknown-contract", "Unknown contract", "The component is built against a contract that this host does not speak.";
    NoGuestExport = UNPROCESSABLE_ENTITY, "no-guest-export", "No skill inside", "The component does not export the guest interface.";
    UndeclaredImports = UNPROCESSABLE_ENTITY, "undeclared-imports", "Undeclared imports", "The component imports what its manifest does not request.";
    TooDemanding = UNPROCESSABLE_ENTITY, "too-demanding", "Too demanding", "The component needs more tables, instances or memory than any call may have.";
    AlreadySubmitted = CONFLICT, "already-submitted", "Already handed in", "The same component with the same manifest was handed in before.";
    ModuleOfPartner = CONFLICT, "module-of-partner", "A partner's module", "The module was taken over from a partner, which alone offers it.";
    GrantTooWide = UNPROCESSABLE_ENTITY, "grant-too-wide", "Grant too wide", "A grant can give less than the manifest asks, never more; `violations` lists the excess.";
    SettingRefused = UNPROCESSABLE_ENTITY, "setting-refused", "Setting refused", "The manifest declares no setting of this name, or the value is too long.";
    GrantToolUnknown = UNPROCESSABLE_ENTITY, "grant-tool-unknown", "Unknown tool in a grant", "The terms name a tool that the manifest does not list.";
    CarryOverAlone = UNPROCESSABLE_ENTITY, "carry-over-alone", "Carrying over takes no other terms", "Terms with `carry_over` have at most `expected_generation` beside it.";
    NothingToCarryOver = CONFLICT, "nothing-to-carry-over", "Nothing to carry over", "No grant of this skill is in force; grant it without `carry_over`.";
    GrantChanged = CONFLICT, "grant-changed", "Changed in the meantime", "What the skill may do was changed by somebody else; `generation` is the present one. Look again.";
    RollBackRefused = CONFLICT, "rollback-refused", "No way back", "There is no other version to go back to, or an admin took it back; grant a module instead.";
    // Policies.
    PoliciesNotFound = NOT_FOUND, "policies-not-found", "No such version", "The policies of the caller's community have no such version.";
    PoliciesInvalid = UNPROCESSABLE_ENTITY, "policies-invalid", "Invalid policies", "The text has faults; `findings` says where, what and how to correct them.";
    PoliciesLockOutAdmins = UNPROCESSABLE_ENTITY, "policies-lock-out-admins", "Admins locked out", "Under these policies the caller, or an admin they do not name, could not put others; permit `put-policies` to admins.";
    PoliciesChanged = CONFLICT, "policies-changed", "Policies changed", "Somebody put other policies in the meantime; look at `version`, and try again with it.";
    PolicyQuestionInvalid = UNPROCESSABLE_ENTITY, "policy-question-invalid", "No such question", "This is never asked of policies: the action does not apply to the resource, or the principal is no such one.";
    // A community's settings.
    SettingsNotFound = NOT_FOUND, "settings-not-found", "No such version", "The settings of the caller's community have no such version.";
    SettingsInvalid = UNPROCESSABLE_ENTITY, "settings-invalid", "Invalid settings", "The settings have faults; `findings` says where, what and how to correct them.";
    CoordinatorNotGranted = CONFLICT, "coordinator-not-granted", "Coordinator not granted", "The skill that is to coordinate is not granted in this community with a tool `coordinate`; grant it first.";
    SettingsChanged = CONFLICT, "settings-changed", "Settings changed", "Somebody put other settings in the meantime; look at `version`, and try again with it.";
    // Communities and their partnerships.
    CommunityNotFound = NOT_FOUND, "community-not-found", "No such community", "There is no such community, or the caller does not belong to it.";
    CommunityInvalid = UNPROCESSABLE_ENTITY, "community-invalid", "Invalid community", "A text is too long or of another form; the detail says which.";
    CommunityPresent = CONFLICT, "community-present", "Registered already", "The caller's community is registered; change what others see of it instead.";
    CommunityChanged = CONFLICT, "community-changed", "Community changed", "Somebody else changed what others see of the community at the same moment; look, then try again.";
    CommunityNotRegistered = CONFLICT, "community-not-registered", "Not registered", "Others do not know the caller's community yet; register it first.";
    ShortIdTaken = CONFLICT, "short-id-taken", "Short id taken", "Another community has this short id; choose another one.";
    MemberNotFound = NOT_FOUND, "member-not-found", "No such person", "Nobody of this id is listed in the community, or the caller may not see them.";
    MemberInvalid = UNPROCESSABLE_ENTITY, "member-invalid", "Invalid person", "A name or an address of mail is too long or of another form; the detail says which.";
    LastAdmin = CONFLICT, "last-admin", "Only admin", "Nobody would be left on the list who speaks for the community; list another admin first.";
    TooManyMembers = CONFLICT, "too-many-members", "Too many people", "A community lists at most 10,000 people, 100 of them as admins.";
    PartnershipNotFound = NOT_FOUND, "partnership-not-found", "No such partnership", "There is no such partnership of the caller's community.";
    PartnershipInvalid = UNPROCESSABLE_ENTITY, "partnership-invalid", "Invalid partnership", "Permissions or a message have faults; `findings` says where, what and how to correct them.";
    PartnershipWithItself = UNPROCESSABLE_ENTITY, "partnership-with-itself", "Invited itself", "A community is no partner of its own; invite another one.";
    PartnershipPresent = CONFLICT, "partnership-present", "Partnership there already", "The two communities have a partnership that is not over, whoever of them invited; `partnershipId` is its number.";
    TooManyInvitations = CONFLICT, "too-many-invitations", "Too many invitations", "200 invitations of the community wait for an answer; cancel one, or wait for one.";
    PartnershipNotMoved = CONFLICT, "partnership-not-moved", "Not from here", "The partnership, which stands as `partnershipStatus` says, cannot be moved so, or not by the caller's side; look again.";
    EventInvalid = UNPROCESSABLE_ENTITY, "event-invalid", "Invalid event", "What happened is told in a text or a link that has faults; `findings` says where, what and how to correct them.";
    // Secrets.
    SecretInvalid = UNPROCESSABLE_ENTITY, "secret-invalid", "Not a secret to keep", "A secret is text of 8 to 4096 bytes.";
    SecretPresent = CONFLICT, "secret-present", "Secret already there", "The skill has a secret of this name; rotate it instead.";
    SecretNotFound = NOT_FOUND, "secret-not-found", "No such secret", "The skill has no secret of this name.";
    SecretChanged = CONFLICT, "secret-changed", "Secret changed", "Somebody else gave another secret at the same moment; look, then try again.";
    SecretsFull = CONFLICT, "secrets-full", "Too many secrets", "The community has 500 secrets, or has had 5000 names of some; remove some.";
    // Tokens.
    TokenNotFound = NOT_FOUND, "token-not-found", "No such token", "There is no token with this id in the caller's community.";
    TokenRequestInvalid = UNPROCESSABLE_ENTITY, "token-request-invalid", "Invalid token request", "A token cannot be made of this; the detail says why.";
    IntegrationUnknown = BAD_REQUEST, "invalid-integration", "No such integration", "The host knows no integration of this name.";
    // The host.
    StorageBusy = SERVICE_UNAVAILABLE, "storage-busy", "Storage busy", "The database is locked or has no free connection; nothing happened; come back after `Retry-After`.";
    StorageFull = INSUFFICIENT_STORAGE, "storage-full", "Storage full", "The disk is full; nothing happened.";
    StorageUnavailable = SERVICE_UNAVAILABLE, "storage-unavailable", "Storage unavailable", "The database does not answer; nothing happened.";
    AuditBroken = SERVICE_UNAVAILABLE, "audit-broken", "Audit trail broken", "Somebody changed the audit trail behind the host's back; nothing is done until the operator has looked at it.";
    NotReady = SERVICE_UNAVAILABLE, "not-ready", "Not ready", "A part of the host does not work; `parts` says which.";
    Internal = INTERNAL_SERVER_ERROR, "internal", "The host failed", "A fault of the host; its log has more under the request's id.";
}

impl Kind {
    /// Finds a kind by its code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.code() == code)
    }

    /// Tells whether nothing happened and the same may be asked again.
    pub(crate) const fn is_undone(self) -> bool {
        matches!(
            self,
            Self::RequestTimeout
                | Self::SkillBusy
                | Self::HostBusy
                | Self::TooManyPlans
                | Self::RequiresConfirmation
                | Self::PlanBeingApplied
                | Self::RateLimited
                | Self::ToolRateLimited
                | Self::ToolUnavailable
                | Self::CrmRateLimited
                | Self::CrmUnavailable
                | Self::StorageBusy
                | Self::StorageFull
                | Self::StorageUnavailable
                | Self::NotReady
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::fmt::Write;

    #[test]
    fn a_code_is_unique_and_kebab_case() {
        let codes: HashSet<_> = Kind::ALL.iter().map(|kind| kind.code()).collect();
        assert_eq!(codes.len(), Kind::ALL.len());
        for kind in Kind::ALL {
            let code = kind.code();
            assert!(
                code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'),
                "{code}"
            );
            assert!(kind.status().is_client_error() || kind.status().is_server_error());
            assert_eq!(Kind::from_code(code), Some(*kind));
        }
    }

    #[test]
    fn the_reference_lists_every_kind() {
        let mut table = String::new();
        for kind in Kind::ALL {
            let (code, status) = (kind.code(), kind.status().as_u16());
            writeln!(table, "| `{code}` | {status} | {} |", kind.meaning()).unwrap();
        }
        let page = include_str!("../../../../docs/errors.md");
        assert!(
            page.contains(&table),
            "docs/errors.md differs from the code; its table should be:\n{table}"
        );
    }
}
