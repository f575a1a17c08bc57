//! A document of a media: attached, found by a word of it, opened at its page, detached and brought back.

use super::harness::Window;
use plumbline_core::time::MediaTime;
use plumbline_project::{By, MediaId, MediaRecord, Op, Project};
use serde_json::json;
use std::path::Path;

// The harness lets go of keys with a sign that a text field would take for text.
const ENTER: &str = "\u{e007}";

fn one_media(path: &Path) -> MediaId {
    let mut project = Project::create(path).unwrap();
    let hash = "07".repeat(32);
    let media = MediaId::of_hash(&hash);
    let duration = MediaTime::from_ms(10_000);
    let record =
        MediaRecord { hash, path: "elsewhere/talk.mp4".into(), size_bytes: 1, duration, picture: None, has_audio: false, plays: true };
    project.apply(Op::AddMedia { record, transcript: None, annotations: None }, &By::Machine).unwrap();
    media
}

/// A PDF with one page for each text. Readers find its objects themselves: no table says where they are.
fn pdf(pages: &[&str]) -> String {
    let kids: Vec<String> = (0..pages.len()).map(|n| format!("{} 0 R", 4 + 2 * n)).collect();
    let mut file = format!(
        "%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [{}] /Count {} >>\nendobj\n\
         3 0 obj\n<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>\nendobj\n",
        kids.join(" "),
        pages.len()
    );
    for (n, page) in pages.iter().enumerate() {
        let (at, shown) = (4 + 2 * n, format!("BT /F1 12 Tf 10 50 Td ({page}) Tj ET"));
        file.push_str(&format!(
            "{at} 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] /Contents {} 0 R /Resources << /Font << /F1 3 0 R >> >> >>\n\
             endobj\n{} 0 obj\n<< /Length {} >>\nstream\n{shown}\nendstream\nendobj\n",
            at + 1,
            at + 1,
            shown.len()
        ));
    }
    format!("{file}trailer << /Size {} /Root 1 0 R >>\n%%EOF\n", 4 + 2 * pages.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn documents() {
    let home = tempfile::tempdir().unwrap();
    let (project, file) = (home.path().join("talks.plumbline"), home.path().join("plan.pdf"));
    let media = one_media(&project);
    std::fs::write(&file, pdf(&["The old gauge", "Rivets of 1911"])).unwrap();
    let window = Window::open(home.path(), &[project.to_str().unwrap()]).await;
    let attached = window.invoke("attach_documents", json!({ "media": media, "paths": [file] })).await;
    assert_eq!(attached["failures"], json!([]), "{attached}");

    window.press("Ctrl+Shift+k").await;
    window.find("find-text").await;
    window.type_text("rivet").await;
    let hit = "const all = document.querySelectorAll('[data-testid=found]'); return all.length === 1 && all[0].dataset.kind === 'document'";
    window.until("the page among the hits", hit).await;
    window.type_text(ENTER).await;
    let shown = "const text = document.querySelector('[data-testid=document-text]'); \
                 return text?.textContent.trim() === 'Rivets of 1911' && text.querySelector('mark')?.textContent === 'Rivets'";
    window.until("its page with the word marked", shown).await;
    let page = "return document.querySelector('[data-testid=document-page]')?.textContent === 'page 2 of 2'";
    window.until("which page it is", page).await;
    if let Some(folder) = std::env::var_os("PLUMBLINE_PICTURES") {
        for theme in ["dark", "light", "contrast"] {
            window.js("document.documentElement.dataset.theme = arguments[0]", vec![json!(theme)]).await;
            window.settled().await;
            window.screenshot(&Path::new(&folder).join(format!("documents-{theme}.png"))).await;
        }
    }

    let count = |n: usize| format!("return document.querySelectorAll('[data-testid=document]').length === {n}");
    window.find("detach").await.click().await.unwrap();
    window.until("no document", &count(0)).await;
    window.press("Ctrl+z").await;
    window.until("the document again", &count(1)).await;
    window.close().await;
}
