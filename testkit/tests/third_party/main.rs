//! Widely used third-party code keeps the laws of `testkit::laws`. If a test allows a law to be broken, a comment
//! explains whether the law or the code is at fault.

mod codecs;
mod combinators;
mod ends;
mod http;
mod io;
mod services;
mod sync;
mod wrappers;
