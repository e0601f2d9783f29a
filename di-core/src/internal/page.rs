//! Building blocks of self-contained HTML pages, shared by the container graph and `testkit`'s timeline.

use std::fmt::Write;

/// The shared style: palette, type, controls.
pub const STYLE: &str = include_str!("page/base.css");

/// Replaces each placeholder of a page with its text, from top to bottom.
///
/// # Panics
/// Panics if the page does not contain the placeholders in this order.
pub fn filled(page: &str, parts: &[(&str, &str)]) -> String {
    let length: usize = parts.iter().map(|(_, text)| text.len()).sum();
    let mut filled = String::with_capacity(page.len() + length);
    let mut rest = page;
    for (place, text) in parts {
        let (before, after) = rest.split_once(place).expect("a page has a placeholder for each part");
        filled.extend([before, text]);
        rest = after;
    }
    filled + rest
}

/// Escapes JSON for a script element. `<` occurs in strings only; escaped, it can neither end the element nor open a
/// comment.
pub fn embedded(json: &str) -> String {
    json.replace('<', "\\u003c")
}

/// Escapes text for HTML, including attributes.
pub fn html_escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Quotes text as a JSON string.
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
