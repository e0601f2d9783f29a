use std::fmt;

/// A choice that was not the default, and without which the failure does not come. Its text is a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    step: Option<usize>,
    text: String,
}

impl Choice {
    pub(crate) fn new(step: Option<usize>, text: String) -> Self {
        Choice { step, text }
    }

    /// Whether the other is the same, in another step.
    pub(crate) fn is_like(&self, other: &Choice) -> bool {
        self.text == other.text
    }

    /// The sentence alone.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The step in which it was made, from 1; none, if that is not known, as the test could not be run again.
    pub fn step(&self) -> Option<usize> {
        self.step
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.step {
            Some(step) => write!(f, "step {step}  {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}
