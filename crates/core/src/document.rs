//! Documents that belong to a media: slides, papers, scripts, tables.

use encoding_rs::{Encoding, WINDOWS_1252};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// So many pages of a document are read; of the others nothing is known but that they are there.
pub const MOST_PAGES: usize = 200;
/// So many bytes of text are kept of a document.
pub const MOST_TEXT: usize = 4 << 20;
/// A text without pages of its own is cut into pieces of about so many bytes, so that a hit says where it is.
const PIECE: usize = 3_000;

/// What kind of file a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum DocumentKind {
    /// Pages as they are printed.
    Pdf,
    /// Plain text.
    Txt,
    /// Text in Markdown.
    Md,
    /// A web page.
    Html,
    /// A table as text.
    Csv,
    /// A document of Word.
    Docx,
    /// Slides of PowerPoint.
    Pptx,
    /// A workbook of Excel.
    Xlsx,
    /// A document of an older Word.
    Doc,
    /// A workbook of an older Excel.
    Xls,
}

impl DocumentKind {
    /// All of them.
    pub const ALL: [Self; 10] =
        [Self::Pdf, Self::Txt, Self::Md, Self::Html, Self::Csv, Self::Docx, Self::Pptx, Self::Xlsx, Self::Doc, Self::Xls];

    /// The ending of its files' names.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Txt => "txt",
            Self::Md => "md",
            Self::Html => "html",
            Self::Csv => "csv",
            Self::Docx => "docx",
            Self::Pptx => "pptx",
            Self::Xlsx => "xlsx",
            Self::Doc => "doc",
            Self::Xls => "xls",
        }
    }

    /// The kind of a file by its name; none where it is no document.
    pub fn of_file(name: &str) -> Option<Self> {
        let ending = name.rsplit_once('.')?.1.to_lowercase();
        let ending = if ending == "htm" { "html" } else { &ending };
        Self::ALL.into_iter().find(|kind| kind.name() == ending)
    }

    /// All endings, as a sentence lists them.
    pub fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }

    /// Whether services take it as it is, beside what is asked.
    pub fn is_block(self) -> bool {
        self != Self::Pptx
    }

    /// What one of its pages is called.
    pub fn page_word(self) -> &'static str {
        match self {
            Self::Pptx => "slide",
            Self::Xlsx | Self::Xls => "sheet",
            Self::Pdf => "page",
            _ => "part",
        }
    }
}

/// A document as it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// The beginning of its content's hash, so that the same file is the same document.
    pub id: String,
    /// Its file name.
    pub name: String,
    /// What kind of file it is.
    pub kind: DocumentKind,
    /// Its text by page, slide or sheet, in order; empty where it has none that can be read.
    pub pages: Vec<String>,
    /// Whether there is more of it than was read.
    pub cut: bool,
}

impl Document {
    /// A document of these bytes, with the text that was read of it. Blank pages at its end are left out, and so is what is beyond
    /// [`MOST_PAGES`] and [`MOST_TEXT`].
    pub fn new(name: &str, kind: DocumentKind, bytes: &[u8], mut pages: Vec<String>) -> Self {
        while pages.last().is_some_and(|page| page.trim().is_empty()) {
            pages.pop();
        }
        let mut text = 0;
        let fits = |page: &&String| {
            text += page.len();
            text <= MOST_TEXT
        };
        let kept = pages.iter().take(MOST_PAGES).take_while(fits).count();
        let cut = kept < pages.len();
        pages.truncate(kept);
        Self { id: id_of(bytes), name: name.to_owned(), kind, pages, cut }
    }

    /// Whether any text was read of it.
    pub fn has_text(&self) -> bool {
        self.pages.iter().any(|page| !page.trim().is_empty())
    }
}

/// The id of a document with this content: 16 hexadecimal digits of its hash.
pub fn id_of(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex()[..16].to_owned()
}

/// A page of a document, as a place that can be gone to. As text: `id/3`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentPage {
    /// Which document.
    pub document: String,
    /// Which page, counted from 1.
    pub page: usize,
}

impl fmt::Display for DocumentPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.document, self.page)
    }
}

impl FromStr for DocumentPage {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (document, page) = text.rsplit_once('/').ok_or(())?;
        Ok(Self { document: document.to_owned(), page: page.parse().map_err(|_| ())? })
    }
}

/// A text without pages of its own in pieces, cut where a line ends: at a form feed, and where a piece has become long.
pub fn pieces(text: &str) -> Vec<String> {
    let mut pieces = vec![];
    for section in text.split('\u{c}') {
        let mut piece = String::new();
        for line in section.split_inclusive('\n').flat_map(short) {
            if !piece.is_empty() && piece.len() + line.len() > PIECE {
                pieces.push(std::mem::take(&mut piece));
            }
            piece.push_str(line);
        }
        pieces.push(piece);
    }
    pieces.retain(|piece| !piece.trim().is_empty());
    pieces
}

/// A line of a usual length as it is, one without end in pieces.
fn short(mut line: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let (piece, rest) = line.split_at(line.floor_char_boundary(PIECE));
        line = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

/// A file as text: UTF-8, UTF-16 with a byte order mark, and what is neither is taken for Windows-1252.
pub fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    match Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding.decode(bytes).0,
        None => std::str::from_utf8(bytes).map_or_else(|_| WINDOWS_1252.decode(bytes).0, Cow::Borrowed),
    }
}

/// The text of a web page: what stands between its tags, without scripts and styles.
pub fn text_of_html(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        if let Some(comment) = tag.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, rest)| rest);
            continue;
        }
        // A mark that begins no tag is text.
        if !tag.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')) {
            text.push('<');
            rest = tag;
            continue;
        }
        let (inner, after) = tag.split_once('>').unwrap_or((tag, ""));
        let name: String = inner.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
        let name = name.to_lowercase();
        rest = match name.as_str() {
            "script" | "style" if !inner.starts_with('/') => behind(after, &format!("</{name}")),
            _ => after,
        };
        if matches!(
            name.as_str(),
            "p" | "br" | "div" | "li" | "tr" | "table" | "section" | "title" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6"
        ) {
            text.push('\n');
        } else if matches!(name.as_str(), "td" | "th") {
            text.push('\t');
        }
    }
    text.push_str(rest);
    let text = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", " "), ("&amp;", "&")]
        .iter()
        .fold(text, |text, (entity, letter)| text.replace(entity, letter));
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

/// What follows the tag that begins so, whatever its case.
fn behind<'a>(text: &'a str, tag: &str) -> &'a str {
    let at = text.to_ascii_lowercase().find(tag);
    at.and_then(|at| text[at..].split_once('>')).map_or("", |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn kinds_are_known_by_their_endings() {
        for (name, kind) in [
            ("talk.pdf", Some(DocumentKind::Pdf)),
            ("Talk.Slides.PPTX", Some(DocumentKind::Pptx)),
            ("page.htm", Some(DocumentKind::Html)),
            ("talk.mp4", None),
            ("pdf", None),
        ] {
            assert_eq!(DocumentKind::of_file(name), kind, "{name}");
        }
    }

    #[test]
    fn what_is_too_much_is_cut_and_said() {
        let check = |pages: Vec<String>, kept: usize, cut: bool| {
            let document = Document::new("a.txt", DocumentKind::Txt, b"a", pages);
            assert_eq!((document.pages.len(), document.cut), (kept, cut));
        };
        check(vec!["a".into(), " ".into(), "\n".into()], 1, false);
        check(vec!["a".into(); MOST_PAGES], MOST_PAGES, false);
        check(vec!["a".into(); MOST_PAGES + 1], MOST_PAGES, true);
        check(vec!["a".repeat(MOST_TEXT), "b".into()], 1, true);
        check(vec![], 0, false);
    }

    #[test]
    fn places_are_read_back() {
        let place = DocumentPage { document: "0123456789abcdef".into(), page: 12 };
        assert_eq!(place.to_string().parse(), Ok(place));
        assert!("12".parse::<DocumentPage>().is_err() && "a/b".parse::<DocumentPage>().is_err());
    }

    #[test]
    fn text_is_read_in_the_encodings_that_people_use() {
        for (bytes, text) in
            [("Müller".as_bytes(), "Müller"), (b"\xef\xbb\xbfa", "a"), (b"M\xfcller", "Müller"), (b"\xff\xfea\0", "a"), (b"", "")]
        {
            assert_eq!(decoded(bytes), text, "{bytes:?}");
        }
    }

    #[test]
    fn web_pages_are_read_as_text() {
        for (html, text) in [
            ("<html><title>Gauge</title><body><p>An old&nbsp;gauge &amp; a hum</p></body>", "Gauge\nAn old gauge & a hum"),
            ("<SCRIPT>if (a<b) {}</Script>word<style>p{}</style>", "word"),
            ("a <!-- not <b>this</b> --> b", "a  b"),
            ("1 < 2", "1 < 2"),
            ("&amp;lt;", "&lt;"),
            ("<p", ""),
            ("<td>a<td>b", "a\tb"),
        ] {
            assert_eq!(text_of_html(html), text, "{html}");
        }
    }

    proptest! {
        #[test]
        fn pieces_hold_all_that_is_written(text in "(\\PC|\n|\u{c}){0,9000}") {
            let written = |text: &str| text.split_whitespace().collect::<String>();
            let pieces = pieces(&text);
            prop_assert_eq!(written(&pieces.concat()), written(&text));
            prop_assert!(pieces.iter().all(|piece| piece.len() <= PIECE && !piece.trim().is_empty()));
        }

        #[test]
        fn any_text_is_read_as_a_web_page(text in "(\\PC|<|>|&|<script>|<!--){0,200}") {
            text_of_html(&text);
        }
    }
}
