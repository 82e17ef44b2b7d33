//! Where the model is, for tests and benches.

use std::path::PathBuf;

/// `$WAFAA_MODEL_DIR`, else where `make model` puts it.
///
/// # Panics
/// If there is no model: a test that passes without one would say nothing.
pub(crate) fn model_dir() -> PathBuf {
    let dir = std::env::var_os("WAFAA_MODEL_DIR").map_or_else(
        || {
            let home = std::env::var_os("HOME").unwrap_or_default();
            PathBuf::from(home).join(".cache/wafaa/models/all-MiniLM-L6-v2")
        },
        PathBuf::from,
    );
    for file in ["model.safetensors", "tokenizer.json"] {
        assert!(
            dir.join(file).is_file(),
            "{file} is not in {}: run `make model`, or set WAFAA_MODEL_DIR",
            dir.display()
        );
    }
    dir
}
