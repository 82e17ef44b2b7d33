//! `/api/v1/ask`: one question, one cited answer, at once or as it comes into being.

use futures::StreamExt as _;
use poem::{Request, web::Data};
use poem_openapi::{ApiResponse, Object, OpenApi, ResponseContent, Union, payload::Json};
use wafaa_domain::Role;
use wafaa_pipelines::conversation::{self, Event};
use wafaa_storage::bot;

use super::{Tag, rounded};
use crate::{
    auth::Auth,
    body::Body,
    error::Result,
    limit::Tokens,
    state::State,
    stream::{Events, events},
};

/// Passages an answer is made from when the client doesn't say.
const TOP_K: u32 = 8;

#[derive(Object)]
struct Question {
    /// The question.
    #[oai(validator(min_length = 1, max_length = 2000))]
    question: String,
    /// How many passages to answer from.
    #[oai(validator(minimum(value = "1"), maximum(value = "20")))]
    top_k: Option<u32>,
    /// Whether to answer as server-sent events; also asked for by `Accept: text/event-stream`.
    stream: Option<bool>,
}

/// An answer with its sources.
#[derive(Object)]
struct Answer {
    /// What the customer reads; `[n]` stands for the n-th citation.
    answer: String,
    /// Whether it answers; otherwise it says that the bot doesn't have the information.
    answered: bool,
    /// The probability, 0 to 1, that the documents answer the question.
    confidence: f64,
    citations: Vec<Citation>,
    /// The model that wrote it, or `extractive`.
    model: String,
    usage: Usage,
}

/// Where a statement comes from.
#[derive(Object)]
pub(super) struct Citation {
    document_id: String,
    title: String,
    /// The web page that the document is, when it comes from a source.
    source_url: Option<String>,
    /// From 1; null in formats without pages.
    page: Option<u32>,
    chunk_id: String,
    /// The passage's own words.
    quote: String,
}

/// What the model's provider charges for.
#[derive(Object)]
struct Usage {
    prompt_tokens: u32,
    completion_tokens: u32,
}

/// The event `delta`: more of the answer, to be shown after what came before.
#[derive(Object)]
struct Delta {
    text: String,
}

/// `delta` events, then one `done` with the whole answer, which replaces what was shown.
#[derive(Union)]
enum Part {
    Delta(Delta),
    Done(Answer),
}

#[derive(ResponseContent)]
enum Content {
    Whole(Json<Answer>),
    Parts(Events<Part>),
}

#[derive(ApiResponse)]
enum Answered {
    /// The answer
    #[oai(status = 200)]
    Ok(Content),
}

pub(crate) struct Ask;

#[OpenApi(prefix_path = "/api/v1/ask", tag = "Tag::Answers")]
impl Ask {
    /// Ask a question
    ///
    /// Answered 429 with the code `llm_tokens_exhausted` once the tenant's chat model tokens for a day are used up.
    #[oai(path = "/", method = "post", operation_id = "ask")]
    async fn ask(
        &self,
        state: Data<&State>,
        auth: Auth,
        request: &Request,
        body: Body<Question>,
    ) -> Result<Answered> {
        let scope = auth.allowed(Role::Viewer)?;
        let asked = body.value;
        let top_k = asked.top_k.unwrap_or(TOP_K) as usize;
        let tokens = if state.responder.is_generative() {
            Some(Tokens::open(&state, request, auth.member()?).await?)
        } else {
            None
        };
        let turn = state.gate.enter().await?;
        let tx = state.db().read(*scope).await?;
        let (settings, _) = bot::get(&tx).await?;
        tx.commit().await?;
        let accepts = request
            .header("accept")
            .is_some_and(|accept| accept.contains("text/event-stream"));
        if !asked.stream.unwrap_or(accepts) {
            let answer = state
                .responder
                .respond(scope, &settings, &asked.question, top_k)
                .await?;
            if let Some(tokens) = &tokens {
                tokens.charge(answer.usage).await;
            }
            return Ok(Answered::Ok(Content::Whole(Json(Answer::of(answer)))));
        }
        let parts = state
            .responder
            .respond_stream(scope, &settings, &asked.question, top_k)
            .await?;
        let parts = match tokens {
            Some(tokens) => tokens.metered(parts),
            None => parts,
        };
        Ok(Answered::Ok(Content::Parts(events(
            &state,
            Part::name,
            parts.map(move |part| {
                let _until_the_last = &turn;
                Part::of(part)
            }),
        ))))
    }
}

impl Part {
    const fn name(&self) -> &'static str {
        match self {
            Self::Delta(_) => "delta",
            Self::Done(_) => "done",
        }
    }

    fn of(event: Event) -> Self {
        match event {
            Event::Delta(text) => Self::Delta(Delta { text }),
            Event::Done(answer) => Self::Done(Answer::of(answer)),
        }
    }
}

impl Answer {
    fn of(answer: conversation::Answer) -> Self {
        let citations = answer.citations.into_iter();
        Self {
            answer: answer.answer,
            answered: answer.answered,
            confidence: rounded(answer.confidence),
            citations: citations.map(Citation::of).collect(),
            model: answer.model,
            usage: Usage {
                prompt_tokens: answer.usage.prompt_tokens,
                completion_tokens: answer.usage.completion_tokens,
            },
        }
    }
}

impl Citation {
    pub(super) fn of(citation: conversation::Citation) -> Self {
        Self {
            document_id: citation.document_id.to_string(),
            source_url: citation.source_url,
            title: citation.title,
            page: citation.page,
            chunk_id: citation.chunk_id.to_string(),
            quote: citation.quote,
        }
    }
}
