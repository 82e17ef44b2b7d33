//! Numbers and dates as a spreadsheet shows them, from the value and the cell's format code.
//!
//! What must stay true: dates are written year first (2024-03-05), whatever order the format asks for,
//! because day-month order is ambiguous once out of its sheet; a code not understood shows the plain number.
//! Codes are those of ECMA-376 part 1, 18.8.31; fractions, conditions and locale digits are not rendered.

use calamine::ExcelDateTime;

/// The number as the code shows it.
pub(crate) fn number(value: f64, code: &str) -> String {
    let sections = sections(code);
    let section = match sections.as_slice() {
        [_, negative, ..] if value < 0.0 => negative,
        [_, _, zero, ..] if value == 0.0 => zero,
        [first, ..] => first,
        [] => return general(value),
    };
    // A section of its own for negatives shows its own sign.
    let signed = !(value < 0.0 && sections.len() > 1);
    let Some(format) = Format::read(section) else {
        return general(value);
    };
    format.show(value, signed)
}

/// Up to 15 significant digits, without trailing zeros: 0.1 + 0.2 is 0.3.
pub(crate) fn general(value: f64) -> String {
    let rounded: f64 = format!("{value:.14e}").parse().unwrap_or(value);
    if rounded != 0.0 && !(1e-5..1e15).contains(&rounded.abs()) {
        return format!("{rounded:e}");
    }
    // Zero also for -0.0.
    if rounded == 0.0 {
        "0".to_owned()
    } else {
        rounded.to_string()
    }
}

/// Date, time or both, by what the code shows; without a code, by what the value holds.
pub(crate) fn date(value: &ExcelDateTime, code: Option<&str>) -> String {
    let serial = value.as_f64();
    if value.is_duration() {
        let seconds = (serial * 86_400.0).round().max(0.0) as u64;
        return format!(
            "{}:{:02}:{:02}",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        );
    }
    let (year, month, day, hour, minute, second, _) = value.to_ymd_hms_milli();
    let (shows_date, shows_time) = match code.map(date_parts) {
        Some((false, false)) | None => (serial >= 1.0, serial.fract() > 0.0),
        Some(parts) => parts,
    };
    let mut out = String::new();
    if shows_date {
        out = format!("{year:04}-{month:02}-{day:02}");
    }
    if shows_time {
        let gap = if shows_date { " " } else { "" };
        out.push_str(&format!("{gap}{hour:02}:{minute:02}"));
        if second > 0 {
            out.push_str(&format!(":{second:02}"));
        }
    }
    out
}

/// Whether a code shows days, and whether it shows hours.
fn date_parts(code: &str) -> (bool, bool) {
    let mut quoted = false;
    let letters: String = code
        .chars()
        .filter(|c| {
            quoted ^= *c == '"';
            !quoted
        })
        .collect::<String>()
        .to_ascii_lowercase();
    let time = letters.contains(['h', 's']);
    let date = letters.contains(['y', 'd']) || (letters.contains('m') && !time);
    (date, time)
}

/// Splits at semicolons outside quotes, escapes and brackets.
fn sections(code: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let (mut quoted, mut bracketed, mut escaped) = (false, false, false);
    for character in code.chars() {
        let plain = !quoted && !bracketed && !escaped;
        match character {
            ';' if plain => {
                out.push(String::new());
                continue;
            }
            '"' if !escaped && !bracketed => quoted = !quoted,
            '[' if plain => bracketed = true,
            ']' if !quoted => bracketed = false,
            _ => {}
        }
        escaped = plain && matches!(character, '\\' | '_' | '*');
        if let Some(section) = out.last_mut() {
            section.push(character);
        }
    }
    out
}

/// One section of a code, taken apart.
#[derive(Default)]
struct Format {
    prefix: String,
    suffix: String,
    digits: usize,
    decimals: usize,
    /// Decimals shown even when zero.
    fixed_decimals: usize,
    grouped: bool,
    percent: bool,
    exponent: bool,
    thousands: i32,
    has_digits: bool,
}

impl Format {
    fn read(section: &str) -> Option<Self> {
        let mut format = Self::default();
        let mut after_point = false;
        let mut commas = 0;
        let mut characters = section.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '0' | '#' | '?' => {
                    format.grouped |= commas > 0 && !after_point;
                    commas = 0;
                    format.has_digits = true;
                    let fixed = usize::from(character == '0');
                    if format.exponent {
                    } else if after_point {
                        format.decimals += 1;
                        format.fixed_decimals += fixed;
                    } else {
                        format.digits += fixed;
                    }
                }
                '.' if format.has_digits || matches!(characters.peek(), Some('0' | '#' | '?')) => {
                    after_point = true;
                    format.has_digits = true;
                }
                ',' if format.has_digits => commas += 1,
                'E' | 'e' if format.has_digits => {
                    format.exponent = true;
                    characters.next_if(|next| matches!(next, '+' | '-'));
                }
                '%' => {
                    format.percent = true;
                    format.literal('%');
                }
                '"' => characters
                    .by_ref()
                    .take_while(|c| *c != '"')
                    .for_each(|c| format.literal(c)),
                '\\' => format.literal(characters.next()?),
                '_' => {
                    characters.next();
                    format.literal(' ');
                }
                '*' => {
                    characters.next();
                }
                '[' => {
                    let inside: String = characters.by_ref().take_while(|c| *c != ']').collect();
                    if let Some(currency) = inside.strip_prefix('$') {
                        currency
                            .chars()
                            .take_while(|c| *c != '-')
                            .for_each(|c| format.literal(c));
                    } else if inside.starts_with(['<', '>', '=']) {
                        return None;
                    }
                }
                '/' | '@' => return None,
                _ if character.is_ascii_alphabetic() => return None,
                _ => format.literal(character),
            }
        }
        format.thousands = commas;
        Some(format)
    }

    fn literal(&mut self, character: char) {
        let side = if self.has_digits {
            &mut self.suffix
        } else {
            &mut self.prefix
        };
        side.push(character);
    }

    fn show(&self, value: f64, signed: bool) -> String {
        let sign = if signed && value < 0.0 { "-" } else { "" };
        if !self.has_digits {
            return format!("{sign}{}", self.prefix).trim().to_owned();
        }
        let mut value = value.abs() / 1000_f64.powi(self.thousands);
        if self.percent {
            value *= 100.0;
        }
        let digits = if self.exponent {
            format!("{value:.*e}", self.decimals.min(20))
        } else {
            self.decimal(value)
        };
        let zero = digits.chars().all(|c| matches!(c, '0' | '.' | ','));
        let sign = if zero { "" } else { sign };
        format!("{sign}{}{digits}{}", self.prefix, self.suffix)
            .trim()
            .to_owned()
    }

    fn decimal(&self, value: f64) -> String {
        // Through 15 digits first, so that 1.005 rounds as it is shown.
        let value: f64 = format!("{value:.14e}").parse().unwrap_or(value);
        let text = format!("{value:.*}", self.decimals.min(20));
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let mut fraction = fraction.to_owned();
        while fraction.len() > self.fixed_decimals && fraction.ends_with('0') {
            fraction.pop();
        }
        let mut whole = format!("{whole:0>width$}", width = self.digits.min(40));
        if self.grouped {
            whole = group(&whole);
        }
        if fraction.is_empty() {
            whole
        } else {
            format!("{whole}.{fraction}")
        }
    }
}

fn group(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::ExcelDateTimeType;

    #[test]
    fn numbers_as_shown() {
        for (value, code, shown) in [
            (0.1 + 0.2, "General", "0.3"),
            (1234.5, "#,##0.00", "1,234.50"),
            (0.155, "0.0%", "15.5%"),
            (32.0, "0.00\\ \"SAR\"", "32.00 SAR"),
            (32.0, "[$SAR-401]\\ #,##0", "SAR 32"),
            (-5.0, "#,##0;[Red](#,##0)", "(5)"),
            (-5.0, "0", "-5"),
            (7.0, "000", "007"),
            (1_500_000.0, "0.0,,\"M\"", "1.5M"),
            (0.5, "# ?/?", "0.5"),
            (12345.0, "0.00E+00", "1.23e4"),
            (0.0, "_(* #,##0_);_(* (#,##0);_(* \"-\"_);_(@_)", "-"),
        ] {
            assert_eq!(number(value, code), shown, "{value} as {code}");
        }
    }

    #[test]
    fn dates_are_year_first() {
        let date_time = |serial| ExcelDateTime::new(serial, ExcelDateTimeType::DateTime, false);
        assert_eq!(date(&date_time(45356.0), Some("m/d/yy")), "2024-03-05");
        assert_eq!(date(&date_time(45356.5), None), "2024-03-05 12:00");
        assert_eq!(date(&date_time(0.75), Some("h:mm AM/PM")), "18:00");
        let span = ExcelDateTime::new(1.5, ExcelDateTimeType::TimeDelta, false);
        assert_eq!(date(&span, Some("[h]:mm:ss")), "36:00:00");
    }
}
