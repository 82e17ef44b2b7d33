//! Answers as they come into being.

use futures::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use tracing::{Instrument as _, Span};
use wafaa_domain::BotSettings;

use super::{
    Answer, Event, Events, abstain, extract, generate,
    ground::{self, Grounding},
};
use crate::{
    conversation::retrieve::Found,
    knowledge::sentence,
    llm::{Gateway, Piece, Pieces, Usage},
};

/// An answer that is there already, sentence by sentence.
pub(super) fn whole(answer: Answer) -> Events {
    let mut starts: Vec<usize> = sentence::ranges(&answer.answer)
        .into_iter()
        .map(|range| range.start)
        .collect();
    starts.push(answer.answer.len());
    let mut events: Vec<Event> = starts
        .windows(2)
        .map(|pair| Event::Delta(answer.answer[pair[0]..pair[1]].to_owned()))
        .collect();
    events.push(Event::Done(answer));
    stream::iter(events).boxed()
}

/// An answer that a model is writing.
pub(super) fn generated(gateway: Gateway, found: Found, bot: BotSettings, top_k: usize) -> Events {
    let writing = async move {
        match gateway
            .stream(&generate::prompt(&found, &bot, top_k, &[]))
            .await
        {
            Ok(pieces) => Writing::new(pieces, found, bot, top_k).events(),
            Err(error) => {
                tracing::warn!(%error, "no chat model answered; quoting instead");
                whole(extract::answer(&found, &bot, top_k))
            }
        }
    };
    // It is read when the request's handler is done, and belongs to it all the same.
    stream::once(writing.instrument(Span::current()))
        .flatten()
        .boxed()
}

struct Writing {
    pieces: Pieces,
    found: Found,
    bot: BotSettings,
    top_k: usize,
    grounding: Grounding,
    /// Words whose sentence may not be complete.
    pending: String,
    /// All that was shown.
    shown: String,
    state: State,
}

enum State {
    Reading,
    /// All is shown; this is still to be handed over.
    Closing(Box<Answer>),
    Closed,
}

impl Writing {
    fn new(pieces: Pieces, found: Found, bot: BotSettings, top_k: usize) -> Self {
        let grounding = generate::grounding(&found, top_k);
        Self {
            pieces,
            found,
            bot,
            top_k,
            grounding,
            pending: String::new(),
            shown: String::new(),
            state: State::Reading,
        }
    }

    fn events(self) -> BoxStream<'static, Event> {
        stream::unfold(self, async |mut writing| {
            let event = match std::mem::replace(&mut writing.state, State::Closed) {
                State::Reading => writing.read().await,
                State::Closing(answer) => Event::Done(*answer),
                State::Closed => return None,
            };
            Some((event, writing))
        })
        .boxed()
    }

    async fn read(&mut self) -> Event {
        loop {
            match self.pieces.next().await {
                Ok(Piece::Text(text)) => {
                    self.pending.push_str(&text);
                    let delta = self.complete_sentences();
                    if !delta.is_empty() {
                        self.state = State::Reading;
                        return Event::Delta(delta);
                    }
                }
                Ok(Piece::End { model, usage }) => return self.end(model, usage),
                Err(error) => {
                    tracing::warn!(%error, "the chat model broke off; quoting instead");
                    return Event::Done(Answer {
                        usage: self.pieces.usage(),
                        ..extract::answer(&self.found, &self.bot, self.top_k)
                    });
                }
            }
        }
    }

    /// Takes the sentences that nothing can be added to. The last one, and one whose markers may follow in the
    /// next piece, wait.
    fn complete_sentences(&mut self) -> String {
        let sentences = ground::sentences(&self.pending);
        let waiting = match sentences.as_slice() {
            [.., last_but_one, last] if last.trim_start().starts_with('[') => {
                last_but_one.len() + last.len()
            }
            [.., last] => last.len(),
            [] => 0,
        };
        let rest = self.pending.split_off(self.pending.len() - waiting);
        let complete = std::mem::replace(&mut self.pending, rest);
        self.check(&complete)
    }

    fn check(&mut self, text: &str) -> String {
        let checked: String = ground::sentences(text)
            .into_iter()
            .filter(|text| !text.contains(generate::NO_ANSWER))
            .filter_map(|text| generate::checked(&mut self.grounding, text))
            .collect();
        self.shown.push_str(&checked);
        checked
    }

    fn end(&mut self, model: String, usage: Usage) -> Event {
        if self.shown.is_empty() && self.pending.contains(generate::NO_ANSWER) {
            return Event::Done(Answer {
                model,
                usage,
                ..abstain(&self.found, &self.bot)
            });
        }
        let rest = std::mem::take(&mut self.pending);
        let delta = self.check(&rest);
        let answer = generate::finish(
            &self.found,
            &self.bot,
            self.top_k,
            &self.grounding,
            &self.shown,
            model,
            usage,
        );
        if delta.is_empty() {
            return Event::Done(answer);
        }
        self.state = State::Closing(Box::new(answer));
        Event::Delta(delta)
    }
}
