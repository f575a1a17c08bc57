//! How written words are spoken.

use super::super::acoustic::{AcousticModel, Lexicon};
use super::graph::Pronunciations;

/// Pronunciations tried per word.
const MOST: usize = 6;

/// How a written word may be spoken: from the dictionary, numbers in words, and what nobody listed by rules of spelling. None for what has no
/// letter or digit in it.
pub(super) fn pronunciations(text: &str, model: &AcousticModel, lexicon: &Lexicon) -> Pronunciations {
    let mut out: Pronunciations = Vec::new();
    for token in plain(text).split(|c: char| !c.is_alphanumeric() && c != '\'') {
        for spoken in tokens(token, lexicon) {
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
    out
}

/// The text in lower case, with one kind of apostrophe, no accents that stand apart from their letter, no commas that part thousands, and decimals
/// as they are said: a point, then digit after digit.
fn plain(text: &str) -> String {
    let lower = text.to_lowercase().replace('\u{2019}', "'");
    let chars: Vec<char> = lower.chars().filter(|c| !('\u{300}'..='\u{36f}').contains(c)).collect();
    let digits_from = |i: usize| chars[i..].iter().take_while(|c| c.is_ascii_digit()).count();
    let mut out = String::new();
    let mut decimals = false;
    for (i, c) in chars.iter().enumerate() {
        let after_digit = i > 0 && chars[i - 1].is_ascii_digit();
        match c {
            ',' if after_digit && digits_from(i + 1) == 3 => {}
            '.' if after_digit && digits_from(i + 1) > 0 => {
                decimals = true;
                out.push_str(" point");
            }
            digit if decimals && digit.is_ascii_digit() => out.extend([' ', *digit]),
            other => {
                decimals = false;
                out.push(*other);
            }
        }
    }
    out
}

/// A token as it is said: digits as numbers, the rest as it is.
fn tokens(token: &str, lexicon: &Lexicon) -> Vec<String> {
    // Some words are listed with the apostrophe that they begin or end with; elsewhere it is a quotation mark.
    if !lexicon.pronunciations(token).is_empty() {
        return vec![token.to_owned()];
    }
    let mut parts: Vec<String> = Vec::new();
    let mut rest = token.trim_matches('\'');
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
    let plain: String = token.chars().map(unaccented).collect();
    let listed = |word: &str| Some(lexicon.pronunciations(word)).filter(|ways| !ways.is_empty());
    if let Some(ways) = listed(token).or_else(|| listed(&plain)) {
        return ways.into_iter().take(MOST).collect();
    }
    // A possessive or a plural of a listed word adds to its sounds.
    let stem = |ending| plain.strip_suffix(ending).filter(|stem| stem.len() > 2).and_then(listed);
    if let Some(stems) = stem("'s").or_else(|| stem("s")) {
        return stems.into_iter().take(MOST).map(|stem| with_s(stem, model)).collect();
    }
    let spelt: Vec<u8> = spelling(&plain).iter().filter_map(|p| model.phone(p)).collect();
    if spelt.is_empty() { vec![] } else { vec![spelt] }
}

/// A word with the ending of its plural.
fn with_s(mut stem: Vec<u8>, model: &AcousticModel) -> Vec<u8> {
    let ending: &[&str] = match stem.last().map(|p| model.phones[usize::from(*p)].name.as_str()) {
        Some("S" | "Z" | "SH" | "ZH" | "CH" | "JH") => &["IH", "Z"],
        Some("P" | "T" | "K" | "F" | "TH") => &["S"],
        _ => &["Z"],
    };
    stem.extend(ending.iter().filter_map(|p| model.phone(p)));
    stem
}

/// English spelling: the first rule that fits holds. One with `^` fits at the start of a word only, one with `$` at its end but not as all of
/// it, for a silent ending alone would leave no word. What follows `>` must come next and is left to the rules after.
const RULES: &[(&str, &str)] = &[
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
    ("c>e", "S"),
    ("c>i", "S"),
    ("c>y", "S"),
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
    ("q", "K"),
    ("r", "R"),
    ("s", "S"),
    ("t", "T"),
    ("u", "AH"),
    ("v", "V"),
    ("w", "W"),
    ("x", "K S"),
    ("y", "IH"),
    ("z", "Z"),
];

/// Sounds of a spelling that no dictionary has, by the commonest rules of English. Letters of other scripts have none.
fn spelling(word: &str) -> Vec<&'static str> {
    let letters = single_consonants(word.chars().filter(char::is_ascii_lowercase));
    let mut out = Vec::new();
    let mut at = 0;
    while let Some((eaten, phones)) = RULES.iter().find_map(|(rule, phones)| Some((fits(rule, &letters, at)?, phones))) {
        out.extend(phones.split_whitespace());
        at += eaten;
    }
    out
}

/// How many letters a rule takes in at a place of a word; none where it does not fit.
fn fits(rule: &str, letters: &str, at: usize) -> Option<usize> {
    let (core, ahead) = rule.trim_matches(['^', '$']).split_once('>').unwrap_or((rule.trim_matches(['^', '$']), ""));
    let after = letters[at..].strip_prefix(core)?;
    let start = !rule.starts_with('^') || at == 0;
    let end = !rule.ends_with('$') || (after.is_empty() && at > 0);
    (start && end && after.starts_with(ahead)).then_some(core.len())
}

/// A doubled consonant sounds once.
fn single_consonants(letters: impl Iterator<Item = char>) -> String {
    let mut out = String::new();
    letters.for_each(|c| {
        if !out.ends_with(c) || "aeiou".contains(c) {
            out.push(c);
        }
    });
    out
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::super::acoustic::{Parts, Phone};
    use super::*;

    /// The phones of English, each with sounds of its own that nobody will hear.
    fn model() -> AcousticModel {
        let names = "SIL AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z ZH";
        let phone = |name: &str| Phone { name: name.into(), filler: name == "SIL", senones: [0; 3], transitions: 0 };
        let phones: Vec<Phone> = names.split(' ').map(phone).collect();
        let count = phones.len();
        AcousticModel::new(Parts {
            phones,
            triphones: Default::default(),
            codebook_of: vec![0],
            densities: 1,
            streams: 1,
            dims: 1,
            means: vec![0.0; count],
            variances: vec![1.0; count],
            weights: vec![0],
            weight_step: 0.1,
            transitions: vec![[[0.5, 0.5, 0.0, 0.0], [0.0, 0.5, 0.5, 0.0], [0.0, 0.0, 0.5, 0.5]]],
        })
        .unwrap()
    }

    const LISTED: &str = "zero Z IH R OW\none W AH N\ntwo T UW\nthree TH R IY\nfour F AO R\nfive F AY V\nseven S EH V AH N\nnineteen N AY N T IY N\n\
        forty F AO R T IY\neighty EY T IY\nhundred HH AH N D R AH D\nthousand TH AW Z AH N D\nmillion M IH L Y AH N\nbillion B IH L Y AH N\n\
        point P OY N T\nthe DH AH\nthe(2) DH IY\ncat K AE T\ndog D AO G\nchurch CH ER CH\nwell W EH L\nknown N OW N\ndon't D OW N T\n'em AH M\n\
        cafe K AH F EY\nx EH K S";

    #[test]
    fn written_words_are_spoken() {
        let model = model();
        let lexicon = Lexicon::new(LISTED.into(), &model.phones);
        let check = |written: &str, spoken: &[&str]| {
            let name = |p: &u8| model.phones[usize::from(*p)].name.clone();
            let ways: Vec<String> =
                pronunciations(written, &model, &lexicon).iter().map(|w| w.iter().map(name).collect::<Vec<_>>().join(" ")).collect();
            assert_eq!(ways, spoken, "{written}");
        };
        // As it is listed, whatever is written around it.
        check("cat", &["K AE T"]);
        check("\u{201c}Cat!\u{201d}", &["K AE T"]);
        check("the", &["DH AH", "DH IY"]);
        check("CAT-dog", &["K AE T D AO G"]);
        check("well-known\u{2014}", &["W EH L N OW N"]);
        check("don't", &["D OW N T"]);
        check("don\u{2019}t", &["D OW N T"]);
        check("'em", &["AH M"]);
        check("'cat'", &["K AE T"]);
        // Variants are combined, up to a few.
        check("the-the", &["DH AH DH AH", "DH AH DH IY", "DH IY DH AH", "DH IY DH IY"]);
        assert_eq!(pronunciations("the the the", &model, &lexicon).len(), MOST);
        // Possessives and plurals.
        check("cat's", &["K AE T S"]);
        check("cats", &["K AE T S"]);
        check("dogs'", &["D AO G Z"]);
        check("dog\u{2019}s", &["D AO G Z"]);
        check("church's", &["CH ER CH IH Z"]);
        // Numbers.
        check("0", &["Z IH R OW"]);
        check("42", &["F AO R T IY T UW"]);
        check("1984", &["N AY N T IY N EY T IY F AO R"]);
        check("007", &["Z IH R OW Z IH R OW S EH V AH N"]);
        check("3.5", &["TH R IY P OY N T F AY V"]);
        check("3.54.", &["TH R IY P OY N T F AY V F AO R"]);
        check("40,000", &["F AO R T IY TH AW Z AH N D"]);
        check("1,4", &["W AH N F AO R"]);
        check("2005", &["T UW TH AW Z AH N D F AY V"]);
        check("700", &["S EH V AH N HH AH N D R AH D"]);
        check("5,000,000,042", &["F AY V B IH L Y AH N F AO R T IY T UW"]);
        check("4000000", &["F AO R M IH L Y AH N"]);
        check("x2", &["EH K S T UW"]);
        check("0000000000000", &[&["Z IH R OW"; 13].join(" ")]);
        check("7777777777777", &[&["S EH V AH N"; 13].join(" ")]);
        // Accents, of one piece and of two.
        check("Caf\u{e9}", &["K AH F EY"]);
        check("cafe\u{301}s", &["K AH F EY Z"]);
        // By the rules of spelling.
        check("knight", &["N AY T"]);
        check("nation", &["N AE SH AH N"]);
        check("batter", &["B AE T ER"]);
        check("fance", &["F AE N S"]);
        check("officer", &["AA F IH S ER"]);
        check("cyan", &["S IH AE N"]);
        check("gable", &["G AE B AH L"]);
        check("rogue", &["R AA G"]);
        check("e", &["EH"]);
        check("ing", &["IH NG"]);
        check("zxqvwjy", &["Z K S K V W JH IY"]);
        check("stra\u{df}e", &["S T R AE"]);
        // Nothing that anybody knows how to say.
        for nothing in ["", "-", "\u{2014}", "'", "...", "\u{266a}", "\u{65e5}\u{672c}", "\u{43f}\u{440}\u{438}", "\u{663}"] {
            check(nothing, &[]);
        }
        check("\u{65e5}\u{672c} cat", &["K AE T"]);
    }

    #[test]
    fn every_rule_of_spelling_can_hold() {
        let model = model();
        for (i, (rule, phones)) in RULES.iter().enumerate() {
            assert!(phones.split_whitespace().all(|p| model.phone(p).is_some()), "{rule} names {phones}");
            let core = rule.trim_matches(['^', '$']).replace('>', "");
            let before = if rule.starts_with('^') { "" } else { "m" };
            let after = if rule.ends_with('$') { "" } else { "m" };
            let first = RULES.iter().position(|(r, _)| fits(r, &[before, &core, after].concat(), before.len()).is_some());
            assert_eq!(first, Some(i), "{rule}");
        }
    }

    #[test]
    fn any_text_is_read() {
        let model = model();
        let lexicon = Lexicon::new(LISTED.into(), &model.phones);
        proptest::proptest!(|(text in "\\PC{0,30}|[0-9.,'a-z-]{0,30}")| {
            let ways = pronunciations(&text, &model, &lexicon);
            proptest::prop_assert!(ways.len() <= MOST && ways.iter().all(|w| !w.is_empty()));
        });
    }
}
