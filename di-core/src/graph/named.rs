//! Compile-time checks of parameters that come from named fields.

use super::Constructor;
use crate::internal::ConstText;

/// Fails to compile if the parameter `name` does not exist, or is not looked up in the field at `index`, or if another
/// parameter is also looked up there.
#[doc(hidden)]
#[track_caller]
pub const fn check_named(constructor: Constructor, name: &str, field: &str, index: usize) {
    let (names, dependencies) = (constructor.names(), constructor.dependencies());
    let mut text = ConstText::new();
    let Some(at) = position(names, name) else {
        text.push("there is no parameter `");
        text.push(name);
        text.push("`: the parameters are ");
        push_list(&mut text, names);
        panic!("{}", text.as_str());
    };
    if dependencies[at] != index {
        push_all(
            &mut text,
            &["the parameter `", name, "` has another type than the field `", field, "` without its tag"],
        );
        panic!("{}", text.as_str());
    }
    let mut other = 0;
    while other < dependencies.len() {
        if other != at && dependencies[other] == index {
            push_all(
                &mut text,
                &[
                    "the parameters `",
                    name,
                    "` and `",
                    names[other],
                    "` have the same type, by which parameters are distinguished: write a `#[provider]` that passes the fields \
                 to the constructor",
                ],
            );
            panic!("{}", text.as_str());
        }
        other += 1;
    }
}

/// Fails to compile if a component in a tagged field takes the field at `untagged`, although there is one with the same
/// tag.
#[doc(hidden)]
#[track_caller]
pub const fn check_same_tag(constructor: Constructor, untagged: usize, untagged_name: &str, tagged_name: &str) {
    let (names, dependencies) = (constructor.names(), constructor.dependencies());
    let mut at = 0;
    while at < dependencies.len() {
        if dependencies[at] == untagged && at < names.len() {
            let mut text = ConstText::new();
            push_all(
                &mut text,
                &[
                    "this component takes `",
                    untagged_name,
                    "`, although `",
                    tagged_name,
                    "` has the tag of its field: add `",
                    names[at],
                    " = ",
                    tagged_name,
                    "` after the type, or `",
                    names[at],
                    " = ",
                    untagged_name,
                    "` to share it",
                ],
            );
            panic!("{}", text.as_str());
        }
        at += 1;
    }
}

const fn push_all(text: &mut ConstText, pieces: &[&str]) {
    let mut at = 0;
    while at < pieces.len() {
        text.push(pieces[at]);
        at += 1;
    }
}

const fn push_list(text: &mut ConstText, names: &[&str]) {
    let mut at = 0;
    while at < names.len() {
        push_all(text, &[if at == 0 { "`" } else { ", `" }, names[at], "`"]);
        at += 1;
    }
}

/// Returns the index of `name`.
const fn position(names: &[&str], name: &str) -> Option<usize> {
    let mut at = 0;
    while at < names.len() {
        if is_equal(names[at].as_bytes(), name.as_bytes()) {
            return Some(at);
        }
        at += 1;
    }
    None
}

const fn is_equal(left: &[u8], right: &[u8]) -> bool {
    let mut at = 0;
    while at < left.len() && at < right.len() && left[at] == right[at] {
        at += 1;
    }
    at == left.len() && at == right.len()
}
