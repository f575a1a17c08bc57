//! Texts against each other.

/// How alike two texts are, 0..1: 1 less the share of letters that would have to change (Levenshtein, by the length of the longer one). The case of
/// letters and the kind of spaces don't count; two empty texts are alike.
pub fn likeness(one: &str, other: &str) -> f64 {
    strsim::normalized_levenshtein(&plain(one), &plain(other))
}

fn plain(text: &str) -> String {
    text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}
