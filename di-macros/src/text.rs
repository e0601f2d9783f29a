//! Words for messages and for static data.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use quote::ToTokens;

/// Tokens as a person writes them: `Arc<dyn Store>`, not `Arc < dyn Store >`.
pub(crate) fn source_text(tokens: &impl ToTokens) -> String {
    let mut text = String::new();
    write_tokens(tokens.to_token_stream(), &mut text);
    text
}

fn write_tokens(tokens: TokenStream, text: &mut String) {
    // Whether the previous token was a word, so that another needs a space before it.
    let mut after_word = false;
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => (" { ", " }"),
                    Delimiter::None => ("", ""),
                };
                text.push_str(open);
                write_tokens(group.stream(), text);
                text.push_str(close);
                after_word = true;
            }
            TokenTree::Punct(punct) => {
                let character = punct.as_char();
                let spaced = punct.spacing() == Spacing::Alone;
                match character {
                    ',' | ';' => text.extend([character, ' ']),
                    ':' if spaced && !text.ends_with(':') => text.push_str(": "),
                    '+' | '=' if spaced => text.extend([' ', character, ' ']),
                    '>' if text.ends_with('-') => {
                        text.pop();
                        text.push_str(" -> ");
                    }
                    _ => text.push(character),
                }
                after_word = character == '>';
            }
            word => {
                if after_word && !text.ends_with([' ', '<', '(', '[', '&']) {
                    text.push(' ');
                }
                text.push_str(&word.to_string());
                after_word = true;
            }
        }
    }
}

/// The candidate that a misspelt `name` most likely stands for, if one is near enough.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |candidate: &&str| strsim::damerau_levenshtein(name, candidate);
    let best = candidates.into_iter().min_by_key(distance)?;
    (distance(&best) <= 1 + name.len().min(best.len()) / 4).then_some(best)
}

/// The milliseconds of `500ms`, `5s`, `2m` or `1h`.
pub(crate) fn milliseconds(text: &str) -> Option<u64> {
    let digits = text.find(|character: char| !character.is_ascii_digit())?;
    let factor = match &text[digits..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    text[..digits].parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_read_as_they_are_written() {
        for written in [
            "Arc<dyn Store>",
            "Arc<dyn Store + Send>",
            "std::sync::Arc<Cache<User, 8>>",
            "HashMap<String, Vec<(u8, &'static str)>>",
            "Box<dyn Fn(u8) -> u8>",
            "[u8; 4]",
            "dyn Iterator<Item = u8>",
        ] {
            let tokens: TokenStream = written.parse().unwrap();
            assert_eq!(source_text(&tokens), written);
        }
    }

    #[test]
    fn the_nearest_name_is_near() {
        assert_eq!(nearest("catlog", ["store", "catalog", "clock"]), Some("catalog"));
        assert_eq!(nearest("strore", ["store", "catalog"]), Some("store"));
        assert_eq!(nearest("zebra", ["store", "catalog"]), None);
    }

    #[test]
    fn a_time_has_a_unit() {
        assert_eq!(milliseconds("500ms"), Some(500));
        assert_eq!(milliseconds("2m"), Some(120_000));
        assert_eq!(milliseconds("5"), None);
        assert_eq!(milliseconds("5 s"), None);
        assert_eq!(milliseconds("s"), None);
    }
}
