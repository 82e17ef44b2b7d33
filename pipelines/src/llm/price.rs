//! What models cost, as their operator was told by the provider: no list of ours would stay true.

use std::{collections::HashMap, str::FromStr};

use super::Usage;

/// US dollars for a million tokens, by model.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Prices(HashMap<String, Price>);

#[derive(Debug, Clone, Copy, PartialEq)]
struct Price {
    input: f64,
    output: f64,
}

impl Prices {
    /// What `usage` of `model` cost in US dollars; `None` when its price is not known.
    pub(super) fn cost(&self, model: &str, usage: Usage) -> Option<f64> {
        let price = self.0.get(model)?;
        let input = f64::from(usage.prompt_tokens) * price.input;
        let output = f64::from(usage.completion_tokens) * price.output;
        Some((input + output) / 1e6)
    }
}

/// That is no list of prices.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a price such as gpt-4o-mini=0.15/0.60")]
pub struct NotAPrice(String);

impl FromStr for Prices {
    type Err = NotAPrice;

    /// Reads `model=input/output` of each model, separated by commas.
    fn from_str(text: &str) -> Result<Self, NotAPrice> {
        let items = text
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty());
        items
            .map(|item| read(item).ok_or_else(|| NotAPrice(item.to_owned())))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

fn read(item: &str) -> Option<(String, Price)> {
    // A model's name may hold `=`, a price can't.
    let (model, price) = item.rsplit_once('=')?;
    let (input, output) = price.split_once('/')?;
    let dollars = |text: &str| {
        let dollars: f64 = text.trim().parse().ok()?;
        (dollars.is_finite() && dollars >= 0.0).then_some(dollars)
    };
    let price = Price {
        input: dollars(input)?,
        output: dollars(output)?,
    };
    let model = model.trim();
    (!model.is_empty()).then(|| (model.to_owned(), price))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_tokens_cost_what_the_list_says() {
        let prices: Prices = "gpt-4o-mini=0.15/0.60, llama3.1:8b=0/0"
            .parse()
            .expect("good");
        let usage = |prompt_tokens, completion_tokens| Usage {
            prompt_tokens,
            completion_tokens,
        };
        let cost = |model, usage| prices.cost(model, usage);
        assert_eq!(cost("gpt-4o-mini", usage(1_000_000, 0)), Some(0.15));
        assert_eq!(cost("gpt-4o-mini", usage(0, 500_000)), Some(0.30));
        assert_eq!(cost("llama3.1:8b", usage(7, 7)), Some(0.0));
        assert_eq!(cost("another", usage(1, 1)), None);
        assert_eq!("".parse::<Prices>().ok(), Some(Prices::default()));
    }

    #[test]
    fn mistakes_are_named() {
        for wrong in ["gpt-4o", "gpt-4o=1", "=1/2", "m=-1/2", "m=a/b", "m=1/inf"] {
            let error = wrong.parse::<Prices>().expect_err(wrong).to_string();
            assert!(error.contains(wrong), "{error}");
        }
    }
}
