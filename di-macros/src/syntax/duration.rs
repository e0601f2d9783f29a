//! Parser for durations such as `500ms`.

use syn::{Error, LitStr, Result};

/// Parses a duration such as `500ms`, `5s`, `2m` or `1h`, and returns it in milliseconds.
///
/// # Errors
/// Returns an error if the text has no unit or an unknown one, or if the value does not fit into 64 bits.
pub(crate) fn milliseconds(text: &LitStr) -> Result<u64> {
    parse_milliseconds(&text.value())
        .ok_or_else(|| Error::new(text.span(), "invalid duration: write it as `500ms`, `5s`, `2m` or `1h`"))
}

fn parse_milliseconds(text: &str) -> Option<u64> {
    let unit = text.find(|character: char| !character.is_ascii_digit())?;
    let factor = match &text[unit..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    text[..unit].parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_requires_a_unit() {
        assert_eq!(parse_milliseconds("500ms"), Some(500));
        assert_eq!(parse_milliseconds("2m"), Some(120_000));
        assert_eq!(parse_milliseconds("5"), None);
        assert_eq!(parse_milliseconds("5 s"), None);
        assert_eq!(parse_milliseconds("s"), None);
    }
}
