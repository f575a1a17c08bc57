//! The library at size.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

mod common;

use common::{add_media, media, reviewer};
use plumbline_project::views::{LibraryView, MediaState};
use plumbline_project::{Op, Project};
use std::path::Path;
use std::time::{Duration, Instant};

fn project(folder: &Path, media: u8) -> Project {
    let mut project = Project::create(&folder.join("test.plumbline")).unwrap();
    for n in 1..=media {
        project.apply(add_media(n), &reviewer()).unwrap();
    }
    project
}

#[test]
fn the_rows_handed_through_are_the_rows() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = project(folder.path(), 3);
    assert_eq!(project.first_to_review().unwrap(), None, "no file is there");
    std::fs::create_dir(folder.path().join("media")).unwrap();
    std::fs::write(folder.path().join("media/2.mp4"), "").unwrap();
    for _ in 0..2 {
        let view: LibraryView = project.library().unwrap();
        assert_eq!(project.library_json().unwrap(), serde_json::to_string(&view).unwrap());
        let states: Vec<MediaState> = view.media.iter().map(|row| row.state).collect();
        assert_eq!(states, [MediaState::Missing, MediaState::Waiting, MediaState::Missing]);
        assert_eq!(project.first_to_review().unwrap(), Some(media(2)));
        project.apply(Op::Undo, &reviewer()).unwrap();
        project.apply(Op::Redo, &reviewer()).unwrap();
    }
}

#[test]
fn twenty_thousand_media_are_there_at_once() {
    const ROWS: usize = 20_000;
    let folder = tempfile::tempdir().unwrap();
    drop(project(folder.path(), 1));
    let db = rusqlite::Connection::open(folder.path().join("test.plumbline")).unwrap();
    // Rows as long as those of media that were measured.
    let plumb: Vec<i64> = (0..64).map(|i| 123_456 - i * 1_000).collect();
    let copy = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS} - 1)
         INSERT INTO summary SELECT 'm' || i, json_set(body, '$.id', 'm' || i, '$.path', 'media/' || i || '.mp4', '$.plumb_us', json('{plumb:?}'))
         FROM n, summary WHERE summary.media NOT LIKE 'm%';
         INSERT INTO media SELECT media, 2, (SELECT json_set(record, '$.path', json_extract(body, '$.path')) FROM media) FROM summary WHERE media LIKE 'm%';"
    );
    db.execute_batch(&copy).unwrap();
    drop(db);
    std::fs::create_dir(folder.path().join("media")).unwrap();
    for i in 0..ROWS {
        std::fs::File::create(folder.path().join(format!("media/{i}.mp4"))).unwrap();
    }
    let project = Project::open(&folder.path().join("test.plumbline")).unwrap();
    let asked = Instant::now();
    let json = project.library_json().unwrap();
    let took = asked.elapsed();
    println!("{ROWS} rows, {} bytes: {took:?}", json.len());
    assert_eq!(json.matches("\"state\":\"waiting\"").count(), ROWS);
    // On a busy machine, and not optimised; `dev/bench-desk` measures it in the window.
    assert!(took < Duration::from_secs(2), "{took:?}");
    let asked = Instant::now();
    assert!(project.first_to_review().unwrap().is_some());
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
}
