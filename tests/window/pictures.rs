//! The pictures of the README, from the running app: `./dev/screenshots`.

use super::harness::Window;
use super::review::open_sample;
use serde_json::json;
use std::path::PathBuf;

/// Where the pictures go; without it there is nothing to do.
const FOLDER: &str = "PLUMBLINE_PICTURES";

/// The folder for the pictures, if they are wanted.
pub fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os(FOLDER).map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: {FOLDER} names no folder for the pictures");
    }
    folder
}

/// The theme is read when the page is loaded; the driver waits until it is.
pub async fn choose_theme(window: &Window, theme: &str) {
    let mut settings = window.invoke("settings", json!({})).await["settings"].clone();
    settings["theme"] = json!(theme);
    window.invoke("save_settings", json!({ "settings": settings })).await;
    window.client.refresh().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures() {
    let Some(folder) = folder() else { return };
    let home = tempfile::tempdir().unwrap();
    let window = open_sample(home.path()).await;
    window.client.set_window_size(1440, 900).await.unwrap();
    for theme in ["dark", "light"] {
        choose_theme(&window, theme).await;
        window.find("proposal").await;
        window.until("the picture", "return (document.querySelector('video')?.readyState ?? 0) >= 2").await;
        window.press("F7").await;
        window.find("plot-piece").await;
        window.find_css("[data-testid=word][data-word='40']").await.click().await.unwrap();
        window.settled().await;
        window.screenshot(&folder.join(format!("proposal-{theme}.png"))).await;
    }
    choose_theme(&window, "dark").await;
    window.find("proposal").await;
    window.press("y").await;
    window.until("the map in force", "return document.querySelector('[data-testid=alignment]')?.dataset.state === 'accepted'").await;
    window
        .until(
            "no drift left",
            "return document.querySelector('[data-testid=flag][data-gate=residual_offset]:not([data-decision])') === null",
        )
        .await;
    window.press("F8").await;
    window.press("F8").await;
    window.settled().await;
    window.screenshot(&folder.join("review-dark.png")).await;
    window.press("Ctrl+1").await;
    window.find("media-row").await;
    window.settled().await;
    window.screenshot(&folder.join("library-dark.png")).await;
    window.close().await;
}
