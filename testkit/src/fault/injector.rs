use std::sync::Arc;
use std::time::Duration;

use crate::internal::lock;
use di_core::intercept::{Ending, Interceptor, Method, Next, NextSync, Outputs};

use super::CallEnding;
use super::calls::{Log, Recording};
use super::rule::{Failure, Rules};
use crate::report::written;

/// Does to calls what the rules say, and writes them down.
pub(super) struct Injector {
    methods: &'static [Method],
    /// Of each method.
    rules: Vec<Rules>,
    log: Arc<Log>,
}

/// What is to happen to a call.
struct Plan<'a> {
    delay: Duration,
    failure: Option<&'a Failure>,
}

impl Injector {
    pub(super) fn new(methods: &'static [Method], rules: Vec<Rules>, log: Arc<Log>) -> Self {
        Injector { methods, rules, log }
    }

    /// Decides what happens to the call number `number`. `text` is that of the error that a failure makes.
    fn plan(&self, method: &'static Method, number: usize, text: impl Fn(&Failure) -> String) -> Plan<'_> {
        let is_called = |other: &Method| (other.trait_name(), other.name()) == (method.trait_name(), method.name());
        let Some(index) = self.methods.iter().position(is_called) else {
            // It is one of a supertrait, which has no rules.
            return Plan { delay: Duration::ZERO, failure: None };
        };
        let rules = &self.rules[index];
        let failure = rules.failures.iter().find(|(nth, _)| *nth == number).map(|(_, failure)| failure);
        let mut plan = Plan { delay: rules.delay, failure };
        let Some(decider) = &rules.decider else { return plan };
        let call = || format!("the {} call of `{method}`", ordinal(number));
        let mut decider = lock(decider);
        let delays = &rules.perhaps_delays;
        if !delays.is_empty() {
            let way = decider
                .decide(number, 1 + delays.len(), |way| format!("{} was {} late", call(), written(delays[way - 1])));
            plan.delay += way.checked_sub(1).map_or(Duration::ZERO, |way| delays[way]);
        }
        let failures = &rules.perhaps_failures;
        if plan.failure.is_none() && !failures.is_empty() {
            let way = decider.decide(number, 1 + failures.len(), |way| match &failures[way - 1] {
                failure if failure.is_after => format!("the result of {} was lost: {}", call(), text(failure)),
                failure => format!("{} failed: {}", call(), text(failure)),
            });
            plan.failure = way.checked_sub(1).map(|way| &failures[way]);
        }
        plan
    }
}

impl Interceptor for Injector {
    async fn around<N: Next>(&self, next: N) -> N::Output {
        let outputs = next.outputs();
        let recording = self.log.begin(&next.call());
        let plan = self.plan(next.method(), recording.number, |failure| text(&outputs, failure));
        if !plan.delay.is_zero() {
            tokio::time::sleep(plan.delay).await;
        }
        match plan.failure {
            None => next.watch(|ending| record(&recording, ending)).await,
            Some(failure) => {
                if failure.is_after {
                    drop(next.watch(|ending| record(&recording, ending)).await);
                }
                fail(&outputs, failure, &recording)
            }
        }
    }

    fn around_sync<N: NextSync>(&self, next: N) -> N::Output {
        let outputs = next.outputs();
        let recording = self.log.begin(&next.call());
        let plan = self.plan(next.method(), recording.number, |failure| text(&outputs, failure));
        match plan.failure {
            None => next.watch(|ending| record(&recording, ending)),
            Some(failure) => {
                if failure.is_after {
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
    match outputs.of_error((failure.make)()) {
        Ok(output) => output,
        Err(_) => unreachable!("testkit took an error for another; please report this as a defect of testkit"),
    }
}

fn text<O>(outputs: &Outputs<O>, failure: &Failure) -> String {
    text_of(outputs, &output(outputs, failure))
}

fn text_of<O>(outputs: &Outputs<O>, output: &O) -> String {
    outputs.failure(output).map(|failure| failure.to_string()).unwrap_or_default()
}

/// `1st`, `2nd`, `3rd`, `4th`.
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
    fn numbers_are_said_as_people_say_them() {
        let said: Vec<_> = [1, 2, 3, 4, 11, 12, 13, 21, 101, 111, 112].map(ordinal).into();
        assert_eq!(said, ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "101st", "111th", "112th"]);
    }
}
