//! Text of Office's files: archives of XML.

use super::failed;
use plumbline_core::document::{DocumentKind, MOST_PAGES, MOST_TEXT, pieces};
use plumbline_pipeline::{DocumentFile, MediaError};
use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// All that is read of a file unpacks to so many bytes at most; what unpacks to more is a bomb, or no text.
const MOST_UNPACKED: u64 = 64 << 20;
const DAMAGED: &str = "Open it in another program and save it anew";

/// A file's parts, and how many bytes may still be unpacked.
struct Archive<'a> {
    parts: ZipArchive<Cursor<&'a [u8]>>,
    left: u64,
}

/// The text of a document in pieces, of slides one by one, of a workbook sheet by sheet.
pub fn pages(file: DocumentFile<'_>) -> Result<Vec<String>, MediaError> {
    let damaged = |what: String| failed(file, format!("it is damaged: {what}"), DAMAGED);
    let parts = ZipArchive::new(Cursor::new(file.bytes)).map_err(|e| damaged(e.to_string()))?;
    let mut archive = Archive { parts, left: MOST_UNPACKED };
    let read = match file.kind {
        DocumentKind::Docx => text_of(&mut archive, "word/document.xml").map(|text| pieces(&text)),
        DocumentKind::Pptx => {
            numbered(&mut archive, "ppt/slides/slide").map(|slides| slides.into_iter().map(|s| s.trim().to_owned()).collect())
        }
        _ => sheets(&mut archive),
    };
    read.map_err(damaged)
}

/// The parts `NAME1.xml`, `NAME2.xml`, …, by their numbers.
fn names(archive: &Archive<'_>, prefix: &str) -> Vec<String> {
    let number = |name: &str| name.strip_prefix(prefix)?.strip_suffix(".xml")?.parse::<u32>().ok();
    let mut all: Vec<(u32, String)> =
        archive.parts.file_names().filter_map(Result::ok).filter_map(|name| Some((number(&name)?, name.into_owned()))).collect();
    all.sort();
    all.into_iter().map(|(_, name)| name).take(MOST_PAGES + 1).collect()
}

fn numbered(archive: &mut Archive<'_>, prefix: &str) -> Result<Vec<String>, String> {
    let names = names(archive, prefix);
    if names.is_empty() {
        return Err(format!("it holds no {prefix}1.xml"));
    }
    let (mut all, mut size) = (vec![], 0);
    for name in names {
        if size > MOST_TEXT {
            break;
        }
        let text = text_of(archive, &name)?;
        size += text.len();
        all.push(text);
    }
    Ok(all)
}

fn part(archive: &mut Archive<'_>, name: &str) -> Result<String, String> {
    let part = archive.parts.by_name(name).map_err(|e| format!("{name}: {e}"))?;
    let mut text = String::new();
    part.take(archive.left + 1).read_to_string(&mut text).map_err(|e| format!("{name}: {e}"))?;
    let left = archive.left.checked_sub(text.len() as u64);
    archive.left = left.ok_or_else(|| format!("it unpacks to more than {} MB", MOST_UNPACKED >> 20))?;
    Ok(text)
}

/// What stands in the elements `t`, a line for each paragraph, a tab between the cells of a table.
fn text_of(archive: &mut Archive<'_>, name: &str) -> Result<String, String> {
    let xml = part(archive, name)?;
    let mut text = String::new();
    let mut in_text = false;
    walk(&xml, |event| {
        match event {
            Seen::Start("t") => in_text = true,
            Seen::End("t") => in_text = false,
            Seen::End("p") | Seen::Start("br") => text.push('\n'),
            Seen::Start("tab") | Seen::End("tc") => text.push('\t'),
            Seen::Text(piece) if in_text => text.push_str(piece),
            _ => {}
        }
        text.len() <= MOST_TEXT
    })
    .map_err(|e| format!("{name}: {e}"))?;
    Ok(text)
}

/// A line for each row. Words stand beside the sheets, which name them by number.
fn sheets(archive: &mut Archive<'_>) -> Result<Vec<String>, String> {
    let mut words: Vec<String> = vec![];
    if archive.parts.index_for_name("xl/sharedStrings.xml").is_some() {
        let xml = part(archive, "xl/sharedStrings.xml")?;
        let mut size = 0;
        walk(&xml, |event| {
            match event {
                Seen::Start("si") => words.push(String::new()),
                Seen::Text(piece) => {
                    size += piece.len();
                    words.last_mut().into_iter().for_each(|word| word.push_str(piece));
                }
                _ => {}
            }
            size <= MOST_TEXT
        })
        .map_err(|e| format!("xl/sharedStrings.xml: {e}"))?;
    }
    let names = names(archive, "xl/worksheets/sheet");
    names.into_iter().map(|name| sheet(&part(archive, &name)?, &words).map_err(|e| format!("{name}: {e}"))).collect()
}

fn sheet(xml: &str, words: &[String]) -> Result<String, String> {
    let (mut text, mut shared, mut value) = (String::new(), false, None::<String>);
    walk(xml, |event| {
        match event {
            Seen::Cell(is_shared) => shared = is_shared,
            Seen::Start("v" | "t") => value = Some(String::new()),
            Seen::Text(piece) => value.iter_mut().for_each(|value| value.push_str(piece)),
            Seen::End("v" | "t") => {
                let value = value.take().unwrap_or_default();
                let word = value.trim().parse::<usize>().ok().filter(|_| shared).and_then(|n| words.get(n));
                text.push_str(word.unwrap_or(&value));
                text.push('\t');
            }
            Seen::End("row") => {
                text.truncate(text.trim_end_matches('\t').len());
                text.push('\n');
            }
            _ => {}
        }
        text.len() <= MOST_TEXT
    })?;
    Ok(text.trim_end().to_owned())
}

/// What is met in a part, elements by their names without a prefix.
enum Seen<'a> {
    Start(&'a str),
    End(&'a str),
    /// A cell of a sheet begins; whether it names a word by number.
    Cell(bool),
    Text(&'a str),
}

/// Goes through a part until its end, or until `see` says that it is enough.
fn walk(xml: &str, mut see: impl FnMut(Seen<'_>) -> bool) -> Result<(), String> {
    let mut reader = Reader::from_str(xml);
    loop {
        let event = reader.read_event().map_err(|e| e.to_string())?;
        let go_on = match &event {
            Event::Start(element) | Event::Empty(element) if element.local_name().as_ref() == "c" => {
                let kind = element.try_get_attribute("t").ok().flatten();
                see(Seen::Cell(kind.is_some_and(|kind| kind.value.as_ref() == "s")))
            }
            Event::Start(element) => see(Seen::Start(element.local_name().as_ref())),
            Event::Empty(element) => {
                let name = element.local_name();
                see(Seen::Start(name.as_ref())) && see(Seen::End(name.as_ref()))
            }
            Event::End(element) => see(Seen::End(element.local_name().as_ref())),
            Event::Text(text) => see(Seen::Text(text)),
            Event::CData(text) => see(Seen::Text(text)),
            Event::GeneralRef(entity) => see(Seen::Text(&letter(entity))),
            Event::Eof => return Ok(()),
            _ => true,
        };
        if !go_on {
            return Ok(());
        }
    }
}

/// What an entity stands for; nothing where it is none of XML's own.
fn letter(entity: &BytesRef<'_>) -> String {
    if let Ok(Some(letter)) = entity.resolve_char_ref() {
        return letter.to_string();
    }
    quick_xml::escape::resolve_xml_entity(entity).unwrap_or_default().to_owned()
}
