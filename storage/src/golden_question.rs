//! Golden questions: questions of a tenant whose good answer is known. Each is there once, by its words.

mod import;

use chrono::{DateTime, Utc};
use sea_orm::{FromQueryResult, Value, entity::prelude::Uuid};
use sha2::{Digest as _, Sha256};
use wafaa_domain::{DocumentId, Expected, GoldenQuestionId, TenantScope};

use crate::{Error, Page, Result, Tx, condition::Conditions, time::now};

pub use import::{Imported, import};

/// Column list of [`Row`].
const COLUMNS: &str =
    "id, question, language, documents, phrases, unanswerable, notes, created_at, updated_at";

/// A question and what is expected of its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGoldenQuestion {
    /// The question, without white space around it.
    pub question: String,
    /// What a good answer is.
    pub expected: Expected,
    /// ISO 639-1, where somebody has said so.
    pub language: Option<String>,
    /// For the tenant's people.
    pub notes: Option<String>,
}

/// A question whose good answer is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoldenQuestion {
    /// Its id.
    pub id: GoldenQuestionId,
    /// The question and what is expected.
    pub content: NewGoldenQuestion,
    /// Since when it is here.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// Adds one.
///
/// # Errors
/// [`Error::AlreadyExists`] when the tenant has the same question.
pub async fn create(tx: &Tx<TenantScope>, new: &NewGoldenQuestion) -> Result<GoldenQuestion> {
    let sql = format!(
        "INSERT INTO golden_questions (tenant_id, id, question, sha256, language, documents, phrases, \
         unanswerable, notes, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) RETURNING {COLUMNS}"
    );
    let values = values(tx, GoldenQuestionId::new(), new);
    one(tx.rows(&sql, values).await?)
}

/// How many the tenant has.
///
/// # Errors
/// When the database can't be read.
pub async fn count(tx: &Tx<TenantScope>) -> Result<u64> {
    #[derive(FromQueryResult)]
    struct Count {
        questions: i64,
    }
    let sql = "SELECT COUNT(*) AS questions FROM golden_questions WHERE tenant_id = $1";
    let rows: Vec<Count> = tx.rows(sql, [tx.tenant().uuid().into()]).await?;
    let count = rows.first().map_or(0, |row| row.questions);
    Ok(u64::try_from(count).unwrap_or(0))
}

/// The tenant's, oldest first, after `after`.
///
/// # Errors
/// When the database can't be read.
pub async fn list(
    tx: &Tx<TenantScope>,
    after: Option<GoldenQuestionId>,
    limit: u64,
) -> Result<Page<GoldenQuestion>> {
    let mut conditions = Conditions::of_tenant("tenant_id", tx.tenant());
    if let Some(after) = after {
        conditions.add("id >", after.uuid());
    }
    let (condition, values) = conditions.finish();
    let sql = format!(
        "SELECT {COLUMNS} FROM golden_questions WHERE {condition} ORDER BY id LIMIT {}",
        limit.saturating_add(1)
    );
    let rows: Vec<Row> = tx.rows(&sql, values).await?;
    let questions = rows.into_iter().map(GoldenQuestion::try_from);
    Ok(Page::of(questions.collect::<Result<_>>()?, limit))
}

/// One of the tenant's.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(tx: &Tx<TenantScope>, id: GoldenQuestionId) -> Result<GoldenQuestion> {
    let sql = format!("SELECT {COLUMNS} FROM golden_questions WHERE tenant_id = $1 AND id = $2");
    let key = [tx.tenant().uuid().into(), id.uuid().into()];
    one(tx.rows(&sql, key).await?)
}

/// Makes one anew.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::AlreadyExists`] when another one has the same question.
pub async fn update(
    tx: &Tx<TenantScope>,
    id: GoldenQuestionId,
    content: &NewGoldenQuestion,
) -> Result<GoldenQuestion> {
    let sql = format!(
        "UPDATE golden_questions SET question = $3, sha256 = $4, language = $5, documents = $6, \
         phrases = $7, unanswerable = $8, notes = $9, updated_at = $10 \
         WHERE tenant_id = $1 AND id = $2 RETURNING {COLUMNS}"
    );
    one(tx.rows(&sql, values(tx, id, content)).await?)
}

/// Removes one. What was found by it stays.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn delete(tx: &Tx<TenantScope>, id: GoldenQuestionId) -> Result<()> {
    let gone = tx
        .execute(
            "DELETE FROM golden_questions WHERE tenant_id = $1 AND id = $2",
            [tx.tenant().uuid().into(), id.uuid().into()],
        )
        .await?;
    (gone.rows_affected() == 1)
        .then_some(())
        .ok_or(Error::NotFound)
}

/// The parameters of a statement that writes a question.
fn values(tx: &Tx<TenantScope>, id: GoldenQuestionId, content: &NewGoldenQuestion) -> [Value; 10] {
    [
        tx.tenant().uuid().into(),
        id.uuid().into(),
        content.question.clone().into(),
        Sha256::digest(&content.question).to_vec().into(),
        content.language.clone().into(),
        listed(content.expected.documents()).into(),
        listed(content.expected.phrases()).into(),
        content.expected.is_unanswerable().into(),
        content.notes.clone().into(),
        now(tx).into(),
    ]
}

fn listed<T: ToString>(items: &[T]) -> String {
    let items: Vec<String> = items.iter().map(ToString::to_string).collect();
    serde_json::Value::from(items).to_string()
}

/// What is expected, as its three columns have it.
pub(crate) fn expected(documents: &str, phrases: &str, unanswerable: bool) -> Result<Expected> {
    let documents: Vec<DocumentId> = serde_json::from_str(documents)
        .map_err(|error| Error::corrupt("list of documents", error))?;
    let phrases: Vec<String> =
        serde_json::from_str(phrases).map_err(|error| Error::corrupt("list of phrases", error))?;
    Expected::new(documents, phrases, unanswerable)
        .map_err(|error| Error::corrupt("golden question", error))
}

fn one(rows: Vec<Row>) -> Result<GoldenQuestion> {
    rows.into_iter().next().ok_or(Error::NotFound)?.try_into()
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    question: String,
    language: Option<String>,
    documents: String,
    phrases: String,
    unanswerable: bool,
    notes: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl TryFrom<Row> for GoldenQuestion {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: GoldenQuestionId::from_uuid(row.id),
            content: NewGoldenQuestion {
                expected: expected(&row.documents, &row.phrases, row.unanswerable)?,
                question: row.question,
                language: row.language,
                notes: row.notes,
            },
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}
