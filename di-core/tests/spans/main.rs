//! `tracing` spans. These tests need a separate binary, because `tracing` caches the subscribers' interest in a span
//! for all threads.

mod calls;
mod constructors;
mod lifecycle;
mod log;
