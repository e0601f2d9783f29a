//! Formatter for tokens, as a user would write them.

use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};
use quote::ToTokens;

/// Formats tokens as source code: `Arc<dyn Store>`, not `Arc < dyn Store >`.
pub(crate) fn source_text(tokens: &impl ToTokens) -> String {
    let mut text = String::new();
    write_tokens(tokens.to_token_stream(), &mut text);
    text
}

/// Formats tokens as source code, each path without its module: `Arc<dyn Store>` for `std::sync::Arc<dyn db::Store>`.
pub(crate) fn unqualified(tokens: &impl ToTokens) -> String {
    fn last_segments(tokens: TokenStream) -> TokenStream {
        let mut last: Vec<TokenTree> = Vec::new();
        for token in tokens {
            let is_separator = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':');
            match token {
                TokenTree::Ident(_) if last.len() > 1 && last[last.len() - 2..].iter().all(is_separator) => {
                    last.truncate(last.len() - 2);
                    last.pop_if(|before| matches!(before, TokenTree::Ident(_)));
                    last.push(token);
                }
                TokenTree::Group(group) => {
                    last.push(Group::new(group.delimiter(), last_segments(group.stream())).into());
                }
                other => last.push(other),
            }
        }
        last.into_iter().collect()
    }
    source_text(&last_segments(tokens.to_token_stream()))
}

fn write_tokens(tokens: TokenStream, text: &mut String) {
    // Whether a word that follows needs a space before it.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_formatted_as_in_source_code() {
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
    fn an_unqualified_type_has_no_modules() {
        let tokens: TokenStream = "std::sync::Arc<dyn db::Store<[::core::primitive::u8; 4]>>".parse().unwrap();
        assert_eq!(unqualified(&tokens), "Arc<dyn Store<[u8; 4]>>");
    }
}
