//! How written words are spoken.

use super::super::acoustic::{AcousticModel, Lexicon};
use super::graph::Pronunciations;

/// Pronunciations tried per word.
const MOST: usize = 6;

/// How a written word may be spoken: from the dictionary, numbers in words, and what nobody listed by rules of spelling. None for what has no
/// letter or digit in it.
pub(super) fn pronunciations(text: &str, model: &AcousticModel, lexicon: &Lexicon) -> Pronunciations {
    let mut out: Pronunciations = Vec::new();
    let lower = text.to_lowercase().replace('\u{2019}', "'");
    for token in lower.split(|c: char| !c.is_alphanumeric() && c != '\'') {
        for spoken in tokens(token) {
            let ways = ways(&spoken, model, lexicon);
            if ways.is_empty() {
                continue;
            }
            out = match out.is_empty() {
                true => ways,
                false => out.iter().flat_map(|a| ways.iter().map(move |b| [a.as_slice(), b].concat())).collect(),
            };
            out.truncate(MOST);
        }
    }
    out.retain(|p| !p.is_empty());
    out
}

/// A token as it is said: digits as numbers, the rest as it is.
fn tokens(token: &str) -> Vec<String> {
    let token = token.trim_matches('\'');
    let mut parts: Vec<String> = Vec::new();
    let mut rest = token;
    while let Some(first) = rest.chars().next() {
        let digits = first.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        match part.parse::<u64>() {
            Ok(number) if digits && part.len() <= 12 && (part == "0" || !part.starts_with('0')) => parts.extend(number_words(number)),
            _ if digits => parts.extend(part.bytes().map(|d| SMALL[usize::from(d - b'0')].to_owned())),
            _ => parts.push(part.to_owned()),
        }
        rest = after;
    }
    parts
}

const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const LARGE: [(u64, &str); 4] = [(1_000_000_000, "billion"), (1_000_000, "million"), (1_000, "thousand"), (100, "hundred")];

fn number_words(n: u64) -> Vec<String> {
    if let Some(word) = SMALL.get(n as usize) {
        return vec![(*word).to_owned()];
    }
    if n < 100 {
        let mut words = vec![TENS[(n / 10 - 2) as usize].to_owned()];
        if !n.is_multiple_of(10) {
            words.extend(number_words(n % 10));
        }
        return words;
    }
    // A year is said in two halves.
    if (1_100..2_000).contains(&n) && n % 100 >= 10 {
        return [number_words(n / 100), number_words(n % 100)].concat();
    }
    let Some((size, name)) = LARGE.into_iter().find(|l| l.0 <= n) else { return vec![] };
    let mut words = number_words(n / size);
    words.push(name.to_owned());
    if !n.is_multiple_of(size) {
        words.extend(number_words(n % size));
    }
    words
}

fn ways(token: &str, model: &AcousticModel, lexicon: &Lexicon) -> Pronunciations {
    let listed = lexicon.pronunciations(token);
    if !listed.is_empty() {
        return listed.into_iter().take(MOST).collect();
    }
    // A possessive or a plural of a listed word ends in one more sound.
    for (ending, phones) in [("'s", ["Z", "S"]), ("s'", ["Z", "S"]), ("s", ["Z", "S"])] {
        if let Some(stem) = token.strip_suffix(ending).filter(|s| s.len() > 2) {
            let stems = lexicon.pronunciations(stem);
            if !stems.is_empty() {
                let ends = phones.map(|p| model.phone(p));
                return stems
                    .into_iter()
                    .take(2)
                    .flat_map(|s| ends.into_iter().flatten().map(move |e| [s.as_slice(), &[e]].concat()))
                    .collect();
            }
        }
    }
    let spelt: Vec<u8> = spelling(token).iter().filter_map(|p| model.phone(p)).collect();
    if spelt.is_empty() { vec![] } else { vec![spelt] }
}

/// English spelling, longest match first; a rule with `^` holds at the start of a word only, one with `$` at its end.
const RULES: [(&str, &str); 104] = [
    ("^kn", "N"),
    ("^wr", "R"),
    ("^ps", "S"),
    ("^gn", "N"),
    ("^x", "Z"),
    ("^wh", "W"),
    ("^y", "Y"),
    ("tion", "SH AH N"),
    ("sion", "ZH AH N"),
    ("cious", "SH AH S"),
    ("tious", "SH AH S"),
    ("cial", "SH AH L"),
    ("tial", "SH AH L"),
    ("ought", "AO T"),
    ("aught", "AO T"),
    ("ough", "OW"),
    ("eigh", "EY"),
    ("igh", "AY"),
    ("tch", "CH"),
    ("dge", "JH"),
    ("sch", "SH"),
    ("que$", "K"),
    ("gue$", "G"),
    ("ture", "CH ER"),
    ("sure", "ZH ER"),
    ("ous$", "AH S"),
    ("ble$", "B AH L"),
    ("ple$", "P AH L"),
    ("tle$", "T AH L"),
    ("dle$", "D AH L"),
    ("gle$", "G AH L"),
    ("cle$", "K AH L"),
    ("ed$", "D"),
    ("es$", "Z"),
    ("ing$", "IH NG"),
    ("air", "EH R"),
    ("are$", "EH R"),
    ("ear", "IH R"),
    ("eer", "IH R"),
    ("ire", "AY ER"),
    ("ore", "AO R"),
    ("our", "AO R"),
    ("ure", "Y UH R"),
    ("er", "ER"),
    ("ir", "ER"),
    ("ur", "ER"),
    ("ar", "AA R"),
    ("or", "AO R"),
    ("ee", "IY"),
    ("ea", "IY"),
    ("ie", "IY"),
    ("ei", "EY"),
    ("ey$", "IY"),
    ("ey", "EY"),
    ("ai", "EY"),
    ("ay", "EY"),
    ("oa", "OW"),
    ("oe", "OW"),
    ("oi", "OY"),
    ("oy", "OY"),
    ("oo", "UW"),
    ("ou", "AW"),
    ("ow$", "OW"),
    ("ow", "AW"),
    ("au", "AO"),
    ("aw", "AO"),
    ("ue", "UW"),
    ("ui", "UW"),
    ("ew", "UW"),
    ("ch", "CH"),
    ("sh", "SH"),
    ("th", "TH"),
    ("ph", "F"),
    ("gh", "G"),
    ("ck", "K"),
    ("qu", "K W"),
    ("ng", "NG"),
    ("nk", "NG K"),
    ("ce", "S EH"),
    ("ci", "S IH"),
    ("cy", "S IY"),
    ("ge$", "JH"),
    ("y$", "IY"),
    ("e$", ""),
    ("a", "AE"),
    ("b", "B"),
    ("c", "K"),
    ("d", "D"),
    ("e", "EH"),
    ("f", "F"),
    ("g", "G"),
    ("h", "HH"),
    ("i", "IH"),
    ("j", "JH"),
    ("k", "K"),
    ("l", "L"),
    ("m", "M"),
    ("n", "N"),
    ("o", "AA"),
    ("p", "P"),
    ("r", "R"),
    ("s", "S"),
    ("t", "T"),
    ("u", "AH"),
];
const LAST_RULES: [(&str, &str); 6] = [("v", "V"), ("w", "W"), ("x", "K S"), ("y", "IH"), ("z", "Z"), ("q", "K")];

/// Sounds of a spelling that no dictionary has, by the commonest rules of English. Letters of other scripts have none.
fn spelling(word: &str) -> Vec<&'static str> {
    let mut letters: String = word.chars().map(unaccented).filter(char::is_ascii_lowercase).collect();
    letters.dedup_doubles();
    let mut out = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        let rest = &letters[at..];
        let fits = |(pattern, _): &&(&str, &str)| {
            let core = pattern.trim_start_matches('^').trim_end_matches('$');
            let start = !pattern.starts_with('^') || at == 0;
            // A silent ending alone would leave no word.
            let end = !pattern.ends_with('$') || (rest.len() == core.len() && at > 0);
            start && end && rest.starts_with(core)
        };
        let Some((pattern, phones)) = RULES.iter().chain(&LAST_RULES).find(fits) else { break };
        out.extend(phones.split_whitespace());
        at += pattern.trim_matches(['^', '$']).len();
    }
    out
}

trait DedupDoubles {
    fn dedup_doubles(&mut self);
}
impl DedupDoubles for String {
    /// A doubled consonant sounds once.
    fn dedup_doubles(&mut self) {
        let mut last = None;
        self.retain(|c| {
            let double = last == Some(c) && !"aeiou".contains(c);
            last = Some(c);
            !double
        });
    }
}

/// The plain letter under the commonest accents.
fn unaccented(c: char) -> char {
    match c {
        'à'..='å' => 'a',
        'ç' => 'c',
        'è'..='ë' => 'e',
        'ì'..='ï' => 'i',
        'ñ' => 'n',
        'ò'..='ö' | 'ø' => 'o',
        'ù'..='ü' => 'u',
        other => other,
    }
}
