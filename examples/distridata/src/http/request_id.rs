//! Request ids, either from the client or random.

use std::fmt;
use std::sync::Arc;

use axum::http::HeaderValue;
use di_core::ambient::Entropy;
use di_core::component;

use super::RequestHead;

/// Id of a request, for logs, response headers and error messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

/// Maximum length of an id from a client.
const MAX_LEN: usize = 64;

#[component]
impl RequestId {
    /// Keeps the client's id, to match the client's logs with ours. Creates a new id if there is none, or if it could
    /// garble a log.
    pub fn new(head: &RequestHead, entropy: &dyn Entropy) -> Self {
        match &head.given_id {
            Some(id) if is_valid(id) => RequestId(id.as_str().into()),
            _ => RequestId(format!("{:016x}", entropy.next_u64()).into()),
        }
    }

    /// Returns the id as a header value.
    pub fn header(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).expect("an id has only ASCII letters, digits, `-`, `_` and `.`")
    }
}

fn is_valid(id: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=MAX_LEN).contains(&id.len()) && id.bytes().all(is_plain)
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Method;
    use di_core::BuildError;

    use super::*;
    use crate::http::RequestScope;

    /// Always returns the same bytes.
    struct Fixed;

    impl Entropy for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0xab);
        }
    }

    async fn id(given: Option<&str>) -> Result<String, BuildError> {
        let head = RequestHead { method: Method::GET, path: "/".into(), given_id: given.map(str::to_owned) };
        let slice = RequestScope::slice().with_head(Arc::new(head)).with_entropy(Arc::new(Fixed)).strict();
        Ok(slice.get::<RequestId>().await?.to_string())
    }

    #[tokio::test]
    async fn a_valid_id_is_kept_and_any_other_replaced() -> Result<(), BuildError> {
        for valid in ["7", "2b1c-44.a_Z", &"x".repeat(64)] {
            assert_eq!(id(Some(valid)).await?, valid);
        }
        let long = "x".repeat(65);
        for other in [None, Some(""), Some("a b"), Some("a\"b"), Some("ä"), Some(&long)] {
            assert_eq!(id(other).await?, "abababababababab", "{other:?}");
        }
        Ok(())
    }
}
