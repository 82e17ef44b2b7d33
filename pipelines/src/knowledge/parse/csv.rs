//! CSV and tab-separated files: the encoding, then the dialect, are found from the content.
//!
//! What must stay true: a quoted field may hold delimiters and line breaks; rows of uneven length are kept.

use csv_nose::{Quote, SampleSize, Sniffer};

use super::Parsed;
use super::error::Error;
use super::limits::MAX_CELLS;
use super::table::{self, Header};

/// Bytes the dialect is guessed from.
const SAMPLE: usize = 64 * 1024;

pub(crate) fn read(bytes: &[u8]) -> Result<Parsed, Error> {
    let text = super::text::decode(bytes)?;
    if text.trim().is_empty() {
        return Err(Error::NoText);
    }
    let (text, declared) = separator_line(&text);
    let dialect = dialect(text, declared);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(dialect.delimiter)
        .quote(dialect.quote.unwrap_or(b'"'))
        .quoting(dialect.quote.is_some())
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    let mut cells = 0;
    for record in reader.records() {
        // The text is valid UTF-8 and rows may be uneven, so a record can't fail; a failing one ends the file.
        let Ok(record) = record else { break };
        cells += record.len();
        if cells > MAX_CELLS {
            return Err(Error::too_large("1,000,000 cells"));
        }
        rows.push(record.iter().map(str::to_owned).collect());
    }
    Ok(Parsed {
        blocks: table::blocks(rows, Header::Unknown)?,
        ..Parsed::default()
    })
}

struct Dialect {
    delimiter: u8,
    quote: Option<u8>,
}

/// Excel writes `sep=;` as a first line to tell itself the delimiter.
fn separator_line(text: &str) -> (&str, Option<u8>) {
    let Some((first, rest)) = text.split_once('\n') else {
        return (text, None);
    };
    match first
        .trim_matches(['\r', '"'])
        .strip_prefix("sep=")
        .map(str::as_bytes)
    {
        Some(&[delimiter]) => (rest, Some(delimiter)),
        _ => (text, None),
    }
}

fn dialect(text: &str, declared: Option<u8>) -> Dialect {
    let end = text.floor_char_boundary(SAMPLE);
    let mut sniffer = Sniffer::new();
    sniffer.sample_size(SampleSize::All);
    if let Some(delimiter) = declared {
        sniffer.delimiter(delimiter);
    }
    let Ok(found) = sniffer.sniff_bytes(&text.as_bytes()[..end]) else {
        let delimiter = declared.unwrap_or(b',');
        return Dialect {
            delimiter,
            quote: Some(b'"'),
        };
    };
    Dialect {
        delimiter: found.dialect.delimiter,
        quote: match found.dialect.quote {
            // Without a quote seen in the sample, one further down still means quoting.
            Quote::None => (!text[..end].contains('"')).then_some(b'"'),
            Quote::Some(quote) => Some(quote),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(csv: &str) -> Vec<String> {
        let parsed = read(csv.as_bytes()).unwrap();
        parsed.blocks.into_iter().map(|block| block.text).collect()
    }

    #[test]
    fn quotes_line_breaks_and_semicolons() {
        assert_eq!(
            texts("Dish;Note;Price\n\"Soup; hot\";\"two\nlines\";12\nTea;;4\n"),
            [
                "Dish: Soup; hot | Note: two lines | Price: 12",
                "Dish: Tea | Price: 4"
            ]
        );
    }

    #[test]
    fn the_separator_line_is_obeyed() {
        assert_eq!(texts("sep=|\nA|B\n1,5|2\n"), ["A: 1,5 | B: 2"]);
    }
}
