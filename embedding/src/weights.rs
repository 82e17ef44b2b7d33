//! Reading `model.safetensors`: tensors by name with their type and shape checked, and the table of word embeddings,
//! which stays on disk behind a memory map (47 MB of which a process touches only the words it meets).
//!
//! The only `unsafe` of the crate is here: mapping a file.
#![expect(unsafe_code, reason = "a memory map cannot be made without it")]

use std::fs::File;
use std::ops::Range;
use std::path::Path;

use memmap2::{Mmap, MmapOptions};
use safetensors::{Dtype, SafeTensors};

use crate::DIMENSION;
use crate::error::Error;

/// Entries of the vocabulary.
pub(crate) const VOCABULARY: usize = 30_522;

const WORD_EMBEDDINGS: &str = "embeddings.word_embeddings.weight";
const FLOAT: usize = size_of::<f32>();
const ROW: usize = DIMENSION * FLOAT;

/// The tensors of a mapped model file.
pub(crate) struct Weights<'a> {
    bytes: &'a [u8],
    tensors: SafeTensors<'a>,
}

impl<'a> Weights<'a> {
    /// Parses the header of `bytes`, the content of the file at `path`.
    pub(crate) fn parse(bytes: &'a [u8], path: &Path) -> Result<Self, Error> {
        let tensors = SafeTensors::deserialize(bytes).map_err(|source| Error::Format {
            path: path.to_owned(),
            source,
        })?;
        Ok(Self { bytes, tensors })
    }

    /// The values of tensor `name`, row-major.
    ///
    /// # Errors
    /// [`Error::Tensor`] if it is absent or not `f32` of this `shape`.
    pub(crate) fn floats(
        &self,
        name: &str,
        shape: &[usize],
    ) -> Result<impl Iterator<Item = f32> + use<'a>, Error> {
        Ok(floats(self.data(name, shape)?))
    }

    /// Where in the file the table of word embeddings lies, `[VOCABULARY, DIMENSION]`.
    pub(crate) fn word_table(&self) -> Result<Range<usize>, Error> {
        let data = self.data(WORD_EMBEDDINGS, &[VOCABULARY, DIMENSION])?;
        let start = data.as_ptr().addr() - self.bytes.as_ptr().addr();
        Ok(start..start + data.len())
    }

    fn data(&self, name: &str, shape: &[usize]) -> Result<&'a [u8], Error> {
        let mismatch = |found: String| Error::Tensor {
            name: name.to_owned(),
            expected: shape.to_vec(),
            found,
        };
        let tensor = self
            .tensors
            .tensor(name)
            .map_err(|_| mismatch("no such tensor".to_owned()))?;
        if tensor.dtype() != Dtype::F32 || tensor.shape() != shape {
            return Err(mismatch(format!(
                "{:?} {:?}",
                tensor.dtype(),
                tensor.shape()
            )));
        }
        Ok(tensor.data())
    }
}

/// The table of word embeddings, memory-mapped.
pub(crate) struct Words(Mmap);

impl Words {
    /// Maps `table`, a range found by [`Weights::word_table`], of the file at `path`.
    pub(crate) fn map(file: &File, path: &Path, table: Range<usize>) -> Result<Self, Error> {
        map(file, path, Some(table)).map(Self)
    }

    /// The embedding of token `id`, `DIMENSION` values.
    ///
    /// # Panics
    /// If `id` is not in the vocabulary; [`crate::Tokenizer`] gives no such id.
    pub(crate) fn row(&self, id: u32) -> impl Iterator<Item = f32> + use<'_> {
        let start = id as usize * ROW;
        floats(&self.0[start..start + ROW])
    }
}

/// Maps `range` of a file, or all of it, read-only.
pub(crate) fn map(file: &File, path: &Path, range: Option<Range<usize>>) -> Result<Mmap, Error> {
    let mut options = MmapOptions::new();
    if let Some(range) = range {
        options.offset(range.start as u64).len(range.len());
    }
    // SAFETY: the map is read-only and private to this process, and its bytes are only ever read as bytes, for which
    // any value is valid. That nobody writes to or truncates the file under a running server is the installation's
    // contract: `make model` puts a new file in place by renaming, which leaves the mapped one intact.
    unsafe { options.map(file) }.map_err(|source| Error::reading(path, source))
}

/// Little-endian `f32`, as safetensors stores them, at any alignment.
fn floats(bytes: &[u8]) -> impl Iterator<Item = f32> + use<'_> {
    bytes
        .as_chunks::<FLOAT>()
        .0
        .iter()
        .map(|chunk| f32::from_le_bytes(*chunk))
}
