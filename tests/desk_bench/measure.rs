//! What is measured in a window. Times are taken inside the page, so that the driver's own way there and back is not in them.

use super::harness::Window;
use super::make::{Dice, FPS};
use fantoccini::actions::{InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use serde_json::{Value, json};
use std::time::Duration;

/// Loaded before every script.
const PAGE: &str = include_str!("page.js");
/// Where in its pane the timeline's ruler is: pressing there goes there, whatever else is drawn.
const RULER_Y: i64 = 8;

/// What a script gives; it calls `run(async () => …)` and reads `asked`.
pub async fn ask(window: &Window, body: &str, asked: Value) -> Result<Value, String> {
    let answer = window.client.execute_async(&format!("{PAGE}\n{body}"), vec![asked]).await.map_err(|e| e.to_string())?;
    match answer.get("error").and_then(Value::as_str) {
        Some(error) => Err(error.to_owned()),
        None => Ok(answer["value"].clone()),
    }
}

/// As [`ask`], where the page can't fail but by a fault.
pub async fn numbers(window: &Window, body: &str, asked: Value) -> Vec<f64> {
    let value = ask(window, body, asked).await.unwrap_or_else(|e| panic!("{body}: {e}"));
    serde_json::from_value(value).unwrap()
}

/// ms from opening the long media in the library to its words, its timeline and its flags on the screen.
pub async fn open(window: &Window, media: &str) -> f64 {
    let body = "run(async () => {
        const row = await until('the row', () => $(`[data-testid=media-row][data-media=\"${asked}\"]`))
        row.click()
        await painted()
        const began = performance.now()
        row.dispatchEvent(new MouseEvent('dblclick', { bubbles: true }))
        const there = () => $('[data-testid=room-review]')?.dataset.media === asked
            && $('.cm-line, [data-testid=word]') && /^[1-9]\\d* words [1-9]/.test($('[data-testid=timeline]')?.dataset.painted ?? '')
            && $('[data-testid=flag]')
        await until('the desk', there)
        return await painted() - began
    })";
    ask(window, body, json!(media)).await.unwrap().as_f64().unwrap()
}

/// Puts the caret at the end of a line well inside the text; whether there is an editor at all.
pub async fn place_caret(window: &Window) -> bool {
    let body = "run(async () => {
        const content = $('.cm-content')
        if (!content) return null
        const pane = scroller()
        pane.scrollTop = pane.scrollHeight / 2
        await painted()
        await painted()
        const middle = pane.getBoundingClientRect().top + pane.clientHeight / 2
        const line = [...document.querySelectorAll('.cm-line')].find((l) => l.getBoundingClientRect().top > middle)
        const box = line.getBoundingClientRect()
        if (!window.keyTimes) {
            window.keyTimes = []
            let began = null
            addEventListener('keydown', () => (began = performance.now()), true)
            // On the whole page, for the editor may be made anew.
            new MutationObserver(async (changes) => {
                const inText = ({ target }) => (target instanceof Element ? target : target.parentElement)?.closest('.cm-content')
                if (began === null || !changes.some(inText)) return
                const mine = began
                began = null
                window.keyTimes.push(await painted() - mine)
            }).observe(document.body, { subtree: true, childList: true, characterData: true })
        }
        const listens = content.dataset.mode === 'listen' ? 1 : 0
        const word = line.querySelector('[data-word]')?.getBoundingClientRect()
        return word ? [word.left + 3, word.top + word.height / 2, listens] : [box.left + 160, box.top + 12, listens]
    })";
    let place = ask(window, body, Value::Null).await.unwrap();
    let Ok([x, y, listens]) = serde_json::from_value::<[f64; 3]>(place) else { return false };
    window.click_at(x, y).await;
    if listens > 0.5 {
        window.press("Enter").await;
        window.find_css(".cm-content[data-mode=edit]").await;
    }
    window.press("End").await;
    true
}

/// Ends what [`place_caret`] began.
pub async fn leave(window: &Window) {
    if window.js("return document.querySelector('.cm-content')?.dataset.mode === 'edit'", vec![]).await == json!(true) {
        window.press("Escape").await;
        window.find_css(".cm-content[data-mode=listen]").await;
    }
}

/// ms from each of `count` keys to the frame that shows its letter.
pub async fn type_keys(window: &Window, count: usize) -> Vec<f64> {
    window.js("window.keyTimes.length = 0", vec![]).await;
    for i in 0..count {
        // A real key, as the system would send it.
        window.type_text(["a", "n", "e", " "][i % 4]).await;
        window.until("the letter", &format!("return window.keyTimes.length > {i}")).await;
    }
    serde_json::from_value(window.js("return window.keyTimes", vec![]).await).unwrap()
}

/// ms a frame while the text is scrolled by 40 lines in each.
pub async fn scroll(window: &Window, from: f64) -> Vec<f64> {
    let body = "run(async () => {
        const pane = scroller()
        pane.scrollTop = asked * pane.scrollHeight
        await painted()
        const by = Math.max(200, pane.clientHeight * 0.8)
        return frames(90, () => (pane.scrollTop += by))
    })";
    numbers(window, body, json!(from)).await
}

/// The size of the text's pane, so that a bare one can be made as large.
pub async fn pane_size(window: &Window) -> (f64, f64) {
    let body = "run(async () => [scroller().clientWidth, scroller().clientHeight])";
    let size = numbers(window, body, Value::Null).await;
    (size[0], size[1])
}

/// ms a frame while the wheel zooms in from the whole media to single words about a share of the width, and out again.
pub async fn zoom(window: &Window, share: f64) -> Vec<f64> {
    let body = "run(async () => {
        const box = tracks().getBoundingClientRect()
        const at = { clientX: box.left + box.width * asked, clientY: box.top + box.height / 2, bubbles: true, cancelable: true, deltaMode: 0 }
        return frames(160, (i) => tracks().dispatchEvent(new WheelEvent('wheel', { ...at, deltaY: i < 80 ? -60 : 60 })))
    })";
    numbers(window, body, json!(share)).await
}

/// ms a frame while the view is moved sideways at the zoom that it has.
pub async fn pan(window: &Window, steps_in: usize) -> Vec<f64> {
    let body = "run(async () => {
        const box = tracks().getBoundingClientRect()
        const at = { clientX: box.left + box.width / 2, clientY: box.top + box.height / 2, bubbles: true, cancelable: true, deltaMode: 0 }
        for (let i = 0; i < asked; i++) tracks().dispatchEvent(new WheelEvent('wheel', { ...at, deltaY: -100 }))
        await painted()
        const times = await frames(90, (i) => tracks().dispatchEvent(new WheelEvent('wheel', { ...at, shiftKey: true, deltaY: i < 45 ? 90 : -90 })))
        for (let i = 0; i < asked; i++) tracks().dispatchEvent(new WheelEvent('wheel', { ...at, deltaY: 100 }))
        await painted()
        return times
    })";
    numbers(window, body, json!(steps_in)).await
}

async fn on_ruler(window: &Window, share: f64) -> (f64, f64) {
    let body = "run(async () => { const box = tracks().getBoundingClientRect(); return [box.left, box.top, box.width] })";
    let found = numbers(window, body, Value::Null).await;
    ((found[0] + found[2] * share).round(), found[1] + RULER_Y as f64)
}

fn moved(x: f64, y: f64) -> PointerAction {
    PointerAction::MoveTo { duration: None, x, y }
}

async fn act(window: &Window, actions: impl IntoIterator<Item = PointerAction>) {
    let mouse = actions.into_iter().fold(MouseActions::new("mouse".into()), InputSource::then);
    window.client.perform_actions(mouse).await.unwrap();
}

/// ms a frame while the playhead is dragged along the ruler.
pub async fn scrub(window: &Window) -> Vec<f64> {
    let (x, y) = on_ruler(window, 0.3).await;
    act(window, [moved(x, y), PointerAction::Down { button: MOUSE_BUTTON_LEFT }]).await;
    let body = "run(async () => {
        const at = { clientY: asked[1], bubbles: true, pointerId: 1, buttons: 1 }
        return frames(120, (i) => tracks().dispatchEvent(new PointerEvent('pointermove', { ...at, clientX: asked[0] + 150 * Math.sin(i / 12) })))
    })";
    let times = numbers(window, body, json!([x, y])).await;
    act(window, [PointerAction::Up { button: MOUSE_BUTTON_LEFT }]).await;
    window.settled().await;
    times
}

/// ms from pressing on the ruler to the picture of that moment, and whether it was a still that came first.
pub async fn seek(window: &Window, share: f64) -> Result<(f64, bool), String> {
    rest(window).await;
    let (x, y) = on_ruler(window, share).await;
    act(window, [moved(x, y)]).await;
    let listen = "
        const frame_us = asked
        const video = $('video')
        const target = () => Number($('[data-testid=time]').dataset.us)
        window.shown = null
        addEventListener('pointerdown', () => {
            const [began, before] = [performance.now(), target()]
            const look = async () => {
                const is = (us) => target() !== before && Math.abs(us - target()) <= frame_us
                const picture = $('[data-testid=picture][data-still]')
                const still = picture !== null && is(Number(picture.dataset.shownUs))
                if (still || (!video.seeking && is(video.currentTime * 1e6))) window.shown = [await painted() - began, still ? 1 : 0]
                else requestAnimationFrame(look)
            }
            requestAnimationFrame(look)
        }, { once: true, capture: true })
        done({ value: true })";
    ask(window, listen, json!(1_000_000 / FPS)).await?;
    let (down, up) = (PointerAction::Down { button: MOUSE_BUTTON_LEFT }, PointerAction::Up { button: MOUSE_BUTTON_LEFT });
    act(window, [down, up]).await;
    let body = "run(async () => until('the picture', () => window.shown, 10000))";
    let shown: [f64; 2] = serde_json::from_value(ask(window, body, Value::Null).await?).unwrap();
    Ok((shown[0], shown[1] > 0.5))
}

/// Random places for seeks.
pub fn places(count: usize) -> Vec<f64> {
    let mut dice = Dice::new(21);
    (0..count).map(|_| 0.02 + 0.96 * dice.below(10_000) as f64 / 10_000.0).collect()
}

/// A frame seen while playing: when it was, where the video stood in s, and the word that was lit.
pub type Seen = (f64, f64, Option<u64>);

/// Plays for some seconds and looks at every frame.
pub async fn play(window: &Window, seconds: u32) -> Vec<Seen> {
    let body = "run(async () => {
        const video = $('video')
        const seen = []
        $('[data-testid=play]').click()
        await until('playing', () => !video.paused && video.currentTime > 0)
        await painted()
        const began = performance.now()
        for (let at = began; at - began < asked * 1000; at = await frame()) {
            const lit = $('[data-word][data-active], [data-word].lit')
            seen.push([at, video.currentTime, lit ? Number(lit.dataset.word) : null])
        }
        $('[data-testid=play]').click()
        await until('rest', () => video.paused)
        return seen.slice(2)
    })";
    serde_json::from_value(ask(window, body, json!(seconds)).await.unwrap()).unwrap()
}

/// The share of the frames in which the lit word is right, give or take a frame of the picture.
pub fn right_share(seen: &[Seen], words: &[(i64, i64)]) -> f64 {
    let frame_us = 1_000_000 / FPS;
    let right = seen.iter().filter(|(_, at, lit)| {
        let at = (at * 1e6) as i64;
        let spoken = |us: i64| {
            let begun = words.partition_point(|w| w.0 <= us);
            begun.checked_sub(1).filter(|&i| us < words[i].1)
        };
        let last = |us: i64| words.partition_point(|w| w.0 <= us).checked_sub(1);
        [at - frame_us, at, at + frame_us].into_iter().any(|us| {
            let lit = lit.map(|w| w as usize);
            // In a pause the last word may stay lit or not.
            lit == spoken(us) || (lit.is_some() && lit == last(us))
        })
    });
    right.count() as f64 / seen.len().max(1) as f64
}

/// ms from the key that shows the library to its rows, and then for sorting by each column.
pub async fn library(window: &Window) -> (f64, Vec<f64>) {
    let open = "run(async () => {
        const began = performance.now()
        $('[data-testid=go-library]').click()
        await until('the rows', () => $('[data-testid=media-row]'))
        return await painted() - began
    })";
    let opened = ask(window, open, Value::Null).await.unwrap().as_f64().unwrap();
    let sort = "run(async () => {
        const times = []
        for (const button of document.querySelectorAll('[role=columnheader] button')) {
            for (let way = 0; way < 2; way++) {
                const began = performance.now()
                button.click()
                await frame()
                const at = await painted()
                times.push(at - began)
            }
        }
        return times
    })";
    (opened, numbers(window, sort, Value::Null).await)
}

/// The processes below `driver`.
fn below(driver: u32) -> Vec<u32> {
    let all: Vec<(u32, u32)> = std::fs::read_dir("/proc").unwrap().filter_map(|e| parent(&e.ok()?.file_name().to_string_lossy())).collect();
    let (mut found, mut parents) = (Vec::new(), vec![driver]);
    while let Some(of) = parents.pop() {
        let children = all.iter().filter(|(_, parent)| *parent == of).map(|(pid, _)| *pid);
        parents.extend(children.clone());
        found.extend(children);
    }
    found
}

/// Megabytes of the proportional share (PSS) of each process below `driver`, with its name.
pub fn memory(driver: u32) -> Vec<(String, f64)> {
    let read = |pid: u32, file: &str| std::fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
    let share = |pid| {
        let rollup = read(pid, "smaps_rollup");
        let kb = rollup.lines().find_map(|l| l.strip_prefix("Pss:")?.split_whitespace().next()?.parse::<f64>().ok());
        (read(pid, "comm").trim().to_owned(), kb.unwrap_or(0.0) / 1024.0)
    };
    below(driver).into_iter().map(share).collect()
}

/// ms of processor time that the processes below `driver` took so far: what else the machine does is not in it.
pub fn processor(driver: u32) -> f64 {
    /// Ticks of the kernel's clock as programs see it; fixed on Linux.
    const TICK_MS: f64 = 10.0;
    let ticks = |pid: u32| -> Option<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        Some(fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?)
    };
    below(driver).into_iter().filter_map(ticks).sum::<f64>() * TICK_MS
}

/// Waits until two thirds of the machine are idle for a second, but no longer than two minutes; whether they were.
pub fn quiet() -> bool {
    let times = || -> (f64, f64) {
        let stat = std::fs::read_to_string("/proc/stat").unwrap();
        let fields: Vec<f64> = stat.lines().next().unwrap().split_whitespace().skip(1).filter_map(|f| f.parse().ok()).collect();
        (fields[3] + fields[4], fields.iter().sum())
    };
    (0..120).any(|_| {
        let before = times();
        std::thread::sleep(Duration::from_secs(1));
        let after = times();
        (after.0 - before.0) / (after.1 - before.1) > 0.66
    })
}

fn parent(pid: &str) -> Option<(u32, u32)> {
    let pid: u32 = pid.parse().ok()?;
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name may hold anything, brackets too; what follows it does not.
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok().map(|parent| (pid, parent))
}

/// Waits until nothing is loaded or measured any more.
pub async fn rest(window: &Window) {
    window.settled().await;
    tokio::time::sleep(Duration::from_millis(500)).await;
}
