//! The four things rich text is written with: groups, control words, bytes of text, and `\'hh` for a byte.

pub(super) enum Token<'a> {
    Open,
    Close,
    /// `\*`: who doesn't know the group's first word skips the group.
    Ignorable,
    /// A control word, or a symbol such as `~`, and its number.
    Word(&'a str, Option<i32>),
    Byte(u8),
}

pub(super) struct Lexer<'a> {
    rest: &'a [u8],
}

impl<'a> Lexer<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What follows a backslash.
    fn control(&mut self) -> Option<Token<'a>> {
        let (&first, after) = self.rest.split_first()?;
        if first.is_ascii_alphabetic() {
            return Some(self.word());
        }
        self.rest = after;
        Some(match first {
            b'\'' => Token::Byte(self.hex()?),
            b'*' => Token::Ignorable,
            b'\\' | b'{' | b'}' => Token::Byte(first),
            b'~' => Token::Word("~", None),
            b'_' => Token::Word("_", None),
            b'\n' | b'\r' => Token::Word("par", None),
            b'\t' => Token::Word("tab", None),
            _ => Token::Word("", None),
        })
    }

    fn word(&mut self) -> Token<'a> {
        let letters = self
            .rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphabetic());
        let length = letters.count();
        let (word, after) = self.rest.split_at(length);
        let sign = usize::from(after.first() == Some(&b'-'));
        let digits = after[sign..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let number = std::str::from_utf8(&after[..sign + digits])
            .ok()
            .and_then(|number| number.parse().ok());
        let taken = if digits > 0 { sign + digits } else { 0 };
        self.rest = &after[taken..];
        // One space after a word belongs to it.
        self.rest = self.rest.strip_prefix(b" ").unwrap_or(self.rest);
        if word == b"bin" {
            let length = usize::try_from(number.unwrap_or(0)).unwrap_or(0);
            self.rest = self.rest.get(length..).unwrap_or_default();
        }
        Token::Word(std::str::from_utf8(word).unwrap_or_default(), number)
    }

    fn hex(&mut self) -> Option<u8> {
        let (digits, after) = self.rest.split_at_checked(2)?;
        self.rest = after;
        let digits = std::str::from_utf8(digits).unwrap_or_default();
        Some(u8::from_str_radix(digits, 16).unwrap_or(b'?'))
    }
}

impl<'a> Iterator for Lexer<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let (&first, after) = self.rest.split_first()?;
            self.rest = after;
            return match first {
                b'\\' => self.control(),
                b'{' => Some(Token::Open),
                b'}' => Some(Token::Close),
                // Line breaks in the file mean nothing.
                b'\r' | b'\n' | 0 => continue,
                byte => Some(Token::Byte(byte)),
            };
        }
    }
}
