//! An archive's work split by item, by leg and by pieces of a stage, over machines that share nothing but the archive: the findings are the same.

use crate::Room;
use plumbline_adapters::{
    DiskArtifacts, DocumentFiles, Ffmpeg, FolderObjects, FolderSource, LocalStagePrograms, NoAcoustics, NoScorers, SharedArtifacts,
};
use plumbline_core::annotation::Region;
use plumbline_core::format::HeardWord;
use plumbline_core::onscreen::ReadLine;
use plumbline_core::{Span, TranscriptTime};
use plumbline_flows::archive::{self, Item, Place, Settings, Step};
use plumbline_flows::process::{Recipe, Speech};
use plumbline_pipeline::graph::Node;
use plumbline_pipeline::ports::{Frame, MediaError, ReadText, SpeechToText};
use plumbline_pipeline::stages::{Part, Ports};
use plumbline_pipeline::{Job, Source};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::Path;

/// Writes down a word for every half second that is loud.
struct Loud;

impl SpeechToText for Loud {
    fn name(&self) -> &str {
        "loud 1"
    }

    fn language(&self) -> &str {
        "en-US"
    }

    fn lines(&self, sound: &[f32], _: &Job) -> Result<Vec<Vec<HeardWord>>, MediaError> {
        let word = |(n, place): (usize, &[f32])| {
            let power = place.iter().map(|s| s * s).sum::<f32>() / place.len() as f32;
            let at = |half: usize| TranscriptTime::from_ms(half as i64 * 500);
            let text = format!("w{:.0}", power * 1e4);
            (power > 1e-3).then(|| HeardWord { text, span: Span::new(at(n), at(n + 1)), confidence: Some(power), speaker: None })
        };
        Ok(vec![sound.chunks(8_000).enumerate().filter_map(word).collect()])
    }
}

/// Reads how light a picture is.
struct Light;

impl ReadText for Light {
    fn name(&self) -> &str {
        "light 1"
    }

    fn lines(&self, frame: &Frame, _: &Job) -> Result<Vec<ReadLine>, MediaError> {
        let mean = frame.rgb.iter().map(|b| u64::from(*b)).sum::<u64>() / frame.rgb.len().max(1) as u64;
        Ok(vec![ReadLine { text: format!("light {mean}"), region: Region { x: 0.1, y: 0.1, w: 0.5, h: 0.2 }, confidence: 0.9 }])
    }
}

/// An archive in a folder, over media in another.
struct World<'a> {
    room: &'a Room,
    source: FolderSource,
    nodes: Vec<Node>,
    items: Vec<Item>,
}

/// Sound of more than two stretches with pauses, pictures of several colours, and a media of each alone.
const MEDIA: [(&str, &str); 3] = [
    (
        "both.mp4",
        "-f lavfi -i color=c=gray:s=64x48:r=2:d=260,hue=b=4*sin(t/9) -f lavfi -i aevalsrc=0.4*sin(1885*t)*gt(mod(t\\,3)\\,1):s=16000:d=260 -pix_fmt yuv420p -c:a aac",
    ),
    ("sound.wav", "-f lavfi -i aevalsrc=0.3*sin(2500*t)*gt(mod(t\\,5)\\,2):s=16000:d=130"),
    ("picture.mp4", "-f lavfi -i testsrc=s=64x48:r=2:d=8 -pix_fmt yuv420p"),
];

impl<'a> World<'a> {
    fn of(room: &'a Room) -> Self {
        for (name, arguments) in MEDIA {
            room.make(&format!("media/{name}"), arguments);
        }
        let source = FolderSource::new(&room.path("media")).unwrap();
        let items = archive::manifest(&source.list(&Job::quiet()).unwrap()).0;
        Self { room, source, nodes: archive::stages(&Settings::default()).unwrap(), items }
    }

    /// Does something on a machine that has its own cache, over the archive of this name.
    fn on(&self, archive: &str, machine: usize, work: impl FnOnce(&Step)) {
        let objects = FolderObjects::new(self.room.path(archive));
        let near = DiskArtifacts::new(self.room.path(&format!("{archive}-machine-{machine}")));
        let artifacts = SharedArtifacts::new(near, &objects, "artifacts/");
        let step = Step {
            place: Place { objects: &objects, prefix: "" },
            source: &self.source,
            nodes: &self.nodes,
            custom: &[],
            programs: &LocalStagePrograms,
            recipe: Recipe { speech: Some(Speech::Here(&Loud)), reader: Some(&Light), ask: &[], proxy: false },
            ports: Ports {
                media: &Ffmpeg,
                artifacts: &artifacts,
                acoustics: &NoAcoustics,
                scorers: &NoScorers,
                documents: &DocumentFiles::USUAL,
            },
        };
        work(&step);
    }

    fn found(&self, archive: &str) -> BTreeMap<String, Vec<u8>> {
        let below = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect::<Vec<_>>();
        let items = below(&self.room.path(&format!("{archive}/items")));
        let files = items.iter().flat_map(|item| below(item));
        files
            .map(|path| (path.strip_prefix(self.room.path(archive)).unwrap().display().to_string(), std::fs::read(&path).unwrap()))
            .collect()
    }

    /// Does all items in an order and on machines that `picks` says; now and then a share of a stage is done before it, or a step twice.
    fn split(&self, archive: &str, picks: &[(usize, usize, usize)]) {
        let mut open: Vec<(&Item, &Node)> = self.items.iter().flat_map(|item| self.nodes.iter().map(move |node| (item, node))).collect();
        let mut picks = picks.iter().cycle();
        while !open.is_empty() {
            let &(which, machine, parts) = picks.next().unwrap();
            let waits = |item: &Item, name: &str| open.iter().any(|(other, node)| other.id == item.id && node.name == name);
            let ready = |(item, node): &(&Item, &Node)| !node.needs.iter().chain(node.after).any(|before| waits(item, before));
            let all: Vec<usize> = (0..open.len()).filter(|n| ready(&open[*n])).collect();
            let (item, node) = open.remove(all[which % all.len()]);
            if ["speech", "text"].contains(&node.name) && parts > 1 {
                // The last share first, each on another machine; the first is left to who does the stage.
                for number in (1..parts).rev() {
                    self.on(archive, machine + number, |step| {
                        step.run_part(item, node.name, Part { number, of: parts }, &Job::quiet()).unwrap()
                    });
                }
            }
            for _ in 0..1 + usize::from(parts == 0) {
                self.on(archive, machine, |step| _ = step.run(item, node.name, &Job::quiet()).unwrap());
            }
        }
    }
}

#[test]
fn the_aggregate_is_the_same_whichever_way_it_was_split() {
    let room = Room::new();
    let world = World::of(&room);
    world.split("whole", &[(0, 0, 1)]);
    let whole = world.found("whole");
    assert_eq!(whole.len(), world.items.len() * world.nodes.len());
    let both = String::from_utf8_lossy(&whole[&format!("items/{}/speech.json", world.items[0].id)]).into_owned();
    assert!(world.items[0].media() == "both.mp4" && both.contains("w800") && both.contains("25"), "{both}");
    let config = ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() };
    let (picks, number) = (proptest::collection::vec((0usize..24, 0usize..5, 0usize..5), 1..24), Cell::new(0));
    let split = |picks: Vec<(usize, usize, usize)>| {
        number.set(number.get() + 1);
        let archive = format!("split-{}", number.get());
        world.split(&archive, &picks);
        let found = world.found(&archive);
        prop_assert_eq!(found.keys().collect::<Vec<_>>(), whole.keys().collect::<Vec<_>>());
        for (name, bytes) in &whole {
            prop_assert!(found[name] == *bytes, "{} differs", name);
        }
        Ok(())
    };
    TestRunner::new(config).run(&picks, split).unwrap();
}
