//! What a person or a program says to a customer: words, perhaps with something to choose, or a template.
//!
//! What may be chosen is held to the narrowest channel's bounds (WhatsApp's and Telegram's), so that the same request
//! does everywhere.

use std::collections::HashSet;

use poem_openapi::{Enum, Object};
use wafaa_domain::{self as domain, Content};

use crate::{
    error::{Error, Result},
    resource::mirror::mirrored,
};

/// The longest message, in characters; channels cut long ones into parts of their own size.
const LONGEST: usize = 20_000;
/// The longest words above something to choose.
const LONGEST_ABOVE: usize = 1_024;
const LONGEST_ID: usize = 64;

mirrored! {
    /// What a template is for, as the provider sorts them.
    Category as "TemplateCategory" of domain::TemplateCategory:
    /// To sell.
    Marketing,
    /// About something the customer has bought or booked.
    Utility,
    /// A code to sign in with.
    Authentication,
}

/// A message prepared with the channel's provider, for use outside its window.
#[derive(Object)]
struct Template {
    /// What it is called there.
    #[oai(validator(min_length = 1, max_length = 512))]
    name: String,
    /// Its language, as the provider writes it.
    #[oai(validator(min_length = 2, max_length = 20))]
    language: String,
    /// What is filled in, in order.
    #[oai(validator(max_items = 50))]
    parameters: Option<Vec<String>>,
    /// What it is for. Who has stopped marketing gets none that is for that, or of which it isn't said.
    category: Option<Category>,
}

/// Something to choose.
#[derive(Object)]
#[oai(rename = "ReplyChoice")]
struct Choice {
    /// What comes back when it is chosen, up to 64 bytes: `choice-1` and so on when it is left out.
    /// `wafaa:person` asks for a person.
    #[oai(validator(min_length = 1, max_length = 64))]
    id: Option<String>,
    /// What it says: up to 20 characters on a button, 24 in a list.
    #[oai(validator(min_length = 1, max_length = 24))]
    title: String,
}

/// A list to choose from.
#[derive(Object)]
#[oai(rename = "ReplyList")]
struct List {
    /// What opens it.
    #[oai(validator(min_length = 1, max_length = 20))]
    button: String,
    #[oai(validator(max_items = 10))]
    rows: Vec<Choice>,
}

/// An answer: words, perhaps with buttons or a list below them, or a template.
#[derive(Object)]
pub(super) struct Reply {
    /// At most 1024 characters above buttons or a list.
    text: Option<String>,
    template: Option<Template>,
    #[oai(validator(max_items = 3))]
    buttons: Option<Vec<Choice>>,
    list: Option<List>,
}

impl Reply {
    pub(super) fn content(self) -> Result<Content> {
        let chosen = match (self.buttons, self.list) {
            (None, None) => None,
            (Some(buttons), None) => Some(("buttons", 20, buttons, None)),
            (None, Some(list)) => Some(("list.rows", 24, list.rows, Some(list.button))),
            (Some(_), Some(_)) => return Err(Error::field("list", "goes without buttons")),
        };
        match (self.text, self.template, chosen) {
            (Some(text), None, None) => words(text, LONGEST).map(Content::text),
            (Some(text), None, Some((field, longest, options, list_button))) => {
                Ok(Content::Interactive {
                    text: words(text, LONGEST_ABOVE)?,
                    options: choices(field, longest, options)?,
                    list_button,
                })
            }
            (None, Some(template), None) => Ok(Content::Template {
                name: template.name,
                language: template.language,
                parameters: template.parameters.unwrap_or_default(),
                category: template.category.map(Into::into),
            }),
            (None, None, None) => Err(Error::field("text", "is required, or a template")),
            (None, None, Some(_)) => Err(Error::field("text", "is required above what to choose")),
            (Some(_), Some(_), _) => Err(Error::field("template", "goes without a text")),
            (None, Some(_), Some(_)) => {
                Err(Error::field("template", "goes without buttons or a list"))
            }
        }
    }
}

fn words(text: String, longest: usize) -> Result<String> {
    if text.trim().is_empty() {
        return Err(Error::field("text", "must not be empty"));
    }
    if text.chars().count() > longest {
        let problem = format!("has at most {longest} characters");
        return Err(Error::field("text", problem));
    }
    Ok(text)
}

/// What to choose, each with an id and a title of its own.
fn choices(field: &str, longest: usize, options: Vec<Choice>) -> Result<Vec<domain::Choice>> {
    if options.is_empty() {
        return Err(Error::field(field, "must not be empty"));
    }
    let (mut ids, mut titles) = (HashSet::new(), HashSet::new());
    let mut choices = Vec::with_capacity(options.len());
    for (number, Choice { id, title }) in (1..).zip(options) {
        let id = id.unwrap_or_else(|| format!("choice-{number}"));
        let title = title.trim().to_owned();
        let wrong =
            |part: &str, problem: String| Err(Error::field(&format!("{field}.{part}"), problem));
        if id.len() > LONGEST_ID {
            return wrong("id", format!("has at most {LONGEST_ID} bytes"));
        }
        if title.is_empty() || title.chars().count() > longest {
            return wrong("title", format!("has 1 to {longest} characters"));
        }
        if !ids.insert(id.clone()) || !titles.insert(title.clone()) {
            return wrong("title", "is there twice, or its id is".into());
        }
        choices.push(domain::Choice { id, title });
    }
    Ok(choices)
}
