//! Which files belong together.

use crate::{Error, Result};
use plumbline_core::document::DocumentKind;
use plumbline_core::format;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// Files of one name: what one media is imported from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The video or sound.
    pub media: Option<PathBuf>,
    /// The transcript.
    pub transcript: Option<PathBuf>,
    /// The annotations.
    pub annotations: Option<PathBuf>,
    /// Documents that belong to it.
    pub documents: Vec<PathBuf>,
    /// More transcripts or annotations of the same name, of which a media has one.
    pub passed_over: Vec<PathBuf>,
}

/// What a file is for, judged by its content where the name does not say.
enum Kind {
    Media,
    Transcript,
    Annotations,
    Other,
}

/// Folders are searched this deep.
const DEPTH: usize = 8;

/// The files among `paths`, and in the folders among them, grouped by what their names share: `talk.mp4`, `talk.transcribe.json` and
/// `talk.annotations.json` are one media, and `talk.pdf` and `talk.slides.pptx` its documents. Order is that of the names. Paths that can't be read are told beside, and the others found.
pub fn find_files(paths: &[PathBuf]) -> (Vec<Found>, Vec<Error>) {
    let (mut all, mut failures) = (Vec::new(), Vec::new());
    for path in paths {
        match std::fs::metadata(path) {
            Ok(meta) if meta.is_dir() => walk(path, DEPTH, &mut all, &mut failures),
            Ok(_) => all.push((path.clone(), true)),
            Err(e) => failures.push(io(path, &e)),
        }
    }
    let mut groups: BTreeMap<PathBuf, Found> = BTreeMap::new();
    let is_document = |path: &Path| DocumentKind::of_file(&path.to_string_lossy()).is_some();
    let (documents, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|(path, _)| is_document(path));
    for (path, named) in others {
        let kind = kind(&path);
        let stem = stem(&path);
        let group = groups.entry(stem).or_default();
        let place = match kind {
            Kind::Transcript => &mut group.transcript,
            Kind::Annotations => &mut group.annotations,
            // A file that was named on purpose is tried as media, so that its fault is told; one that lay in a folder is passed over.
            Kind::Other if !named => continue,
            Kind::Media | Kind::Other => &mut group.media,
        };
        match place {
            None => *place = Some(path),
            Some(first) if *first == path => {}
            Some(_) if matches!(kind, Kind::Media | Kind::Other) => {
                // `talk.mov` beside `talk.mp4` is a media of its own; the transcript goes with the first.
                groups.entry(path.clone()).or_default().media = Some(path.clone());
            }
            Some(_) if group.passed_over.contains(&path) => {}
            Some(_) => group.passed_over.push(path),
        }
    }
    groups.retain(|_, g| *g != Found::default());
    for (path, named) in documents {
        match (owner(&groups, &path), named) {
            (Some(of), _) => groups.entry(of).or_default().documents.push(path),
            // Named on purpose, it may belong to a media of the project.
            (None, true) => groups.entry(path.clone()).or_default().documents.push(path),
            (None, false) => {}
        }
    }
    (groups.into_values().collect(), failures)
}

/// The group that a document belongs to: the one whose media's name its own begins with; none where there are several such media, or none.
fn owner(groups: &BTreeMap<PathBuf, Found>, path: &Path) -> Option<PathBuf> {
    let of_media = |(key, group): (&PathBuf, &Found)| Some((stem(group.media.as_ref()?), key.clone()));
    let base = path.with_extension("").to_string_lossy().into_owned();
    let is_of = |stem: &Path| base.strip_prefix(&*stem.to_string_lossy()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    let mut owners: Vec<(PathBuf, PathBuf)> = groups.iter().filter_map(of_media).filter(|(stem, _)| is_of(stem)).collect();
    // `talk.v2.slides.pdf` belongs to `talk.v2.mp4`, though there is a `talk.mp4`, too.
    let longest = owners.iter().map(|(stem, _)| stem.as_os_str().len()).max()?;
    owners.retain(|(stem, _)| stem.as_os_str().len() == longest);
    match owners.as_slice() {
        [(_, key)] => Some(key.clone()),
        _ => None,
    }
}

/// All files below `folder`, in the order of their names.
pub(crate) fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let (mut all, mut failures) = (Vec::new(), Vec::new());
    walk(folder, DEPTH, &mut all, &mut failures);
    // A folder within that may not be read hides what it holds; only nothing at all is a failure.
    match (all.is_empty(), failures.into_iter().next()) {
        (true, Some(error)) => Err(error),
        _ => Ok(all.into_iter().map(|f| f.0).collect()),
    }
}

pub(crate) fn io(path: &Path, error: &std::io::Error) -> Error {
    let why = match error.kind() {
        std::io::ErrorKind::NotFound => "the file is not there. Check the path".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied. Check that you may read it, or write to its folder".to_owned(),
        std::io::ErrorKind::StorageFull => "the disk is full. Make room and do it again".to_owned(),
        std::io::ErrorKind::ReadOnlyFilesystem => "the folder is read-only. Choose another one".to_owned(),
        _ => format!("{error}. Check the disk that it lies on"),
    };
    Error::File { path: path.display().to_string(), why }
}

fn walk(folder: &Path, depth: usize, out: &mut Vec<(PathBuf, bool)>, failures: &mut Vec<Error>) {
    let entries = std::fs::read_dir(folder).and_then(|d| d.map(|e| e.map(|e| e.path())).collect::<std::io::Result<Vec<_>>>());
    let mut entries = match entries {
        Ok(entries) => entries,
        Err(e) => return failures.push(io(folder, &e)),
    };
    entries.sort();
    for path in entries {
        let hidden = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
        if hidden {
            continue;
        }
        if path.is_dir() {
            if depth > 0 {
                walk(&path, depth - 1, out, failures);
            }
        } else if path.is_file() {
            // Nothing else: reading a pipe would wait for its writer.
            out.push((path, false));
        }
    }
}

/// The path without the endings that only say what kind of file it is.
pub(crate) fn stem(path: &Path) -> PathBuf {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    // `talk.v2.mp4` and `talk.v2.json` share `talk.v2`; only the words that tell a kind come off.
    let mut parts: Vec<&str> = name.split('.').collect();
    while parts.len() > 1 && parts.last().is_some_and(|last| KIND_WORDS.contains(&last.to_lowercase().as_str())) {
        parts.pop();
    }
    path.with_file_name(parts.join("."))
}

/// Endings that say what a file is and not what it is about.
const KIND_WORDS: [&str; 31] = [
    "mp4",
    "mov",
    "mkv",
    "webm",
    "avi",
    "m4v",
    "mpg",
    "mpeg",
    "ts",
    "mts",
    "mxf",
    "wmv",
    "flv",
    "ogv",
    "3gp",
    "wav",
    "mp3",
    "m4a",
    "flac",
    "ogg",
    "opus",
    "aac",
    "wma",
    "json",
    "srt",
    "vtt",
    "transcribe",
    "transcript",
    "annotations",
    "asroutput",
    "captions",
];
const MEDIA_ENDINGS: std::ops::Range<usize> = 0..23;

/// Whether a file of this name may be a media, a transcript or annotations, and whether it is a media.
pub fn is_for_import(name: &str) -> (bool, bool) {
    let name = name.rsplit('/').next().unwrap_or(name).to_lowercase();
    let Some((stem, ending)) = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty() && !name.starts_with('.')) else {
        return (false, false);
    };
    let is_media = KIND_WORDS[MEDIA_ENDINGS].contains(&ending);
    let is_text = matches!(ending, "json" | "srt" | "vtt") && !stem.ends_with(".truth");
    (is_media || is_text, is_media)
}

fn kind(path: &Path) -> Kind {
    let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    match ending.as_str() {
        "srt" | "vtt" => Kind::Transcript,
        "json" => json_kind(path),
        ending if KIND_WORDS[MEDIA_ENDINGS].contains(&ending) => Kind::Media,
        _ => Kind::Other,
    }
}

/// A JSON file whose beginning names our annotation schema holds annotations; any other is tried as a transcript where its name is that of
/// a media or it looks like one.
fn json_kind(path: &Path) -> Kind {
    let mut start = vec![0u8; 4096];
    let read = std::fs::File::open(path).and_then(|mut f| std::io::Read::read(&mut f, &mut start)).unwrap_or(0);
    let text = String::from_utf8_lossy(&start[..read]);
    if text.contains("plumbline-annotations") {
        Kind::Annotations
    } else if path.to_string_lossy().ends_with(".truth.json") {
        Kind::Other
    } else {
        Kind::Transcript
    }
}

/// Reads a file that must fit in memory.
pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>> {
    let size = std::fs::metadata(path).map_err(|e| io(path, &e))?.len();
    format::check_size(size).map_err(|e| Error::File { path: path.display().to_string(), why: e.to_string() })?;
    std::fs::read(path).map_err(|e| io(path, &e))
}

/// `path` as seen from `folder`, with forward slashes; absolute where they share no root.
pub fn relative_path(folder: &Path, path: &Path) -> String {
    let from: Vec<Component<'_>> = folder.components().collect();
    let to: Vec<Component<'_>> = path.components().collect();
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let joined = if common == 0 {
        path.to_owned()
    } else {
        let ups = (common..from.len()).map(|_| Component::ParentDir);
        ups.chain(to[common..].iter().copied()).collect()
    };
    joined.to_string_lossy().replace('\\', "/")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names_that_belong_together_share_a_stem() {
        for (name, want) in [
            ("/a/talk.mp4", "/a/talk"),
            ("/a/talk.transcribe.json", "/a/talk"),
            ("/a/talk.annotations.json", "/a/talk"),
            ("/a/talk.v2.mp4", "/a/talk.v2"),
            ("/a/talk.v2.json", "/a/talk.v2"),
            ("/a/talk.mp4.json", "/a/talk"),
            ("/a/talk", "/a/talk"),
        ] {
            assert_eq!(stem(Path::new(name)), Path::new(want), "{name}");
        }
    }

    #[test]
    fn names_tell_what_may_be_imported() {
        for (name, want) in [
            ("a/talk.MP4", (true, true)),
            ("talk.transcribe.json", (true, false)),
            ("talk.truth.json", (false, false)),
            ("a/.talk.mp4", (false, false)),
            ("a.mp4/", (false, false)),
            ("notes.txt", (false, false)),
            ("mp4", (false, false)),
        ] {
            assert_eq!(is_for_import(name), want, "{name}");
        }
    }

    #[test]
    fn paths_are_told_from_the_projects_folder() {
        for (folder, path, want) in [("/a/b", "/a/b/c.mp4", "c.mp4"), ("/a/b", "/a/c/d.mp4", "../c/d.mp4"), ("/a", "/x/y", "../x/y")] {
            assert_eq!(relative_path(Path::new(folder), Path::new(path)), want);
        }
    }

    #[test]
    fn a_folder_is_sorted_into_media() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("a.mp4", "");
        write("a.transcribe.json", "{}");
        write("a.annotations.json", r#"{"format": "plumbline-annotations"}"#);
        write("a.truth.json", "{}");
        write("b.srt", "");
        write("notes.txt", "");
        write(".hidden.mp4", "");
        let (found, failures) = find_files(&[folder.path().to_owned(), folder.path().join("nope.mp4")]);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].media.is_some() && found[0].transcript.is_some() && found[0].annotations.is_some());
        assert!(found[1].media.is_none() && found[1].transcript.is_some());
        assert!(matches!(&failures[..], [Error::File { path, .. }] if path.ends_with("nope.mp4")));
    }

    #[test]
    fn documents_belong_to_the_media_whose_name_they_begin_with() {
        let check = |files: &[&str], named: &[&str], wanted: &[(&str, &[&str])]| {
            let folder = tempfile::tempdir().unwrap();
            let at = |name: &&str| folder.path().join(name);
            files.iter().chain(named).for_each(|name| std::fs::write(at(name), "").unwrap());
            // Without those that are named, as if they lay elsewhere.
            let paths: Vec<PathBuf> =
                if named.is_empty() { vec![folder.path().to_owned()] } else { files.iter().chain(named).map(at).collect() };
            let (found, _) = find_files(&paths);
            let told: Vec<(Option<PathBuf>, Vec<PathBuf>)> = found.into_iter().map(|f| (f.media, f.documents)).collect();
            let wanted: Vec<_> = wanted
                .iter()
                .map(|(media, documents)| (Some(at(media)).filter(|_| !media.is_empty()), documents.iter().map(at).collect::<Vec<_>>()))
                .collect();
            assert_eq!(told, wanted, "{files:?} {named:?}");
        };
        check(&["a.mp4", "a.pdf", "a.slides.PPTX", "ab.txt", "b.md"], &[], &[("a.mp4", &["a.pdf", "a.slides.PPTX"])]);
        check(&["a.mp4", "a.v2.mp4", "a.v2.pdf"], &[], &[("a.mp4", &[]), ("a.v2.mp4", &["a.v2.pdf"])]);
        check(&["a.mov", "a.mp4", "a.pdf"], &[], &[("a.mov", &[]), ("a.mp4", &[])]);
        check(&["a.mp4"], &["b.md"], &[("a.mp4", &[]), ("", &["b.md"])]);
    }

    #[test]
    fn what_shares_a_name_is_not_lost() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["a.mov", "a.mp4", "a.srt", "a.vtt"] {
            std::fs::write(at(name), "").unwrap();
        }
        // One that is named and lies in a named folder, too, is one.
        let (found, _) = find_files(&[folder.path().to_owned(), at("a.mov"), at("a.srt")]);
        let first = Found { media: Some(at("a.mov")), transcript: Some(at("a.srt")), passed_over: vec![at("a.vtt")], ..Found::default() };
        let second = Found { media: Some(at("a.mp4")), ..Found::default() };
        assert_eq!(found, [first, second]);
    }
}
