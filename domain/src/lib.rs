//! The words of Wafaa: identifiers, tenancy capabilities, roles and value types.
//!
//! Everything here is plain data that cannot hold an invalid value. Deliberately absent: any I/O, any
//! knowledge of a database, a queue or HTTP.

mod actor;
mod bot;
mod document;
mod id;
mod job;
mod scope;
mod slug;

pub use actor::{Actor, Role};
pub use bot::{BotSettings, InvalidBotSettings};
pub use document::{DocumentStatus, Failure};
pub use id::{
    ApiKeyId, AuditId, ChunkId, DocumentId, InvalidId, JobId, MemberId, RefreshTokenId, TenantId,
};
pub use job::{JobState, Lane, UnknownName};
pub use scope::{SystemScope, TenantScope};
pub use slug::{Email, InvalidEmail, InvalidSlug, Slug};
