//! What the bot would say: an answer, the admission that it doesn't know, a greeting, or the word that a
//! person will answer.

use chrono::Utc;
use serde_json::{Value, json};
use wafaa_domain::{
    Author, ChannelKind, Choice, HandoffReason, IntentAction, IntentRule, Priority,
};
use wafaa_pipelines::conversation::{
    Answer, Responder,
    context::{self as dialogue, standalone},
    greeting,
    intent::{self, Intent, Reading},
    phrase::{Phrase, closed},
};
use wafaa_pipelines::insight::sentiment::sentiment;

use super::{
    TOP_K,
    turn::{Turn, digit},
};
use crate::{Context, Failure, tokens::Tokens};

/// What is to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    Answer,
    Abstain,
    Greet,
    HandOff(HandoffReason, Priority),
    OptOut,
    OptIn,
    Rate(i32),
    Silence,
}

impl Decision {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Abstain => "abstain",
            Self::Greet => "greet",
            Self::HandOff(..) => "hand_off",
            Self::OptOut => "opt_out",
            Self::OptIn => "opt_in",
            Self::Rate(_) => "rate",
            Self::Silence => "silence",
        }
    }
}

/// What the bot would say.
pub(super) struct Draft {
    pub(super) decision: Decision,
    pub(super) text: String,
    /// What may be chosen as the answer, on buttons.
    pub(super) options: Vec<Choice>,
    pub(super) author: Author,
    /// What was looked up, when something was.
    pub(super) question: Option<String>,
    /// What the answer rests on.
    pub(super) answer: Option<Value>,
}

impl Draft {
    fn saying(decision: Decision, text: impl Into<String>) -> Self {
        Self {
            decision,
            text: text.into(),
            options: Vec::new(),
            author: Author::Bot,
            question: None,
            answer: None,
        }
    }

    /// Said by the platform itself, whoever has the turn by then.
    fn by_system(self) -> Self {
        Self {
            author: Author::System,
            ..self
        }
    }

    /// Offers a person too, where conversations go to people.
    fn or_a_person(self, turn: &Turn) -> Self {
        if !turn.bot.handoff.enabled {
            return self;
        }
        let person = Choice {
            id: Choice::PERSON.to_owned(),
            title: Phrase::TalkToAPerson.say(turn.speak()).to_owned(),
        };
        Self {
            options: vec![person],
            ..self
        }
    }

    /// For the timeline.
    pub(super) fn summary(&self) -> Value {
        let answer = self.answer.as_ref();
        let part = |name: &str| answer.map_or(Value::Null, |answer| answer[name].clone());
        json!({
            "answered": part("answered"),
            "confidence": part("confidence"),
            "model": part("model"),
        })
    }
}

/// Reads what the customer wants and drafts accordingly.
pub(super) async fn make(context: &Context, turn: &Turn) -> Result<Draft, Failure> {
    let language = turn.speak();
    let text = turn.text();
    if let Some(score) = rating(turn, &text) {
        let thanks = Phrase::Rated.say(language);
        return Ok(Draft::saying(Decision::Rate(score), thanks).by_system());
    }
    if turn.is_beyond_words() {
        let said = Draft::saying(Decision::Abstain, Phrase::Unsupported.say(language));
        return Ok(said.or_a_person(turn));
    }
    let reading = read(context, turn, &text).await?;
    match &reading.intent {
        Intent::OptOut => {
            let said = Phrase::OptedOut.say(language);
            return Ok(Draft::saying(Decision::OptOut, said).by_system());
        }
        Intent::OptIn => {
            let said = Phrase::OptedIn.say(language);
            return Ok(Draft::saying(Decision::OptIn, said).by_system());
        }
        _ if turn.contact.opted_out_at.is_some() => {
            return Ok(Draft::saying(Decision::Silence, ""));
        }
        _ => {}
    }
    if let Some((reason, priority)) = wants_a_person(turn, &text, &reading) {
        return Ok(person(turn, reason, priority));
    }
    match &reading.intent {
        Intent::Greeting => Ok(Draft::saying(
            Decision::Greet,
            greeting(&turn.bot, language),
        )),
        Intent::Thanks => Ok(Draft::saying(
            Decision::Greet,
            Phrase::YoureWelcome.say(language),
        )),
        Intent::Goodbye => Ok(Draft::saying(
            Decision::Greet,
            Phrase::Goodbye.say(language),
        )),
        Intent::Acknowledgement => Ok(Draft::saying(Decision::Silence, "")),
        Intent::Custom(name) => match rule(turn, name) {
            Some(rule) if rule.action == IntentAction::Reply => {
                Ok(Draft::saying(Decision::Answer, rule.reply.clone()))
            }
            _ => answer(context, turn, &text).await,
        },
        Intent::Question | Intent::Complaint | Intent::Person | Intent::OptOut | Intent::OptIn => {
            answer(context, turn, &text).await
        }
    }
}

/// The built-in intents, and the tenant's own by what their example sentences mean.
async fn read(context: &Context, turn: &Turn, text: &str) -> Result<Reading, Failure> {
    let reading = intent::read(text);
    let rules = &turn.bot.intents;
    if rules.is_empty() {
        return Ok(reading);
    }
    let services = context.services();
    let embedder = &services.embedder;
    let examples = services
        .examples
        .of(embedder, context.scope(), turn.bot_version, rules)
        .await
        .map_err(Failure::retry)?;
    let query = embedder.embed_query(text).await.map_err(Failure::retry)?;
    let found = intent::nearest(&examples, &query)
        .and_then(|(at, sure)| Some((rules.get(at)?.name.clone(), sure)));
    Ok(reading.or_custom(found))
}

/// Whether a person is to answer, and why.
fn wants_a_person(turn: &Turn, text: &str, reading: &Reading) -> Option<(HandoffReason, Priority)> {
    let rules = &turn.bot.handoff;
    if !rules.enabled {
        return None;
    }
    let lower = text.to_lowercase();
    let named =
        |word: &String| !word.trim().is_empty() && lower.contains(&word.trim().to_lowercase());
    if turn.bot.handoff_keywords.iter().any(named) {
        return Some((HandoffReason::Keyword, Priority::Normal));
    }
    if reading.intent == Intent::Person || turn.chose(Choice::PERSON) {
        return Some((HandoffReason::Requested, Priority::Normal));
    }
    if let Intent::Custom(name) = &reading.intent
        && rule(turn, name).is_some_and(|rule| rule.action == IntentAction::Handoff)
    {
        return Some((HandoffReason::Rule, Priority::Normal));
    }
    let upset = || {
        let sounds = turn
            .messages
            .iter()
            .filter_map(|message| message.content.words());
        let mut sounds = sounds.map(|words| sentiment(words, turn.language));
        sounds.any(|sentiment| sentiment.is_alarming())
    };
    (rules.sentiment && upset()).then_some((HandoffReason::Sentiment, Priority::High))
}

fn rule<'a>(turn: &'a Turn, name: &str) -> Option<&'a IntentRule> {
    turn.bot.intents.iter().find(|rule| rule.name == name)
}

/// That a person will answer, soon or when the doors open again.
fn person(turn: &Turn, reason: HandoffReason, priority: Priority) -> Draft {
    let language = turn.speak();
    let now = Utc::now();
    let said = match &turn.bot.hours {
        Some(hours) if !hours.is_open(now) => {
            let own = turn.bot.out_of_hours_message.trim();
            if own.is_empty() {
                closed(language, hours.next_opening(now).as_ref())
            } else {
                own.to_owned()
            }
        }
        _ if reason == HandoffReason::LowConfidence => {
            Phrase::AskingAPerson.say(language).to_owned()
        }
        _ => Phrase::PersonSoon.say(language).to_owned(),
    };
    Draft::saying(Decision::HandOff(reason, priority), said).by_system()
}

async fn answer(context: &Context, turn: &Turn, text: &str) -> Result<Draft, Failure> {
    let dialogue = turn.dialogue();
    let question = standalone(text, &dialogue).into_owned();
    let answer = ask(context, turn, &dialogue, &question).await?;
    if !answer.answered {
        let unsure = turn.conversation.low_confidence + 1;
        let enough = i32::try_from(turn.bot.handoff.low_confidence_after).unwrap_or(i32::MAX);
        let draft = if turn.bot.handoff.enabled && enough > 0 && unsure >= enough {
            person(turn, HandoffReason::LowConfidence, Priority::Normal)
        } else {
            let asks = Phrase::AskBack.say(turn.speak());
            let said = format!("{} {asks}", answer.answer);
            Draft::saying(Decision::Abstain, said).or_a_person(turn)
        };
        return Ok(Draft {
            question: Some(question),
            answer: Some(basis(&answer)),
            ..draft
        });
    }
    Ok(Draft {
        question: Some(question),
        answer: Some(basis(&answer)),
        ..Draft::saying(Decision::Answer, words(turn.channel.kind, &answer))
    })
}

/// The answer, as it was given to the same question a while ago, or made now. What a model has made of a conversation
/// is that conversation's alone.
async fn ask(
    context: &Context,
    turn: &Turn,
    dialogue: &[dialogue::Turn],
    question: &str,
) -> Result<Answer, Failure> {
    let services = context.services();
    if services.responder.is_generative() && !dialogue.is_empty() {
        return make_anew(context, turn, dialogue, question).await;
    }
    let answers = &services.answers;
    let bot = (&turn.bot, turn.bot_version);
    let key = answers.key(context.scope(), &turn.knowledge, bot, question);
    if let Some(known) = answers.find(&key).await {
        return Ok(known);
    }
    let answer = make_anew(context, turn, dialogue, question).await?;
    answers.keep(key, &answer).await;
    Ok(answer)
}

/// Written by a model as long as the tenant has tokens left, and quoted otherwise.
async fn make_anew(
    context: &Context,
    turn: &Turn,
    dialogue: &[dialogue::Turn],
    question: &str,
) -> Result<Answer, Failure> {
    let services = context.services();
    let scope = context.scope();
    let ask = async |responder: &Responder| {
        responder
            .respond_within(scope, &turn.bot, dialogue, question, TOP_K)
            .await
            .map_err(Failure::retry)
    };
    if !services.responder.is_generative() {
        return ask(&services.responder).await;
    }
    let tokens = Tokens::of(context).await?;
    if !tokens.left().await.granted {
        return ask(&services.responder.quoting()).await;
    }
    let answer = ask(&services.responder).await?;
    tokens.charge(answer.usage).await;
    Ok(answer)
}

/// What is kept beside the message: its sources and how sure it is.
fn basis(answer: &Answer) -> Value {
    json!({
        "answered": answer.answered,
        "confidence": answer.confidence,
        "citations": answer.citations,
        "model": answer.model,
        "usage": answer.usage,
    })
}

/// The answer as the channel shows it: our own chat knows what `[1]` stands for, elsewhere the sources are
/// named at the end.
fn words(kind: ChannelKind, answer: &Answer) -> String {
    if kind == ChannelKind::Web {
        return answer.answer.clone();
    }
    let mut text = answer.answer.clone();
    for number in 1..=answer.citations.len() {
        text = text
            .replace(&format!(" [{number}]"), "")
            .replace(&format!("[{number}]"), "");
    }
    let mut sources: Vec<String> = Vec::new();
    for citation in &answer.citations {
        let source = match citation.page {
            Some(page) => format!("{}, {page}", citation.title),
            None => citation.title.clone(),
        };
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    if sources.is_empty() {
        return text;
    }
    format!("{text}\n\n📄 {}", sources.join(" · "))
}

/// Stars, where we had asked for them.
fn rating(turn: &Turn, text: &str) -> Option<i32> {
    if !turn.was_asked_to_rate() {
        return None;
    }
    let said = turn.choice().map_or(text, |(id, _)| id).trim();
    let stars = said.chars().filter(|c| *c == '⭐' || *c == '★').count();
    let digit = || {
        let mut digits = said.chars().filter_map(digit);
        let only = digits.next()?;
        (digits.next().is_none() && said.chars().count() <= 3).then_some(only)
    };
    let score = u32::try_from(stars)
        .ok()
        .filter(|stars| *stars > 0)
        .or_else(digit)?;
    (1..=5)
        .contains(&score)
        .then(|| i32::try_from(score).unwrap_or(5))
}
