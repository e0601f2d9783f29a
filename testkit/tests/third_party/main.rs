//! Widely used third-party code keeps the laws of `testkit::laws`. A comment explains each law that a test allows to be
//! broken, and whether the law or the code is at fault.

mod codecs;
mod combinators;
mod ends;
mod http;
mod io;
mod services;
mod sync;
mod wrappers;
