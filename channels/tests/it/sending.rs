//! What exactly each provider is asked, for what only some of them have.

use serde_json::{Value, json};
use wafaa_channels::{File, GRAPH_VERSION, Outbound, Seen, Tag};
use wafaa_domain::{ChannelKind, Choice, Content, Media, MediaKind, MessageId};

use crate::{
    PROVIDED, account,
    provider::{Provider, Reply, Request, accepted},
};

fn outbound(content: Content) -> Outbound {
    Outbound::new(MessageId::new(), "966501234567", content)
}

/// What the provider was asked when this was sent.
async fn asked(kind: ChannelKind, outbound: &Outbound) -> Request {
    let provider = Provider::saying(Reply::ok(&accepted(kind))).await;
    provider
        .channels()
        .send(&account(kind), outbound)
        .await
        .unwrap();
    provider.request()
}

fn media(kind: MediaKind, link: Option<&str>) -> Media {
    Media {
        kind,
        provider_ref: link.map(str::to_owned),
        media_type: None,
        filename: Some("menu.pdf".into()),
        caption: Some("our menu".into()),
        bytes: None,
        refused: None,
    }
}

fn pdf() -> File {
    File {
        bytes: b"%PDF-1.7 the menu".to_vec(),
        media_type: "application/pdf".into(),
        filename: "menu.pdf".into(),
    }
}

#[tokio::test]
async fn whatsapp_is_told_our_id_and_what_is_answered() {
    let mut outbound = outbound(Content::text("yes"));
    outbound.reply_to = Some("wamid.1".into());
    let request = asked(ChannelKind::Whatsapp, &outbound).await;
    assert_eq!(
        request.path,
        format!("/{GRAPH_VERSION}/106540352242922/messages")
    );
    let expected = json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "966501234567",
        "type": "text",
        "text": {"body": "yes", "preview_url": false},
        "context": {"message_id": "wamid.1"},
        "biz_opaque_callback_data": outbound.id.to_string(),
    });
    assert_eq!(request.json(), expected);
}

#[tokio::test]
async fn whatsapp_reaches_people_without_a_number_and_groups() {
    let mut hidden = outbound(Content::text("yes"));
    hidden.to = "US.13491208655302741918".into();
    let body = asked(ChannelKind::Whatsapp, &hidden).await.json();
    assert_eq!(
        (body.get("to"), &body["recipient"]),
        (None, &json!("US.13491208655302741918"))
    );
    let mut group = outbound(Content::text("yes"));
    group.thread = Some("group-1".into());
    let body = asked(ChannelKind::Whatsapp, &group).await.json();
    assert_eq!(
        (&body["recipient_type"], &body["to"]),
        (&json!("group"), &json!("group-1"))
    );
}

#[tokio::test]
async fn whatsapp_templates_buttons_lists_and_links() {
    let template = Content::Template {
        name: "order_ready".into(),
        language: "ar".into(),
        parameters: vec!["42".into()],
        category: None,
    };
    let body = asked(ChannelKind::Whatsapp, &outbound(template))
        .await
        .json();
    let parameters = json!([{"type": "body", "parameters": [{"type": "text", "text": "42"}]}]);
    assert_eq!(body["template"]["components"], parameters);
    assert_eq!(body["template"]["language"], json!({"code": "ar"}));

    let options = |count: usize| -> Vec<Choice> {
        (0..count)
            .map(|number| Choice {
                id: format!("option-{number}"),
                title: "a title that is far longer than allowed".into(),
            })
            .collect()
    };
    let ask = |count| Content::Interactive {
        text: "Which?".into(),
        options: options(count),
        list_button: None,
    };
    let buttons = asked(ChannelKind::Whatsapp, &outbound(ask(3))).await.json();
    assert_eq!(buttons["interactive"]["type"], "button");
    let title = buttons["interactive"]["action"]["buttons"][0]["reply"]["title"]
        .as_str()
        .unwrap();
    assert!(title.chars().count() <= 20, "{title}");
    let list = asked(ChannelKind::Whatsapp, &outbound(ask(4))).await.json();
    assert_eq!(list["interactive"]["type"], "list");
    assert_eq!(
        list["interactive"]["action"]["sections"][0]["rows"][3]["id"],
        "option-3"
    );

    let link = media(MediaKind::Document, Some("https://shop.example/menu.pdf"));
    let body = asked(ChannelKind::Whatsapp, &outbound(Content::Media(link)))
        .await
        .json();
    let expected = json!({"link": "https://shop.example/menu.pdf", "caption": "our menu", "filename": "menu.pdf"});
    assert_eq!(body["document"], expected);
}

#[tokio::test]
async fn a_list_is_numbered_where_there_are_none() {
    let ask = |list_button: Option<&str>| Content::Interactive {
        text: "Which branch?".into(),
        options: ["Olaya", "Malaz"]
            .map(|title| Choice {
                id: title.to_lowercase(),
                title: title.into(),
            })
            .into(),
        list_button: list_button.map(str::to_owned),
    };
    for kind in [ChannelKind::Messenger, ChannelKind::Instagram] {
        let list = asked(kind, &outbound(ask(Some("Branches")))).await.json();
        assert_eq!(
            list["message"]["text"], "Which branch?\n\n1. Olaya\n2. Malaz",
            "{kind}"
        );
        assert_eq!(list["message"].get("quick_replies"), None, "{kind}");
        let buttons = asked(kind, &outbound(ask(None))).await.json();
        assert_eq!(buttons["message"]["text"], "Which branch?", "{kind}");
        assert_eq!(
            buttons["message"]["quick_replies"][1]["payload"], "malaz",
            "{kind}"
        );
    }
    let list = outbound(ask(Some("Branches")));
    let list = asked(ChannelKind::Whatsapp, &list).await.json();
    assert_eq!(
        (
            &list["interactive"]["type"],
            &list["interactive"]["action"]["button"]
        ),
        (&json!("list"), &json!("Branches"))
    );
    let keyboard = outbound(ask(Some("Branches")));
    let keyboard = asked(ChannelKind::Telegram, &keyboard).await.json();
    assert_eq!(
        keyboard["reply_markup"]["inline_keyboard"][1][0]["callback_data"],
        "malaz"
    );
    let select = outbound(ask(Some("Branches")));
    let select = asked(ChannelKind::Slack, &select).await.json();
    assert_eq!(select["blocks"][1]["elements"][0]["type"], "static_select");
}

#[tokio::test]
async fn files_are_uploaded_before_whatsapp_sends_them() {
    let provider = Provider::start(|request| match request.path.ends_with("/media") {
        true => Reply::ok(&json!({"id": "uploaded-1"})),
        false => Reply::ok(&accepted(ChannelKind::Whatsapp)),
    })
    .await;
    let mut outbound = outbound(Content::Media(media(MediaKind::Document, None)));
    outbound.file = Some(pdf());
    provider
        .channels()
        .send(&account(ChannelKind::Whatsapp), &outbound)
        .await
        .unwrap();
    let requests = provider.requests();
    assert!(requests[0].text().contains("%PDF-1.7 the menu"));
    assert_eq!(requests[1].json()["document"]["id"], "uploaded-1");
    assert_eq!(requests.len(), 2);
}

#[tokio::test]
async fn an_upload_that_breaks_off_has_sent_nothing() {
    let provider = Provider::saying(Reply::HangUp).await;
    let mut outbound = outbound(Content::Media(media(MediaKind::Document, None)));
    outbound.file = Some(pdf());
    for kind in [ChannelKind::Whatsapp, ChannelKind::Slack] {
        let error = provider
            .channels()
            .send(&account(kind), &outbound)
            .await
            .unwrap_err();
        assert_eq!(error.code(), "transient", "{kind}: {error:?}");
    }
}

#[tokio::test]
async fn messenger_and_telegram_take_a_file_with_the_message() {
    for kind in [ChannelKind::Messenger, ChannelKind::Telegram] {
        let mut outbound = outbound(Content::Media(media(MediaKind::Document, None)));
        outbound.file = Some(pdf());
        let request = asked(kind, &outbound).await;
        assert!(request.text().contains("%PDF-1.7 the menu"), "{kind}");
        assert!(request.text().contains("966501234567"), "{kind}");
    }
}

#[tokio::test]
async fn instagram_says_that_it_takes_links_only() {
    let provider = Provider::saying(Reply::ok(&accepted(ChannelKind::Instagram))).await;
    let mut outbound = outbound(Content::Media(media(MediaKind::Image, None)));
    outbound.file = Some(pdf());
    let error = provider
        .channels()
        .send(&account(ChannelKind::Instagram), &outbound)
        .await
        .unwrap_err();
    assert_eq!(error.code(), "invalid");
    assert!(provider.requests().is_empty());
}

#[tokio::test]
async fn a_persons_answer_is_tagged_and_ours_carries_our_id() {
    for kind in [ChannelKind::Messenger, ChannelKind::Instagram] {
        let mut outbound = outbound(Content::text("Sam here"));
        let body = asked(kind, &outbound).await.json();
        assert_eq!(body["messaging_type"], "RESPONSE");
        assert_eq!(body["message"]["metadata"], outbound.id.to_string());
        outbound.tag = Some(Tag::HumanAgent);
        outbound.reply_to = Some("m_1".into());
        let body = asked(kind, &outbound).await.json();
        assert_eq!(
            (&body["messaging_type"], &body["tag"]),
            (&json!("MESSAGE_TAG"), &json!("HUMAN_AGENT"))
        );
        assert_eq!(body["reply_to"], json!({"mid": "m_1"}));
    }
}

#[tokio::test]
async fn threads_are_kept() {
    let mut to_topic = outbound(Content::text("yes"));
    to_topic.thread = Some("-100123:3".into());
    to_topic.reply_to = Some("-100123:7".into());
    let request = asked(ChannelKind::Telegram, &to_topic).await;
    assert!(request.path.ends_with("/sendMessage"), "{}", request.path);
    let body = request.json();
    assert_eq!(
        (&body["chat_id"], &body["message_thread_id"]),
        (&json!("-100123"), &json!(3))
    );
    assert_eq!(body["reply_parameters"]["message_id"], 7);

    let mut to_thread = outbound(Content::text("a < b"));
    to_thread.thread = Some("C1:1749416383.000300".into());
    let request = asked(ChannelKind::Slack, &to_thread).await;
    assert_eq!(request.path, "/api/chat.postMessage");
    let body = request.json();
    assert_eq!(
        (&body["channel"], &body["thread_ts"]),
        (&json!("C1"), &json!("1749416383.000300"))
    );
    assert_eq!(body["text"], "a &lt; b");
    assert_eq!(
        body["metadata"]["event_payload"]["id"],
        to_thread.id.to_string()
    );
}

#[tokio::test]
async fn a_file_is_shared_on_slack_in_the_private_chat() {
    let provider = Provider::start(|request| {
        let base = format!("http://{}", request.headers["host"]);
        Reply::ok(&match request.path.as_str() {
            "/api/files.getUploadURLExternal" => {
                json!({"ok": true, "upload_url": format!("{base}/upload"), "file_id": "F1"})
            }
            "/api/conversations.open" => json!({"ok": true, "channel": {"id": "D9"}}),
            _ => json!({"ok": true}),
        })
    })
    .await;
    let mut outbound = outbound(Content::Media(media(MediaKind::Document, None)));
    outbound.to = "U1".into();
    outbound.file = Some(pdf());
    provider
        .channels()
        .send(&account(ChannelKind::Slack), &outbound)
        .await
        .unwrap();
    let requests = provider.requests();
    let paths: Vec<_> = requests
        .iter()
        .map(|request| request.path.as_str())
        .collect();
    let expected = [
        "/api/files.getUploadURLExternal",
        "/upload",
        "/api/conversations.open",
        "/api/files.completeUploadExternal",
    ];
    assert_eq!(paths, expected);
    assert_eq!(requests[1].body, pdf().bytes);
    assert_eq!(requests[3].json()["channel_id"], "D9");
}

#[tokio::test]
async fn read_marks_and_typing_go_where_there_are_any() {
    for kind in PROVIDED {
        let provider = Provider::saying(Reply::ok(
            &json!({"ok": true, "success": true, "result": true}),
        ))
        .await;
        let seen = Seen {
            to: "966501234567".into(),
            thread: None,
            provider_id: "wamid.1".into(),
        };
        let channels = provider.channels();
        channels.mark_read(&account(kind), &seen).await.unwrap();
        channels.typing(&account(kind), &seen).await.unwrap();
        let bodies: Vec<Value> = provider.requests().iter().map(Request::json).collect();
        let expected = match kind {
            ChannelKind::Whatsapp => json!([
                {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.1"},
                {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.1",
                 "typing_indicator": {"type": "text"}},
            ]),
            ChannelKind::Instagram | ChannelKind::Messenger => json!([
                {"recipient": {"id": "966501234567"}, "sender_action": "mark_seen"},
                {"recipient": {"id": "966501234567"}, "sender_action": "typing_on"},
            ]),
            ChannelKind::Telegram => json!([{"chat_id": "966501234567", "action": "typing"}]),
            ChannelKind::Slack | ChannelKind::Web => json!([]),
        };
        assert_eq!(Value::from(bodies), expected, "{kind}");
    }
}

#[tokio::test]
async fn telegram_is_told_the_webhook_with_its_secret() {
    let provider = Provider::saying(Reply::ok(&json!({"ok": true, "result": true}))).await;
    let webhook = "https://wafaa.example/webhooks/telegram/shop"
        .parse()
        .unwrap();
    provider
        .channels()
        .connect(&account(ChannelKind::Telegram), &webhook)
        .await
        .unwrap();
    let request = provider.request();
    assert!(request.path.ends_with("/setWebhook"));
    assert_eq!(request.json()["url"], webhook.as_str());
    assert_eq!(request.json()["secret_token"], crate::SECRET);
}
