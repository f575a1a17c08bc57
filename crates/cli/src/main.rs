//! The command line: everything the desk does to files, without a window.

mod account;
mod alignment;
mod annotate;
mod archive;
mod cloud;
mod documents;
mod embed;
mod features;
mod find;
mod frames;
mod lab;
mod lessons;
mod merge;
mod models;
mod plan;
mod profiles;
mod progress;
mod projects;
mod report;
mod search;
mod speech;
mod text;
mod tuning;

use clap::{Args, Parser, Subcommand};
use plumbline_core::find::FoundKind;
use plumbline_core::search::{Query, Replacement};
use plumbline_flows::export::Kind;
use std::path::PathBuf;
use std::process::ExitCode;

/// Check and mend transcripts and annotations of video.
///
/// Exit codes: 0 done; 1 failed, with a sentence on standard error; 2 the command line was wrong; 3 `check` or `run` found open flags, or
/// reviewers differ after `merge`;
/// 4 some of the files failed and the others were done. Ctrl+C ends it as it ends any program, which shells show as 130; what was
/// written by then is whole.
#[derive(Parser)]
#[command(name = "plumbline", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Mend the times of one transcript against its sound, without a project.
    Align {
        /// Video or sound.
        media: PathBuf,
        /// The transcript: any kind that can be imported.
        input: PathBuf,
        /// Where to write the mended transcript, as Amazon Transcribe's JSON; `-` for standard output.
        output: PathBuf,
        /// Listen for each word, too, in place of only mapping the times that it has.
        #[arg(long)]
        words: bool,
    },
    /// Say where a transcript drifts from its sound.
    Drift {
        /// Video or sound.
        media: PathBuf,
        /// The transcript.
        input: PathBuf,
        /// Listen for each word, too: breaks are measured more exactly then.
        #[arg(long)]
        words: bool,
        #[command(flatten)]
        output: Output,
    },
    /// Add files and folders to a project, which is made if it does not exist.
    Import {
        /// The project: NAME.plumbline.
        project: PathBuf,
        /// Videos, transcripts, annotations and documents; those of one name belong together: talk.mp4, talk.transcribe.json, talk.pdf,
        /// talk.slides.pptx.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        #[command(flatten)]
        output: Output,
    },
    /// Attach documents to a media: they are kept in the project, found by their words, and go along when models are asked.
    Attach {
        /// The project.
        project: PathBuf,
        /// The media by its file name or id.
        #[arg(long)]
        media: String,
        /// PDF, slides, text, web pages or tables: pdf, pptx, docx, xlsx, txt, md, html, csv, doc or xls, of 50 MB at most. Reading a PDF
        /// takes the programs of Poppler (Debian: poppler-utils).
        #[arg(required = true)]
        files: Vec<PathBuf>,
        #[command(flatten)]
        output: Output,
    },
    /// Detach documents from a media. The history keeps them.
    Detach {
        /// The project.
        project: PathBuf,
        /// The media by its file name or id.
        #[arg(long)]
        media: String,
        /// The documents by their names or ids.
        #[arg(required = true)]
        documents: Vec<String>,
        #[command(flatten)]
        output: Output,
    },
    /// List the documents that belong to media.
    Documents {
        /// The project.
        project: PathBuf,
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        output: Output,
    },
    /// Measure all media of a project and list the flags that the gates raise.
    Check {
        /// The project.
        project: PathBuf,
        #[command(flatten)]
        own: OwnGates,
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        output: Output,
    },
    /// Write down what is said in media that have no transcript, on this machine or with Amazon Transcribe.
    Transcribe {
        /// The project.
        project: PathBuf,
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        speech: speech::Wish,
        /// Only say what would be sent where, and what it costs.
        #[arg(long, requires = "cloud")]
        dry_run: bool,
        #[command(flatten)]
        output: Output,
    },
    /// Write the frames of a video that are worth a look, each shot's first and one now and then, without a project.
    Frames {
        /// The video.
        media: PathBuf,
        /// The folder to write the pictures and frames.json to; made if it does not exist.
        #[arg(long)]
        out: PathBuf,
        #[command(flatten)]
        wish: frames::Choice,
        /// Write the sound, too: sound.wav, 16 kHz, one channel, in the same decode.
        #[arg(long)]
        sound: bool,
    },
    /// Say where the shots of a video begin, without a project.
    Shots {
        /// The video.
        media: PathBuf,
        #[command(flatten)]
        output: Output,
    },
    /// Read the text that stands in the pictures, on this machine.
    ReadText {
        /// The project.
        project: PathBuf,
        #[command(flatten)]
        which: Which,
        /// The languages that stand in the pictures, as Tesseract names them, such as `eng+deu`.
        #[arg(long, default_value = "eng")]
        languages: String,
        #[command(flatten)]
        output: Output,
    },
    /// Ask a model about frames and words, and add what it says to the annotations.
    Annotate {
        /// The project.
        project: PathBuf,
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        wish: Box<annotate::Wish>,
        #[command(flatten)]
        output: Output,
    },
    /// Have an embedding model say what everything means, so that `find --meaning` and `find --picture` find it.
    Embed {
        /// The project.
        project: PathBuf,
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        wish: Box<embed::Wish>,
        #[command(flatten)]
        output: Output,
    },
    /// Tell what is known of models, and which one to take.
    Models {
        #[command(subcommand)]
        about: models::About,
    },
    /// Tell of the prompts that come along.
    Prompts {
        #[command(subcommand)]
        what: models::Prompts,
    },
    /// Try prompts on clips, and hold them against each other.
    Lab {
        #[command(subcommand)]
        what: lab::Lab,
    },
    /// Tell what calls to services cost so far.
    Ledger {
        /// The project.
        project: PathBuf,
        /// So many of the newest calls.
        #[arg(long, default_value_t = 20)]
        count: usize,
        #[command(flatten)]
        output: Output,
    },
    /// Plan an archive: how many machines it takes, what it costs and when it is done, by a simulation.
    Plan {
        #[command(flatten)]
        wish: Box<plan::Wish>,
        #[command(flatten)]
        output: Output,
    },
    /// Write the results of a project.
    Export {
        /// The project.
        project: PathBuf,
        /// What to write.
        #[arg(long, value_enum, default_value = "transcribe")]
        format: Format,
        /// The folder to write to.
        #[arg(long, default_value = ".")]
        out: PathBuf,
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        output: Output,
    },
    /// Write features of a project as Parquet: one row for each line of the transcripts, and one for each window of the media.
    Features {
        /// The project.
        project: PathBuf,
        #[command(flatten)]
        wish: features::Wish,
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        output: Output,
    },
    /// Find anything in a project: what is said, text in the pictures, annotations, flags.
    Find {
        /// The project.
        project: PathBuf,
        /// Words that all have to be there; "a phrase", -without, kind:flag, speaker:NAME and label:NAME are understood.
        #[arg(required_unless_present_any = ["meaning", "picture"], conflicts_with_all = ["meaning", "picture"], allow_hyphen_values = true)]
        query: Option<String>,
        /// Only this kind: word, text, annotation or flag; may be given again.
        #[arg(long = "kind", value_parser = kind, conflicts_with_all = ["meaning", "picture"])]
        kinds: Vec<FoundKind>,
        #[command(flatten)]
        like: Box<embed::Like>,
        #[command(flatten)]
        output: Output,
    },
    /// Find a text in the transcripts of a project, and replace it.
    Search {
        /// The project.
        project: PathBuf,
        /// The text to find.
        query: String,
        /// Put this in the place of every hit, in one step that can be undone.
        #[arg(long)]
        replace: Option<String>,
        /// Capital letters must be the same.
        #[arg(long)]
        match_case: bool,
        /// Hits begin and end where words do.
        #[arg(long)]
        whole_word: bool,
        /// The text is a regular expression; `$1` in the replacement is what its first group found.
        #[arg(long)]
        regex: bool,
        /// Write the replacement in capitals, or begin it with one, where the hit does.
        #[arg(long)]
        keep_case: bool,
        #[command(flatten)]
        output: Output,
    },
    /// Write a copy of a project for another reviewer to work on.
    Copy {
        /// The project.
        project: PathBuf,
        /// The copy: NAME.plumbline. Best beside the project, so that it finds the media.
        to: PathBuf,
    },
    /// Bring what other reviewers did in their copies of a project into it.
    Merge {
        /// The project to bring it into.
        into: PathBuf,
        /// The copies. They stay as they are.
        #[arg(required = true)]
        from: Vec<PathBuf>,
        /// Only say what would come.
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        output: Output,
    },
    /// Say how far the limit of a gate can be loosened with a promise, from units that were drawn and checked blind.
    Tune {
        /// The project.
        project: PathBuf,
        /// Which gate, such as `word_confidence`; given again, the gates share the promise.
        #[arg(long = "gate", required = true)]
        gates: Vec<String>,
        /// At most this share of what passes shall be a defect.
        #[arg(long, default_value_t = 0.05)]
        alpha: f64,
        /// The chance at most that this is wrong.
        #[arg(long, default_value_t = 0.05)]
        delta: f64,
        /// Put the proposed limits in force.
        #[arg(long, conflicts_with_all = ["begin", "end"])]
        activate: bool,
        /// With --activate: only if it is still the proposal that was printed with this digest.
        #[arg(long, requires = "activate")]
        digest: Option<String>,
        /// Begin to draw units of the gates to be checked.
        #[arg(long, conflicts_with = "end")]
        begin: bool,
        /// With --begin: the chance of a unit to be drawn; such that a media of the cap's size is surely drawn from, where none is given.
        #[arg(long, requires = "begin")]
        pi: Option<f64>,
        /// With --begin: media with more units count as if they had so many; the most that any has, where none is given.
        #[arg(long, requires = "begin")]
        cap: Option<u32>,
        /// End the checks.
        #[arg(long)]
        end: bool,
        #[command(flatten)]
        output: Output,
    },
    /// Propose a custom vocabulary for Amazon Transcribe from the words that people corrected.
    Vocabulary {
        /// The project.
        project: PathBuf,
        /// Only what was corrected at least so often.
        #[arg(long, default_value_t = 2)]
        least: u32,
        /// Only phrases of this language, by its two letters; a table needs it where there are several.
        #[arg(long)]
        language: Option<String>,
        /// Write the table to this file, as it is uploaded.
        #[arg(long)]
        out: Option<PathBuf>,
        #[command(flatten)]
        upload: cloud::UploadWish,
        #[command(flatten)]
        output: Output,
    },
    /// List media with flags on their sound, and say which way to prepare it lets their words be heard best.
    Profiles {
        /// The project.
        project: PathBuf,
        #[command(flatten)]
        which: Which,
        /// Try the profiles that are worth it: each decodes the sound and listens for the words anew.
        #[arg(long = "try")]
        trial: bool,
        /// Put the best one in force where it raised alignment confidence, and align anew.
        #[arg(long)]
        apply: bool,
        #[command(flatten)]
        output: Output,
    },
    /// List the stretches that people reviewed which teach a model most.
    Examples {
        /// The project.
        project: PathBuf,
        /// So many at most.
        #[arg(long, default_value_t = 20)]
        count: usize,
        /// Write them to this file, a JSON object a line.
        #[arg(long)]
        out: Option<PathBuf>,
        #[command(flatten)]
        output: Output,
    },
    /// List, compare and go between the versions of a project's thresholds.
    Thresholds {
        #[command(subcommand)]
        what: tuning::Versions,
    },
    /// Show what a project holds.
    Show {
        /// The project.
        project: PathBuf,
        /// Build the project's tables again from its log first.
        #[arg(long, conflicts_with = "agreement")]
        rebuild: bool,
        /// Show what reviewers differ on, and how far they agree on flags.
        #[arg(long)]
        agreement: bool,
        #[command(flatten)]
        output: Output,
    },
    /// Begin an archive: write down its items and what is done with each.
    Manifest {
        #[command(flatten)]
        args: Box<archive::ManifestArgs>,
        #[command(flatten)]
        output: Output,
    },
    /// Do one stage of the items of an archive.
    Step {
        #[command(flatten)]
        args: Box<archive::StepArgs>,
        #[command(flatten)]
        output: Output,
    },
    /// Take all items of an archive through all stages on this machine. What was done before is not done again, and what was lost is tried again.
    RunAll {
        #[command(flatten)]
        places: Box<archive::InOut>,
        #[command(flatten)]
        settings: Box<archive::SettingsArgs>,
        /// So many stages at once; as many as the machine bears where it is not said.
        #[arg(long)]
        at_once: Option<usize>,
        #[command(flatten)]
        output: Output,
    },
    /// Work for a state machine, or as a job of SageMaker Processing.
    Worker {
        #[command(flatten)]
        args: Box<archive::Worker>,
    },
    /// Print the state machine of an archive for AWS Step Functions.
    StateMachine {
        #[command(flatten)]
        args: Box<archive::StateMachine>,
    },
    /// Start, follow and stop executions of a deployed state machine.
    Submit {
        #[command(subcommand)]
        what: Box<archive::Executions>,
        #[command(flatten)]
        output: Output,
    },
    /// Bring what an archive found into a project.
    Bring {
        #[command(flatten)]
        args: Box<archive::Bring>,
        #[command(flatten)]
        output: Output,
    },
    /// Import, write down what is said where no transcript is, look for drift, check and export, all in one.
    Run {
        /// Videos, transcripts and annotations, or folders of them.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The project to do it in; made if it does not exist.
        #[arg(long)]
        project: PathBuf,
        /// The folder to write the results to; nothing is written without it.
        #[arg(long)]
        out: Option<PathBuf>,
        /// What to write.
        #[arg(long, value_enum, default_value = "transcribe")]
        format: Format,
        /// Put every proposed map in force without asking a person.
        #[arg(long)]
        accept: bool,
        /// Leave media without a transcript as they are.
        #[arg(long)]
        no_speech: bool,
        #[command(flatten)]
        speech: speech::Wish,
        #[command(flatten)]
        own: OwnGates,
        #[command(flatten)]
        output: Output,
    },
}

/// How to report.
#[derive(Args, Clone, Copy)]
struct Output {
    /// Print JSON for a script instead of text.
    #[arg(long, global = true)]
    json: bool,
}

/// Which media of a project.
#[derive(Args)]
struct Which {
    /// Only the media with this file name or id; may be given again.
    #[arg(long)]
    media: Vec<String>,
}

/// Gates of the user's own.
#[derive(Args)]
struct OwnGates {
    /// The file that names the programs of your own gates, in place of gates.toml in your configuration folder.
    #[arg(long, value_name = "FILE")]
    gates: Option<PathBuf>,
}

fn kind(name: &str) -> Result<FoundKind, String> {
    FoundKind::parse(name).ok_or_else(|| format!("nothing of the kind {name} can be found: name word, text, annotation or flag"))
}

/// What can be exported.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    /// Amazon Transcribe's JSON.
    Transcribe,
    /// SubRip.
    Srt,
    /// WebVTT.
    Vtt,
    /// Annotations.
    Annotations,
}

impl From<Format> for Kind {
    fn from(format: Format) -> Self {
        match format {
            Format::Transcribe => Self::Transcribe,
            Format::Srt => Self::Srt,
            Format::Vtt => Self::Vtt,
            Format::Annotations => Self::Annotations,
        }
    }
}

/// How a command that did not fail ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Done,
    OpenFlags,
    SomeFailed,
    /// Nothing could be done; each failure has been told.
    AllFailed,
    /// What was tried is worse than what it was held against.
    Regressed,
}

impl Outcome {
    /// What it comes to when so many were done and failed, and so many flags are open.
    fn of(done: usize, failed: usize, open: usize) -> Self {
        match (done, failed, open) {
            (0, 1.., _) => Self::AllFailed,
            (_, 1.., _) => Self::SomeFailed,
            (_, 0, 1..) => Self::OpenFlags,
            (_, 0, 0) => Self::Done,
        }
    }
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Align { media, input, output, words } => alignment::align(&media, &input, &output, words),
        Command::Drift { media, input, words, output } => alignment::drift(&media, &input, words, output.json),
        Command::Import { project, files, output } => projects::import(&project, &files, output.json),
        Command::Attach { project, media, files, output } => documents::attach(&project, &media, &files, output.json),
        Command::Detach { project, media, documents, output } => documents::detach(&project, &media, &documents, output.json),
        Command::Documents { project, which, output } => documents::list(&project, &which.media, output.json),
        Command::Check { project, own, which, output } => projects::check(&project, &which.media, own.gates.as_deref(), output.json),
        Command::Transcribe { project, which, speech, dry_run, output } => {
            speech::transcribe(&project, &which.media, (&speech, dry_run), output.json)
        }
        Command::ReadText { project, which, languages, output } => text::read(&project, &which.media, &languages, output.json),
        Command::Annotate { project, which, wish, output } => annotate::run(&project, &which.media, &wish, output.json),
        Command::Embed { project, which, wish, output } => embed::run(&project, &which.media, &wish, output.json),
        Command::Models { about } => models::models(&about),
        Command::Prompts { what } => models::prompts(&what),
        Command::Lab { what } => lab::lab(&what),
        Command::Ledger { project, count, output } => models::ledger(&project, count, output.json),
        Command::Plan { wish, output } => plan::run(&wish, output.json),
        Command::Frames { media, out, wish, sound } => frames::frames(&media, &out, &wish, sound),
        Command::Shots { media, output } => frames::shots(&media, output.json),
        Command::Export { project, format, out, which, output } => {
            projects::export(&project, format.into(), &out, &which.media, output.json)
        }
        Command::Features { project, wish, which, output } => features::run(&project, &which.media, &wish, output.json),
        Command::Find { project, like, output, .. } if like.is_asked() => like.find(&project, output.json),
        Command::Find { project, query, kinds, output, .. } => {
            find::find(&project, query.as_deref().unwrap_or_default(), &kinds, output.json)
        }
        Command::Search { project, query, replace, match_case, whole_word, regex, keep_case, output } => {
            let query = Query { text: query, match_case, whole_word, regex };
            let by = replace.map(|with| Replacement { with, keep_case });
            projects::with_desk(&project, |desk| search::search(desk, query, by, output.json))
        }
        Command::Copy { project, to } => merge::copy(&project, &to),
        Command::Merge { into, from, dry_run, output } => merge::merge(&into, &from, dry_run, output.json),
        Command::Tune { project, gates, alpha, delta, activate, digest, begin, pi, cap, end, output } => {
            let wish = match (activate, begin, end) {
                (true, ..) => tuning::Wish::Activate { digest },
                (_, true, _) => tuning::Wish::Begin { pi, cap },
                (.., true) => tuning::Wish::End,
                _ => tuning::Wish::Propose,
            };
            tuning::tune(&project, &gates, (alpha, delta), &wish, output.json)
        }
        Command::Profiles { project, which, trial, apply, output } => {
            profiles::profiles(&project, &which.media, (trial, apply), output.json)
        }
        Command::Vocabulary { project, least, language, out, upload, output } => {
            let to = lessons::Vocabulary { out: out.as_deref(), upload: &upload };
            lessons::vocabulary(&project, (least, language.as_deref()), &to, output.json)
        }
        Command::Examples { project, count, out, output } => lessons::examples(&project, count, out.as_deref(), output.json),
        Command::Thresholds { what } => tuning::thresholds(what),
        Command::Show { project, agreement: true, output, .. } => merge::agreement(&project, output.json),
        Command::Show { project, rebuild, output, .. } => projects::show(&project, rebuild, output.json),
        Command::Manifest { args, output } => archive::manifest(&args, output.json),
        Command::Step { args, output } => archive::step(&args, output.json),
        Command::RunAll { places, settings, at_once, output } => {
            archive::run(&archive::Run { places: *places, settings: *settings, at_once, json: output.json })
        }
        Command::Worker { args } => archive::worker(&args),
        Command::StateMachine { args } => archive::state_machine(&args),
        Command::Submit { what, output } => archive::executions(&what, output.json),
        Command::Bring { args, output } => archive::bring(&args, output.json),
        Command::Run { files, project, out, format, accept, no_speech, speech, own, output } => {
            let speech = (!no_speech).then_some(speech);
            let kind = format.into();
            projects::run(&projects::Run { files, project, out, kind, accept, speech, gates: own.gates, json: output.json })
        }
    };
    match result {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::OpenFlags) => ExitCode::from(3),
        Ok(Outcome::SomeFailed) => ExitCode::from(4),
        Ok(Outcome::Regressed) => ExitCode::from(5),
        Ok(Outcome::AllFailed) => ExitCode::FAILURE,
        // Whoever reads it has seen enough, as with `| head`.
        Err(error) if error.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe) => {
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("plumbline: {error}");
            ExitCode::FAILURE
        }
    }
}
