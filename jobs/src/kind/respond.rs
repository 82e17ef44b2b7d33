//! `respond`: the bot's turn in a conversation. One answer to all that the customer has said since the last.
//!
//! The draft is made without any lock. What is said is decided under it: a person who has taken over, an
//! opt-out, or a newer message wins, and the draft is thrown away.

mod draft;
mod turn;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;
use wafaa_channels::adapter;
use wafaa_domain::{
    Author, Content, ConversationId, Failure as Reason, HandoffReason, Lane, Priority, Stage,
    TenantScope,
};
use wafaa_pipelines::conversation::entity::entities;
use wafaa_storage::{
    Error, Tx, bot, contact,
    conversation::{self, Conversation},
    message::{self, NewOutbound},
    timeline,
};

use super::{Deliver, Kind, missing};
use crate::{
    Context, Done, Failure, Finish, NewsKind,
    conversation::{hand_off, turn as whose},
};

use draft::{Decision, Draft};
use turn::Turn;

/// Passages an answer is made from.
pub(super) const TOP_K: usize = 8;

/// Answers what is not answered yet.
#[derive(Debug, Serialize, Deserialize)]
pub struct Respond {
    /// In which conversation.
    pub conversation: ConversationId,
    #[serde(skip)]
    wait: Duration,
}

impl Respond {
    /// Once the burst is over.
    pub(crate) const fn after(conversation: ConversationId, wait: Duration) -> Self {
        Self { conversation, wait }
    }
}

impl Kind for Respond {
    const KIND: &'static str = "respond";
    const LANE: Lane = Lane::Reply;
    const MAX_ATTEMPTS: i32 = 8;
    const TIMEOUT: Duration = Duration::from_secs(120);

    fn order_key(&self) -> Option<String> {
        Some(self.conversation.to_string())
    }

    fn parent(&self) -> Option<String> {
        Some(self.conversation.to_string())
    }

    fn delay(&self) -> Duration {
        self.wait
    }

    async fn run(self, context: &Context) -> Result<Done, Failure> {
        let turn = Turn::read(context, self.conversation)
            .await
            .map_err(missing)?;
        let Some(turn) = turn else {
            return self.nothing_to_say(context).await;
        };
        turn.show_typing(context);
        let draft = draft::make(context, &turn).await?;

        let tx = context.finish().await?;
        let now = conversation::lock(&tx, self.conversation)
            .await
            .map_err(missing)?;
        if !turn.holds(&now) {
            whose::again(&tx, &now).await?;
            return tx.commit().await;
        }
        say(&tx, &turn, draft).await?;
        tx.commit().await
    }

    /// The bot could not answer: a person is to.
    async fn ended(&self, tx: &Tx<TenantScope>, _: &Reason) -> Result<(), Error> {
        conversation::set_respond_due(tx, self.conversation, None).await?;
        let (settings, _) = bot::get(tx).await?;
        let reason = HandoffReason::LowConfidence;
        match hand_off(tx, self.conversation, reason, Priority::High, &settings).await {
            Ok(_) | Err(Error::Stale | Error::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

impl Respond {
    /// A person has the conversation, or all has been answered.
    async fn nothing_to_say(&self, context: &Context) -> Result<Done, Failure> {
        let tx = context.finish().await?;
        conversation::lock(&tx, self.conversation)
            .await
            .map_err(missing)?;
        conversation::set_respond_due(&tx, self.conversation, None).await?;
        tx.commit().await
    }
}

/// Does what was decided, within the transaction that ends the run.
async fn say(tx: &Finish, turn: &Turn, draft: Draft) -> Result<(), Failure> {
    let id = turn.conversation.id;
    note(tx, turn, &draft).await?;
    match draft.decision {
        Decision::Answer | Decision::Abstain | Decision::Greet | Decision::Silence => {}
        Decision::OptOut => drop(contact::set_opted_out(tx, turn.contact.id, true).await?),
        Decision::OptIn => drop(contact::set_opted_out(tx, turn.contact.id, false).await?),
        Decision::Rate(score) => conversation::set_csat(tx, id, score).await?,
        Decision::HandOff(reason, priority) => {
            hand_off(tx, id, reason, priority, &turn.bot).await?;
            tx.tell(NewsKind::Conversation, id, None);
        }
    }
    if let Some(language) = turn.language
        && turn.contact.language.as_deref() != Some(language)
    {
        contact::set_language(tx, turn.contact.id, language).await?;
    }
    let last = turn.conversation.inbound_seq;
    for part in parts(&turn.conversation, &draft) {
        let message = NewOutbound {
            // What the platform itself says goes out whoever has the turn by then.
            reply_to_seq: draft.author.eq(&Author::Bot).then_some(last),
            answer: draft.answer.clone(),
            language: turn.language.map(str::to_owned),
            ..NewOutbound::queued(draft.author, part)
        };
        let message = message::add(tx, id, message).await?;
        tx.enqueue(&Deliver::of(&message)).await?;
        tx.tell(NewsKind::Message, id, Some(message.id));
    }
    let unsure = match draft.decision {
        Decision::Abstain => turn.conversation.low_confidence + 1,
        _ => 0,
    };
    conversation::answered(tx, id, last, unsure).await?;
    if matches!(draft.decision, Decision::Rate(_)) {
        conversation::resolve(tx, id).await?;
    }
    Ok(())
}

/// The draft in messages as long as the channel takes; the buttons are below the last one.
fn parts(conversation: &Conversation, draft: &Draft) -> Vec<Content> {
    if draft.text.trim().is_empty() {
        return Vec::new();
    }
    let limits = adapter(conversation.channel_kind).limits();
    let mut parts = limits.parts(&draft.text);
    let last = if draft.options.is_empty() {
        None
    } else {
        parts.pop()
    };
    let buttons = last.map(|text| Content::Interactive {
        text,
        options: draft.options.clone(),
        list_button: None,
    });
    parts
        .into_iter()
        .map(Content::text)
        .chain(buttons)
        .collect()
}

/// The story of each message that this answers.
async fn note(tx: &Finish, turn: &Turn, draft: &Draft) -> Result<(), Failure> {
    let mut notes = Vec::new();
    for message in &turn.messages {
        if turn.messages.len() > 1 {
            let detail = json!({ "messages": turn.messages.len() });
            notes.push((message.id, Stage::Merged, detail));
        }
        if let Some(question) = &draft.question {
            notes.push((
                message.id,
                Stage::Retrieved,
                json!({ "question": question }),
            ));
            notes.push((message.id, Stage::Generated, draft.summary()));
        }
        let words = message.content.words().unwrap_or_default();
        let detail = json!({
            "decision": draft.decision.name(),
            "entities": entities(words, message.at.date_naive()),
        });
        notes.push((message.id, Stage::Decided, detail));
    }
    Ok(timeline::note_all(tx, &notes).await?)
}
