//! Golden questions as CSV: what is written can be read again.

use bytes::Bytes;
use csv::{ReaderBuilder, StringRecord, Writer};
use poem::{Request, RequestBody};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaMediaType, MetaRequest, MetaSchema, MetaSchemaRef},
};
use wafaa_storage::golden_question::{GoldenQuestion, NewGoldenQuestion};

use super::{
    MOST,
    view::{SEPARATOR, Written},
};
use crate::{
    body,
    error::{Error, Result},
    problem::FieldError,
};

const CONTENT_TYPE: &str = "text/csv";
/// The largest file, in bytes.
const LIMIT: u64 = 4 * 1024 * 1024;
/// Mistakes that are told of at most.
const TOLD: usize = 100;
const COLUMNS: [&str; 6] = [
    "question",
    "expected_documents",
    "expected_phrases",
    "unanswerable",
    "language",
    "notes",
];

/// A CSV body.
pub(super) struct Sheet(Bytes);

impl<'a> ApiExtractor<'a> for Sheet {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn request_meta() -> Option<MetaRequest> {
        Some(MetaRequest {
            description: None,
            content: vec![MetaMediaType {
                content_type: CONTENT_TYPE,
                schema: MetaSchemaRef::Inline(Box::new(MetaSchema::new("string"))),
            }],
            required: true,
        })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let is_csv = |it: &str| it.split(';').next().map(str::trim) == Some(CONTENT_TYPE);
        if !request.content_type().is_some_and(is_csv) {
            return Err(Error::MediaType(CONTENT_TYPE).into());
        }
        Ok(Self(body::read(body, LIMIT).await?))
    }
}

impl Sheet {
    /// The questions in it.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the line of every mistake.
    pub(super) fn questions(&self) -> Result<Vec<NewGoldenQuestion>> {
        let text = std::str::from_utf8(&self.0)
            .map_err(|_| Error::field("", "the file is not encoded as UTF-8"))?;
        read(text.trim_start_matches('\u{feff}'))
    }
}

fn read(text: &str) -> Result<Vec<NewGoldenQuestion>> {
    // Spreadsheets write what their country's commas are not.
    let header = text.lines().next().unwrap_or_default();
    let delimiter = [b';', b'\t']
        .into_iter()
        .find(|byte| header.as_bytes().contains(byte));
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter.unwrap_or(b','))
        .flexible(true)
        .from_reader(text.as_bytes());
    let columns = columns(reader.headers().map_err(malformed)?)?;
    let (mut questions, mut errors) = (Vec::new(), Vec::new());
    for record in reader.records() {
        let record = record.map_err(malformed)?;
        let line = record.position().map_or(0, csv::Position::line);
        match written(&columns, &record).and_then(Written::checked) {
            Ok(question) => questions.push(question),
            Err(mistakes) => errors.extend(mistakes.into_iter().map(|mistake| FieldError {
                field: format!("line {line}: {}", mistake.field),
                message: mistake.message,
            })),
        }
        if errors.len() >= TOLD || questions.len() as u64 > MOST {
            break;
        }
    }
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    if questions.is_empty() {
        return Err(Error::field(
            "question",
            "there are no questions in the file",
        ));
    }
    Ok(questions)
}

/// Which of [`COLUMNS`] stands where.
fn columns(header: &StringRecord) -> Result<Vec<usize>> {
    let known = |name: &str| {
        let name = name.trim().to_lowercase();
        COLUMNS
            .iter()
            .position(|column| *column == name)
            .ok_or_else(|| {
                let all = COLUMNS.join(", ");
                Error::field(&name, format!("is no column; they are {all}"))
            })
    };
    let columns: Vec<usize> = header.iter().map(known).collect::<Result<_>>()?;
    if columns.contains(&0) {
        Ok(columns)
    } else {
        Err(Error::field("question", "is a column that must be there"))
    }
}

fn written(columns: &[usize], record: &StringRecord) -> Result<Written, Vec<FieldError>> {
    let mut written = Written::default();
    for (column, cell) in columns.iter().zip(record) {
        let cell = cell.trim();
        if cell.is_empty() {
            continue;
        }
        match COLUMNS[*column] {
            "question" => written.question = cell.to_owned(),
            "expected_documents" => written.documents = several(cell),
            "expected_phrases" => written.phrases = several(cell),
            "unanswerable" => {
                written.unanswerable = truth(cell)
                    .ok_or_else(|| vec![FieldError::new("unanswerable", "is `true` or `false`")])?;
            }
            "language" => written.language = Some(cell.to_owned()),
            _ => written.notes = Some(cell.to_owned()),
        }
    }
    Ok(written)
}

fn several(cell: &str) -> Vec<String> {
    let items = cell.split(SEPARATOR).map(str::trim);
    items
        .filter(|item| !item.is_empty())
        .map(str::to_owned)
        .collect()
}

fn truth(cell: &str) -> Option<bool> {
    match cell.to_lowercase().as_str() {
        "true" | "yes" | "1" => Some(true),
        "false" | "no" | "0" => Some(false),
        _ => None,
    }
}

/// The questions as a file.
///
/// # Errors
/// [`Error::Internal`]; there is no reason why it should.
pub(super) fn write(questions: &[GoldenQuestion]) -> Result<String> {
    let internal = |error: &dyn std::fmt::Display| Error::Internal(error.to_string());
    let separator = SEPARATOR.to_string();
    let mut writer = Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS).map_err(|e| internal(&e))?;
    for GoldenQuestion { content, .. } in questions {
        let documents = content.expected.documents().iter();
        let documents: Vec<String> = documents.map(ToString::to_string).collect();
        let unanswerable = content.expected.is_unanswerable().to_string();
        writer
            .write_record([
                content.question.as_str(),
                &documents.join(&separator),
                &content.expected.phrases().join(&separator),
                &unanswerable,
                content.language.as_deref().unwrap_or_default(),
                content.notes.as_deref().unwrap_or_default(),
            ])
            .map_err(|error| internal(&error))?;
    }
    let bytes = writer.into_inner().map_err(|error| internal(&error))?;
    String::from_utf8(bytes).map_err(|error| internal(&error))
}

fn malformed(error: csv::Error) -> Error {
    Error::field("", format!("the file is not well-formed CSV: {error}"))
}

#[cfg(test)]
mod tests {
    use wafaa_domain::{Expected, GoldenQuestionId};

    use super::*;

    fn mistakes(text: &str) -> Vec<String> {
        match read(text) {
            Err(Error::Invalid(errors)) => errors.into_iter().map(|error| error.field).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let phrases = vec!["32 SAR".to_owned(), "with \"tahini\", warm".to_owned()];
        let contents = [
            NewGoldenQuestion {
                question: "How much,\nand how?".into(),
                expected: Expected::new(vec![wafaa_domain::DocumentId::new()], phrases, false)
                    .unwrap(),
                language: Some("en".into()),
                notes: Some("From the menu".into()),
            },
            NewGoldenQuestion {
                question: "هل عندكم فرع على القمر؟".into(),
                expected: Expected::Unanswerable,
                language: None,
                notes: None,
            },
        ];
        let question = |content: &NewGoldenQuestion| GoldenQuestion {
            id: GoldenQuestionId::new(),
            content: content.clone(),
            created_at: chrono::DateTime::UNIX_EPOCH,
            updated_at: chrono::DateTime::UNIX_EPOCH,
        };
        let questions: Vec<GoldenQuestion> = contents.iter().map(question).collect();
        let text = write(&questions).ok().unwrap();
        assert_eq!(read(&text).ok().unwrap(), contents);
    }

    #[test]
    fn columns_stand_in_any_order_and_some_may_be_missing() {
        let text = "Unanswerable;Question\nyes;Do you sell cars?\n";
        let read = read(text).ok().unwrap();
        assert_eq!(read.len(), 1);
        assert!(read[0].expected.is_unanswerable());
    }

    #[test]
    fn every_mistake_has_its_line() {
        let text = "question,expected_phrases,unanswerable\n\
                    Good?,yes,\n\
                    Nothing?,,\n\
                    What?,x,perhaps\n";
        assert_eq!(
            mistakes(text),
            ["line 3: unanswerable", "line 4: unanswerable"]
        );
        assert_eq!(mistakes("question,answer\n"), ["answer"]);
        assert_eq!(mistakes("notes\nx\n"), ["question"]);
        assert_eq!(mistakes("question\n"), ["question"]);
    }
}
