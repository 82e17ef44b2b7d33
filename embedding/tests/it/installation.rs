//! Bad installations are told apart, and the message names the file.

use std::error::Error as _;
use std::fs;
use std::path::{Path, PathBuf};

use wafaa_embedding::{Engine, Error, verify_model};

use crate::fixture;

/// A directory of its own, removed afterwards.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("wafaa-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("created");
        Self(path)
    }

    fn with_tokenizer(self) -> Self {
        let tokenizer = fixture::model_dir().join("tokenizer.json");
        fs::copy(tokenizer, self.0.join("tokenizer.json")).expect("copied");
        self
    }

    fn with(self, file: &str, content: &[u8]) -> Self {
        fs::write(self.0.join(file), content).expect("written");
        self
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).expect("removed");
    }
}

fn failure(dir: &Path) -> Error {
    match Engine::load(dir, 1) {
        Ok(_) => panic!("{} should not load", dir.display()),
        Err(error) => error,
    }
}

#[test]
fn missing_files_are_named() {
    let empty = Directory::new("no-tokenizer");
    let error = failure(&empty.0);
    assert!(error.to_string().contains("tokenizer.json is missing"));
    assert!(error.source().is_some());

    let half = Directory::new("no-model").with_tokenizer();
    let error = failure(&half.0);
    assert!(error.to_string().contains("model.safetensors is missing"));
    assert!(matches!(verify_model(&half.0), Err(Error::Missing { .. })));
}

#[test]
fn broken_files_are_told_apart() {
    let noise = Directory::new("noise")
        .with_tokenizer()
        .with("model.safetensors", &[7; 4096]);
    assert!(matches!(failure(&noise.0), Error::Format { .. }));
    assert!(matches!(verify_model(&noise.0), Err(Error::Digest { .. })));

    let empty = Directory::new("empty")
        .with_tokenizer()
        .with("model.safetensors", &[]);
    assert!(matches!(
        failure(&empty.0),
        Error::Format { .. } | Error::Read { .. }
    ));

    let tokenizer = Directory::new("bad-tokenizer").with("tokenizer.json", b"{}");
    assert!(matches!(failure(&tokenizer.0), Error::Tokenizer { .. }));
}

#[test]
fn another_model_is_refused_by_its_shapes() {
    let header =
        br#"{"embeddings.LayerNorm.bias":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#;
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header);
    file.extend([0; 8]);
    let other = Directory::new("other")
        .with_tokenizer()
        .with("model.safetensors", &file);
    let error = failure(&other.0);
    assert!(matches!(error, Error::Tensor { .. }), "{error}");
}

#[test]
fn another_vocabulary_is_refused() {
    let json = fs::read_to_string(fixture::model_dir().join("tokenizer.json")).expect("read");
    let other = Directory::new("vocabulary").with(
        "tokenizer.json",
        json.replace("\"hotel\"", "\"the\"").as_bytes(),
    );
    let error = failure(&other.0);
    assert!(matches!(error, Error::Vocabulary { .. }), "{error}");
}
