//! Interceptor that applies the fault rules to each call of a component.

use std::sync::Arc;
use std::time::Duration;

use di_core::intercept::{Ending, Interceptor, Method, Next, NextSync, Outputs};

use super::CallEnding;
use super::calls::{Log, Recording};
use super::rule::{Failure, Rules};
use crate::internal::{duration_text, lock};

/// Interceptor that applies the rules to calls and records the calls.
pub(super) struct Injector {
    methods: &'static [Method],
    /// The rules of each method, in the order of `methods`.
    rules: Vec<Rules>,
    log: Arc<Log>,
}

/// The faults of one call.
struct CallFaults<'a> {
    delay: Duration,
    failure: Option<&'a Failure>,
}

impl Injector {
    pub(super) fn new(methods: &'static [Method], rules: Vec<Rules>, log: Arc<Log>) -> Self {
        Injector { methods, rules, log }
    }

    /// Decides about the faults of call number `number`. `text` returns the text of the error that a failure injects.
    fn decide(&self, method: &'static Method, number: usize, text: impl Fn(&Failure) -> String) -> CallFaults<'_> {
        let is_called = |other: &Method| (other.trait_name(), other.name()) == (method.trait_name(), method.name());
        let Some(index) = self.methods.iter().position(is_called) else {
            // Supertrait methods have no rules.
            return CallFaults { delay: Duration::ZERO, failure: None };
        };
        let rules = &self.rules[index];
        let failure = rules.failures.iter().find(|planned| planned.nth == number).map(|planned| &planned.failure);
        let mut faults = CallFaults { delay: rules.delay, failure };
        let Some(decider) = &rules.decider else { return faults };
        let call = || format!("the {} call of `{method}`", ordinal(number));
        let mut decider = lock(decider);
        let delays = &rules.possible_delays;
        if !delays.is_empty() {
            let choice = decider.decide(number, 1 + delays.len(), |choice| {
                format!("{} was {} late", call(), duration_text(delays[choice - 1]))
            });
            faults.delay += choice.checked_sub(1).map_or(Duration::ZERO, |choice| delays[choice]);
        }
        let failures = &rules.possible_failures;
        if faults.failure.is_none() && !failures.is_empty() {
            let choice = decider.decide(number, 1 + failures.len(), |choice| match &failures[choice - 1] {
                failure if failure.is_after_call => format!("the result of {} was lost: {}", call(), text(failure)),
                failure => format!("{} failed: {}", call(), text(failure)),
            });
            faults.failure = choice.checked_sub(1).map(|choice| &failures[choice]);
        }
        faults
    }
}

impl Interceptor for Injector {
    async fn around<N: Next>(&self, next: N) -> N::Output {
        let outputs = next.outputs();
        let recording = self.log.begin(&next.call());
        let faults = self.decide(next.method(), recording.number, |failure| text(&outputs, failure));
        if !faults.delay.is_zero() {
            tokio::time::sleep(faults.delay).await;
        }
        match faults.failure {
            None => next.watch(|ending| record(&recording, ending)).await,
            Some(failure) => {
                if failure.is_after_call {
                    drop(next.watch(|ending| record(&recording, ending)).await);
                }
                fail(&outputs, failure, &recording)
            }
        }
    }

    fn around_sync<N: NextSync>(&self, next: N) -> N::Output {
        let outputs = next.outputs();
        let recording = self.log.begin(&next.call());
        let faults = self.decide(next.method(), recording.number, |failure| text(&outputs, failure));
        match faults.failure {
            None => next.watch(|ending| record(&recording, ending)),
            Some(failure) => {
                if failure.is_after_call {
                    drop(next.watch(|ending| record(&recording, ending)));
                }
                fail(&outputs, failure, &recording)
            }
        }
    }
}

fn record(recording: &Recording<'_>, ending: &Ending<'_>) {
    recording.end(match ending {
        Ending::Failed(failure) => CallEnding::Failed(failure.to_string()),
        Ending::Dropped => CallEnding::Dropped,
        Ending::Panicked => CallEnding::Panicked,
        _ => CallEnding::Returned,
    });
}

fn fail<O>(outputs: &Outputs<O>, failure: &Failure, recording: &Recording<'_>) -> O {
    let output = output(outputs, failure);
    recording.end(CallEnding::Failed(text_of(outputs, &output)));
    output
}

fn output<O>(outputs: &Outputs<O>, failure: &Failure) -> O {
    match outputs.of_error((failure.make_error)()) {
        Ok(output) => output,
        Err(_) => unreachable!("testkit created an error of the wrong type; please report this as a bug in testkit"),
    }
}

fn text<O>(outputs: &Outputs<O>, failure: &Failure) -> String {
    text_of(outputs, &output(outputs, failure))
}

fn text_of<O>(outputs: &Outputs<O>, output: &O) -> String {
    outputs.failure(output).map(|failure| failure.to_string()).unwrap_or_default()
}

/// Formats an ordinal: `1st`, `2nd`, `3rd`, `4th`.
fn ordinal(number: usize) -> String {
    let ending = match (number % 10, number % 100) {
        (1, teen) if teen != 11 => "st",
        (2, teen) if teen != 12 => "nd",
        (3, teen) if teen != 13 => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinals_have_english_suffixes() {
        let ordinals: Vec<_> = [1, 2, 3, 4, 11, 12, 13, 21, 101, 111, 112].map(ordinal).into();
        assert_eq!(ordinals, ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "101st", "111th", "112th"]);
    }
}
