//! A deviation of a failing schedule, as users see it.

use std::fmt;

/// A choice other than the default that the failure needs. `Display` describes it in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    step: Option<usize>,
    text: String,
}

impl Choice {
    pub(crate) fn new(step: Option<usize>, text: String) -> Self {
        Choice { step, text }
    }

    /// Returns whether the other choice has the same text, possibly in another step.
    pub(crate) fn is_like(&self, other: &Choice) -> bool {
        self.text == other.text
    }

    /// Returns the sentence without the step.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Returns the step in which the choice was made, from 1, or `None` if it is unknown because the test could not run
    /// again.
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
