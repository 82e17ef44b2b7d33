//! E-mail messages (`.eml`): who wrote what to whom, the words, and the files attached.
//!
//! What must stay true: an attachment is read by the reader of its own format and named in a heading; one
//! that can't be read is noted. Messages within messages are followed to a bounded depth.

use mail_parser::{Address, Message, MessageParser, MessagePart, MimeHeaders, PartType};

use crate::knowledge::block::{Block, BlockKind, MediaType};

use super::error::Error;
use super::{Parsed, html, sniff, text};

/// A message attached to a message attached to a message.
const MAX_DEPTH: u32 = 3;
const MAX_ATTACHMENTS: usize = 100;

pub(crate) fn read(bytes: &[u8]) -> Result<Parsed, Error> {
    let message = MessageParser::default()
        .parse(bytes)
        .ok_or(Error::Corrupt {
            media_type: MediaType::Email,
        })?;
    let mut parsed = Parsed {
        title: message.subject().map(str::to_owned),
        ..Parsed::default()
    };
    take(&message, 1, &mut parsed)?;
    Ok(parsed)
}

fn take(message: &Message<'_>, depth: u32, parsed: &mut Parsed) -> Result<(), Error> {
    if let Some(subject) = message.subject() {
        let level = u8::try_from(depth).unwrap_or(6);
        parsed.blocks.push(Block::heading(level, subject));
    }
    let people = people(message);
    if !people.is_empty() {
        parsed.blocks.push(Block::paragraph(people));
    }
    body(message, parsed)?;
    for attachment in message.attachments().take(MAX_ATTACHMENTS) {
        attached(attachment, depth, parsed)?;
    }
    if message.attachment_count() > MAX_ATTACHMENTS {
        parsed.notes.push(format!(
            "Only the first {MAX_ATTACHMENTS} attachments were read."
        ));
    }
    Ok(())
}

/// "From: … | To: … | Date: …", in one block, so that it is found as one.
fn people(message: &Message<'_>) -> String {
    let date = message.date().map(|date| {
        format!(
            "{:04}-{:02}-{:02} {:02}:{:02}",
            date.year, date.month, date.day, date.hour, date.minute
        )
    });
    let parts = [
        ("From", message.from().map(names)),
        ("To", message.to().map(names)),
        ("Cc", message.cc().map(names)),
        ("Date", date),
    ];
    let told = parts
        .into_iter()
        .filter_map(|(what, value)| value.filter(|value| !value.is_empty()).map(|v| (what, v)))
        .map(|(what, value)| format!("{what}: {value}"));
    told.collect::<Vec<_>>().join(" | ")
}

fn names(address: &Address<'_>) -> String {
    let each = address
        .iter()
        .map(|person| match (person.name(), person.address()) {
            (Some(name), Some(address)) => format!("{name} <{address}>"),
            (Some(one), None) | (None, Some(one)) => one.to_owned(),
            (None, None) => String::new(),
        });
    each.collect::<Vec<_>>().join(", ")
}

/// The formatted body where there is one: it has lists and tables.
fn body(message: &Message<'_>, parsed: &mut Parsed) -> Result<(), Error> {
    for part in message.html_bodies() {
        match &part.body {
            PartType::Html(page) => parsed.blocks.extend(html::fragment(page)?),
            PartType::Text(words) => parsed.blocks.extend(plain(words)),
            PartType::Binary(_)
            | PartType::InlineBinary(_)
            | PartType::Message(_)
            | PartType::Multipart(_) => {}
        }
    }
    Ok(())
}

/// Quotations of earlier messages are dropped: they are somebody else's words, often many times over.
fn plain(words: &str) -> Vec<Block> {
    let own: Vec<&str> = words
        .lines()
        .filter(|line| !line.starts_with('>'))
        .collect();
    text::paragraphs(&own.join("\n"))
}

fn attached(part: &MessagePart<'_>, depth: u32, parsed: &mut Parsed) -> Result<(), Error> {
    let name = part.attachment_name().unwrap_or("attachment");
    let content: &[u8] = match &part.body {
        PartType::Message(message) => return within(message, depth, parsed),
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) => bytes,
        PartType::Text(words) | PartType::Html(words) => words.as_bytes(),
        PartType::Multipart(_) => return Ok(()),
    };
    if sniff::detect(content, name) == Ok(MediaType::Email) {
        // A file of a message, not a part: the parser doesn't look into those.
        return match MessageParser::default().parse(content) {
            Some(message) => within(&message, depth, parsed),
            None => Ok(()),
        };
    }
    match super::read(content, name) {
        Ok(found) => {
            let kind = BlockKind::Heading { level: 2 };
            parsed.blocks.push(Block::new(kind, name));
            let unpaged = |block| Block {
                page: None,
                ..block
            };
            parsed.blocks.extend(found.blocks.into_iter().map(unpaged));
        }
        // Pictures of logos and the like hold no text that anybody misses.
        Err(Error::UnsupportedType { .. } | Error::NoText | Error::EmptyFile) => {}
        Err(error @ (Error::TooLarge { .. } | Error::TooComplex { .. })) => return Err(error),
        Err(error) => parsed
            .notes
            .push(format!("The attachment “{name}” was skipped: {error}")),
    }
    Ok(())
}

fn within(message: &Message<'_>, depth: u32, parsed: &mut Parsed) -> Result<(), Error> {
    if depth >= MAX_DEPTH {
        parsed
            .notes
            .push("A message attached too deep within others was skipped.".to_owned());
        return Ok(());
    }
    take(message, depth + 1, parsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_people_and_attachments() {
        let message = "From: Lina <lina@example.org>\r\nTo: desk@example.org\r\nSubject: =?utf-8?q?Men=C3=BC?=\r\n\
            MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\
            Content-Type: text/html; charset=utf-8\r\n\r\n<p>Open <b>daily</b></p>\r\n--x\r\n\
            Content-Type: text/csv; name=prices.csv\r\nContent-Disposition: attachment; filename=prices.csv\r\n\r\n\
            Dish,Price\r\nSoup,18\r\nTea,4\r\n--x--\r\n";
        let parsed = read(message.as_bytes()).unwrap();
        let texts: Vec<&str> = parsed
            .blocks
            .iter()
            .map(|block| block.text.as_str())
            .collect();
        assert_eq!(
            texts,
            [
                "Menü",
                "From: Lina <lina@example.org> | To: desk@example.org",
                "Open daily",
                "prices.csv",
                "Dish: Soup | Price: 18",
                "Dish: Tea | Price: 4"
            ]
        );
    }
}
