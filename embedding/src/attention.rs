//! Multi-head self-attention within one sequence, in `f32` (Vaswani et al. 2017, eq. 1). Nothing is masked because
//! nothing is padded.

use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions};
use rten_tensor::NdTensorView;

use crate::DIMENSION;
use crate::error::Error;
use crate::kernel::exponentials;
use crate::model::{HEAD, HEADS};
use crate::scratch::{AttentionScratch, grow};

/// Width of a row that has query, key and value side by side.
const PROJECTED: usize = 3 * DIMENSION;

/// Computes the context of one sequence from `projected`, `[n, 3 * DIMENSION]` of query (scaled by 1/√[`HEAD`]), key
/// and value; leaves it in `scratch.context`, `[n, DIMENSION]`.
///
/// # Errors
/// [`Error::Multiply`] or [`Error::View`] if `projected` is not of that shape.
pub(crate) fn attend(
    product: &GemmExecutor<f32>,
    projected: &[f32],
    scratch: &mut AttentionScratch,
) -> Result<(), Error> {
    let tokens = projected.len() / PROJECTED;
    grow(&mut scratch.scores, tokens * tokens);
    grow(&mut scratch.inverse_sums, tokens);
    grow(&mut scratch.head, tokens * HEAD);
    grow(&mut scratch.context, tokens * DIMENSION);
    let scores = &mut scratch.scores[..tokens * tokens];
    let inverse_sums = &mut scratch.inverse_sums[..tokens];
    let head = &mut scratch.head[..tokens * HEAD];

    for index in 0..HEADS {
        let query = &projected[index * HEAD..];
        let key = &query[DIMENSION..];
        let value = &key[DIMENSION..];
        let query = view(query, [tokens, HEAD], [PROJECTED, 1])?;
        let key = view(key, [HEAD, tokens], [1, PROJECTED])?;
        let value = view(value, [tokens, HEAD], [PROJECTED, 1])?;

        multiply(product, query, key, scores)?;
        exponentials(scores, tokens, inverse_sums);
        let weights = view(scores, [tokens, tokens], [tokens, 1])?;
        multiply(product, weights, value, head)?;
        put_head(index, head, inverse_sums, &mut scratch.context);
    }
    Ok(())
}

/// Divides `head` by the soft-max sums and writes it to columns `index * HEAD..` of `context`.
fn put_head(index: usize, head: &[f32], inverse_sums: &[f32], context: &mut [f32]) {
    let rows = context.chunks_exact_mut(DIMENSION);
    for ((row, values), inverse) in rows.zip(head.chunks_exact(HEAD)).zip(inverse_sums) {
        for (out, value) in row[index * HEAD..][..HEAD].iter_mut().zip(values) {
            *out = value * inverse;
        }
    }
}

fn multiply(
    product: &GemmExecutor<f32>,
    left: NdTensorView<'_, f32, 2>,
    right: NdTensorView<'_, f32, 2>,
    out: &mut [f32],
) -> Result<(), Error> {
    product
        .gemm(
            out,
            GemmInputA::Unpacked(left),
            GemmInputB::Unpacked(right),
            GemmOptions::default(),
        )
        .map_err(Error::multiply)
}

/// A strided matrix on the first elements of `data`.
fn view(
    data: &[f32],
    shape: [usize; 2],
    strides: [usize; 2],
) -> Result<NdTensorView<'_, f32, 2>, Error> {
    let misfit = || Error::View {
        rows: shape[0],
        columns: shape[1],
    };
    let last = (shape[0] - 1) * strides[0] + (shape[1] - 1) * strides[1];
    let data = data.get(..=last).ok_or_else(misfit)?;
    NdTensorView::from_data_with_strides(shape, data, strides).map_err(|_| misfit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::testing::{Noise, assert_close};

    #[test]
    fn equals_the_definition() {
        for tokens in [2, 3, 17, 64] {
            let projected = Noise::new(tokens as u64).floats(tokens * PROJECTED);
            let mut scratch = AttentionScratch::default();
            attend(&GemmExecutor::default(), &projected, &mut scratch).expect("shapes fit");
            assert_close(&scratch.context, &plain(&projected, tokens), 1e-4);
        }
    }

    fn plain(projected: &[f32], tokens: usize) -> Vec<f32> {
        let at = |token: usize, column: usize| projected[token * PROJECTED + column];
        let mut context = vec![0.0; tokens * DIMENSION];
        for column in 0..DIMENSION {
            let first = column / HEAD * HEAD;
            for token in 0..tokens {
                let weights: Vec<f32> = (0..tokens)
                    .map(|other| {
                        (first..first + HEAD)
                            .map(|i| at(token, i) * at(other, DIMENSION + i))
                            .sum::<f32>()
                            .exp()
                    })
                    .collect();
                let weighted: f32 = (0..tokens)
                    .map(|other| weights[other] * at(other, 2 * DIMENSION + column))
                    .sum();
                context[token * DIMENSION + column] = weighted / weights.iter().sum::<f32>();
            }
        }
        context
    }
}
