//! Channels, contacts, conversations and their messages, and the tenant's own systems that are told of them.
//!
//! Every key begins with the tenant, and so does every reference: the schema itself lets no row refer to another
//! tenant's. JSON is text and a score a whole number of thousandths: both databases read those alike.

use sea_orm_migration::{prelude::*, schema::*};

use crate::{
    step::Additive,
    table::{drop, of_tenant, run},
    wall,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

impl Additive for Migration {
    const ADDITIVE: bool = true;
}

/// Parents first.
const TABLES: [&str; 10] = [
    "channels",
    "contacts",
    "contact_identities",
    "conversations",
    "inbound_events",
    "messages",
    "message_stages",
    "canned_replies",
    "webhooks",
    "webhook_deliveries",
];

const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX channels_token ON channels (public_token) WHERE public_token IS NOT NULL",
    // A number is connected once; another tenant may claim it too, and then cannot verify what comes for it.
    "CREATE UNIQUE INDEX channels_external ON channels (tenant_id, kind, external_id) \
     WHERE external_id IS NOT NULL AND deleted_at IS NULL",
    "CREATE INDEX contact_identities_contact ON contact_identities (tenant_id, contact_id)",
    "CREATE UNIQUE INDEX conversations_open ON conversations (tenant_id, channel_id, contact_id, thread) \
     WHERE status <> 'resolved'",
    "CREATE INDEX conversations_contact ON conversations (tenant_id, contact_id, id)",
    "CREATE INDEX conversations_activity ON conversations (tenant_id, last_message_at, id)",
    "CREATE INDEX conversations_waiting ON conversations (tenant_id, priority, waiting_since) \
     WHERE status = 'waiting'",
    "CREATE UNIQUE INDEX inbound_events_body ON inbound_events (tenant_id, channel_id, sha256)",
    "CREATE INDEX inbound_events_unsettled ON inbound_events (tenant_id, id) WHERE unsettled",
    "CREATE UNIQUE INDEX messages_place ON messages (tenant_id, conversation_id, seq)",
    "CREATE UNIQUE INDEX messages_provider ON messages (tenant_id, channel_id, provider_id) \
     WHERE provider_id IS NOT NULL",
    "CREATE INDEX messages_doubtful ON messages (tenant_id, changed_at) WHERE status IN ('sending', 'unknown')",
    "CREATE UNIQUE INDEX canned_replies_title ON canned_replies (tenant_id, title)",
    "CREATE INDEX webhook_deliveries_webhook ON webhook_deliveries (tenant_id, webhook_id, id)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            channels(),
            contacts(),
            contact_identities(),
            conversations(),
            inbound_events(),
            messages(),
            message_stages(),
            canned_replies(),
            webhooks(),
            webhook_deliveries(),
        ] {
            manager.create_table(table).await?;
        }
        run(manager, INDEXES).await?;
        for table in TABLES {
            wall::raise(manager, table, Some("tenant_id")).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &TABLES).await
    }
}

/// A table whose rows are known by the tenant and their own id.
fn known_by_id(name: &'static str) -> TableCreateStatement {
    let mut table = of_tenant(name);
    table
        .col(uuid("id"))
        .primary_key(Index::create().col("tenant_id").col("id"));
    table
}

/// A column that refers to a row of `parent` of the same tenant, and goes with it.
fn within(table: &mut TableCreateStatement, column: &'static str, parent: &'static str) {
    table.foreign_key(
        ForeignKey::create()
            .from_col("tenant_id")
            .from_col(column)
            .to_tbl(parent)
            .to_col("tenant_id")
            .to_col("id")
            .on_delete(ForeignKeyAction::Cascade),
    );
}

/// `secrets` are sealed; `secret_names` says which there are.
fn channels() -> TableCreateStatement {
    known_by_id("channels")
        .col(string("kind"))
        .col(string("name"))
        .col(text("settings"))
        .col(binary_null("secrets"))
        .col(text("secret_names"))
        .col(string_null("public_token"))
        .col(string_null("external_id"))
        .col(boolean("enabled"))
        .col(string("status"))
        .col(text_null("status_detail"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .col(timestamp_with_time_zone_null("deleted_at"))
        .to_owned()
}

fn contacts() -> TableCreateStatement {
    known_by_id("contacts")
        .col(string_null("name"))
        .col(string_null("phone"))
        .col(string_null("language"))
        .col(timestamp_with_time_zone_null("opted_out_at"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("last_seen_at"))
        .to_owned()
}

/// By what a channel knows a contact.
fn contact_identities() -> TableCreateStatement {
    let mut table = of_tenant("contact_identities");
    table
        .col(uuid("channel_id"))
        .col(string("identity"))
        .col(uuid("contact_id"))
        .primary_key(
            Index::create()
                .col("tenant_id")
                .col("channel_id")
                .col("identity"),
        );
    within(&mut table, "channel_id", "channels");
    within(&mut table, "contact_id", "contacts");
    table
}

/// `seq` is the last message's number, `inbound_seq` that of the customer's last one, `answered_seq` that of the
/// customer's last one that was answered or decided about. `thread` is empty where a channel has none.
fn conversations() -> TableCreateStatement {
    let mut table = known_by_id("conversations");
    table
        .col(uuid("channel_id"))
        .col(string("channel_kind"))
        .col(uuid("contact_id"))
        .col(string("identity"))
        .col(string("thread"))
        .col(string("status"))
        .col(integer("priority"))
        .col(string_null("handoff_reason"))
        .col(uuid_null("assignee"))
        .col(timestamp_with_time_zone_null("waiting_since"))
        .col(timestamp_with_time_zone_null("sla_due_at"))
        .col(timestamp_with_time_zone_null("escalated_at"))
        .col(big_integer("seq"))
        .col(big_integer("inbound_seq"))
        .col(big_integer("answered_seq"))
        .col(timestamp_with_time_zone_null("respond_due"))
        .col(integer("low_confidence"))
        .col(text_null("summary"))
        .col(big_integer("summary_seq"))
        .col(integer_null("csat"))
        .col(timestamp_with_time_zone_null("last_inbound_at"))
        .col(timestamp_with_time_zone("last_message_at"))
        .col(text_null("last_text"))
        .col(timestamp_with_time_zone_null("resolved_at"))
        .col(timestamp_with_time_zone("created_at"));
    within(&mut table, "channel_id", "channels");
    within(&mut table, "contact_id", "contacts");
    table
}

/// What providers sent, as they sent it. `unsettled` ones tell of messages that are not known yet.
fn inbound_events() -> TableCreateStatement {
    let mut table = known_by_id("inbound_events");
    table
        .col(uuid("channel_id"))
        .col(binary("sha256"))
        .col(binary("body"))
        .col(boolean("unsettled"))
        .col(timestamp_with_time_zone("received_at"));
    within(&mut table, "channel_id", "channels");
    table
}

/// `reply_from_seq` is what the conversation's `answered_seq` was before this answer; `insisted` ones a person has
/// sent anew; `changed_at` is when `status` last changed.
fn messages() -> TableCreateStatement {
    let mut table = known_by_id("messages");
    table
        .col(uuid("conversation_id"))
        .col(uuid("channel_id"))
        .col(big_integer("seq"))
        .col(string("direction"))
        .col(string("author"))
        .col(string("kind"))
        .col(text("content"))
        .col(string("status"))
        .col(string_null("error_code"))
        .col(text_null("error_message"))
        .col(string_null("provider_id"))
        .col(string_null("reply_to"))
        .col(big_integer_null("reply_to_seq"))
        .col(big_integer_null("reply_from_seq"))
        .col(boolean("insisted"))
        .col(text_null("answer"))
        .col(string_null("sentiment"))
        .col(integer_null("sentiment_score"))
        .col(string_null("sentiment_method"))
        .col(text_null("topics"))
        .col(string_null("topics_method"))
        .col(string_null("language"))
        .col(uuid_null("event_id"))
        .col(timestamp_with_time_zone("at"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("changed_at"))
        .col(timestamp_with_time_zone_null("edited_at"));
    within(&mut table, "conversation_id", "conversations");
    table
}

/// A message's timeline, in the order of the ids.
fn message_stages() -> TableCreateStatement {
    let mut table = of_tenant("message_stages");
    table
        .col(uuid("message_id"))
        .col(uuid("id"))
        .col(string("stage"))
        .col(timestamp_with_time_zone("at"))
        .col(text("detail"))
        .primary_key(Index::create().col("tenant_id").col("message_id").col("id"));
    within(&mut table, "message_id", "messages");
    table
}

fn canned_replies() -> TableCreateStatement {
    known_by_id("canned_replies")
        .col(string("title"))
        .col(text("text"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .to_owned()
}

/// `secret` is sealed; `events` is a JSON list, empty for all.
fn webhooks() -> TableCreateStatement {
    known_by_id("webhooks")
        .col(text("url"))
        .col(text("events"))
        .col(binary("secret"))
        .col(boolean("enabled"))
        .col(text_null("disabled_reason"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .to_owned()
}

fn webhook_deliveries() -> TableCreateStatement {
    let mut table = known_by_id("webhook_deliveries");
    table
        .col(uuid("webhook_id"))
        .col(string("event_type"))
        .col(text("payload"))
        .col(string("status"))
        .col(integer("attempts"))
        .col(integer_null("http_status"))
        .col(text_null("error"))
        .col(timestamp_with_time_zone_null("next_at"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("finished_at"));
    within(&mut table, "webhook_id", "webhooks");
    table
}
