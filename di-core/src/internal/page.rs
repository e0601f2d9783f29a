//! What pages have in common that are one HTML file and need nothing else: the container graph, and `testkit`'s timeline.

use std::fmt::Write;

/// The looks that they share: palette, type, controls.
pub const STYLE: &str = include_str!("page/base.css");

/// A page whose places are filled in, from top to bottom.
///
/// # Panics
/// If the page does not have the places in this order.
pub fn filled(page: &str, parts: &[(&str, &str)]) -> String {
    let length: usize = parts.iter().map(|(_, text)| text.len()).sum();
    let mut filled = String::with_capacity(page.len() + length);
    let mut rest = page;
    for (place, text) in parts {
        let (before, after) = rest.split_once(place).expect("a page has a place for each part");
        filled.extend([before, text]);
        rest = after;
    }
    filled + rest
}

/// JSON as it may stand in a script element: `<` stands in strings only, and escaped it can neither end the element nor open a
/// comment.
pub fn embedded(json: &str) -> String {
    json.replace('<', "\\u003c")
}

/// Text as it may stand in HTML, in attributes, too.
pub fn html_escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Text as a JSON string.
pub fn json_quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            control if control < ' ' => _ = write!(quoted, "\\u{:04x}", u32::from(control)),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}
