//! Spans of `tracing`. They need a binary of their own: the interest of subscribers in a span is cached for all
//! threads.

mod calls;
mod constructors;
