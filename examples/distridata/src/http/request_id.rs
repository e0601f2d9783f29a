use std::fmt;
use std::sync::Arc;

use axum::http::HeaderValue;
use di_core::ambient::Entropy;
use di_core::component;

use super::RequestHead;

/// Tells a request from all others: in logs, in the head of its response, and in what is said of an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

/// Longest id that is taken from a client.
const LONGEST: usize = 64;

#[component]
impl RequestId {
    /// The id that the client has given, so that its logs and ours can be laid side by side; a new one, if it has given
    /// none, or one that could be mistaken for something else in a log.
    pub fn new(head: &RequestHead, entropy: &dyn Entropy) -> Self {
        match &head.given_id {
            Some(id) if is_sane(id) => RequestId(id.as_str().into()),
            _ => RequestId(format!("{:016x}", entropy.next_u64()).into()),
        }
    }

    /// As the value of a header.
    pub fn header(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).expect("an id is of letters and digits, and a few other signs")
    }
}

fn is_sane(id: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=LONGEST).contains(&id.len()) && id.bytes().all(is_plain)
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
    use crate::http::Request;

    /// Always the same.
    struct Fixed;

    impl Entropy for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0xab);
        }
    }

    async fn id(given: Option<&str>) -> Result<String, BuildError> {
        let head = RequestHead { method: Method::GET, path: "/".into(), given_id: given.map(str::to_owned) };
        let slice = Request::slice().with_head(Arc::new(head)).with_entropy(Arc::new(Fixed)).strict();
        Ok(slice.get::<RequestId>().await?.to_string())
    }

    #[tokio::test]
    async fn a_sane_id_is_kept_and_any_other_replaced() -> Result<(), BuildError> {
        for sane in ["7", "2b1c-44.a_Z", &"x".repeat(64)] {
            assert_eq!(id(Some(sane)).await?, sane);
        }
        let long = "x".repeat(65);
        for other in [None, Some(""), Some("a b"), Some("a\"b"), Some("ä"), Some(&long)] {
            assert_eq!(id(other).await?, "abababababababab", "{other:?}");
        }
        Ok(())
    }
}
