//! What holds within a group, and what the tables at the file's start say about fonts and styles.

use std::collections::HashMap;

use encoding_rs::{Encoding, WINDOWS_1252};

/// Where a group's text goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Destination {
    #[default]
    Text,
    Note,
    Title,
    /// The number or bullet of a list item, as text for readers that know no lists.
    Label,
    Fonts,
    Stylesheet,
    Silent,
}

/// Where the group that begins with `word` goes; `None` when the word is of another kind.
pub(super) fn destination(word: &str, ignorable: bool) -> Option<Destination> {
    Some(match word {
        "fonttbl" => Destination::Fonts,
        "stylesheet" => Destination::Stylesheet,
        "footnote" => Destination::Note,
        "title" => Destination::Title,
        "listtext" | "pntext" => Destination::Label,
        // Word wraps what newer versions draw in these; their text is the document's.
        "shptxt" | "shpinst" | "shp" => Destination::Text,
        "info" => return None,
        "colortbl" | "pict" | "object" | "header" | "headerl" | "headerr" | "headerf"
        | "footer" | "footerl" | "footerr" | "footerf" | "fldinst" | "bkmkstart" | "bkmkend"
        | "author" | "operator" | "subject" | "keywords" | "doccomm" | "company" | "creatim"
        | "revtim" | "printim" | "buptim" | "comment" | "category" | "manager" | "hlinkbase"
        | "xe" | "tc" | "sp" | "shprslt" | "nonesttables" | "annotation" | "atnid"
        | "atnauthor" | "deleted" => Destination::Silent,
        _ if ignorable => Destination::Silent,
        _ => return None,
    })
}

#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) destination: Destination,
    pub(super) font: i32,
    /// The style being named, in the table of styles.
    pub(super) style: i32,
    /// Bytes that stand in for each Unicode character.
    pub(super) stand_in: usize,
    /// Bytes of a stand-in still to come.
    pub(super) skip: usize,
    pub(super) ignorable: bool,
}

impl Default for Group {
    fn default() -> Self {
        Self {
            destination: Destination::default(),
            font: -1,
            style: 0,
            stand_in: 1,
            skip: 0,
            ignorable: false,
        }
    }
}

pub(super) struct Styles {
    pub(super) page: &'static Encoding,
    /// The font being described, in the table of fonts.
    pub(super) font: i32,
    fonts: HashMap<i32, &'static Encoding>,
    headings: HashMap<i32, u8>,
}

impl Default for Styles {
    fn default() -> Self {
        Self {
            page: WINDOWS_1252,
            font: 0,
            fonts: HashMap::new(),
            headings: HashMap::new(),
        }
    }
}

impl Styles {
    /// The font being described is for this set of characters.
    pub(super) fn charset(&mut self, charset: i32) {
        let page = match charset {
            128 => 932,
            129 => 949,
            134 => 936,
            136 => 950,
            161 => 1253,
            162 => 1254,
            163 => 1258,
            177 => 1255,
            178..=180 => 1256,
            186 => 1257,
            204 => 1251,
            222 => 874,
            238 => 1250,
            // 0 is Western, 1 the file's own, 2 symbols.
            _ => return,
        };
        self.fonts.insert(self.font, code_page(page));
    }

    pub(super) fn decode(&self, bytes: &[u8], font: i32) -> String {
        let encoding = self.fonts.get(&font).copied().unwrap_or(self.page);
        encoding.decode_without_bom_handling(bytes).0.into_owned()
    }

    /// A style's name, such as "heading 1;".
    pub(super) fn name(&mut self, name: &str, style: i32) {
        let name = name.trim().trim_end_matches(';').to_ascii_lowercase();
        let level = match name.as_str() {
            "title" => Some(1),
            _ => name
                .strip_prefix("heading ")
                .and_then(|level| level.parse().ok()),
        };
        if let Some(level) = level {
            self.headings.insert(style, level);
        }
    }

    pub(super) fn heading(&self, style: i32) -> Option<u8> {
        self.headings.get(&style).copied()
    }
}

pub(super) fn code_page(number: i32) -> &'static Encoding {
    let label = match number {
        932 => "shift_jis".to_owned(),
        936 => "gbk".to_owned(),
        949 => "euc-kr".to_owned(),
        950 => "big5".to_owned(),
        65001 => "utf-8".to_owned(),
        10000 => "macintosh".to_owned(),
        number => format!("windows-{number}"),
    };
    Encoding::for_label(label.as_bytes()).unwrap_or(WINDOWS_1252)
}
