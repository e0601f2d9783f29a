//! Formats bytes for a report, in hex and as text.

use std::fmt::Write;

/// Maximum number of bytes shown.
const MAX_SHOWN_BYTES: usize = 16;

/// Maximum number of bytes shown before the first one that differs.
const MAX_BYTES_BEFORE: usize = 8;

/// Formats bytes from `start` on: `47 45 54  |GET|`.
fn row(bytes: &[u8], start: usize) -> String {
    let shown = &bytes[start.min(bytes.len())..bytes.len().min(start + MAX_SHOWN_BYTES)];
    let mut row = String::new();
    for byte in shown {
        _ = write!(row, "{byte:02x} ");
    }
    row.extend(std::iter::repeat_n("   ", MAX_SHOWN_BYTES - shown.len()));
    row.push_str(" |");
    row.extend(shown.iter().map(|byte| match byte {
        b' '..=b'~' => char::from(*byte),
        _ => '.',
    }));
    row.push('|');
    if bytes.len() > start + MAX_SHOWN_BYTES {
        _ = write!(row, " and {} more", bytes.len() - start - MAX_SHOWN_BYTES);
    }
    row
}

/// Formats the first bytes.
pub(super) fn first(bytes: &[u8]) -> String {
    row(bytes, 0)
}

/// Formats the expected and the written bytes, one below the other, with a mark at the first byte that differs, `at`.
pub(super) fn difference(expected: &[u8], actual: &[u8], at: usize) -> String {
    let start = at.saturating_sub(MAX_BYTES_BEFORE);
    let column = 3 * (at - start);
    format!(
        "  from byte  {start}\n  expected   {}\n  written    {}\n             {:column$}^^",
        row(expected, start),
        row(actual, start),
        ""
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_shown_in_hex_and_as_text() {
        assert_eq!(first(b"a\n\xff"), format!("{:48} |a..|", "61 0a ff"));
        assert_eq!(
            first(b"GET /index.html HTTP"),
            "47 45 54 20 2f 69 6e 64 65 78 2e 68 74 6d 6c 20  |GET /index.html | and 4 more"
        );
    }

    #[test]
    fn a_difference_is_marked_and_shown_with_its_context() {
        let text = difference(b"0123456789abcdef", b"0123456789Abcdef", 10);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "  from byte  2");
        assert!(lines[1].ends_with("|23456789abcdef|") && lines[2].ends_with("|23456789Abcdef|"), "{text}");
        let mark = lines[3].find('^').unwrap();
        assert_eq!((&lines[1][mark..mark + 2], &lines[2][mark..mark + 2]), ("61", "41"));
    }
}
