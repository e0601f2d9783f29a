//! `testkit::laws`: poll code with a typical mistake breaks the expected law, and the same code without it keeps all
//! laws.

mod buf_readers;
mod futures;
mod inbox;
mod readers;
mod reports;
mod runner;
mod sinks;
mod streams;
mod testkit_types;
mod writers;

use std::fmt::Debug;

use futures_sink::Sink;
use futures_util::Stream;
use testkit::laws::{self, Case, Law, Laws};
use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite};

/// Whether the checked code is built with its mistake.
#[derive(Clone, Copy, PartialEq)]
enum Made {
    Wrong,
    Right,
}

impl Made {
    fn is_wrong(self) -> bool {
        self == Made::Wrong
    }
}

/// Asserts that the code breaks the law with its mistake, and keeps all laws without it.
#[track_caller]
fn check_both(law: Law, laws: impl Fn(Made) -> Laws) {
    breaks(law, laws(Made::Wrong));
    laws(Made::Right).check();
}

#[track_caller]
fn breaks(law: Law, laws: Laws) {
    match laws.verdict() {
        Ok(()) => panic!("no law is broken, but {law:?} should be"),
        Err(broken) => assert_eq!(broken.law(), law, "{broken}"),
    }
}

#[track_caller]
fn future<F>(law: Law, make: impl Fn(&mut Case, Made) -> F + Copy + Send + 'static)
where
    F: Future<Output: Debug> + 'static,
{
    check_both(law, |made| laws::future(move |case| make(case, made)));
}

#[track_caller]
fn stream<S>(law: Law, make: impl Fn(&mut Case, Made) -> S + Copy + Send + 'static)
where
    S: Stream<Item: Debug> + 'static,
{
    check_both(law, |made| laws::stream(move |case| make(case, made)));
}

#[track_caller]
fn sink<S>(law: Law, make: impl Fn(&mut Case, Made) -> S + Copy + Send + 'static)
where
    S: Sink<u32, Error: Debug> + 'static,
{
    check_both(law, |made| laws::sink([1, 2, 3, 4, 5], move |case| make(case, made)));
}

#[track_caller]
fn read<R>(law: Law, make: impl Fn(&mut Case, Made) -> R + Copy + Send + 'static)
where
    R: AsyncRead + 'static,
{
    check_both(law, |made| laws::read(move |case| make(case, made)));
}

#[track_caller]
fn buf_read<R>(law: Law, make: impl Fn(&mut Case, Made) -> R + Copy + Send + 'static)
where
    R: AsyncBufRead + 'static,
{
    check_both(law, |made| laws::buf_read(move |case| make(case, made)));
}

#[track_caller]
fn write<W>(law: Law, make: impl Fn(&mut Case, Made) -> W + Copy + Send + 'static)
where
    W: AsyncWrite + 'static,
{
    check_both(law, |made| laws::write(move |case| make(case, made)));
}
