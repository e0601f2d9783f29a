//! String building in const evaluation.

/// Capacity in bytes.
const CAPACITY: usize = 1024;

/// A string assembled at compile time, for compiler messages. A piece that does not fit is left out.
pub(crate) struct ConstText {
    bytes: [u8; CAPACITY],
    length: usize,
}

impl ConstText {
    pub(crate) const fn new() -> Self {
        ConstText { bytes: [0; CAPACITY], length: 0 }
    }

    pub(crate) const fn push(&mut self, text: &str) {
        let bytes = text.as_bytes();
        if self.length + bytes.len() > CAPACITY {
            return;
        }
        let mut at = 0;
        while at < bytes.len() {
            self.bytes[self.length] = bytes[at];
            self.length += 1;
            at += 1;
        }
    }

    pub(crate) const fn push_number(&mut self, number: usize) {
        if number > 9 {
            self.push_number(number / 10);
        }
        if self.length < CAPACITY {
            self.bytes[self.length] = b'0' + (number % 10) as u8;
            self.length += 1;
        }
    }

    pub(crate) const fn as_str(&self) -> &str {
        match std::str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => text,
            Err(_) => unreachable!(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_that_does_not_fit_is_left_out() {
        let mut text = ConstText::new();
        text.push(&"x".repeat(CAPACITY - 3));
        text.push("long");
        text.push_number(17);
        assert!(text.as_str().ends_with("x17"));
        assert_eq!(text.as_str().len(), CAPACITY - 1);
    }
}
