//! The words of Wafaa: identifiers, tenancy capabilities, roles and value types.
//!
//! Everything here is plain data that cannot hold an invalid value. Deliberately absent: any I/O, any
//! knowledge of a database, a queue or HTTP.

mod actor;
mod bot;
mod channel;
mod content;
mod conversation;
mod document;
mod evaluation;
mod hours;
mod id;
mod job;
mod scope;
mod slug;
mod source;

pub use actor::{Actor, Role};
pub use bot::{BotSettings, HandoffSettings, IntentAction, IntentRule, InvalidBotSettings};
pub use channel::ChannelKind;
pub use content::{Card, Choice, Content, Media, MediaKind, TemplateCategory};
pub use conversation::{
    Author, ConversationStatus, Direction, HandoffReason, MessageStatus, Priority, Stage,
};
pub use document::{DocumentStatus, Failure};
pub use evaluation::{EvaluationState, Expected, InvalidExpected, Trigger, Verdict};
pub use hours::{InvalidHours, OpeningHours};
pub use id::{
    ApiKeyId, AuditId, CannedReplyId, ChannelId, ChunkId, ContactId, ConversationId, DocumentId,
    EvaluationId, GoldenQuestionId, InboundEventId, InvalidId, JobId, MemberId, MessageId, PageId,
    RefreshTokenId, SourceId, TenantId, WebhookDeliveryId, WebhookId,
};
pub use job::{JobState, Lane, UnknownName};
pub use scope::{SystemScope, TenantScope};
pub use slug::{Email, InvalidEmail, InvalidSlug, Slug};
pub use source::{PageKind, PageStatus, SourceStatus};
