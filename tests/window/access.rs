//! Whether everybody can use the window: names, contrast, sizes and focus, measured in every room and every theme.

use super::harness::Window;
use super::review::open_sample;
use serde_json::{Value, json};
use std::path::Path;

/// What floats over the rooms: its command, and its test id.
const FLOATING: [(&str, &str); 3] = [("Ctrl+k", "palette"), ("?", "keys"), ("Ctrl+,", "settings")];

/// Violations that axe finds serious or critical, as lines to read.
async fn violations(window: &Window) -> Vec<String> {
    let script = "const done = arguments[0]
        axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => done(
            violations.filter((v) => ['serious', 'critical'].includes(v.impact)).flatMap((v) =>
                v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)} | ${(n.any[0] ?? n.all[0] ?? n.none[0])?.message ?? ''}`))),
            (error) => done(['axe failed: ' + error]))";
    serde_json::from_value(window.client.execute_async(script, vec![]).await.unwrap()).unwrap()
}

/// Things to press or to fill in that are smaller than 24 by 24 px.
async fn small_targets(window: &Window) -> Vec<String> {
    let script = "const shown = (e) => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length > 0
        return [...document.querySelectorAll('button, a[href], input, select, textarea, summary, [role=button], [role=menuitem], [role=tab], [role=switch]')]
            .filter((e) => shown(e) && !e.closest('.unseen'))
            .map((e) => [e, e.getBoundingClientRect()])
            .filter(([, at]) => at.width < 24 || at.height < 24)
            .map(([e, at]) => `${Math.round(at.width)}x${Math.round(at.height)}: ${e.outerHTML.slice(0, 140)}`)";
    serde_json::from_value(window.js(script, vec![]).await).unwrap()
}

/// What can have the focus and looks the same with it and without.
async fn unseen_focus(window: &Window) -> Vec<String> {
    let script = "const top = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document
        const parts = ['outlineStyle', 'outlineWidth', 'outlineColor', 'boxShadow', 'borderTopColor', 'borderBottomColor', 'backgroundColor', 'color', 'textDecorationLine']
        // What has the focus may show it on the row that it points to, and text that scrolls on the frame around it.
        const look = (e) => [e, document.getElementById(e.getAttribute('aria-activedescendant') ?? ''), e.closest('.cm-editor')].filter(Boolean)
            .flatMap((part) => ['', '::before', '::after'].map((pseudo) => { const s = getComputedStyle(part, pseudo || null); return parts.map((p) => s[p]).join() })).join()
        const before = document.activeElement
        const lost = []
        const all = [...top.querySelectorAll('button, a[href], input, select, textarea, summary, [tabindex]')]
            .filter((e) => e.tabIndex >= 0 && !e.disabled && e.checkVisibility({ visibilityProperty: true }))
        for (const e of all) {
            e.blur()
            const without = look(e)
            e.focus({ preventScroll: true, focusVisible: true })
            if (document.activeElement === e && look(e) === without) lost.push(e.outerHTML.slice(0, 160))
        }
        before?.focus?.()
        return [all.length, lost]";
    let answer = window.js(script, vec![]).await;
    assert!(answer[0].as_u64().unwrap() > 0, "nothing can have the focus");
    serde_json::from_value(answer[1].clone()).unwrap()
}

async fn check(window: &Window, place: &str, failures: &mut Vec<String>) {
    window.settled().await;
    for (what, found) in [
        ("axe", violations(window).await),
        ("smaller than 24 px", small_targets(window).await),
        ("no visible focus", unseen_focus(window).await),
    ] {
        failures.extend(found.into_iter().map(|line| format!("{place}, {what}: {line}")));
    }
}

/// What the checks must find, so that their silence says something.
async fn the_checks_find_what_is_wrong(window: &Window) {
    let spoil = "const bad = document.createElement('button')
        bad.id = 'bad'
        bad.style.cssText = 'width: 12px; height: 12px; outline: none; background: #777; color: #888'
        document.querySelector('main').append(bad)";
    window.js(spoil, vec![]).await;
    let found = [violations(window).await, small_targets(window).await, unseen_focus(window).await];
    for (what, lines) in ["a button without a name", "a small button", "a button without a focus"].into_iter().zip(found) {
        assert!(lines.iter().any(|line| line.contains("id=\"bad\"")), "{what} was not found in {lines:?}");
    }
    window.js("document.getElementById('bad').remove()", vec![]).await;
}

async fn load_axe(window: &Window) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/node_modules/axe-core/axe.min.js");
    window.js(&std::fs::read_to_string(source).expect("npm --prefix ui ci brings axe-core"), vec![]).await;
    assert_eq!(window.js("return typeof axe?.run", vec![]).await, json!("function"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_room_in_every_theme_can_be_used_by_everybody() {
    let home = tempfile::tempdir().unwrap();
    let window = open_sample(home.path()).await;
    load_axe(&window).await;
    // The rooms that there are, also those that came later.
    let rooms =
        window.js("return [...document.querySelectorAll('nav [data-testid^=go-]')].map((b) => b.dataset.testid.slice(3))", vec![]).await;
    let rooms: Vec<String> = serde_json::from_value(rooms).unwrap();
    assert!(rooms.len() >= 3, "{rooms:?}");
    // From here on the focus is led by keys, so that it is shown.
    window.press("Tab").await;
    the_checks_find_what_is_wrong(&window).await;
    let mut failures = Vec::new();
    for theme in ["dark", "light", "contrast"] {
        window.command(&format!("theme: {theme}")).await;
        window.until("the theme", &format!("return document.documentElement.dataset.theme === '{theme}'")).await;
        for room in &rooms {
            window.find(&format!("go-{room}")).await.click().await.unwrap();
            window.find(&format!("room-{room}")).await;
            check(&window, &format!("{room}, {theme}"), &mut failures).await;
            if room == "tuning" {
                window.press("w").await;
                window.find("preprocessing").await;
                check(&window, &format!("preprocessing, {theme}"), &mut failures).await;
                window.press("g").await;
            }
        }
        for (key, testid) in FLOATING {
            window.js("document.activeElement?.blur()", vec![]).await;
            window.press(key).await;
            window.find(testid).await;
            check(&window, &format!("{testid}, {theme}"), &mut failures).await;
            window.press("Escape").await;
            window.until("it closed", &format!("return document.querySelector('[data-testid={testid}]') === null")).await;
        }
    }
    assert!(failures.is_empty(), "{} findings:\n{}", failures.len(), failures.join("\n"));
    window.close().await;
}

/// A dialog keeps the focus while it is open, and gives it back.
#[tokio::test(flavor = "multi_thread")]
async fn a_dialog_keeps_the_focus_and_gives_it_back() {
    let home = tempfile::tempdir().unwrap();
    let window = open_sample(home.path()).await;
    for (key, testid) in FLOATING {
        window.find("transcript").await.click().await.unwrap();
        window.press(key).await;
        window.find(testid).await;
        let inside = format!("return document.querySelector('[data-testid={testid}]').contains(document.activeElement)");
        assert_eq!(window.js(&inside, vec![]).await, json!(true), "{testid} has the focus");
        for _ in 0..4 {
            window.press("Tab").await;
            let at = window
                .js("return document.activeElement === document.body ? 'page' : document.activeElement.closest('dialog') !== null", vec![])
                .await;
            assert_ne!(at, Value::Bool(false), "the focus left {testid}");
        }
        window.press("Escape").await;
        window.until("the focus back", "return document.activeElement?.closest('[data-testid=transcript]') != null").await;
    }
    window.close().await;
}
