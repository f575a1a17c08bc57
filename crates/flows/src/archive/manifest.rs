//! Which items an archive has.

use super::{Place, Settings};
use crate::files::{is_for_import, stem};
use plumbline_pipeline::cloud::Object;
use plumbline_pipeline::{CloudError, Job, Source};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// A media and what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Names it in the archive: a hash of the name of its media.
    pub id: String,
    /// Its files by their names in the source, the media first.
    pub files: Vec<String>,
    /// All of them together.
    pub bytes: u64,
}

impl Item {
    /// The item of a media of this name.
    pub fn of(media: &str, others: Vec<String>, bytes: u64) -> Self {
        let id = blake3::hash(media.as_bytes()).to_hex().chars().take(24).collect();
        Self { id, files: [vec![media.to_owned()], others].concat(), bytes }
    }

    /// The name of its media.
    pub fn media(&self) -> &str {
        self.files.first().map_or("", String::as_str)
    }

    /// Whether it is for one of several hosts that share the items among them, numbered from 0: the same one whoever asks.
    pub fn is_for(&self, host: usize, hosts: usize) -> bool {
        let hash = blake3::hash(self.id.as_bytes());
        let mut number = [0; 8];
        number.copy_from_slice(&hash.as_bytes()[..8]);
        u64::from_le_bytes(number) % hosts.max(1) as u64 == host as u64
    }
}

/// What an archive began with.
#[derive(Debug)]
pub struct Begun {
    /// Its items.
    pub items: Vec<Item>,
    /// Sentences about files that are of none.
    pub notes: Vec<String>,
}

/// Begins an archive over all that a source lists, which people know as `from`, or goes on with one that has these settings and these items.
///
/// # Errors
/// Where there is no media, the archive has other settings or items, or it can't be read or written.
pub fn begin(place: Place, (from, source): (&str, &dyn Source), settings: &Settings, job: &Job) -> Result<Begun, CloudError> {
    let (items, notes) = manifest(&source.list(job)?);
    if items.is_empty() {
        return Err(CloudError::refused(from, "it holds no video or sound", "Name another place"));
    }
    place.begin(settings, job)?;
    place.set_items(&items, job)?;
    Ok(Begun { items, notes })
}

/// The items among what a source lists, by the names of their media; and a sentence about each file that is of none. Transcripts and annotations belong
/// to the media whose name they share: `talk.mp4`, `talk.transcribe.json`.
pub fn manifest(listed: &[Object]) -> (Vec<Item>, Vec<String>) {
    let mut media: BTreeMap<String, Vec<&Object>> = BTreeMap::new();
    let mut texts: BTreeMap<String, Vec<&Object>> = BTreeMap::new();
    let group = |key: &str| stem(Path::new(key)).to_string_lossy().into_owned();
    for object in listed {
        let hidden = object.key.split('/').any(|part| part.starts_with('.'));
        match is_for_import(&object.key) {
            (true, true) if !hidden => media.entry(group(&object.key)).or_default().push(object),
            (true, false) if !hidden => texts.entry(group(&object.key)).or_default().push(object),
            _ => {}
        }
    }
    let mut items = vec![];
    for (name, mut of_name) in media {
        of_name.sort_by(|a, b| a.key.cmp(&b.key));
        // `talk.mp4` beside `talk.mov` is an item of its own; the transcript goes with the first.
        for (n, object) in of_name.into_iter().enumerate() {
            let beside = if n == 0 { texts.remove(&name).unwrap_or_default() } else { vec![] };
            let bytes = object.bytes + beside.iter().map(|b| b.bytes).sum::<u64>();
            items.push(Item::of(&object.key, beside.iter().map(|b| b.key.clone()).collect(), bytes));
        }
    }
    items.sort_by(|a, b| a.files.cmp(&b.files));
    let alone =
        texts.into_values().flatten().map(|o| format!("{}: passed over, there is no media of that name beside it", o.key)).collect();
    (items, alone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shares_a_name_is_one_item() {
        let listed: Vec<Object> = ["a/talk.mp4", "a/talk.transcribe.json", "a/talk.mov", "b/talk.mp4", "b/other.srt", "c/.x.mp4", "d.txt"]
            .map(|key| Object { key: key.into(), bytes: 2 })
            .into();
        let (items, notes) = manifest(&listed);
        let files: Vec<(Vec<String>, u64)> = items.iter().map(|item| (item.files.clone(), item.bytes)).collect();
        let item = |names: &[&str]| (names.iter().map(ToString::to_string).collect::<Vec<_>>(), 2 * names.len() as u64);
        assert_eq!(files, [item(&["a/talk.mov", "a/talk.transcribe.json"]), item(&["a/talk.mp4"]), item(&["b/talk.mp4"])]);
        assert_eq!(notes, ["b/other.srt: passed over, there is no media of that name beside it"]);
        assert_ne!(items[1].id, items[2].id);
    }

    #[test]
    fn hosts_share_the_items_among_them() {
        let items: Vec<Item> = (0..500).map(|n| Item::of(&format!("{n}.mp4"), vec![], 1)).collect();
        for hosts in [1, 2, 4, 7] {
            let of: Vec<usize> = (0..hosts).map(|host| items.iter().filter(|item| item.is_for(host, hosts)).count()).collect();
            assert_eq!(of.iter().sum::<usize>(), 500);
            assert!(of.iter().all(|count| *count > 300 / hosts), "{of:?}");
        }
    }
}
