//! Text in pictures, by the program of Tesseract.

use crate::png_file::png;
use crate::programs::{self, Failure, Program};
use plumbline_core::annotation::Region;
use plumbline_core::onscreen::ReadLine;
use plumbline_pipeline::ports::Frame;
use plumbline_pipeline::{Cancelled, Job, MediaError, ReadText};
use std::path::Path;
use std::time::Duration;

/// A picture takes a fraction of a second.
const TIME_LIMIT: Duration = Duration::from_secs(120);
/// Words of one picture, with all that is said of them.
const OUTPUT_LIMIT: usize = 16 << 20;
/// Several run side by side, each on a thread of its own.
const ENVIRONMENT: [(&str, &str); 1] = [("OMP_THREAD_LIMIT", "1")];
/// Lines with fewer letters and digits are edges and textures more often than text.
const LEAST_LETTERS: usize = 2;

/// How a picture is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Reading {
    /// How Tesseract looks for lines: its page segmentation mode.
    pub page_layout: u8,
    /// Lines that it is less sure of are left out, 0..1.
    pub least_confidence: f32,
}

impl Default for Reading {
    /// Text in no particular order, as it stands on slides and signs; what it is less than half sure of is an edge or a texture more often than text.
    fn default() -> Self {
        Self { page_layout: 11, least_confidence: 0.5 }
    }
}

/// Why nothing was read.
#[derive(Debug)]
pub(crate) enum NotRead {
    /// The person stopped it.
    Cancelled(Cancelled),
    /// The program is not there, or did not do it.
    Failed {
        /// What happened, as a clause.
        what: String,
        /// What to do, as a sentence without its full stop.
        remedy: String,
        /// Whether no picture can be read.
        all: bool,
    },
}

impl From<Failure> for NotRead {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Cancelled(cancelled) => Self::Cancelled(cancelled),
            Failure::NotFound => Self::Failed {
                what: "the program is not there".into(),
                remedy: "Install it: on Debian the packages are tesseract-ocr and tesseract-ocr-eng".into(),
                all: true,
            },
            other => Self::Failed {
                what: format!("the reader {other}"),
                remedy: "Try it on a picture in a terminal to see more".into(),
                all: false,
            },
        }
    }
}

/// Runs Tesseract.
#[derive(Clone, Debug)]
pub struct Tesseract {
    program: String,
    languages: String,
    name: String,
}

impl Default for Tesseract {
    /// The program as it is found in the path, with its model of English.
    fn default() -> Self {
        Self::new("tesseract", "eng")
    }
}

impl Tesseract {
    /// A program, and the languages that stand in the pictures, as Tesseract names them: `eng`, `eng+deu`.
    pub fn new(program: impl Into<String>, languages: &str) -> Self {
        Self { program: program.into(), languages: languages.to_owned(), name: format!("Tesseract, {languages}") }
    }

    /// Lines of a picture of this size in pixels, encoded as PNG or JPEG.
    pub(crate) fn picture(&self, picture: &[u8], size: (u32, u32), reading: Reading, job: &Job) -> Result<Vec<ReadLine>, NotRead> {
        let layout = reading.page_layout.to_string();
        let table = self.run(&["stdin", "stdout", "--psm", &layout, "-l", &self.languages, "tsv"], picture, job)?;
        Ok(read(&table, size, reading.least_confidence))
    }

    /// The languages that are there, as Tesseract names them.
    pub(crate) fn installed(&self, job: &Job) -> Result<Vec<String>, NotRead> {
        // A headline with the folder stands before them.
        Ok(self.run(&["--list-langs"], &[], job)?.lines().skip(1).map(|name| name.trim().to_owned()).collect())
    }

    fn run(&self, arguments: &[&str], input: &[u8], job: &Job) -> Result<String, NotRead> {
        let command: Vec<String> = std::iter::once(self.program.as_str()).chain(arguments.iter().copied()).map(str::to_owned).collect();
        let program = Program { command: &command, environment: &ENVIRONMENT, time_limit: TIME_LIMIT, output_limit: OUTPUT_LIMIT };
        // Who asks tells how far it is, by pictures.
        let said = programs::run(&program, input, "reading text on screen", &job.aside())?;
        Ok(String::from_utf8_lossy(&said).into_owned())
    }
}

impl ReadText for Tesseract {
    fn name(&self) -> &str {
        &self.name
    }

    fn lines(&self, frame: &Frame, job: &Job) -> Result<Vec<ReadLine>, MediaError> {
        let failed = |what: String, remedy: &str| MediaError::failed(Path::new(&self.program), what, remedy);
        let picture = png(frame).map_err(|e| failed(format!("the picture can't be handed over: {e}"), "Try another picture"))?;
        self.picture(&picture, (frame.width, frame.height), Reading::default(), job).map_err(|error| match error {
            NotRead::Cancelled(cancelled) => MediaError::Cancelled(cancelled),
            NotRead::Failed { what, remedy, .. } => failed(what, &remedy),
        })
    }
}

/// Words of one line: its number, words, the region in pixels, the sum of their confidences.
struct Line {
    place: [u32; 3],
    words: Vec<String>,
    edges: [u32; 4],
    confidence: f32,
}

/// Reads Tesseract's table: `level page block paragraph line word left top width height confidence text`; words are of level 5.
fn read(table: &str, (width, height): (u32, u32), least_confidence: f32) -> Vec<ReadLine> {
    let mut lines: Vec<Line> = vec![];
    for row in table.lines() {
        let cells: Vec<&str> = row.split('\t').collect();
        let [level, _, block, paragraph, line, _, left, top, wide, high, confidence, text] = cells[..] else { continue };
        let number = |text: &str| text.parse::<u32>().ok();
        let place = [block, paragraph, line].map(number);
        let edges = [left, top, wide, high].map(number);
        let ([Some(b), Some(p), Some(l)], [Some(x), Some(y), Some(w), Some(h)]) = (place, edges) else { continue };
        let (text, Ok(confidence)) = (text.trim(), confidence.parse::<f32>()) else { continue };
        if level != "5" || text.is_empty() || !(0.0..=100.0).contains(&confidence) {
            continue;
        }
        let edges = [x, y, x.saturating_add(w), y.saturating_add(h)];
        match lines.last_mut().filter(|last| last.place == [b, p, l]) {
            Some(last) => {
                last.words.push(text.to_owned());
                let [x0, y0, x1, y1] = last.edges;
                last.edges = [x0.min(edges[0]), y0.min(edges[1]), x1.max(edges[2]), y1.max(edges[3])];
                last.confidence += confidence;
            }
            None => lines.push(Line { place: [b, p, l], words: vec![text.to_owned()], edges, confidence }),
        }
    }
    let share = |of: u32, all: u32| (of as f32 / all.max(1) as f32).min(1.0);
    let line = |line: Line| {
        let [x0, y0, x1, y1] = line.edges;
        let (x, y) = (share(x0, width), share(y0, height));
        let region = Region { x, y, w: share(x1, width) - x, h: share(y1, height) - y };
        ReadLine { confidence: line.confidence / (100.0 * line.words.len() as f32), text: line.words.join(" "), region }
    };
    let is_text = |line: &ReadLine| {
        let letters = line.text.chars().filter(|c| c.is_alphanumeric()).count();
        line.confidence >= least_confidence && letters >= LEAST_LETTERS && line.region.area() > 0.0
    };
    lines.into_iter().map(line).filter(is_text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_one_line_are_put_together() {
        let table = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n\
            4\t1\t1\t1\t1\t0\t10\t20\t90\t10\t-1\t\n\
            5\t1\t1\t1\t1\t1\t10\t20\t40\t10\t90\tHarlow\n\
            5\t1\t1\t1\t1\t2\t60\t18\t40\t12\t70\tCrossing\n\
            5\t1\t2\t1\t1\t1\t10\t50\t40\t10\t30\tunsure\n\
            5\t1\t3\t1\t1\t1\t10\t80\t5\t10\t95\t|\n\
            5\t1\t4\t1\t1\t1\t190\t90\t40\t10\t99\t11.5\n\
            5\t1\t4\t1\t1\tx\n";
        let lines = read(table, (200, 100), 0.5);
        let told: Vec<_> = lines.iter().map(|l| (l.text.as_str(), l.confidence)).collect();
        assert_eq!(told, [("Harlow Crossing", 0.8), ("11.5", 0.99)]);
        let Region { x, y, w, h } = lines[0].region;
        assert!(
            [(x, 0.05), (y, 0.18), (w, 0.45), (h, 0.12)].iter().all(|(a, b): &(f32, f32)| (a - b).abs() < 1e-6),
            "{:?}",
            lines[0].region
        );
        assert!(lines[1].region.is_inside_frame());
    }
}
