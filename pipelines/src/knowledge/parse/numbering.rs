//! The numbers that Word counts by itself before headings, clauses and items of lists: no text of the file has them.
//!
//! What must stay true: a number stands only before a paragraph of the very text it was counted for; where the two
//! can't be brought together, there is none.

use std::collections::{HashMap, HashSet, VecDeque};

use office_oxide::docx::{
    BlockElement, DocxDocument, NumberFormat, NumberingDefinitions, Paragraph, ParagraphContent,
    ParagraphProperties, Run, RunContent,
};

/// Levels that a numbering has, by the standard (ECMA-376, 17.9.6).
const LEVELS: usize = 9;

/// So many paragraphs may be missing among those that are read.
const LOOK_AHEAD: usize = 64;

/// Tables in tables.
const MAX_DEPTH: u32 = 32;

/// The numbers of a document's paragraphs, in the order of reading.
#[derive(Default)]
pub(super) struct Numbers {
    /// A paragraph's text, and its number.
    counted: VecDeque<(String, String)>,
}

impl Numbers {
    pub(super) fn of(document: &DocxDocument) -> Self {
        let Some(definitions) = &document.numbering else {
            return Self::default();
        };
        let mut counter = Counter {
            document,
            definitions,
            reached: HashMap::new(),
            begun: HashSet::new(),
            counted: VecDeque::new(),
        };
        counter.count(&document.body.elements, 0);
        Self {
            counted: counter.counted,
        }
    }

    /// The number of the next paragraph of this text, as `2.1` or `(a)`.
    pub(super) fn take(&mut self, text: &str) -> Option<String> {
        let wanted = on_one_line(text);
        let mut next = self.counted.iter().take(LOOK_AHEAD);
        let at = next.position(|(text, _)| *text == wanted)?;
        self.counted
            .drain(..=at)
            .next_back()
            .map(|(_, number)| number)
    }
}

struct Counter<'a> {
    document: &'a DocxDocument,
    definitions: &'a NumberingDefinitions,
    /// How far each abstract numbering has come, level by level.
    reached: HashMap<u32, [Option<u32>; LEVELS]>,
    /// The numberings in use, each of which may begin anew when it is first used.
    begun: HashSet<u32>,
    counted: VecDeque<(String, String)>,
}

impl Counter<'_> {
    fn count(&mut self, elements: &[BlockElement], depth: u32) {
        for element in elements {
            match element {
                BlockElement::Paragraph(paragraph) => self.paragraph(paragraph),
                BlockElement::Table(table) if depth < MAX_DEPTH => {
                    for cell in table.rows.iter().flat_map(|row| &row.cells) {
                        self.count(&cell.content, depth + 1);
                    }
                }
                BlockElement::Table(_) => {}
            }
        }
    }

    fn paragraph(&mut self, paragraph: &Paragraph) {
        let properties = paragraph.properties.as_ref();
        let found = match &self.document.styles {
            Some(styles) => numbering(&styles.effective_paragraph_properties(properties)),
            None => properties.and_then(numbering),
        };
        let text = on_one_line(&text(paragraph));
        // An empty paragraph isn't shown with a number.
        if let Some((numbering, level)) = found.filter(|_| !text.is_empty())
            && let Some(number) = self.next(numbering, level)
        {
            self.counted.push_back((text, number));
        }
    }

    fn next(&mut self, numbering: u32, level: u8) -> Option<String> {
        let definitions = self.definitions;
        let instance = definitions.instances.get(&numbering)?;
        let shape = definitions.resolve_level(numbering, level)?;
        let reached = self.reached.entry(instance.abstract_num_id).or_default();
        if self.begun.insert(numbering) {
            for level in instance.start_overrides.keys() {
                if let Some(reached) = reached.get_mut(usize::from(*level)) {
                    *reached = None;
                }
            }
        }
        let start = |level: u8| definitions.resolve_start(numbering, level).unwrap_or(1);
        for (at, reached) in (0_u8..).zip(reached.iter_mut()) {
            if at < level {
                reached.get_or_insert_with(|| start(at));
            } else if at == level {
                *reached =
                    Some(reached.map_or_else(|| start(at), |before| before.saturating_add(1)));
            } else {
                *reached = None;
            }
        }
        if shape.format == NumberFormat::Bullet {
            return None;
        }
        let mut shown = shape.level_text.clone();
        for (at, reached) in (0_u8..).zip(&*reached) {
            let number = reached.and_then(|reached| {
                let shape = definitions.resolve_level(numbering, at)?;
                Some(show(reached, &shape.format))
            });
            shown = shown.replace(&format!("%{}", at + 1), &number.unwrap_or_default());
        }
        let shown = shown.trim();
        shown
            .contains(char::is_alphanumeric)
            .then(|| shown.to_owned())
    }
}

/// Which numbering a paragraph has, and the level in it. Number 0 takes away what a style has.
fn numbering(properties: &ParagraphProperties) -> Option<(u32, u8)> {
    let numbering = properties.numbering_ref.as_ref()?;
    (numbering.num_id != 0).then_some((numbering.num_id, numbering.ilvl))
}

fn text(paragraph: &Paragraph) -> String {
    let mut text = String::new();
    let mut add = |run: &Run| {
        for piece in &run.content {
            match piece {
                RunContent::Text(piece) => text.push_str(piece),
                RunContent::Tab | RunContent::Break(_) => text.push(' '),
                RunContent::FormField(field) => {
                    text.push_str(field.display_text.as_deref().unwrap_or_default());
                }
                RunContent::Drawing(_)
                | RunContent::TextBox(_)
                | RunContent::FootnoteRef(..)
                | RunContent::EndnoteRef(..)
                | RunContent::CommentRef(_)
                | RunContent::CommentRangeStart(_)
                | RunContent::DeferredPart(_) => {}
            }
        }
    };
    for content in &paragraph.content {
        match content {
            ParagraphContent::Run(run) => add(run),
            ParagraphContent::Hyperlink(link) => link.runs.iter().for_each(&mut add),
        }
    }
    text
}

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn show(number: u32, format: &NumberFormat) -> String {
    match format {
        NumberFormat::LowerLetter => letters(number),
        NumberFormat::UpperLetter => letters(number).to_uppercase(),
        NumberFormat::LowerRoman => roman(number).to_lowercase(),
        NumberFormat::UpperRoman => roman(number),
        NumberFormat::None | NumberFormat::Bullet => String::new(),
        NumberFormat::Decimal | NumberFormat::Other(_) => number.to_string(),
    }
}

/// a to z, then aa, bb and so on, as Word counts (ECMA-376, 17.18.59).
fn letters(number: u32) -> String {
    let Some(index) = number.checked_sub(1) else {
        return number.to_string();
    };
    let letter = char::from(b'a' + u8::try_from(index % 26).unwrap_or(0));
    let times = usize::try_from(index / 26 + 1).unwrap_or(1).min(32);
    std::iter::repeat_n(letter, times).collect()
}

fn roman(number: u32) -> String {
    const SIGNS: [(u32, &str); 13] = [
        (1_000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    // The Romans had no sign for more, nor for nothing.
    if !(1..4_000).contains(&number) {
        return number.to_string();
    }
    let (mut left, mut shown) = (number, String::new());
    for (value, sign) in SIGNS {
        while left >= value {
            shown.push_str(sign);
            left -= value;
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_as_word_shows_them() {
        let shown = |number, format| show(number, &format);
        assert_eq!(shown(3, NumberFormat::Decimal), "3");
        assert_eq!(shown(28, NumberFormat::LowerLetter), "bb");
        assert_eq!(shown(26, NumberFormat::UpperLetter), "Z");
        assert_eq!(shown(1_994, NumberFormat::UpperRoman), "MCMXCIV");
        assert_eq!(shown(4, NumberFormat::LowerRoman), "iv");
        assert_eq!(shown(0, NumberFormat::LowerRoman), "0");
    }

    #[test]
    fn a_number_stands_before_its_own_text_only() {
        let counted = [("Rent", "1."), ("Rent", "2."), ("Pets", "3.")];
        let counted = counted.map(|(text, number)| (text.to_owned(), number.to_owned()));
        let mut numbers = Numbers {
            counted: counted.into(),
        };
        assert_eq!(numbers.take("Rent"), Some("1.".into()));
        assert_eq!(numbers.take("Deposit"), None);
        assert_eq!(numbers.take(" Pets\n"), Some("3.".into()));
        assert_eq!(numbers.take("Rent"), None, "its turn is over");
    }
}
