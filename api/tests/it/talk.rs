//! Conversations that tests begin with: put in place through storage, so that no job follows from them.

use std::time::Duration;

use chrono::Utc;
use reqwest::Method;
use serde_json::{Value, json};
use wafaa_domain::{
    ChannelId, ChannelKind, ContactId, Content, ConversationId, MessageId, TenantScope,
};
use wafaa_storage::{
    channel::{self, NewChannel},
    contact::{self, Seen},
    conversation,
    message::{self, NewInbound, Received},
    webhook,
};

use crate::{TestApp, app::Answer, fixture::Home};

/// The site that may show the web chat.
pub(crate) const SITE: &str = "https://shop.example";

/// A customer's message on a web chat.
pub(crate) struct Talk {
    pub(crate) channel: ChannelId,
    pub(crate) contact: ContactId,
    pub(crate) conversation: ConversationId,
    pub(crate) message: MessageId,
}

impl TestApp {
    /// A web chat; answers its public token.
    pub(crate) async fn web_chat(&self, scope: &TenantScope) -> channel::Channel {
        let tx = self.db().write(*scope).await.unwrap();
        let new = NewChannel {
            id: ChannelId::new(),
            kind: ChannelKind::Web,
            name: "Web site".into(),
            settings: json!({ "allowed_origins": [SITE], "theme": "dark" }),
            secrets: None,
            secret_names: Vec::new(),
            external_id: None,
            token_expires_at: None,
        };
        let made = channel::create(&tx, new).await.unwrap();
        tx.commit().await.unwrap();
        made
    }

    /// A conversation of one message.
    pub(crate) async fn talk(&self, scope: &TenantScope) -> Talk {
        let channel = self.web_chat(scope).await;
        let tx = self.db().write(*scope).await.unwrap();
        let seen = Seen {
            identities: &["visitor-1".to_owned()],
            name: Some("Huda"),
            language: Some("en"),
            phone: Some("966511111111"),
        };
        let contact = contact::upsert(&tx, channel.id, &seen).await.unwrap();
        let silence = Duration::from_secs(3_600);
        let opened = conversation::open(&tx, &channel, &contact, "visitor-1", None, silence)
            .await
            .unwrap();
        let new = NewInbound {
            provider_id: Some("first".into()),
            content: Content::text("Do you deliver?"),
            at: Utc::now(),
            language: Some("en".into()),
            reply_to: None,
            event: None,
        };
        let received = message::receive(&tx, &opened.conversation, new).await;
        let (Received::New(message) | Received::Known(message)) = received.unwrap();
        tx.commit().await.unwrap();
        Talk {
            channel: channel.id,
            contact: contact.id,
            conversation: opened.conversation.id,
            message: message.id,
        }
    }

    /// An address of a tenant's system, and something it is to be told.
    pub(crate) async fn delivery(&self, home: &Home) -> (String, String) {
        let new = json!({ "url": "https://hooks.shop.example/wafaa" });
        let made = self.post("/api/v1/webhooks", &home.token, &new).await;
        let webhook = made.json(201)["id"].as_str().unwrap().to_owned();
        let tx = self.db().write(home.scope).await.unwrap();
        let payload = json!({ "type": "message.received" });
        let told = webhook::record(&tx, "message.received", &payload).await;
        tx.commit().await.unwrap();
        (webhook, told.unwrap()[0].to_string())
    }

    /// The bot answers at once.
    pub(crate) async fn without_merging(&self, home: &Home) {
        let change = json!({ "merge_window_ms": 0 });
        self.patch("/api/v1/bot", &home.token, &change)
            .await
            .json(200);
    }

    /// A POST of JSON as a visitor.
    pub(crate) async fn visit(&self, path: &str, token: Option<&str>, body: &Value) -> Answer {
        let mut request = self.request(Method::POST, path).json(body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        Answer::of(request).await
    }
}
