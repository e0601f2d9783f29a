//! The members of `#[collect(..)]`.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, Lit, Result, Token};

use crate::syntax::attributes::attribute_name;

/// A member of a collection: `field`, or `"key" = field` for a map.
pub(crate) struct Member {
    /// The `#[cfg(..)]`s above the member.
    pub(crate) cfgs: Vec<Attribute>,
    /// The key in a map.
    pub(crate) key: Option<Lit>,
    pub(crate) field: Ident,
}

impl Parse for Member {
    fn parse(input: ParseStream<'_>) -> Result<Member> {
        let cfgs = input.call(Attribute::parse_outer)?;
        if let Some(other) = cfgs.iter().find(|attribute| attribute_name(attribute) != "cfg") {
            return Err(Error::new_spanned(other, "a collected field takes no attribute other than `#[cfg(..)]`"));
        }
        let key = if input.peek(Lit) {
            let key = input.parse()?;
            input.parse::<Token![=]>()?;
            Some(key)
        } else {
            None
        };
        Ok(Member { cfgs, key, field: input.parse()? })
    }
}

impl Member {
    /// Whether the two members have the same key, and both can be present.
    pub(crate) fn conflicts_with(&self, other: &Member) -> bool {
        let text = |member: &Member| match &member.key {
            Some(Lit::Str(text)) => Some(text.value()),
            Some(key) => Some(key.to_token_stream().to_string()),
            None => None,
        };
        let exclude_each_other = !self.cfgs.is_empty() && !other.cfgs.is_empty();
        !exclude_each_other && text(self).is_some() && text(self) == text(other)
    }
}
