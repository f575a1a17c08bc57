//! The frames of a video that are worth a look, its shots and its sound in one pass: one thread reads the file and looks at pictures while libav
//! decodes the next ones, one decodes the sound, the others encode.

use super::decode::{Decoding, Style};
use super::encode::{Encoded, encode};
use super::picture::Shape;
use super::shots::{Eyes, no_picture};
use super::small::Shrinker;
use super::sound;
use super::source::Source;
use ffmpeg_next as av;
use plumbline_core::frames::{Pick, Selector, Wish};
use plumbline_core::gate::Luma;
use plumbline_core::{Delta, MediaTime};
use plumbline_pipeline::ports::{Keep, Picture, Wanted};
use plumbline_pipeline::{Job, Look, MediaError};
use std::collections::VecDeque;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Long edge of the luma that frames are chosen by.
const LOOK_EDGE: u32 = 320;
/// Chosen frames that may wait to be encoded.
const WAITING: usize = 4;
/// Frames between two reports of progress.
const REPORT_EVERY: u64 = 50;

/// A chosen frame on its way to be encoded.
type Chosen = (Pick, av::frame::Video, Shape);

/// See [`plumbline_pipeline::Media::frames`].
pub(super) fn frames(path: &Path, wanted: Wanted<'_, '_>, job: &Job) -> Result<Vec<MediaTime>, MediaError> {
    let Wanted { wish, shots, look, keep, listener } = wanted;
    let mut source = Source::open(path)?;
    let stream = source.need_video()?;
    let packets = listener.is_some().then(|| source.need_audio().map(|sound| source.share(sound))).transpose()?;
    let (send, chosen) = sync_channel(WAITING);
    let (chosen, failed) = (Mutex::new(chosen), Mutex::new(None));
    let (chosen, failed) = (&chosen, &failed);
    thread::scope(|threads| {
        let heard = listener.zip(packets).map(|(listener, packets)| {
            threads.spawn(move || Source::along(path, packets).and_then(|along| sound::of(along, &job.aside(), listener)))
        });
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            threads.spawn(move || encode_all(path, wish, chosen, keep, failed));
        }
        let decoding = Decoding::new(source, stream, Style::default())?;
        let seen = Pass::new(decoding, wish, shots, send).run(look, failed, job);
        // The sound ends where its packets do.
        let heard = heard.map_or(Ok(()), |heard| heard.join().unwrap_or_else(|_| Err(lost(path))));
        seen.and_then(|shots| heard.map(|()| shots))
    })
    .and_then(|shots| lock(failed).take().map_or(Ok(shots), Err))
}

/// What is told where a thread ended without a word, which none does.
fn lost(path: &Path) -> MediaError {
    MediaError::failed(path, "its sound was lost on the way", "Start again")
}

fn lock<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Encodes what is chosen until nothing more comes, or one fails.
fn encode_all(path: &Path, wish: &Wish, chosen: &Mutex<Receiver<Chosen>>, keep: &Keep<'_>, failed: &Mutex<Option<MediaError>>) {
    loop {
        let Ok((pick, picture, shape)) = lock(chosen).recv() else { return };
        if lock(failed).is_some() {
            continue;
        }
        let unfit = |e| MediaError::failed(path, format!("a picture can't be converted ({e})"), "Convert it to MP4");
        let encoded = encode(&picture, shape, wish).map_err(unfit);
        let kept = encoded.and_then(|Encoded { size: (width, height), bytes }| keep(Picture { pick, width, height, bytes }));
        if let Err(error) = kept {
            lock(failed).get_or_insert(error);
        }
    }
}

/// The pictures of a file, one after another.
struct Pass<'a> {
    decoding: Decoding,
    /// Where shots have to be found.
    eyes: Option<Eyes>,
    shots: Vec<MediaTime>,
    selector: Selector,
    shrinker: Option<((u32, u32), Shrinker)>,
    look_every: Delta,
    next_look: Option<MediaTime>,
    /// Frames that may yet be chosen.
    ring: VecDeque<av::frame::Video>,
    send: SyncSender<Chosen>,
    wish: &'a Wish,
}

impl<'a> Pass<'a> {
    fn new(decoding: Decoding, wish: &'a Wish, shots: Option<&[MediaTime]>, send: SyncSender<Chosen>) -> Self {
        let mut selector = Selector::new(wish.clone());
        shots.into_iter().flatten().for_each(|at| selector.cut(*at));
        Self {
            decoding,
            eyes: shots.is_none().then(Eyes::new),
            shots: shots.map_or_else(Vec::new, <[MediaTime]>::to_vec),
            selector,
            shrinker: None,
            look_every: wish.look_every(),
            next_look: None,
            ring: VecDeque::new(),
            send,
            wish,
        }
    }

    /// Gives the shots.
    fn run(mut self, mut look: Option<&mut Look<'_>>, failed: &Mutex<Option<MediaError>>, job: &Job) -> Result<Vec<MediaTime>, MediaError> {
        let end = self.decoding.source.stated_end().map(ms);
        let (mut picture, mut count) = (av::frame::Video::empty(), 0u64);
        while let Some(at) = self.decoding.next_picture(&mut picture) {
            if count.is_multiple_of(REPORT_EVERY) {
                job.step("choosing frames", ms(at), end)?;
                if lock(failed).is_some() {
                    return Ok(self.shots);
                }
            }
            count += 1;
            let known = match &mut self.eyes {
                Some(eyes) => {
                    if let Some(cut) = eyes.see(at, &picture, look.as_deref_mut()) {
                        self.shots.push(cut);
                        self.selector.cut(cut);
                    }
                    eyes.decided_to()
                }
                None => Some(at),
            };
            if self.next_look.is_none_or(|next| at >= next) {
                self.next_look = Some(at + self.look_every);
                self.take(at, std::mem::replace(&mut picture, av::frame::Video::empty()));
                let picks = known.map_or_else(Vec::new, |known| self.selector.decide(known));
                self.hand_on(picks)?;
            }
        }
        self.decoding.source.was_readable()?;
        if count == 0 {
            return Err(no_picture(&self.decoding.source));
        }
        for cut in self.eyes.take().map_or_else(Vec::new, Eyes::finish) {
            self.shots.push(cut);
            self.selector.cut(cut);
        }
        let picks = std::mem::replace(&mut self.selector, Selector::new(self.wish.clone())).finish();
        self.hand_on(picks)?;
        Ok(self.shots)
    }

    /// Shows a frame to the selector, and keeps it until that has decided. One whose size is damaged is left out.
    fn take(&mut self, at: MediaTime, picture: av::frame::Video) {
        let coded = (picture.width(), picture.height());
        let Some(pts) = picture.pts().filter(|_| coded.0 > 0 && coded.1 > 0) else { return };
        if self.shrinker.as_ref().is_none_or(|(size, _)| *size != coded) {
            let edge = coded.0.max(coded.1);
            let side = |side: u32| ((u64::from(side) * u64::from(LOOK_EDGE.min(edge)) / u64::from(edge)).max(1)) as usize;
            self.shrinker = Some((coded, Shrinker::new((side(coded.0), side(coded.1)))));
        }
        let Some((_, shrinker)) = &mut self.shrinker else { return };
        if shrinker.run(&picture, 1) {
            let (width, height) = shrinker.size;
            self.selector.push(pts, at, &Luma { width, height, rows_per_pixel: 1, values: &shrinker.planes[0] });
            self.ring.push_back(picture);
        }
    }

    /// Hands chosen frames to be encoded, and lets go of those that nobody may want any more.
    fn hand_on(&mut self, picks: Vec<Pick>) -> Result<(), MediaError> {
        let source = &self.decoding.source;
        for pick in picks {
            let place = self.ring.iter().position(|picture| picture.pts() == Some(pick.pts));
            let Some(picture) = place.and_then(|place| self.ring.remove(place)) else { continue };
            let coded = (picture.width(), picture.height());
            let shape = Shape::of(&source.stream(self.decoding.stream)?, coded, picture.aspect_ratio());
            // Fails only where nobody encodes any more, and then the reason is told already.
            let _ = self.send.send((pick, picture, shape));
        }
        self.ring.retain(|picture| picture.pts().is_some_and(|pts| self.selector.may_want(pts)));
        Ok(())
    }
}

fn ms(time: MediaTime) -> u64 {
    u64::try_from(time.us() / 1_000).unwrap_or(0)
}
