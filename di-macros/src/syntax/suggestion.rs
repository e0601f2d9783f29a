//! Nearest match for a misspelled name.

/// Returns the candidate closest to a misspelled `name`, if one is close enough.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |candidate: &&str| strsim::damerau_levenshtein(name, candidate);
    let best = candidates.into_iter().min_by_key(distance)?;
    (distance(&best) <= 1 + name.len().min(best.len()) / 4).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_close_name_is_suggested() {
        assert_eq!(nearest("catlog", ["store", "catalog", "clock"]), Some("catalog"));
        assert_eq!(nearest("strore", ["store", "catalog"]), Some("store"));
        assert_eq!(nearest("zebra", ["store", "catalog"]), None);
    }
}
