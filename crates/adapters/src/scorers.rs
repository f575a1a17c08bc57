//! Custom gates: which programs of the user's give scores, and how they are asked.

use crate::programs::{Failure, Program, run};
use plumbline_core::gate::CustomGate;
use plumbline_pipeline::{Job, ScoreError, Scorer, Scorers};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};
use toml::Spanned;

/// A program that writes more is ended: every place of a long film comes to a few megabytes.
const OUTPUT_LIMIT: usize = 64 << 20;
/// Seconds that a program has where its user gives it no others.
const TIME_LIMIT_S: u32 = 60;

/// No program is asked.
pub struct NoScorers;

impl Scorers for NoScorers {
    fn scorers(&self) -> Vec<Scorer> {
        vec![]
    }

    fn score(&self, scorer: &Scorer, _: &[u8], _: &Job) -> Result<Vec<u8>, ScoreError> {
        Err(ScoreError::failed(scorer, "is not known here", "Name it in gates.toml"))
    }
}

/// The programs that a file names. It belongs to the person and not to a project: who opens a project of somebody else runs no program of theirs.
#[derive(Clone, Debug, Default)]
pub struct ScorePrograms {
    gates: Vec<Declared>,
}

/// Where a person names their programs on this machine: `$XDG_CONFIG_HOME/plumbline/gates.toml`, by default below `~/.config`; none where the
/// home folder is not known.
pub fn gates_file() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let base = set("XDG_CONFIG_HOME").or_else(|| set("HOME").map(|h| h.join(".config")))?;
    Some(base.join("plumbline/gates.toml"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    gate: Vec<Spanned<Declared>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Declared {
    name: CustomGate,
    command: CommandLine,
    #[serde(default)]
    time_limit_s: Seconds,
}

/// A program and its arguments.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Vec<String>")]
struct CommandLine(Vec<String>);

impl TryFrom<Vec<String>> for CommandLine {
    type Error = String;

    fn try_from(words: Vec<String>) -> Result<Self, String> {
        let program = words.first().filter(|word| !word.is_empty()).ok_or("a command needs a program")?;
        // It runs in a folder of its own, so that a path from here would lead nowhere.
        if Path::new(program).components().count() > 1 && !Path::new(program).is_absolute() {
            return Err(format!("{program} is no full path. Give one, or the name of a program that is found by PATH"));
        }
        Ok(Self(words))
    }
}

/// A time limit.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "i64")]
struct Seconds(u32);

impl Default for Seconds {
    fn default() -> Self {
        Self(TIME_LIMIT_S)
    }
}

impl TryFrom<i64> for Seconds {
    type Error = String;

    fn try_from(seconds: i64) -> Result<Self, String> {
        let fit = u32::try_from(seconds).ok().filter(|s| (1..=3_600).contains(s));
        fit.map(Self).ok_or_else(|| format!("a time limit of {seconds} s is not within 1 to 3600 s"))
    }
}

impl ScorePrograms {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// A sentence where it can't be read, or does not say what a custom gate needs; with the line.
    pub fn read(path: &Path) -> Result<Self, String> {
        let help = "docs/gates.md shows how it is written. Until it is mended no custom gate is measured";
        let text = std::fs::read_to_string(path).map_err(|e| format!("{} can't be read: {e}. {help}", path.display()))?;
        let wrong = |at: usize, what: &str| {
            let line = text.get(..at).unwrap_or_default().matches('\n').count() + 1;
            format!("{}, line {line}: {what}. {help}", path.display())
        };
        let file: File = toml::from_str(&text)
            .map_err(|e| wrong(e.span().map_or(0, |span| span.start), &e.message().trim_end_matches('.').replace('\n', ", ")))?;
        let mut names = BTreeSet::new();
        if let Some(twice) = file.gate.iter().find(|gate| !names.insert(gate.get_ref().name)) {
            let what = format!("the gate {} stands here for the second time", twice.get_ref().name.name());
            return Err(wrong(twice.span().start, &what));
        }
        Ok(Self { gates: file.gate.into_iter().map(Spanned::into_inner).collect() })
    }

    /// What the person named on this machine; nothing where there is no such file.
    ///
    /// # Errors
    /// As [`ScorePrograms::read`].
    pub fn of_this_machine() -> Result<Self, String> {
        match gates_file().filter(|path| path.exists()) {
            Some(path) => Self::read(&path),
            None => Ok(Self::default()),
        }
    }
}

impl Scorers for ScorePrograms {
    fn scorers(&self) -> Vec<Scorer> {
        let scorer = |gate: &Declared| Scorer { gate: gate.name, program: gate.command.0.join(" "), state: state(&gate.command.0) };
        self.gates.iter().map(scorer).collect()
    }

    fn score(&self, scorer: &Scorer, input: &[u8], job: &Job) -> Result<Vec<u8>, ScoreError> {
        let Some(gate) = self.gates.iter().find(|gate| gate.name == scorer.gate) else { return NoScorers.score(scorer, input, job) };
        let time_limit = Duration::from_secs(u64::from(gate.time_limit_s.0));
        let program = Program { command: &gate.command.0, environment: &[], time_limit, output_limit: OUTPUT_LIMIT };
        run(&program, input, &format!("asking {}", gate.name.name()), job).map_err(|failure| match failure {
            Failure::Cancelled(cancelled) => cancelled.into(),
            failure => ScoreError::failed(scorer, failure.to_string(), remedy(&failure)),
        })
    }
}

fn remedy(failure: &Failure) -> &'static str {
    match failure {
        Failure::NotFound => "Install it, or correct its command in gates.toml",
        Failure::Late(_) => "Make it faster, or raise time_limit_s in gates.toml",
        Failure::Flood(_) => "Mend the program: it writes one line for each place that it scores",
        Failure::Cancelled(_) | Failure::NotRun(_) | Failure::Ended(..) => "Run it by hand to see more, and mend it",
    }
}

/// The whole command, with size and time of change of every file that it names: a program that was changed is another one.
fn state(command: &[String]) -> String {
    let parts: Vec<String> = command
        .iter()
        .enumerate()
        .map(|(at, word)| {
            let file = if at == 0 { found(word) } else { Some(PathBuf::from(word)).filter(|path| path.is_absolute()) };
            let facts = file.and_then(|path| path.metadata().ok()).filter(std::fs::Metadata::is_file);
            let changed = facts.as_ref().and_then(|facts| facts.modified().ok()?.duration_since(UNIX_EPOCH).ok());
            format!("{word:?} {:?} {:?}", facts.map(|facts| facts.len()), changed.map(|changed| changed.as_nanos()))
        })
        .collect();
    parts.join("\n")
}

/// The file that a program's name stands for, in the folders of PATH where it is no path.
fn found(program: &str) -> Option<PathBuf> {
    let path = Path::new(program);
    if path.is_absolute() {
        return Some(path.to_owned());
    }
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(path)).find(|file| file.is_file())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_file_names_gates_or_says_what_is_wrong_and_where() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gates.toml");
        let check = |text: &str, wanted: Result<&[(&str, u32)], &str>| {
            std::fs::write(&path, text).unwrap();
            match (ScorePrograms::read(&path), wanted) {
                (Ok(read), Ok(wanted)) => {
                    let gates: Vec<_> = read.gates.iter().map(|gate| (gate.name.name(), gate.time_limit_s.0)).collect();
                    assert_eq!(gates, wanted);
                }
                (Err(said), Err(part)) => {
                    assert!(
                        said.starts_with(&path.display().to_string()) && said.contains(part) && said.contains("docs/gates.md"),
                        "{said}"
                    );
                }
                (got, wanted) => panic!("{text:?}: {got:?} is not {wanted:?}"),
            }
        };
        let gate = |rest: &str| format!("[[gate]]\nname = \"custom_a\"\n{rest}\n");
        check("", Ok(&[]));
        check(&gate("command = [\"python3\", \"/home/ada/score.py\"]"), Ok(&[("custom_a", 60)]));
        check(
            &gate("command = [\"/bin/a\"]\ntime_limit_s = 3600\n[[gate]]\nname = \"custom_b\"\ncommand = [\"b\"]"),
            Ok(&[("custom_a", 3_600), ("custom_b", 60)]),
        );
        check(&gate("command = [\"a\"]\ntime_limit = 5"), Err(", line 4: unknown field `time_limit`"));
        check(&gate("command = [\"a\"]\ntime_limit_s = 0"), Err(", line 4: a time limit of 0 s is not within 1 to 3600 s"));
        check(&gate("command = [\"a\"]\ntime_limit_s = 3601"), Err(", line 4: a time limit of 3601 s"));
        check(&gate("command = []"), Err(", line 3: a command needs a program"));
        check(&gate("command = [\"./score.py\"]"), Err(", line 3: ./score.py is no full path"));
        check(&gate("command = \"python3 score.py\""), Err(", line 3: invalid type"));
        check(&gate(""), Err("missing field `command`"));
        check("\n[[gate]]\nname = \"profanity\"\ncommand = [\"a\"]", Err(", line 3: profanity is no name of a custom gate"));
        check(&gate("command = [\"a\"]").repeat(2), Err(", line 4: the gate custom_a stands here for the second time"));
        check("[[gate]\n", Err(", line 1: "));
        check("gates = []", Err(", line 1: unknown field `gates`"));
        std::fs::write(&path, b"\xff").unwrap();
        assert!(ScorePrograms::read(&path).unwrap_err().contains("can't be read"));
        assert!(ScorePrograms::read(&folder.path().join("none.toml")).unwrap_err().contains("can't be read"));
    }

    #[test]
    fn a_program_that_was_changed_is_another_one() {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("score.py");
        std::fs::write(&script, "one").unwrap();
        let read = |command: &str| {
            let path = folder.path().join("gates.toml");
            std::fs::write(&path, format!("[[gate]]\nname = \"custom_a\"\ncommand = [{command}]")).unwrap();
            ScorePrograms::read(&path).unwrap().scorers().remove(0)
        };
        let command = format!("\"python3\", \"{}\"", script.display());
        let before = read(&command);
        assert_eq!(read(&command), before);
        assert_ne!(read(&format!("{command}, \"-v\"")).state, before.state);
        std::fs::write(&script, "three").unwrap();
        assert_ne!(read(&command).state, before.state);
    }

    #[test]
    fn a_program_that_fails_is_told_with_its_gate_and_what_to_do() {
        let declared = |command: &str| Declared {
            name: CustomGate::parse("custom_odd").unwrap(),
            command: CommandLine(command.split(' ').map(Into::into).collect()),
            time_limit_s: Seconds(20),
        };
        let check = |command: &str, wanted: &str| {
            let programs = ScorePrograms { gates: vec![declared(command)] };
            let error = programs.score(&programs.scorers()[0], b"", &Job::quiet()).unwrap_err();
            assert_eq!(error.to_string(), wanted);
        };
        check(
            "/nowhere/score -v",
            "The gate custom_odd has no scores: /nowhere/score -v is not there. Install it, or correct its command in gates.toml",
        );
        check(
            "/bin/false",
            "The gate custom_odd has no scores: /bin/false ended with exit code 1 and no word about it. Run it by hand to see more, and mend it",
        );
    }
}
