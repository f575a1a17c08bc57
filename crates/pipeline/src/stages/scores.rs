//! What a program of the user's says of a media: a score for some of the rows that it is given.

use super::{Ports, StageError, keep, kept};
use crate::job::Job;
use crate::ports::{Key, ScoreError, Scorer};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Name of the stage.
pub const STAGE: &str = "scores";
/// Version of what it makes.
pub const VERSION: u32 = 1;
/// Letters of a line that can't be read that are shown at most.
const SHOWN: usize = 60;

/// Scores by the number of their row.
pub type Scores = BTreeMap<usize, f64>;

/// The key that the output of a program is kept under, as it wrote it.
pub fn key(scorer: &Scorer, input: &[u8]) -> Key {
    Key::new(STAGE, VERSION, &[&blake3::hash(input).to_hex(), scorer.gate.name()], &scorer.state)
}

/// The scores that a program gives to `rows` rows, told to it as `input`. The same program is asked the same only once.
///
/// # Errors
/// Where the program fails or its output breaks the protocol, the result can't be kept, or the job was cancelled.
pub fn run(scorer: &Scorer, (input, rows): (&[u8], usize), ports: &Ports, job: &Job) -> Result<Scores, StageError> {
    let key = key(scorer, input);
    if let Some(scores) = kept(ports, STAGE, &key, |bytes| read(bytes, rows).ok())? {
        return Ok(scores);
    }
    let output = ports.scorers.score(scorer, input, job)?;
    let broken = |what| ScoreError::failed(scorer, what, "Mend the program: docs/gates.md tells what it is to write");
    let scores = read(&output, rows).map_err(broken)?;
    keep(ports, STAGE, &key, &output)?;
    Ok(scores)
}

/// A line of a program's output.
#[derive(Deserialize)]
struct Line {
    n: u64,
    score: f64,
}

/// The scores in a program's output, or what is wrong with it as a clause.
fn read(output: &[u8], rows: usize) -> Result<Scores, String> {
    let text = std::str::from_utf8(output).map_err(|_| "wrote what is no UTF-8".to_owned())?;
    let mut scores = Scores::new();
    for (at, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let Line { n, score } = serde_json::from_str(line).map_err(|error| unread(at, line, &error))?;
        let row = usize::try_from(n).ok().filter(|row| *row < rows);
        let row = row.ok_or_else(|| format!("scores a place {n} in line {at} of its output, and was told of no such place"))?;
        if scores.insert(row, score).is_some() {
            return Err(format!("scores place {n} twice, in line {at} of its output for the second time"));
        }
    }
    Ok(scores)
}

/// Why a line can't be read. Programs write numbers that JSON has no words for.
fn unread(at: usize, line: &str, error: &serde_json::Error) -> String {
    let shown: String = line.chars().take(SHOWN).collect();
    let is_infinite = error.to_string().starts_with("number out of range") || ["NaN", "Infinity"].iter().any(|word| line.contains(word));
    if is_infinite {
        return format!("gives a score that is no finite number in line {at} of its output: {shown}");
    }
    format!("wrote a line {at} that is not like {{\"n\": 12, \"score\": 3.5}}: {shown}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use plumbline_core::gate::CustomGate;

    #[test]
    fn output_is_read_line_by_line_and_what_is_wrong_is_said() {
        let check = |output: &[u8], wanted: Result<&[(usize, f64)], &str>| match (read(output, 20), wanted) {
            (Ok(scores), Ok(wanted)) => assert_eq!(scores.into_iter().collect::<Vec<_>>(), wanted),
            (Err(what), Err(part)) => assert!(what.contains(part), "{what}"),
            (got, wanted) => panic!("{got:?} is not {wanted:?}"),
        };
        check(b"", Ok(&[]));
        check(b"{\"n\": 12, \"score\": 3.5}\n\n {\"score\":-1,\"n\":0,\"why\":\"more\"}\r\n", Ok(&[(0, -1.0), (12, 3.5)]));
        check(b"{\"n\": 19, \"score\": 1e300}", Ok(&[(19, 1e300)]));
        check(b"{\"n\": 1, \"score\": 1}\nloading...", Err("a line 2 that is not like {\"n\": 12, \"score\": 3.5}: loading..."));
        check(b"{\"n\": 1}", Err("a line 1 that is not like"));
        check(b"{\"n\": -1, \"score\": 1}", Err("a line 1 that is not like"));
        check(b"{\"n\": 1, \"score\": null}", Err("a line 1 that is not like"));
        for endless in ["NaN", "-Infinity", "1e999"] {
            check(format!("{{\"n\": 1, \"score\": {endless}}}").as_bytes(), Err("no finite number in line 1"));
        }
        check(b"{\"n\": 20, \"score\": 1}", Err("a place 20 in line 1"));
        check(b"{\"n\": 2, \"score\": 1}\n{\"n\": 2, \"score\": 1}", Err("place 2 twice, in line 2"));
        check(b"\xff", Err("no UTF-8"));
    }

    #[test]
    fn a_key_tells_programs_gates_and_inputs_apart() {
        let scorer =
            |name: &str, state: &str| Scorer { gate: CustomGate::parse(name).unwrap(), program: String::new(), state: state.into() };
        let one = key(&scorer("custom_a", "1"), b"x");
        assert_eq!(one, key(&scorer("custom_a", "1"), b"x"));
        for other in [key(&scorer("custom_b", "1"), b"x"), key(&scorer("custom_a", "2"), b"x"), key(&scorer("custom_a", "1"), b"y")] {
            assert_ne!(one, other);
        }
    }
}
