//! The resources, one file each.

mod api_key;
mod ask;
mod audit;
mod auth;
mod bot;
mod canned_reply;
mod channel;
mod contact;
mod conversation;
mod deletion;
mod document;
mod evaluation;
mod golden_question;
mod job;
mod live;
mod member;
mod message;
mod mirror;
mod search;
mod source;
mod tenant;
mod webhook;

use chrono::{DateTime, SecondsFormat, Utc};
use poem_openapi::{ApiResponse, Enum, OpenApi, Tags, payload::Json, types::ToJSON};

pub(crate) use channel::Kind as ChannelKind;
pub(crate) use job::JobEvent;

/// Every resource.
pub(crate) fn all() -> impl OpenApi {
    let people = (
        auth::Sessions,
        tenant::Tenants,
        member::Members,
        api_key::ApiKeys,
        audit::AuditLog,
    );
    let knowledge = (
        document::Documents,
        document::Content,
        source::Sources,
        search::Search,
        ask::Ask,
        golden_question::GoldenQuestions,
        evaluation::Evaluations,
    );
    let conversations = (
        channel::Channels,
        channel::Logins,
        conversation::Conversations,
        conversation::Desk,
        message::Messages,
        contact::Contacts,
        canned_reply::CannedReplies,
        bot::Bot,
    );
    let around = (
        webhook::Webhooks,
        webhook::Deliveries,
        live::Live,
        job::Jobs,
        job::Control,
    );
    let public = (crate::webhook::Webhooks, crate::widget::Widget);
    (people, knowledge, conversations, around, public)
}

#[derive(Tags)]
pub(crate) enum Tag {
    /// Signing in and out.
    Sessions,
    /// The businesses on this platform; for operators.
    Tenants,
    /// The people of a tenant.
    Members,
    /// Keys for programs.
    ApiKeys,
    /// Who did what, when.
    AuditLog,
    /// What a tenant's answers come from.
    Documents,
    /// Web pages that a tenant's answers come from.
    Sources,
    /// Search and cited answers.
    Answers,
    /// Golden questions, and how good the answers to them are.
    Evaluations,
    /// The work behind it all.
    Jobs,
    /// How a tenant's bot presents itself.
    Bot,
    /// The ways customers reach a tenant.
    Channels,
    /// What customers and the tenant say to each other.
    Conversations,
    /// A tenant's customers.
    Contacts,
    /// What a tenant's people often say.
    CannedReplies,
    /// Addresses of a tenant's own systems that are told what happens.
    Webhooks,
    /// Everything that happens, as it happens.
    Live,
    /// Where channels' providers tell us what happens.
    ChannelWebhooks,
    /// The chat on a tenant's web site; for everybody.
    Widget,
}

/// 201 with what was made.
#[derive(ApiResponse)]
pub(crate) enum Created<T: ToJSON> {
    /// It was made, now or by an earlier request with the same `Idempotency-Key`
    #[oai(status = 201)]
    Made(Json<T>),
}

/// 204.
#[derive(ApiResponse)]
pub(crate) enum Done {
    /// It is done
    #[oai(status = 204)]
    Done,
}

/// What a member or an API key may do; each role includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub(crate) enum Role {
    /// Reads.
    Viewer,
    /// Also answers customers.
    Agent,
    /// Also changes documents, the bot and API keys.
    Admin,
    /// Also manages members.
    Owner,
}

impl From<Role> for wafaa_domain::Role {
    fn from(role: Role) -> Self {
        match role {
            Role::Viewer => Self::Viewer,
            Role::Agent => Self::Agent,
            Role::Admin => Self::Admin,
            Role::Owner => Self::Owner,
        }
    }
}

impl From<wafaa_domain::Role> for Role {
    fn from(role: wafaa_domain::Role) -> Self {
        match role {
            wafaa_domain::Role::Viewer => Self::Viewer,
            wafaa_domain::Role::Agent => Self::Agent,
            wafaa_domain::Role::Admin => Self::Admin,
            wafaa_domain::Role::Owner => Self::Owner,
        }
    }
}

/// RFC 3339, UTC, to the millisecond.
pub(crate) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// A share or a score to four places; a 32-bit float shows noise beyond.
fn rounded(share: f32) -> f64 {
    (f64::from(share) * 10_000.0).round() / 10_000.0
}
