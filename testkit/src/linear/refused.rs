use std::error::Error;
use std::fmt;

use super::history::History;
use super::model::Model;
use super::order::Longest;
use super::timeline::cut;

/// How many of the last operations of an order are told.
const TOLD: usize = 4;

/// A history that is not linearizable. Its text has the history as a timeline, and how far an order of its operations comes.
#[derive(Clone)]
pub struct NotLinearizable {
    text: String,
}

impl NotLinearizable {
    pub(super) fn new<M: Model>(history: &History<M>, longest: &Longest<M>) -> Self {
        let headline = match history.records().len() {
            1 => "the operation cannot return that".to_owned(),
            count => format!("no order of these {count} operations gives what they returned"),
        };
        let explained = explained(history, longest);
        NotLinearizable { text: format!("not linearizable: {headline}\n{history}{explained}") }
    }
}

/// How far an order comes, and what the model does there.
fn explained<M: Model>(history: &History<M>, longest: &Longest<M>) -> String {
    let mut text = String::new();
    let records = history.records();
    if !longest.order.is_empty() {
        let skipped = longest.order.len().saturating_sub(TOLD);
        let order: Vec<_> = longest.order[skipped..].iter().map(|&index| cut(&records[index].text())).collect();
        let before = if skipped > 0 { ".., " } else { "" };
        text += &format!(
            "  in order   {before}{}: the state is {}\n",
            order.join(", "),
            cut(&format!("{:?}", longest.state))
        );
    }
    let nth = if longest.order.is_empty() { "first" } else { "next" };
    for (at, &index) in longest.next.iter().enumerate() {
        let record = &records[index];
        let label = if at == 0 { nth } else { "or" };
        let client = history.client(record);
        let returned = record.response.as_ref().map(|response| cut(&format!("{response:?}"))).unwrap_or_default();
        let model = cut(&format!("{:?}", M::respond(&longest.state, &record.operation)));
        let operation = cut(&format!("{:?}", record.operation));
        text += &format!("  {label:9}  {operation} of {client} returned {returned}; the model returns {model}\n");
    }
    text
}

impl fmt::Display for NotLinearizable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for NotLinearizable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for NotLinearizable {}
