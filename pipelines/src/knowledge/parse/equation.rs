//! Equations of Word documents as LaTeX, the way people and language models write them in plain text.
//!
//! office_oxide reads an equation as its letters one after the other: a fraction's two halves become one
//! number. So they are replaced in the file before it is read. What must stay true: a file without equations,
//! or whose main part can't be read, is left as it is; no letter of an equation is lost.

use std::borrow::Cow;
use std::io::{Cursor, Write};

use unicode_normalization::UnicodeNormalization;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::archive;
use super::error::Error;
use super::xml::{self, Token};

const MAIN: &str = "word/document.xml";
const OPEN: &str = "<m:oMath";

/// The file with its equations as text.
pub(crate) fn as_text(bytes: &[u8]) -> Cow<'_, [u8]> {
    match replaced(bytes) {
        Some(file) => Cow::Owned(file),
        None => Cow::Borrowed(bytes),
    }
}

fn replaced(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut package = ZipArchive::new(Cursor::new(bytes)).ok()?;
    let main = archive::text(&mut package, MAIN).filter(|main| main.contains(OPEN))?;
    let main = rewritten(&main).ok()?;
    let mut writer = ZipWriter::new(Cursor::new(Vec::with_capacity(bytes.len())));
    for index in 0..package.len() {
        let member = package.by_index_raw(index).ok()?;
        if member.name().is_ok_and(|name| name == MAIN) {
            continue;
        }
        writer.raw_copy_file(member).ok()?;
    }
    let options = SimpleFileOptions::default();
    writer.start_file(MAIN, options).ok()?;
    writer.write_all(main.as_bytes()).ok()?;
    Some(writer.finish().ok()?.into_inner())
}

/// The main part with a run of text in place of each equation.
fn rewritten(main: &str) -> Result<String, Error> {
    let mut out = String::with_capacity(main.len());
    let mut rest = main;
    while let Some(at) = rest.find(OPEN) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let is_paragraph = rest[OPEN.len()..].starts_with("Para");
        let close = if is_paragraph {
            "</m:oMathPara>"
        } else {
            "</m:oMath>"
        };
        let Some(end) = rest.find(close).map(|at| at + close.len()) else {
            break;
        };
        let latex = latex(&rest[..end])?;
        let latex = latex
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        out.push_str("<w:r><w:t xml:space=\"preserve\">$");
        out.push_str(latex.trim());
        out.push_str("$</w:t></w:r>");
        rest = &rest[end..];
    }
    out.push_str(rest);
    Ok(out)
}

/// An element of an equation.
#[derive(Default)]
struct Node {
    name: String,
    value: Option<String>,
    text: String,
    children: Vec<Node>,
}

fn latex(xml: &str) -> Result<String, Error> {
    let mut open = vec![Node::default()];
    xml::walk(xml, |token| {
        match token {
            Token::Open(element) => open.push(Node {
                name: element.name().to_owned(),
                value: element.attribute("val"),
                ..Node::default()
            }),
            Token::Text(text) => {
                if let Some(node) = open.last_mut() {
                    node.text.push_str(text);
                }
            }
            // The outermost is ours.
            Token::Close(_) if open.len() > 1 => {
                let node = open.pop().unwrap_or_default();
                if let Some(around) = open.last_mut() {
                    around.children.push(node);
                }
            }
            Token::Close(_) => {}
        }
        Ok(())
    })?;
    Ok(open.first().map(Node::show).unwrap_or_default())
}

impl Node {
    fn show(&self) -> String {
        let part = |name: &str| self.child(name).map(Self::show).unwrap_or_default();
        let part = |name: &str| part(name).trim().to_owned();
        match self.name.as_str() {
            "t" => symbols(&self.text),
            "f" => format!("\\frac{{{}}}{{{}}}", part("num"), part("den")),
            "sSup" => format!("{}^{{{}}}", grouped(&part("e")), part("sup")),
            "sSub" => format!("{}_{{{}}}", grouped(&part("e")), part("sub")),
            "sSubSup" => {
                let base = grouped(&part("e"));
                format!("{base}_{{{}}}^{{{}}}", part("sub"), part("sup"))
            }
            "rad" => match part("deg") {
                degree if degree.is_empty() => format!("\\sqrt{{{}}}", part("e")),
                degree => format!("\\sqrt[{degree}]{{{}}}", part("e")),
            },
            "nary" => {
                let sign = self.property("chr").unwrap_or("∫");
                let (from, to, of) = (part("sub"), part("sup"), part("e"));
                format!("{}_{{{from}}}^{{{to}}} {of}", symbols(sign).trim())
            }
            "d" => {
                let (open, close) = (self.property("begChr"), self.property("endChr"));
                let inside: Vec<String> = self.named("e").map(Self::show).collect();
                let inside = inside.join(self.property("sepChr").unwrap_or("|"));
                format!(
                    "\\left{}{inside}\\right{}",
                    side(open, "("),
                    side(close, ")")
                )
            }
            "func" => match part("fName") {
                name if name.chars().all(char::is_alphabetic) => format!("\\{name}({})", part("e")),
                name => format!("{name}({})", part("e")),
            },
            "limLow" => format!("{}_{{{}}}", part("e"), part("lim")),
            "limUpp" => format!("{}^{{{}}}", part("e"), part("lim")),
            "m" => {
                let rows = self.named("mr").map(|row| {
                    let cells: Vec<String> = row.named("e").map(Self::show).collect();
                    cells.join(" & ")
                });
                let rows = rows.collect::<Vec<_>>().join(" \\\\ ");
                format!("\\begin{{matrix}}{rows}\\end{{matrix}}")
            }
            "eqArr" => {
                let lines: Vec<String> = self.named("e").map(Self::show).collect();
                lines.join(" \\\\ ")
            }
            name if name.ends_with("Pr") => String::new(),
            _ => self.children.iter().map(Self::show).collect(),
        }
    }

    fn child(&self, name: &str) -> Option<&Self> {
        self.named(name).next()
    }

    fn named(&self, name: &str) -> impl Iterator<Item = &Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The value of a property, such as the bracket of a pair.
    fn property(&self, name: &str) -> Option<&str> {
        let properties = self
            .children
            .iter()
            .find(|child| child.name.ends_with("Pr"))?;
        properties.child(name)?.value.as_deref()
    }
}

/// A bracket; `.` is none.
fn side(bracket: Option<&str>, usual: &str) -> String {
    match bracket.unwrap_or(usual) {
        "" => ".".to_owned(),
        bracket @ ("{" | "}") => format!("\\{bracket}"),
        bracket => bracket.to_owned(),
    }
}

/// Braces around what is more than a letter, so that a power belongs to all of it.
fn grouped(base: &str) -> String {
    if base.chars().count() > 1 {
        format!("{{{base}}}")
    } else {
        base.to_owned()
    }
}

/// Letters of mathematical alphabets become plain ones, signs the commands for them.
fn symbols(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.nfkc() {
        match SIGNS.iter().find(|(sign, _)| *sign == character) {
            Some((_, command)) => {
                out.push('\\');
                out.push_str(command);
                out.push(' ');
            }
            None => out.push(character),
        }
    }
    out
}

const SIGNS: &[(char, &str)] = &[
    ('α', "alpha"),
    ('β', "beta"),
    ('γ', "gamma"),
    ('δ', "delta"),
    ('ε', "epsilon"),
    ('θ', "theta"),
    ('λ', "lambda"),
    ('μ', "mu"),
    ('π', "pi"),
    ('ρ', "rho"),
    ('σ', "sigma"),
    ('τ', "tau"),
    ('φ', "phi"),
    ('ω', "omega"),
    ('Γ', "Gamma"),
    ('Δ', "Delta"),
    ('Σ', "Sigma"),
    ('Φ', "Phi"),
    ('Ω', "Omega"),
    ('±', "pm"),
    ('∓', "mp"),
    ('×', "times"),
    ('÷', "div"),
    ('⋅', "cdot"),
    ('≤', "leq"),
    ('≥', "geq"),
    ('≠', "neq"),
    ('≈', "approx"),
    ('∞', "infty"),
    ('∑', "sum"),
    ('∏', "prod"),
    ('∫', "int"),
    ('∂', "partial"),
    ('∇', "nabla"),
    ('∈', "in"),
    ('→', "rightarrow"),
    ('⇒', "Rightarrow"),
    ('…', "dots"),
    ('⋯', "cdots"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str) -> String {
        format!("<m:r><m:t>{text}</m:t></m:r>")
    }

    #[test]
    fn fractions_roots_powers_and_sums() {
        let formula = format!(
            "<m:oMath>{}<m:f><m:fPr/><m:num>{}<m:rad><m:deg/><m:e><m:sSup><m:e>{}</m:e><m:sup>{}</m:sup></m:sSup>\
             </m:e></m:rad></m:num><m:den>{}</m:den></m:f></m:oMath>",
            run("𝑥="),
            run("-b±"),
            run("b"),
            run("2"),
            run("2a")
        );
        assert_eq!(
            latex(&formula).unwrap(),
            "x=\\frac{-b\\pm \\sqrt{b^{2}}}{2a}"
        );
        let sum = format!(
            "<m:nary><m:naryPr><m:chr m:val='∑'/></m:naryPr><m:sub>{}</m:sub><m:sup>{}</m:sup><m:e>{}</m:e></m:nary>",
            run("i"),
            run("n"),
            run("i")
        );
        assert_eq!(latex(&sum).unwrap(), "\\sum_{i}^{n} i");
    }

    #[test]
    fn an_equation_becomes_a_run_of_text() {
        let main = format!("<w:p><m:oMath>{}</m:oMath><w:r/></w:p>", run("a&lt;b"));
        assert_eq!(
            rewritten(&main).unwrap(),
            "<w:p><w:r><w:t xml:space=\"preserve\">$a&lt;b$</w:t></w:r><w:r/></w:p>"
        );
    }
}
