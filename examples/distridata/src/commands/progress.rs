//! Progress bars for transfers.

use futures_util::stream::{StreamExt, TryStreamExt};
use indicatif::{ProgressBar, ProgressStyle};

use crate::object::ByteStream;

/// Shows a progress bar on a terminal, and nothing elsewhere.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// Creates a bar for `size` bytes of `name`.
    pub(super) fn new(name: &str, size: u64) -> Self {
        let template = "{msg} [{bar:40}] {bytes} of {total_bytes}, {binary_bytes_per_sec}, {eta} left";
        let style = ProgressStyle::with_template(template).expect("the template is a constant");
        Progress(ProgressBar::new(size).with_style(style.progress_chars("=> ")).with_message(name.to_owned()))
    }

    /// Returns the content. The bar advances as the content is read.
    pub(super) fn count(&self, content: ByteStream) -> ByteStream {
        let bar = self.0.clone();
        content.inspect_ok(move |bytes| bar.inc(bytes.len() as u64)).boxed()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
