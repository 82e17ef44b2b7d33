//! The engine with the real model: accuracy against an independent implementation, independence of a vector from
//! everything but its text, and conduct under load and on bad installations.

mod accuracy;
mod fixture;
mod installation;
mod invariance;
mod load;
mod oracle;
mod tokens;

use std::sync::LazyLock;

use wafaa_embedding::Engine;

/// One engine for all tests, with more threads than most.
static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::load(&fixture::model_dir(), 2).expect("the model loads"));

/// Texts of all lengths and kinds, the shortest and those over the limit included.
fn texts() -> Vec<String> {
    let sentence =
        "Orders placed before noon are delivered the next working day, except on public holidays. ";
    let mut texts: Vec<String> = [
        "",
        " \n\t ",
        "a",
        "?",
        "What are your opening hours?",
        "The quick brown fox jumps over the lazy dog.",
        "ما هي ساعات العمل يوم الجمعة؟ نود معرفة الأسعار أيضا.",
        "😀🚀 emoji 👩‍👩‍👧‍👦 family 🇱🇧",
        "Tschüß! Ça va? Señor Ångström naïvely wrote façade.",
        "日本語のテキストと中文文本 mixed with 한국어",
        "[CLS] [SEP] [MASK] [PAD] [UNK]",
        "0123456789 3.14159 -1e-9 $5.00 50% 2024-02-29T23:59:60Z",
        "fn main() { println!(\"{:?}\", vec![1, 2, 3]); } // code",
        "\u{0}\u{1}\u{feff}\u{200b}\u{202e}\u{fffd}\u{10ffff}",
        "supercalifragilisticexpialidocious pneumonoultramicroscopicsilicovolcanoconiosis",
    ]
    .map(str::to_owned)
    .into();
    texts.push("x".repeat(1_000));
    texts.push("word ".repeat(126));
    texts.extend([2, 5, 9, 14, 30].map(|times| sentence.repeat(times)));
    texts
}
