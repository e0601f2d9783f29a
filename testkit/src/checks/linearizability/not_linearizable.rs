//! Error for a history that is not linearizable.

use std::error::Error;
use std::fmt::{self, Debug, Write};

use super::history::History;
use super::model::Model;
use super::order::LongestOrder;
use super::timeline::{MAX_TEXT_CHARS, cut};

/// Maximum number of trailing operations shown.
const MAX_SHOWN_OPERATIONS: usize = 4;

/// Error returned when a history is not linearizable. Displays the history as a timeline, and the longest order of its
/// operations that the model can explain.
#[derive(Clone)]
pub struct NotLinearizable {
    text: String,
}

impl NotLinearizable {
    pub(super) fn new<M: Model>(history: &History<M>, longest: &LongestOrder<M>) -> Self {
        let headline = match history.records().len() {
            1 => "the operation cannot return this response".to_owned(),
            count => format!("no order of the {count} operations explains the responses"),
        };
        let explanation = explanation(history, longest);
        NotLinearizable { text: format!("not linearizable: {headline}\n{history}{explanation}") }
    }
}

/// Describes the longest order, and the responses of the model after it.
fn explanation<M: Model>(history: &History<M>, longest: &LongestOrder<M>) -> String {
    let mut text = String::new();
    let records = history.records();
    if !longest.order.is_empty() {
        let skipped = longest.order.len().saturating_sub(MAX_SHOWN_OPERATIONS);
        let order: Vec<_> = longest.order[skipped..].iter().map(|&index| records[index].text()).collect();
        let before = if skipped > 0 { ".., " } else { "" };
        let (order, state) = (order.join(", "), short(&longest.state));
        _ = writeln!(text, "  in order   {before}{order}: the state is {state}");
    }
    let first_label = if longest.order.is_empty() { "first" } else { "next" };
    for (at, &index) in longest.next.iter().enumerate() {
        let record = &records[index];
        let label = if at == 0 { first_label } else { "or" };
        let (operation, client) = (short(&record.operation), history.client(record));
        let returned = record.response.as_ref().map(|response| short(response)).unwrap_or_default();
        let model = short(&M::respond(&longest.state, &record.operation));
        _ = writeln!(text, "  {label:9}  {operation} of {client} returned {returned}; the model returns {model}");
    }
    text
}

fn short(value: &dyn Debug) -> String {
    cut(&format!("{value:?}"), MAX_TEXT_CHARS / 2)
}

impl fmt::Display for NotLinearizable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Debug for NotLinearizable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for NotLinearizable {}
