//! `laws`: no alarm on code that is in use everywhere. Where a law is allowed to be
//! broken, a line says why, and who is right.

mod codecs;
mod combinators;
mod ends;
mod http;
mod io;
mod ours;
mod services;
mod sync;
mod wrappers;
