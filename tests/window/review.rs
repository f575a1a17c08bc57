//! A reviewer's first job: see the drift, mend it, decide, edit, take back, export.

use super::harness::Window;
use plumbline_core::align::Heard;
use plumbline_core::{Delta, Span};
use plumbline_project::{By, Op};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

pub fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample").join(name)
}

pub fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Median distance in µs of an export's word starts from the truth beside the sample, over the words that the truth has.
fn median_error_us(export: &Value) -> i64 {
    let truth = read_json(&sample("bridge.truth.json"));
    let items = export["results"]["items"].as_array().unwrap();
    let truth = truth["items"].as_array().unwrap();
    assert_eq!(items.len(), truth.len());
    let mut errors: Vec<i64> = items
        .iter()
        .zip(truth)
        .filter_map(|(item, truth)| {
            let start: f64 = item["start_time"].as_str()?.parse().unwrap();
            Some(((start * 1e6) as i64 - truth[0].as_i64()?).abs())
        })
        .collect();
    errors.sort_unstable();
    errors[errors.len() / 2]
}

/// The sample open on the review desk, prepared: proposal, flags and picture are there.
pub async fn open_sample(home: &Path) -> Window {
    let window = Window::open(home, &[]).await;
    window.find("room-review").await;
    window.find("proposal").await;
    window.until("the picture", "return (document.querySelector('video')?.readyState ?? 0) >= 2").await;
    window.until("flags", "return document.querySelectorAll('[data-testid=flag]').length").await;
    window
}

const LIT: &str = "const w = document.querySelector('[data-testid=word][data-active]'); return w ? Number(w.dataset.word) : null";

/// Plays for two seconds of media time and checks at every painted frame that the word under the playhead is the one that is lit.
async fn play_with_the_right_word_lit(window: &Window, words: &[Value]) {
    let script = "
        const [words, done] = arguments
        const video = document.querySelector('video')
        const from = video.currentTime
        const seen = []
        const began = performance.now()
        // The word that stands there once the frame is drawn is that of a moment between the two times: a slow machine draws few frames, but right ones.
        const frame = () => {
            const at = Math.round(video.currentTime * 1e6)
            setTimeout(() => {
                const lit = document.querySelector('[data-testid=word][data-active]')
                seen.push([at, Math.round(video.currentTime * 1e6), lit ? Number(lit.dataset.word) : null])
                if (performance.now() - began > 25_000) {
                    done(`${seen.length} frames, from ${from} to ${video.currentTime} s, paused ${video.paused}, seeking ${video.seeking}, ready ${video.readyState}`)
                } else if (video.currentTime - from >= 2 || video.ended) { video.pause(); done(seen) } else requestAnimationFrame(frame)
            })
        }
        requestAnimationFrame(frame)";
    window.press("Space").await;
    let seen = window.client.execute_async(script, vec![json!([])]).await.unwrap();
    assert!(seen.is_array(), "two seconds did not play in 25: {seen}");
    let seen: Vec<(i64, i64, Option<u64>)> = serde_json::from_value(seen).unwrap();
    // The picture is painted at 25 frames a second: a word may be lit one frame early or late, and not more.
    let frame_us = 40_000;
    let mut lit_words = 0;
    for (from, to, lit) in &seen {
        let Some(lit) = lit else { continue };
        let word = &words[*lit as usize];
        let (start, end) = (word["start_us"].as_i64().unwrap(), word["end_us"].as_i64().unwrap());
        // The last word spoken stays lit through the pause behind it.
        let next = words.get(*lit as usize + 1).map_or(i64::MAX, |w| w["start_us"].as_i64().unwrap());
        assert!(start - frame_us <= *to && *from < end.max(next) + frame_us, "from {from} to {to} µs word {lit} ({start}..{end}) is lit");
        lit_words += 1;
    }
    assert!(lit_words * 2 > seen.len(), "a word is lit in {lit_words} of {} frames", seen.len());
    let different: std::collections::BTreeSet<_> = seen.iter().filter_map(|s| s.2).collect();
    assert!(different.len() >= 3, "only {different:?} were lit in two seconds of speech");
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_first_start_to_a_mended_export() {
    let home = tempfile::tempdir().unwrap();
    let window = open_sample(home.path()).await;
    let start = window.invoke("start", json!({})).await;
    let media = start["open_media"].as_str().unwrap().to_owned();

    // The drift is there to see: a sentence, its breaks, and drift flags.
    let proposal = window.find("proposal").await.text().await.unwrap();
    assert!(proposal.contains("too late") && proposal.contains("lacks"), "{proposal}");
    let drifting = "return document.querySelectorAll('[data-testid=flag][data-gate=residual_offset]:not([data-decision])').length";
    assert!(window.js(drifting, vec![]).await.as_u64().unwrap() >= 5);

    // Accept the map with its key: the drift flags go, the words move.
    window.find("transcript").await.click().await.unwrap();
    window.press("y").await;
    window.until("the map in force", "return document.querySelector('[data-testid=alignment]')?.dataset.state === 'accepted'").await;
    window
        .until(
            "no drift left",
            &format!(
                "{} === 0",
                drifting.replace("return ", "return !document.querySelector('[data-testid=saved][data-state=saving]') && ")
            ),
        )
        .await;

    // Play two seconds into the talk, the right word lit all the while.
    let words = window.words(&media).await;
    let tenth = window.find_css("[data-testid=word][data-word='10']").await;
    tenth.click().await.unwrap();
    window.until("the tenth word lit", &format!("return (() => {{ {LIT} }})() === 10")).await;
    play_with_the_right_word_lit(&window, &words).await;

    // Confirm a flag with its key; the next one is chosen.
    window.press("F8").await;
    let flag = window.until("a flag chosen", "return document.querySelector('[data-testid=flag][aria-selected=true]')?.dataset.flag").await;
    window.press("c").await;
    let decided = format!("return document.querySelector('[data-flag=\"{}\"]')?.dataset.decision === 'confirmed'", flag.as_str().unwrap());
    window.until("the flag confirmed", &decided).await;
    let next = window.until("the next flag", "return document.querySelector('[data-testid=flag][aria-selected=true]')?.dataset.flag").await;
    assert_ne!(next, flag);

    // Edit a word, take it back, bring it again. What is typed over a word with a full stop takes that away, and then there is an item less.
    let visible = "const pane = document.querySelector('[data-testid=transcript]').getBoundingClientRect();
        const inside = (w) => { const at = w.getBoundingClientRect(); return at.top > pane.top + 40 && at.bottom < pane.bottom - 40 && /[a-z]$/.test(w.textContent) };
        return Number([...document.querySelectorAll('[data-testid=word]')].find(inside)?.dataset.word ?? 0)";
    let edited = window.until("a word in view", visible).await;
    window.find_css(&format!("[data-testid=word][data-word='{edited}']")).await.click().await.unwrap();
    window.press("F2").await;
    window.until("editing", "return document.querySelector('[data-mode=edit]') !== null").await;
    window.type_text("Notebook").await;
    window.press("Escape").await;
    let is_edited = format!("document.querySelector('[data-testid=word][data-word=\"{edited}\"]')?.textContent.startsWith('Notebook')");
    window.until("the word edited", &format!("return {is_edited}")).await;
    window.press("Ctrl+z").await;
    window.until("the edit undone", &format!("return !({is_edited})")).await;
    window.press("Ctrl+Shift+z").await;
    window.until("the edit redone", &format!("return {is_edited}")).await;

    // Export; the words lie where the truth has them.
    let out = window.path("out.json");
    window.invoke("export_media", json!({ "media": media, "kind": "transcribe", "path": out })).await;
    let export = read_json(&out);
    let before = median_error_us(&read_json(&sample("bridge.transcribe.json")));
    let after = median_error_us(&export);
    println!("median error of the word times: {} ms before, {} ms after", before / 1_000, after / 1_000);
    assert!(before > 1_000_000, "the sample drifts");
    assert!(after <= 50_000, "median error is {after} µs");
    assert!(export["results"]["transcripts"][0]["transcript"].as_str().unwrap().contains("Notebook"));
    for (kind, name, says) in
        [("srt", "out.srt", " --> "), ("vtt", "out.vtt", "WEBVTT"), ("annotations", "out.annotations.json", "plumbline-annotations")]
    {
        let out = window.path(name);
        window.invoke("export_media", json!({ "media": media, "kind": kind, "path": out })).await;
        assert!(std::fs::read_to_string(&out).unwrap().contains(says), "{kind}");
    }
    window.close().await;

    // The next start finds everything as it was left.
    let window = Window::open(home.path(), &[]).await;
    window.find("room-review").await;
    window.until("the verdict kept", &decided).await;
    let words = window.words(&media).await;
    assert_eq!(words[edited.as_u64().unwrap() as usize]["text"], "Notebook");
    window.close().await;
}

/// Frames are found by their exact PTS: a step forward and back is one frame, and a picture is shown at each.
#[tokio::test(flavor = "multi_thread")]
async fn steps_are_frames_and_anchors_and_retimes_are_kept() {
    let home = tempfile::tempdir().unwrap();
    let window = open_sample(home.path()).await;
    let media = window.invoke("start", json!({})).await["open_media"].as_str().unwrap().to_owned();
    window.find_css("[data-testid=word][data-word='5']").await.click().await.unwrap();
    let frame = "return Number(document.querySelector('[data-testid=frame]')?.dataset.frame ?? -1)";
    window.until("a seek", "return !document.querySelector('video').seeking && document.querySelector('video').currentTime > 1").await;
    let before = window.js(frame, vec![]).await.as_i64().unwrap();
    window.press(".").await;
    window.until("the next frame", &format!("return (() => {{ {frame} }})() === {}", before + 1)).await;
    window.press(",").await;
    window.until("the frame before", &format!("return (() => {{ {frame} }})() === {before}")).await;

    // An anchor where the word is shown now, and a retime of its start; both can be taken back.
    let time = window.js("return Number(document.querySelector('[data-testid=time]').dataset.us)", vec![]).await.as_i64().unwrap();
    window.press("a").await;
    window.until("an anchor", "return document.querySelectorAll('[data-testid=anchor]').length === 1").await;
    let alignment = window.invoke("alignment", json!({ "media": media })).await;
    assert_eq!(alignment["anchors"][0]["media_us"].as_i64().unwrap(), time);
    window.press("Shift+Right").await;
    window
        .until("a second on", &format!("return Number(document.querySelector('[data-testid=time]').dataset.us) >= {}", time + 900_000))
        .await;
    window.press("Shift+r").await;
    let retimed = "return !document.querySelector('[data-testid=undo]').disabled && document.querySelector('[data-testid=saved]').dataset.state === 'saved'";
    window.until("the word retimed", retimed).await;
    let words = window.words(&media).await;
    assert!(words[5]["retimed"].as_bool().unwrap(), "{}", words[5]);
    window.press("Ctrl+z").await;
    window.press("Ctrl+z").await;
    window.until("no anchor", "return document.querySelectorAll('[data-testid=anchor]').length === 0").await;
    let words = window.words(&media).await;
    assert_eq!(words[5]["start_us"], words[5]["original"]["start_us"]);
    window.close().await;
}

/// What can't be imported is told in the window, and the project is as it was.
#[tokio::test(flavor = "multi_thread")]
async fn a_broken_file_is_a_sentence_in_the_window() {
    let home = tempfile::tempdir().unwrap();
    let window = open_sample(home.path()).await;
    let broken = home.path().join("broken.mp4");
    std::fs::write(&broken, "this is no video").unwrap();
    let before = window.invoke("library", json!({})).await;
    window.invoke("import_files", json!({ "paths": [broken] })).await;
    window
        .until(
            "the sentence",
            "return [...document.querySelectorAll('[data-testid=job][data-state=failed]')].some((e) => e.textContent.includes('broken.mp4'))",
        )
        .await;
    let after = window.invoke("library", json!({})).await;
    assert_eq!(before["media"], after["media"]);
    window.close().await;
}

/// A project that can't be opened is named, and the sample is there instead.
#[tokio::test(flavor = "multi_thread")]
async fn a_project_that_is_none_is_told_and_left_alone() {
    let home = tempfile::tempdir().unwrap();
    let broken = home.path().join("broken.plumbline");
    std::fs::write(&broken, "this is no project".repeat(20)).unwrap();
    let window = Window::open(home.path(), &[broken.to_str().unwrap()]).await;
    let told = window.find("error").await.text().await.unwrap();
    assert!(told.contains("broken.plumbline is not a Plumbline project") && told.contains("sample"), "{told}");
    window.find("proposal").await;
    assert_eq!(std::fs::read(&broken).unwrap(), "this is no project".repeat(20).as_bytes());
    window.close().await;
}

/// An anchor is dragged in the timeline with a real pointer, the words go along, and one undo brings both back.
#[tokio::test(flavor = "multi_thread")]
async fn an_anchor_is_dragged_and_the_words_go_along() {
    use fantoccini::actions::{InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
    let home = tempfile::tempdir().unwrap();
    let window = open_sample(home.path()).await;
    let media = window.invoke("start", json!({})).await["open_media"].as_str().unwrap().to_owned();
    window.find_css("[data-testid=word][data-word='5']").await.click().await.unwrap();
    window.settled().await;
    window.press("a").await;
    window.find("anchor").await;
    window.settled().await;
    let before = window.words(&media).await[5].clone();
    let at = window.invoke("alignment", json!({ "media": media })).await["anchors"][0]["media_us"].as_i64().unwrap();
    let duration = window.invoke("media", json!({ "media": media })).await["duration_us"].as_i64().unwrap();
    let place = window
        .js(
            "const canvas = document.querySelector('[data-pane=timeline] canvas').getBoundingClientRect();
            const labels = [...document.querySelectorAll('[data-pane=timeline] *')].filter((e) => e.children.length === 0);
            const row = labels.find((e) => e.textContent.trim() === 'Plumb line').getBoundingClientRect();
            return [canvas.left, canvas.width, row.top + row.height / 2]",
            vec![],
        )
        .await;
    let [left, width, y] = [0, 1, 2].map(|i| place[i].as_f64().unwrap());
    let x = (left + width * at as f64 / duration as f64).round();
    let moved = |x: f64| PointerAction::MoveTo { duration: None, x, y: y.round() };
    let (press, release) = (PointerAction::Down { button: MOUSE_BUTTON_LEFT }, PointerAction::Up { button: MOUSE_BUTTON_LEFT });
    let drag = MouseActions::new("mouse".into()).then(moved(x)).then(press).then(moved(x + 10.0)).then(moved(x + 30.0)).then(release);
    window.client.perform_actions(drag).await.unwrap();
    window.until("the drag saved", "return document.querySelector('[data-testid=saved]').dataset.state === 'saved'").await;
    let expected = 30 * duration / width as i64;
    let started = std::time::Instant::now();
    let after = loop {
        let now = window.invoke("alignment", json!({ "media": media })).await["anchors"][0]["media_us"].as_i64().unwrap();
        if now != at {
            break now;
        }
        assert!(started.elapsed() < std::time::Duration::from_secs(20), "the anchor did not move");
    };
    assert!((after - at - expected).abs() < 4 * duration / width as i64, "moved by {} µs, not {expected}", after - at);
    let words = window.words(&media).await;
    assert_eq!(words[5]["start_us"].as_i64().unwrap(), after);
    window.press("Ctrl+z").await;
    window.until("the drag undone", "return !document.querySelector('[data-testid=redo]').disabled").await;
    assert_eq!(window.words(&media).await[5], before);
    window.close().await;
}

/// One piece of a proposal of two is put in force, taken back, and then all of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_piece_is_accepted_and_the_rest_stays() {
    let home = tempfile::tempdir().unwrap();
    let window = open_sample(home.path()).await;
    let media = window.invoke("start", json!({})).await["open_media"].as_str().unwrap().to_owned();
    let proposal = window.invoke("alignment", json!({ "media": media })).await["proposal"].clone();
    let pieces = proposal["pieces"].as_array().unwrap();
    assert_eq!(pieces.len(), 2, "{proposal}");
    let split = pieces[1]["span"]["start_us"].as_i64().unwrap();
    let words = async || window.words(&media).await;
    let before = words().await;
    let second = |word: &Value| word["original"]["start_us"].as_i64().unwrap() >= split;
    let starts = |words: &[Value], of: &str| -> Vec<i64> { words.iter().map(|w| w.pointer(of).unwrap().as_i64().unwrap()).collect() };

    // A click goes there and lights the piece; the key goes back to the one before.
    window.find_css("[data-testid=piece][data-piece='1']").await.click().await.unwrap();
    window.find("plot-piece").await;
    let at = pieces[1]["media"]["start_us"].as_f64().unwrap() / 1e6;
    window.until("a seek", &format!("return Math.abs(document.querySelector('video').currentTime - {at}) < 0.1")).await;
    window.press("Shift+F7").await;
    window
        .until("the piece before", "return document.querySelector('[data-testid=piece][aria-selected=true]')?.dataset.piece === '0'")
        .await;
    window.press("F7").await;
    window.until("the next piece", "return document.querySelector('[data-testid=piece][aria-selected=true]')?.dataset.piece === '1'").await;

    let accepted = "return [...document.querySelectorAll('[data-testid=piece]')].map((p) => p.dataset.accepted === undefined ? 'open' : 'accepted').join(' ')";
    let is = |state: &str| format!("return (() => {{ {accepted} }})() === '{state}'");
    window.press("p").await;
    window.until("one piece in force", &is("open accepted")).await;
    let half = words().await;
    let (proposed, now) = (starts(&before, "/proposed/start_us"), starts(&before, "/start_us"));
    let expected: Vec<i64> =
        before.iter().zip(proposed.iter().zip(&now)).map(|(w, (then, now))| if second(w) { *then } else { *now }).collect();
    assert_eq!(starts(&half, "/start_us"), expected);
    assert!(before.iter().any(second) && !before.iter().all(second) && expected != now);
    let text = "document.querySelector('[data-testid=piece][data-piece=\"1\"]').textContent";
    window.until("its drift measured again", &format!("return /· \\d+ ms → /.test({text})")).await;

    window.press("Ctrl+z").await;
    window.until("no piece in force", &is("open open")).await;
    assert_eq!(words().await, before);

    window.press("y").await;
    window.until("the map in force", "return document.querySelector('[data-testid=alignment]')?.dataset.state === 'accepted'").await;
    assert_eq!(starts(&words().await, "/start_us"), proposed);
    window.close().await;
}

/// A word that was heard lies there and says how surely, until a person places it.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_heard_yields_to_a_person() {
    let home = tempfile::tempdir().unwrap();
    let window = open_sample(home.path()).await;
    let start = window.invoke("start", json!({})).await;
    let path = PathBuf::from(start["project"]["path"].as_str().unwrap());
    window.close().await;

    // Every word of the sample heard 30 ms after where the map puts it, some of them hardly.
    let mut project = plumbline_project::Project::open(&path).unwrap();
    let media = project.media_ids().unwrap().remove(0);
    let (proposal, _) = project.proposal(&media).unwrap().unwrap();
    let transcript = project.transcript(&media).unwrap().unwrap();
    let heard = transcript.words.iter().map(|word| {
        let mapped = proposal.map.map_span(word.span);
        let by = Delta::from_us(30_000);
        let confidence = if word.id.0 % 5 == 0 { 0.31 } else { 0.93 };
        Some(Heard { span: Span::new(mapped.start + by, mapped.end + by), mapped: mapped.start, confidence, text: None })
    });
    let op = Op::Propose { media: media.clone(), proposal: proposal.clone(), heard: heard.collect() };
    project.apply(op, &By::Machine).unwrap();
    drop(project);

    let window = open_sample(home.path()).await;
    let word = async || window.words(&media.0).await[11].clone();
    let proposed = word().await["proposed"]["start_us"].clone();
    window.press("y").await;
    window.until("the map in force", "return document.querySelector('[data-testid=alignment]')?.dataset.state === 'accepted'").await;
    assert_eq!(word().await["start_us"], proposed);
    window.find_css("[data-testid=word][data-word='11']").await.click().await.unwrap();
    let says = "document.querySelector('[data-testid=heard]')?.textContent";
    window.until("how surely it was heard", &format!("return {says}?.includes('93 %')")).await;
    window.press("Shift+Right").await;
    window.press("r").await;
    window.until("the word placed by hand", &format!("return {says} === undefined")).await;
    assert_eq!(word().await["alignment_confidence"], Value::Null);
    window.press("Ctrl+z").await;
    window.until("the word where it was heard", &format!("return {says}?.includes('93 %')")).await;
    assert_eq!(word().await["start_us"], proposed);
    window.close().await;
}

/// What the webview doesn't play is copied to what it does, behind the window, and then it plays.
#[tokio::test(flavor = "multi_thread")]
async fn a_video_that_the_webview_does_not_play_gets_a_proxy() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("media");
    std::fs::create_dir(&folder).unwrap();
    let video = folder.join("old.avi");
    let made = std::process::Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25:duration=4", "-f", "lavfi", "-i", "sine=440:duration=4"])
        .args(["-c:v", "mpeg4", "-c:a", "mp2"])
        .arg(&video)
        .status()
        .unwrap();
    assert!(made.success());
    std::fs::write(folder.join("old.srt"), "1\n00:00:01,000 --> 00:00:02,000\nHello there\n").unwrap();
    let project = home.path().join("old.plumbline");
    drop(plumbline_project::Project::create(&project).unwrap());
    let window = Window::open(home.path(), &[project.to_str().unwrap(), folder.to_str().unwrap()]).await;
    window.find("media-row").await.click().await.unwrap();
    window.press("Enter").await;
    window.find("room-review").await;
    window.until("the picture", "return (document.querySelector('video')?.readyState ?? 0) >= 2").await;
    let length = window.js("return document.querySelector('video').duration", vec![]).await.as_f64().unwrap();
    assert!((length - 4.0).abs() < 0.1, "the copy lasts {length} s");
    window.find_css("[data-testid=word][data-word='0']").await.click().await.unwrap();
    window.until("a seek", "return document.querySelector('video').currentTime >= 1").await;
    window.close().await;
}

/// A transcript that is right is said to be right, and nothing about it waits.
#[tokio::test(flavor = "multi_thread")]
async fn a_transcript_in_sync_asks_for_nothing() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("media");
    std::fs::create_dir(&folder).unwrap();
    std::fs::copy(sample("bridge.mp4"), folder.join("right.mp4")).unwrap();
    // The sample's transcript with the true times in it.
    let mut transcript = read_json(&sample("bridge.transcribe.json"));
    let truth = read_json(&sample("bridge.truth.json"));
    for (item, times) in transcript["results"]["items"].as_array_mut().unwrap().iter_mut().zip(truth["items"].as_array().unwrap()) {
        if let (Some(start), Some(end)) = (times[0].as_f64(), times[1].as_f64()) {
            item["start_time"] = json!(format!("{:.2}", start / 1e6));
            item["end_time"] = json!(format!("{:.2}", end / 1e6));
        }
    }
    std::fs::write(folder.join("right.json"), transcript.to_string()).unwrap();
    let project = home.path().join("right.plumbline");
    drop(plumbline_project::Project::create(&project).unwrap());
    let window = Window::open(home.path(), &[project.to_str().unwrap(), folder.to_str().unwrap()]).await;
    window.find("media-row").await.click().await.unwrap();
    window.press("Enter").await;
    let said = window.until("a verdict", "return document.querySelector('[data-testid=alignment][data-state=idle]')?.textContent").await;
    assert!(said.as_str().unwrap().contains("Words and sound are together") && !said.as_str().unwrap().contains("rejected"), "{said}");
    let drifting = window.js("return document.querySelectorAll('[data-testid=flag][data-gate=residual_offset]').length", vec![]).await;
    assert_eq!(drifting, json!(0));
    window.close().await;
}
