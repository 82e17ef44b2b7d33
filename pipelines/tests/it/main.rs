//! The pipelines end to end: real model, real LanceDB, real SQLite, providers faked at the socket.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "measurements print their figures, and a skipped test says so"
)]

mod analyse;
mod cache;
mod chunk;
mod insight;
mod llm;
mod parse;
mod rerank;
mod respond;
mod retrieve;

use std::{fs, ops::Range, path::PathBuf, sync::LazyLock};

use tempfile::TempDir;
use wafaa_domain::{Actor, ChunkId, DocumentId, Slug, SystemScope, TenantScope};
use wafaa_embedding::Engine;
use wafaa_migrations::{Migrator, MigratorTrait as _};
use wafaa_pipelines::{
    conversation::{Ranking, Retriever, Weights, rank},
    knowledge::{
        analyse::{Query, terms},
        block::{Block, BlockKind, MediaType, ParsedDocument},
        chunk::{Chunk, Limits, chunk, text},
        embed::{Embedder, Passage as Words},
        language,
        parse::parse,
    },
};
use wafaa_storage::{
    Database, document, tenant,
    vector::{Passage, Query as Lookup, Sentence, Space, Vectors},
};

/// The real model, loaded once.
static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let directory = model_dir();
    Engine::load(&directory, 2).unwrap_or_else(|error| {
        panic!(
            "no usable model in {}: {error}. Run `make model` first.",
            directory.display()
        )
    })
});

fn model_dir() -> PathBuf {
    let cached = || {
        std::env::home_dir()
            .unwrap_or_default()
            .join(".cache/wafaa/models/all-MiniLM-L6-v2")
    };
    std::env::var_os("WAFAA_MODEL_DIR").map_or_else(cached, PathBuf::from)
}

/// A tenant with documents that answer.
struct Library {
    _files: TempDir,
    db: Database,
    vectors: Vectors,
    scope: TenantScope,
}

impl Library {
    async fn new() -> Self {
        let files = TempDir::new().unwrap();
        let url = format!("sqlite://{}", files.path().join("wafaa.db").display());
        let db = Database::open(&url).await.unwrap();
        Migrator::up(db.connection(), None).await.unwrap();
        let vectors = Vectors::open(files.path().join("lance").to_str().unwrap())
            .await
            .unwrap();
        let scope = new_tenant(&db, "bayt-falafel").await;
        Self {
            _files: files,
            db,
            vectors,
            scope,
        }
    }

    /// With the documents of a demo tenant.
    async fn of_demo(tenant: &str) -> Self {
        let library = Self::new().await;
        let demo = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../demo/documents");
        for file in fs::read_dir(demo.join(tenant)).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let document = parse(&fs::read(&path).unwrap(), &name).unwrap();
            library.add(&name, document.blocks).await;
        }
        library
    }

    /// The passages for a question, with all that ranking knows of them.
    async fn rank(&self, question: &str) -> Ranking {
        let query = Query::new(question);
        let vector = Self::embedder().embed_query(question).await.unwrap();
        let lookup = Lookup {
            vector: Some(&vector),
            terms: &query.terms(),
            limit: 50,
        };
        let found = self
            .vectors
            .search(&self.scope, &space(), &lookup)
            .await
            .unwrap();
        rank(&query, Some(&vector), Weights::English, found)
    }

    /// The tenant's documents as another tenant of the same installation sees them.
    async fn of_another_tenant(&self) -> TenantScope {
        new_tenant(&self.db, "noor-homes").await
    }

    fn embedder() -> Embedder {
        Embedder::Local(ENGINE.clone())
    }

    fn retriever(&self) -> Retriever {
        Retriever::new(self.db.clone(), self.vectors.clone(), Self::embedder())
    }

    /// Adds a document and lets it answer.
    async fn add(&self, title: &str, blocks: Vec<Block>) -> DocumentId {
        let id = DocumentId::new();
        let parsed = parsed(blocks);
        let tx = self.db.write(self.scope).await.unwrap();
        let new = document::NewDocument {
            id,
            title: title.to_owned(),
            filename: format!("{title}.md"),
            language: None,
            bytes: 1,
            sha256: sha256(id),
        };
        document::create(&tx, new).await.unwrap();
        document::publish(&tx, id, 1).await.unwrap();
        tx.commit().await.unwrap();
        let language = language::detect(&text(&parsed)).unwrap_or("en");
        let chunks = chunk(&parsed, ENGINE.tokenizer(), &Limits::for_language(language));
        let passages = passages(id, 1, language, &chunks).await;
        self.vectors
            .replace(&self.scope, &space(), id, passages)
            .await
            .unwrap();
        id
    }
}

async fn new_tenant(db: &Database, slug: &str) -> TenantScope {
    let system = SystemScope::new("a test makes its tenant");
    let tx = db.write(system).await.unwrap();
    let slug: Slug = slug.parse().unwrap();
    let tenant = tenant::create(&tx, &slug, "Test", false, tenant::Limits::default())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    TenantScope::authenticated(tenant.id, Actor::CommandLine)
}

fn sha256(id: DocumentId) -> [u8; 32] {
    let mut hash = [0; 32];
    hash[..16].copy_from_slice(id.uuid().as_bytes());
    hash
}

fn space() -> Space {
    let embedder = Library::embedder();
    Space {
        embedder: embedder.id().to_owned(),
        dimension: embedder.dimension(),
    }
}

/// What `index` stores of these chunks.
async fn passages(
    document: DocumentId,
    version: i32,
    language: &'static str,
    chunks: &[Chunk],
) -> Vec<Passage> {
    let words: Vec<Words> = chunks
        .iter()
        .map(|chunk| Words {
            heading: chunk.heading_path(),
            text: chunk.text.clone(),
            sentences: chunk.sentences.clone(),
        })
        .collect();
    let embedded = Library::embedder().embed_passages(&words).await.unwrap();
    let sentence = |(range, vector): (&Range<u32>, Vec<i8>)| Sentence {
        start: range.start,
        end: range.end,
        vector,
    };
    chunks
        .iter()
        .zip(embedded)
        .map(|(chunk, embedded)| {
            let language = language::of_passage(&chunk.text, language);
            let heading = chunk.heading_path();
            Passage {
                id: ChunkId::new(),
                document,
                version,
                ordinal: i32::try_from(chunk.ordinal).unwrap(),
                page: chunk.page,
                terms: terms(&format!("{heading} {}", chunk.text), language),
                heading,
                text: chunk.text.clone(),
                language: language.to_owned(),
                vector: embedded.vector,
                sentences: embedded
                    .heading
                    .map(|vector| (&Sentence::HEADING, vector))
                    .into_iter()
                    .chain(chunk.sentences.iter().zip(embedded.sentences))
                    .map(sentence)
                    .collect(),
            }
        })
        .collect()
}

fn parsed(blocks: Vec<Block>) -> ParsedDocument {
    ParsedDocument {
        media_type: MediaType::Markdown,
        title: None,
        pages: 0,
        blocks,
        textless: Vec::new(),
        notes: Vec::new(),
    }
}

/// The rows of a table, each readable by itself.
fn table(header: &[&str], rows: &[&[&str]]) -> Vec<Block> {
    let row = |cells: &&[&str]| {
        let named: Vec<String> = header
            .iter()
            .zip(*cells)
            .map(|(label, cell)| format!("{label}: {cell}"))
            .collect();
        let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        let kind = BlockKind::TableRow {
            cells: owned(cells),
            header: owned(header),
        };
        Block::new(kind, named.join(" | "))
    };
    rows.iter().map(row).collect()
}
