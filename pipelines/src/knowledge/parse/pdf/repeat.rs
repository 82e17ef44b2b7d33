//! Running headers, footers and page numbers: lines that come back at the same place on most pages.
//!
//! What must stay true: the first occurrence stays, since a letterhead's address may be the answer to a
//! question; bare page numbers go everywhere.

use std::collections::HashMap;

use super::line::Line;

/// Lines looked at from the top and from the bottom of a page.
const EDGE: usize = 3;

pub(super) fn drop_running_lines(pages: &mut [Vec<Line>]) {
    let mut seen: HashMap<String, usize> = HashMap::new();
    for page in pages.iter() {
        for at in edges(page) {
            *seen.entry(key(&page[at])).or_default() += 1;
        }
    }
    let often = (pages.len() / 2).max(3);
    let mut kept: Vec<String> = Vec::new();
    for page in pages {
        let mut drop: Vec<usize> = Vec::new();
        for at in edges(page) {
            let key = key(&page[at]);
            let repeats = seen.get(&key).is_some_and(|count| *count >= often);
            if is_page_number(&page[at]) {
                drop.push(at);
            } else if repeats {
                if kept.contains(&key) {
                    drop.push(at);
                } else {
                    kept.push(key);
                }
            }
        }
        let mut at = 0;
        page.retain(|_| {
            at += 1;
            !drop.contains(&(at - 1))
        });
    }
}

/// Indices of the outermost lines by height.
fn edges(page: &[Line]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..page.len()).collect();
    order.sort_by(|a, b| page[*a].y.total_cmp(&page[*b].y));
    if order.len() > 2 * EDGE {
        order.drain(EDGE..order.len() - EDGE);
    }
    order
}

/// Text with numbers blanked, and the height to a few points.
fn key(line: &Line) -> String {
    let text: String = line
        .text()
        .chars()
        .map(|c| if c.is_numeric() { '#' } else { c })
        .collect();
    let mut text = text.trim().to_owned();
    while text.contains("##") {
        text = text.replace("##", "#");
    }
    format!("{text}@{}", (line.y / 8.0).round())
}

fn is_page_number(line: &Line) -> bool {
    let text = line.text();
    let text = text.trim_matches(|c: char| c.is_whitespace() || "-–—|[]".contains(c));
    let word = text
        .trim_start_matches("Page ")
        .trim_start_matches("page ")
        .trim_start_matches("صفحة ");
    let numbers = word
        .split(['/', ' '])
        .filter(|part| !matches!(*part, "of" | "من" | ""))
        .collect::<Vec<_>>();
    let worded = word.len() < text.len() || numbers.len() == 2;
    let short =
        |part: &&str| (1..=4).contains(&part.chars().count()) && part.chars().all(char::is_numeric);
    (1..=2).contains(&numbers.len()) && numbers.iter().all(short) && (worded || numbers.len() == 1)
}
