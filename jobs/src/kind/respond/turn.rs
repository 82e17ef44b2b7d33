//! What the bot knows when it is its turn.

use std::time::Duration;

use wafaa_channels::{Seen, adapter};
use wafaa_domain::{
    Author, BotSettings, ChannelKind, Choice, Content, ConversationId, ConversationStatus,
};
use wafaa_pipelines::conversation::context as dialogue;
use wafaa_storage::{
    Error, bot,
    channel::{self, Channel},
    contact::{self, Contact},
    conversation::{self, Conversation},
    document,
    message::{self, Message},
};

use super::super::account;
use crate::{Context, NewsKind};

/// How far back a follow-up may refer.
const EARLIER: u64 = 12;
/// A sign of life must not cost the customer any time.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) struct Turn {
    pub(super) conversation: Conversation,
    pub(super) channel: Channel,
    pub(super) contact: Contact,
    pub(super) bot: BotSettings,
    pub(super) bot_version: i32,
    /// Differs whenever the documents that answer do.
    pub(super) knowledge: String,
    /// What is to be answered, oldest first; never empty.
    pub(super) messages: Vec<Message>,
    /// What was said before.
    pub(super) earlier: Vec<Message>,
    /// The customer's, where it is clear.
    pub(super) language: Option<&'static str>,
}

impl Turn {
    /// Everything as it stands; `None` when there is nothing for the bot to say.
    pub(super) async fn read(context: &Context, id: ConversationId) -> Result<Option<Self>, Error> {
        let services = context.services();
        let tx = services.db.read(*context.scope()).await?;
        let conversation = conversation::get(&tx, id).await?;
        if conversation.status != ConversationStatus::Bot {
            return Ok(None);
        }
        let messages = message::unanswered(&tx, id, conversation.answered_seq).await?;
        let Some(first) = messages.first() else {
            return Ok(None);
        };
        let earlier = if first.seq > 1 {
            message::history(&tx, id, first.seq - 1, EARLIER).await?
        } else {
            Vec::new()
        };
        let channel = channel::get(&tx, conversation.channel).await?;
        let contact = contact::get(&tx, conversation.contact).await?;
        let (bot, bot_version) = bot::get(&tx).await?;
        let knowledge = document::stamp(&tx).await?;
        tx.commit().await?;
        let theirs = earlier
            .iter()
            .filter(|message| message.author == Author::Customer);
        let words = theirs
            .chain(&messages)
            .filter_map(|message| message.content.words());
        let words: Vec<&str> = words.collect();
        let language = dialogue::language(words.into_iter());
        Ok(Some(Self {
            conversation,
            channel,
            contact,
            bot,
            bot_version,
            knowledge,
            messages,
            earlier,
            language,
        }))
    }

    /// Whether the draft that was made for this turn may still be said.
    pub(super) fn holds(&self, now: &Conversation) -> bool {
        now.status == ConversationStatus::Bot
            && now.inbound_seq == self.conversation.inbound_seq
            && now.answered_seq == self.conversation.answered_seq
    }

    /// All that is to be answered, as one text; empty when it is in no words.
    pub(super) fn text(&self) -> String {
        if let Some((_, title)) = self.choice() {
            return title.to_owned();
        }
        let words: Vec<&str> = self
            .messages
            .iter()
            .filter_map(|message| message.content.words())
            .collect();
        words.join("\n")
    }

    /// The id and the title of what the customer chose, if that is all they said: by a button, or by a number
    /// where the channel shows numbers.
    pub(super) fn choice(&self) -> Option<(&str, &str)> {
        let [only] = self.messages.as_slice() else {
            return None;
        };
        if let Content::Choice { id, title } = &only.content {
            return Some((id, title));
        }
        let asked = self
            .earlier
            .iter()
            .rfind(|message| message.author != Author::Customer)?;
        let Content::Interactive { options, .. } = &asked.content else {
            return None;
        };
        let limits = adapter(self.channel.kind).limits();
        let chosen = by_number(options, only.content.words()?)?;
        limits
            .numbers(&asked.content)
            .then_some((chosen.id.as_str(), chosen.title.as_str()))
    }

    /// Whether the customer chose this, also among other things.
    pub(super) fn chose(&self, wanted: &str) -> bool {
        let pressed = |message: &Message| matches!(&message.content, Content::Choice { id, .. } if id == wanted);
        self.messages.iter().any(pressed) || self.choice().is_some_and(|(id, _)| id == wanted)
    }

    /// Whether the customer sent something that the bot can't read, and no words.
    pub(super) fn is_beyond_words(&self) -> bool {
        self.messages
            .iter()
            .all(|message| message.content.words().is_none())
    }

    /// The language to speak.
    pub(super) fn speak(&self) -> &str {
        self.language
            .or(self.contact.language.as_deref())
            .or_else(|| self.bot.languages.first().map(String::as_str))
            .unwrap_or("en")
    }

    /// What was said before, for the meaning of a follow-up.
    pub(super) fn dialogue(&self) -> Vec<dialogue::Turn> {
        let turn = |message: &Message| {
            Some(dialogue::Turn {
                author: match message.author {
                    Author::Customer => dialogue::Author::Customer,
                    Author::Bot | Author::System => dialogue::Author::Bot,
                    Author::Member(_) | Author::Program => dialogue::Author::Person,
                },
                text: message.content.words()?.to_owned(),
                cited: cited(message),
            })
        };
        self.earlier.iter().filter_map(turn).collect()
    }

    /// Whether the last thing that was said is the question how it was.
    pub(super) fn was_asked_to_rate(&self) -> bool {
        let ours = self
            .earlier
            .iter()
            .rfind(|message| message.author != Author::Customer);
        let answer = ours.and_then(|message| message.answer.as_ref());
        answer.is_some_and(|answer| answer["csat"] == true)
    }

    /// Shows the customer that somebody is at work; whether that succeeds does not matter.
    pub(super) fn show_typing(&self, context: &Context) {
        context.tell(NewsKind::Typing, self.conversation.id, None);
        let Some(provider_id) = self
            .messages
            .last()
            .and_then(|last| last.provider_id.clone())
        else {
            return;
        };
        if self.channel.kind == ChannelKind::Web {
            return;
        }
        let services = context.services();
        let Ok(account) = account(services, context.scope(), &self.channel) else {
            return;
        };
        let seen = Seen {
            to: self.conversation.identity.clone(),
            thread: self.conversation.thread.clone(),
            provider_id,
        };
        let channels = services.channels.clone();
        tokio::spawn(async move {
            let showing = channels.typing(&account, &seen);
            if let Ok(Err(error)) = tokio::time::timeout(PATIENCE, showing).await {
                tracing::debug!(%error, "could not show that somebody is typing");
            }
        });
    }
}

/// The words that an earlier answer was made of.
fn cited(message: &Message) -> Vec<String> {
    let citations = message
        .answer
        .as_ref()
        .and_then(|answer| answer["citations"].as_array())
        .map(Vec::as_slice)
        .unwrap_or_default();
    let quote = |citation: &serde_json::Value| citation["quote"].as_str().map(str::to_owned);
    citations.iter().filter_map(quote).collect()
}

/// The value of a digit, Arabic-Indic ones among them.
pub(super) fn digit(c: char) -> Option<u32> {
    let arabic = || {
        ('\u{660}'..='\u{669}')
            .contains(&c)
            .then(|| u32::from(c) - 0x660)
    };
    c.to_digit(10).or_else(arabic)
}

/// The option that a customer names by its number, and by nothing else.
fn by_number<'a>(options: &'a [Choice], said: &str) -> Option<&'a Choice> {
    let digits = said.trim().trim_end_matches(['.', ')']);
    if digits.is_empty() || digits.chars().count() > 2 {
        return None;
    }
    let number = digits
        .chars()
        .try_fold(0, |number, c| Some(10 * number + digit(c)?))?;
    options.get(usize::try_from(number).ok()?.checked_sub(1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_chooses_only_by_itself() {
        let options: Vec<Choice> = (1..=10)
            .map(|number| Choice {
                id: format!("option-{number}"),
                title: format!("Option {number}"),
            })
            .collect();
        let chosen = |said: &str| by_number(&options, said).map(|option| option.id.as_str());
        assert_eq!(chosen(" 2 "), Some("option-2"));
        assert_eq!(chosen("10."), Some("option-10"));
        assert_eq!(chosen("٣"), Some("option-3"));
        for said in ["0", "11", "2 please", "", ".", "100", "two"] {
            assert_eq!(chosen(said), None, "{said}");
        }
    }
}
