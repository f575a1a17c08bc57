//! Proposals piece by piece, and words where they were heard.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::{add_media, media, proposal, reviewer, state, transcript};
use plumbline_core::align::{Ground, Heard, Params, Piece, Proposal, Verdict, touched};
use plumbline_core::time::{MediaTime, Span, TranscriptTime};
use plumbline_core::{Knot, TimeMap, WordId};
use plumbline_project::views::{MediaState, ProposalState};
use plumbline_project::{Analysis, By, Error, Import, Op, Project};
use std::path::Path;

fn transcript_ms(ms: i64) -> TranscriptTime {
    TranscriptTime::from_ms(ms)
}

fn knot(transcript_ms: i64, media_ms: i64) -> Knot {
    Knot { transcript: TranscriptTime::from_ms(transcript_ms), media: MediaTime::from_ms(media_ms) }
}

/// Words from 2,900 ms on come a second late, those before a tenth.
fn two_pieces() -> Proposal {
    let knots = vec![knot(0, 100), knot(2_900, 3_000), knot(2_900, 3_900), knot(6_000, 7_000)];
    let piece = |from: i64, to: i64, by: i64| Piece {
        span: Span::new(transcript_ms(from), transcript_ms(to)),
        media_start: MediaTime::from_ms(from + by),
        rate_ppm: 0.0,
        score: 0.8,
    };
    Proposal {
        verdict: Verdict::Breaks,
        ground: Ground::default(),
        map: TimeMap::new(knots).unwrap(),
        pieces: vec![piece(0, 2_900, 100), piece(2_900, 6_000, 1_000)],
        breaks: vec![],
        residuals: vec![],
        absent: vec![],
        score: 0.8,
        params: Params::default(),
        profile: plumbline_core::Profile::default(),
        words: None,
    }
}

fn heard(start_ms: i64, mapped_ms: i64, confidence: f32) -> Heard {
    let span = Span::new(MediaTime::from_ms(start_ms), MediaTime::from_ms(start_ms + 300));
    Heard { span, mapped: MediaTime::from_ms(mapped_ms), confidence, text: None }
}

/// Every word heard `by_ms` after where `map` puts it.
fn found(map: &TimeMap, by_ms: i64, confidence: f32) -> Vec<Option<Heard>> {
    let words = transcript().words;
    let at = words.iter().map(|w| map.map_span(w.span).start.us() / 1_000);
    at.map(|ms| Some(heard(ms + by_ms, ms, confidence))).collect()
}

fn propose(project: &mut Project, proposal: Proposal, heard: Vec<Option<Heard>>) {
    project.apply(Op::Propose { media: media(1), proposal, heard }, &By::Machine).unwrap();
}

fn start(folder: &Path, heard_by_ms: Option<i64>) -> Project {
    let mut project = Project::create(&folder.join("test.plumbline")).unwrap();
    project.apply(add_media(1), &By::Machine).unwrap();
    std::fs::create_dir(folder.join("media")).unwrap();
    std::fs::write(folder.join("media/1.mp4"), "").unwrap();
    let proposal = two_pieces();
    let heard = heard_by_ms.map_or(vec![], |by| found(&proposal.map, by, 0.9));
    propose(&mut project, proposal, heard);
    project
}

/// Starts of the words, in ms.
fn starts(project: &Project) -> Vec<i64> {
    project.words(&media(1), None).unwrap().start_us.iter().map(|s| s.us() / 1_000).collect()
}

fn accept(project: &mut Project, piece: u32) -> Result<(), Error> {
    project.apply(Op::AcceptPiece { media: media(1), piece }, &reviewer()).map(drop)
}

fn pieces(project: &Project) -> (ProposalState, Vec<bool>) {
    let proposal = project.alignment(&media(1)).unwrap().proposal.unwrap();
    (proposal.state, proposal.pieces.iter().map(|p| p.accepted).collect())
}

/// The words of each piece, so far from their own times.
fn placed(first: i64, second: i64) -> Vec<i64> {
    (0..12).map(|i| i * 500 + if i < 6 { first } else { second }).collect()
}

#[test]
fn pieces_are_accepted_one_by_one() {
    for heard_by in [None, Some(30)] {
        let by = heard_by.unwrap_or(0);
        for order in [[0, 1], [1, 0]] {
            let folder = tempfile::tempdir().unwrap();
            let mut project = start(folder.path(), heard_by);
            let before = state(&project);
            assert_eq!(pieces(&project), (ProposalState::Open, vec![false, false]));
            accept(&mut project, order[0]).unwrap();
            let half = if order[0] == 0 { placed(100 + by, 0) } else { placed(0, 1_000 + by) };
            assert_eq!(starts(&project), half);
            assert_eq!(pieces(&project), (ProposalState::Open, vec![order[0] == 0, order[0] == 1]));
            assert!(touched(&transcript(), &project.in_force(&media(1)).unwrap()).is_empty(), "the other piece was not touched");
            let seq = project.view().seq;
            accept(&mut project, order[0]).unwrap();
            assert_eq!(project.view().seq, seq, "what is in force already is no event");
            let once = state(&project);
            accept(&mut project, order[1]).unwrap();
            assert_eq!(starts(&project), placed(100 + by, 1_000 + by));
            assert_eq!(pieces(&project), (ProposalState::Accepted, vec![true, true]));
            assert_eq!(project.map(&media(1)).unwrap(), two_pieces().map);
            project.apply(Op::Undo, &reviewer()).unwrap();
            assert_eq!(state(&project), once);
            project.apply(Op::Undo, &reviewer()).unwrap();
            assert_eq!(state(&project), before);
        }
    }
}

#[test]
fn a_piece_that_is_not_there_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path(), None);
    assert!(matches!(accept(&mut project, 2), Err(Error::Refused(why)) if why.contains("no piece 3. It has 2")));
    project.apply(Op::AcceptMap(media(1)), &reviewer()).unwrap();
    assert!(matches!(accept(&mut project, 0), Err(Error::Refused(why)) if why.contains("No proposal")));
}

#[test]
fn the_views_say_what_accepting_would_do() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path(), Some(30));
    let residual = |at_ms: i64, drift_ms: i64, score: f32| plumbline_core::align::Residual {
        at: transcript_ms(at_ms),
        drift: plumbline_core::Delta::from_us(drift_ms * 1_000),
        left: plumbline_core::Delta::from_us(drift_ms * 1_000),
        score,
    };
    let residuals = vec![residual(1_000, 110, 0.9), residual(2_000, 120, 0.9), residual(2_500, 9_000, 0.1), residual(4_000, 980, 0.9)];
    let truth = project.truth(&media(1)).unwrap();
    let analysis = Analysis { residuals, ..Analysis::default() };
    project.apply(Op::Analyse { media: media(1), analysis, truth }, &By::Machine).unwrap();
    let words = project.words(&media(1), None).unwrap();
    assert_eq!((words.alignment_confidence[0], words.proposed_start_us[0]), (None, MediaTime::from_ms(130)));
    let view = project.alignment(&media(1)).unwrap().proposal.unwrap();
    assert_eq!((view.words_heard, view.words_moved), (12, 12));
    let rows: Vec<_> = view.pieces.iter().map(|p| (p.index, p.words, p.left_us, p.proposed_left_us)).collect();
    assert_eq!(rows, [(0, 6, Some(120_000), Some(20_000)), (1, 6, Some(980_000), Some(20_000))]);
    assert!(view.pieces.iter().all(|p| (p.confidence.unwrap() - 0.9).abs() < 1e-6));
    accept(&mut project, 0).unwrap();
    let words = project.words(&media(1), None).unwrap();
    assert_eq!((words.alignment_confidence[0], words.alignment_confidence[6]), (Some(0.9), None));
    assert_eq!(project.alignment(&media(1)).unwrap().proposal.unwrap().words_moved, 6);
}

/// Whether findings that move every `nth` word by `by_ms` wait for a decision, where the map is in force already.
fn check_waits(nth: usize, by_ms: i64, confidence: f32, waits: bool) {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path(), Some(0));
    project.apply(Op::AcceptMap(media(1)), &reviewer()).unwrap();
    let mut heard = found(&two_pieces().map, 0, 0.9);
    for h in heard.iter_mut().step_by(nth).flatten() {
        *h = Heard { confidence, ..self::heard(h.mapped.us() / 1_000 + by_ms, h.mapped.us() / 1_000, 0.9) };
    }
    propose(&mut project, two_pieces(), heard);
    project.apply(Op::Analyse { media: media(1), analysis: Analysis::default(), truth: 0 }, &By::Machine).unwrap();
    assert_eq!(project.open_proposal(&media(1)).unwrap().is_some(), waits, "{nth} {by_ms} {confidence}");
    let expected = if waits { MediaState::Proposed } else { MediaState::Reviewed };
    assert_eq!(project.library().unwrap().media[0].state, expected);
    assert_eq!(!project.words(&media(1), None).unwrap().proposed_start_us.is_empty(), waits);
}

#[test]
fn findings_alone_wait_for_a_decision_if_they_move_words() {
    check_waits(12, 60, 0.9, true);
    check_waits(12, 50, 0.9, false);
    check_waits(12, 60, 0.4, false);
    check_waits(1, 0, 0.8, false);
}

#[test]
fn findings_in_force_already_do_not_wait() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path(), Some(80));
    project.apply(Op::AcceptMap(media(1)), &reviewer()).unwrap();
    propose(&mut project, two_pieces(), found(&two_pieces().map, 80, 0.9));
    assert_eq!(project.open_proposal(&media(1)).unwrap(), None);
    let nothing = Proposal { verdict: Verdict::Unknown, ..proposal(0) };
    propose(&mut project, nothing.clone(), found(&nothing.map, 80, 0.9));
    assert_eq!(project.open_proposal(&media(1)).unwrap(), None);
}

/// What has to be listened for again.
fn again(project: &Project) -> Vec<(usize, usize)> {
    touched(&transcript(), &project.in_force(&media(1)).unwrap()).into_iter().map(|r| (r.start, r.end)).collect()
}

fn hear(project: &mut Project, words: &[(u32, Heard)], truth: i64) -> i64 {
    let heard = words.iter().map(|(word, heard)| (WordId((*word).into()), heard.clone())).collect();
    project.apply(Op::Hear { media: media(1), heard, truth }, &By::Machine).unwrap().seq
}

#[test]
fn a_word_is_listened_for_again_until_it_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path(), Some(30));
    project.apply(Op::AcceptMap(media(1)), &reviewer()).unwrap();
    project.apply(Op::EditWord { media: media(1), word: WordId(2), text: "other".into() }, &reviewer()).unwrap();
    assert_eq!((again(&project), starts(&project)[2]), (vec![(0, 6)], 1_100));
    let truth = project.truth(&media(1)).unwrap();
    let news = [(2, Heard { text: Some("other".into()), ..heard(1_080, 1_100, 0.1) })];
    let before = project.view().seq;
    assert_eq!(hear(&mut project, &news, truth - 1), before, "the words changed meanwhile");
    assert!(hear(&mut project, &news, truth) > before);
    assert_eq!((again(&project), starts(&project)[2]), (vec![], 1_080));
    assert!(project.truth(&media(1)).unwrap() > truth, "it moved, so it is measured again");
    let seq = project.view().seq;
    let truth = project.truth(&media(1)).unwrap();
    assert_eq!(hear(&mut project, &news, truth), seq, "the same again is no event");
    // Undo takes the person's edit back, and what was heard first is in force again.
    assert_eq!(project.apply(Op::Undo, &reviewer()).unwrap().redo.as_deref(), Some("edit the word"));
    assert_eq!((again(&project), starts(&project)[2]), (vec![], 1_130));
}

#[test]
fn what_was_heard_goes_with_the_map_and_the_transcript() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = start(folder.path(), Some(30));
    let truth = project.truth(&media(1)).unwrap();
    let seq = project.view().seq;
    assert_eq!(hear(&mut project, &[(0, heard(0, 0, 0.9))], truth), seq, "nothing was heard that it could add to");
    project.apply(Op::AcceptMap(media(1)), &reviewer()).unwrap();
    let truth = project.truth(&media(1)).unwrap();
    hear(&mut project, &[(0, heard(90, 100, 0.4))], truth);
    let before = state(&project);
    propose(&mut project, proposal(500), vec![]);
    let unheard = state(&project);
    project.apply(Op::AcceptMap(media(1)), &reviewer()).unwrap();
    assert_eq!(starts(&project), placed(500, 500));
    project.apply(Op::Undo, &reviewer()).unwrap();
    assert_eq!(state(&project), unheard);
    let mut other = transcript();
    other.words[0].text = "other".into();
    let file = Import { name: "other.json".into(), source: b"other".to_vec(), parsed: other };
    project.apply(Op::ImportTranscript { media: media(1), file }, &reviewer()).unwrap();
    assert_eq!(starts(&project), placed(0, 0));
    project.apply(Op::Undo, &reviewer()).unwrap();
    assert_eq!(starts(&project)[0], 90);
    let dump = project.dump().unwrap();
    project.rebuild().unwrap();
    assert_eq!(project.dump().unwrap(), dump);
    assert_ne!(before, unheard);
}
