//! Documents of a media: attached, listed, found, detached, and taken along by an import.

use crate::{Room, text};
use serde_json::json;

/// A PDF with one page for each text.
pub fn pdf(pages: &[&str]) -> Vec<u8> {
    let kids: Vec<String> = (0..pages.len()).map(|n| format!("{} 0 R", 4 + 2 * n)).collect();
    let mut file = format!(
        "%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [{}] /Count {} >>\nendobj\n\
         3 0 obj\n<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>\nendobj\n",
        kids.join(" "),
        pages.len()
    );
    for (n, page) in pages.iter().enumerate() {
        let shown = format!("BT /F1 12 Tf 10 50 Td ({page}) Tj ET");
        file.push_str(&format!(
            "{} 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] /Contents {} 0 R /Resources << /Font << /F1 3 0 R >> >> >>\n\
             endobj\n{} 0 obj\n<< /Length {} >>\nstream\n{shown}\nendstream\nendobj\n",
            4 + 2 * n,
            5 + 2 * n,
            5 + 2 * n,
            shown.len()
        ));
    }
    // Readers of PDF find the objects themselves where no table says where they are.
    format!("{file}trailer << /Size {} /Root 1 0 R >>\n%%EOF\n", 4 + 2 * pages.len()).into_bytes()
}

#[test]
fn documents_are_attached_found_and_detached() {
    let room = Room::with_sample();
    room.run("import p.plumbline bridge.mp4", 0);
    std::fs::write(room.path("plan.pdf"), pdf(&["The old gauge", "Rivets of 1911"])).unwrap();
    std::fs::write(room.path("bad.pdf"), "no PDF").unwrap();
    let some = room.run("attach p.plumbline --media bridge.mp4 plan.pdf bad.pdf", 4);
    assert!(text(&some.stdout).contains("plan.pdf") && text(&some.stderr).contains("bad.pdf: it can't be read"), "{some:?}");
    let listed = room.json("documents p.plumbline --json", 0);
    let document = &listed["media"][0]["documents"][0];
    assert_eq!((&document["name"], &document["kind"], &document["pages"]), (&json!("plan.pdf"), &json!("pdf"), &json!(2)), "{listed}");
    let found = room.json("find p.plumbline rivets --json", 0);
    assert_eq!((&found["total"], &found["hits"][0]["kind"]), (&json!(1), &json!("document")), "{found}");
    assert_eq!(found["hits"][0]["at"], json!(format!("{}/2", document["id"].as_str().unwrap())));
    room.run("attach p.plumbline --media nobody.mp4 plan.pdf", 1);
    room.run("detach p.plumbline --media bridge.mp4 other.pdf", 1);
    room.run("detach p.plumbline --media bridge.mp4 plan.pdf", 0);
    assert_eq!(room.json("find p.plumbline rivets --json", 0)["total"], json!(0));
}

#[test]
fn an_import_takes_the_documents_that_lie_beside_a_media() {
    let room = Room::with_sample();
    std::fs::write(room.path("bridge.notes.md"), "# Rivets").unwrap();
    std::fs::write(room.path("bridge.pdf"), pdf(&["The old gauge"])).unwrap();
    std::fs::write(room.path("bridgehead.txt"), "of another").unwrap();
    for _ in 0..2 {
        room.run("import p.plumbline .", 0);
        let listed = room.json("documents p.plumbline --json", 0);
        let names: Vec<&str> = listed["media"][0]["documents"].as_array().unwrap().iter().map(|d| d["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["bridge.notes.md", "bridge.pdf"]);
    }
    let output = room.run("import p.plumbline bridgehead.txt", 1);
    assert!(text(&output.stderr).contains("bridgehead"), "{output:?}");
    std::fs::write(room.path("bridge.late.txt"), "later").unwrap();
    room.run("import p.plumbline bridge.late.txt", 0);
    assert_eq!(room.json("documents p.plumbline --json", 0)["media"][0]["documents"].as_array().unwrap().len(), 3);
}
