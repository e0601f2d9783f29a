//! Requirements of interceptors, checked at compile time against a trait's methods.

use super::Method;
use crate::internal::ConstText;

/// A capability that a method needs for an interceptor to have an effect.
///
/// An interceptor declares it in [`Interceptor::REQUIRES`](super::Interceptor::REQUIRES). If no method of a trait has
/// it, the interceptor cannot be used in a `#[decorate(..)]`: the compile error gives the reason for each method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Capability {
    /// The method can be called again after an error: it is async, returns a `Result`, and all of its arguments are
    /// `Clone`.
    Retry,
    /// The method can be ended by a timeout: it is async, and its error is [`From<TimedOut>`](super::TimedOut).
    TimeOut,
}

impl Capability {
    /// Returns whether `method` has the capability.
    pub const fn is_in(self, method: &Method) -> bool {
        match self {
            Capability::Retry => method.is_async() && method.can_repeat() && method.error().is_some(),
            Capability::TimeOut => method.can_time_out(),
        }
    }

    /// Explains why no method of `methods` has the capability. Returns `None` if one has.
    pub(super) const fn lacking_in(self, trait_name: &str, methods: &[Method]) -> Option<ConstText> {
        let mut at = 0;
        while at < methods.len() {
            if self.is_in(&methods[at]) {
                return None;
            }
            at += 1;
        }
        let mut text = ConstText::new();
        text.push("this interceptor has no effect: no method of `");
        text.push(trait_name);
        text.push(match self {
            Capability::Retry => "` can be retried",
            Capability::TimeOut => "` can time out",
        });
        at = 0;
        while at < methods.len() {
            text.push("\n  `");
            text.push(methods[at].name());
            text.push("` ");
            self.explain(&methods[at], &mut text);
            at += 1;
        }
        Some(text)
    }

    /// Explains why `method` lacks the capability.
    const fn explain(self, method: &Method, text: &mut ConstText) {
        let Some(error) = method.error() else {
            text.push(if method.is_async() { "does not return a `Result`" } else { "is not async" });
            return;
        };
        if !method.is_async() {
            text.push("is not async");
            return;
        }
        match self {
            Capability::Retry => text.push("takes an argument that is not `Clone`"),
            Capability::TimeOut => {
                text.push("fails with `");
                text.push(error.name());
                text.push("`, which has no `From<di_core::intercept::TimedOut>`: implement it");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYNC: Method = Method::new("Mailer", "backlog", false, true).with_error(true, "Gone", None, true);
    const INFALLIBLE: Method = Method::new("Mailer", "ping", true, true);
    const STREAMING: Method = Method::new("Mailer", "upload", true, false).with_error(true, "MailError", None, false);
    const CAPABLE: Method = Method::new("Mailer", "send", true, true).with_error(true, "MailError", None, true);

    #[test]
    fn one_capable_method_is_enough() {
        assert!(Capability::Retry.lacking_in("Mailer", &[SYNC, CAPABLE]).is_none());
        assert!(Capability::TimeOut.lacking_in("Mailer", &[SYNC, CAPABLE]).is_none());
    }

    #[test]
    fn the_reason_is_given_for_each_method() {
        let text = Capability::TimeOut.lacking_in("Mailer", &[SYNC, INFALLIBLE, STREAMING]).unwrap();
        assert_eq!(
            text.as_str(),
            "this interceptor has no effect: no method of `Mailer` can time out\n  `backlog` is not async\n  `ping` does \
             not return a `Result`\n  `upload` fails with `MailError`, which has no `From<di_core::intercept::TimedOut>`: implement it"
        );
        let text = Capability::Retry.lacking_in("Mailer", &[STREAMING]).unwrap();
        assert!(text.as_str().ends_with("can be retried\n  `upload` takes an argument that is not `Clone`"));
    }
}
