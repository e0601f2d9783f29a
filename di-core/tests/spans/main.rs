//! Spans of `tracing`. In a process of their own, as the interest of a subscriber is cached for all threads.

mod calls;
mod constructors;
