use super::*;
use plumbline_core::models::{FormKind, Regions, Registry, Task};
use plumbline_core::prompt::{Answered, Frames, Prompt, found};
use plumbline_core::{Delta, MediaTime, Span};
use plumbline_pipeline::models::{Form, Meaning, PictureFormat, Purpose};

fn line(text: &str, y: f32, confidence: f32) -> ReadLine {
    ReadLine { text: text.into(), region: Region { x: 0.1, y, w: 0.5, h: 0.1 }, confidence }
}

/// The findings of an answer, once the prompt's own schema and what reads answers have taken it.
fn taken(text: &str, frames: i64) -> Vec<Value> {
    let value: Value = serde_json::from_str(text).unwrap();
    let schema = Prompt::built_in(Task::Text).unwrap().schema;
    let wrong: Vec<String> = jsonschema::validator_for(&schema).unwrap().iter_errors(&value).map(|e| e.to_string()).collect();
    assert_eq!(wrong, [""; 0], "{text}");
    let spans = (0..frames).map(|n| Span::new(MediaTime::from_ms(n * 1_000), MediaTime::from_ms(n * 1_000 + 1_000))).collect();
    let answered: Answered = serde_json::from_value(value.clone()).unwrap();
    found(&answered, &Frames { spans, size: (0, 0), regions: Regions::Thousandths }, "text", "model").unwrap();
    value["found"].as_array().unwrap().clone()
}

#[test]
fn a_line_that_stands_is_one_finding() {
    let check = |frames: Vec<Vec<ReadLine>>, expected: &[(&str, u64, u64, f64)]| {
        let told = taken(&answer(&joined(frames.clone())), frames.len() as i64);
        let told: Vec<(&str, u64, u64, f64)> = told
            .iter()
            .map(|one| {
                (
                    one["text"].as_str().unwrap(),
                    one["first_frame"].as_u64().unwrap(),
                    one["last_frame"].as_u64().unwrap(),
                    one["confidence"].as_f64().unwrap(),
                )
            })
            .collect();
        assert_eq!(told, expected, "{frames:?}");
    };
    check(vec![], &[]);
    check(vec![vec![], vec![]], &[]);
    check(vec![vec![line("Pier 3", 0.1, 0.6)], vec![line("Pier 3", 0.12, 0.9)], vec![line("Pier 3", 0.1, 0.7)]], &[("Pier 3", 1, 3, 0.9)]);
    // Another text, another place, or a frame without it between.
    check(vec![vec![line("Pier 3", 0.1, 0.6)], vec![line("Pier 8", 0.1, 0.6)]], &[("Pier 3", 1, 1, 0.6), ("Pier 8", 2, 2, 0.6)]);
    check(vec![vec![line("Pier 3", 0.1, 0.6)], vec![line("Pier 3", 0.15, 0.6)]], &[("Pier 3", 1, 1, 0.6), ("Pier 3", 2, 2, 0.6)]);
    check(vec![vec![line("Pier 3", 0.1, 0.6)], vec![], vec![line("Pier 3", 0.1, 0.6)]], &[("Pier 3", 1, 1, 0.6), ("Pier 3", 3, 3, 0.6)]);
    // Two of one text stay two, each with the one at its own place, and come in the order in which they were read.
    let twice = || vec![line("mm", 0.5, 0.6), line("mm", 0.1, 0.9)];
    check(vec![twice(), twice()], &[("mm", 1, 2, 0.6), ("mm", 1, 2, 0.9)]);
}

#[test]
fn boxes_are_thousandths_and_keep_an_area() {
    for (region, expected) in [
        (Region { x: 0.1, y: 0.25, w: 0.5, h: 0.1 }, [100.0, 250.0, 600.0, 350.0]),
        (Region { x: 0.0, y: 0.0, w: 1.0, h: 1.0 }, [0.0, 0.0, 1_000.0, 1_000.0]),
        (Region { x: 1_999.0 / 2_000.0, y: 0.0, w: 1.0 / 2_000.0, h: 1.0 / 2_000.0 }, [999.5, 0.0, 1_000.0, 0.5]),
    ] {
        let told = taken(&answer(&joined(vec![vec![ReadLine { region, ..line("x", 0.0, 0.5) }]])), 1);
        let edges = ["left", "top", "right", "bottom"].map(|edge| told[0]["box"][edge].as_f64().unwrap());
        assert!(edges.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{region:?}: {edges:?}");
    }
}

#[test]
fn an_answer_holds_what_the_prompt_takes() {
    let many: Vec<ReadLine> = (0..70).map(|n| line(&format!("line {n}"), 0.1, if n % 7 == 0 { 0.5 } else { 0.9 })).collect();
    let text = answer(&joined(vec![many]));
    let told = taken(&text, 1);
    assert_eq!((told.len(), text.contains("70 lines of text were read; the 60 surest are told.")), (60, true));
    assert!(told.iter().all(|one| one["confidence"] == 0.9), "{told:?}");
    assert_eq!((&told[0]["text"], &told[59]["text"]), (&json!("line 1"), &json!("line 69")));
    assert_eq!(taken(&answer(&joined(vec![vec![line(&"ä".repeat(900), 0.1, 0.9)]])), 1)[0]["text"], "ä".repeat(600));
}

#[test]
fn an_answer_ends_where_its_tokens_do() {
    for (text, most, expected) in [
        ("abcdef", 2, ("abcdef", Stop::End)),
        ("abcdefg", 2, ("abcdef", Stop::Length)),
        ("abcdä", 1, ("abc", Stop::Length)),
        ("aää", 1, ("aä", Stop::Length)),
        ("", 0, ("", Stop::End)),
    ] {
        assert_eq!(cut(text.into(), most), (expected.0.into(), expected.1), "{text} {most}");
    }
}

#[test]
fn parameters_are_read_or_named() {
    let usual = Reading::default();
    let fine = |extra: Value, reading: Reading, languages: &str| {
        assert_eq!(Wanted::read(Some(&extra)), Ok(Wanted { reading, languages: languages.into() }), "{extra}");
    };
    fine(Value::Null, usual, "eng");
    fine(json!({}), Reading { page_layout: 11, least_confidence: 0.5 }, "eng");
    for layout in PAGE_LAYOUTS {
        fine(json!({ "page_layout": layout }), Reading { page_layout: layout, ..usual }, "eng");
    }
    fine(json!({ "least_confidence": 1 }), Reading { least_confidence: 1.0, ..usual }, "eng");
    fine(json!({ "languages": "chi_sim+eng", "least_confidence": 0.25 }), Reading { least_confidence: 0.25, ..usual }, "chi_sim+eng");
    for (extra, part) in [
        (json!([1]), "its parameters are [1], which is no object"),
        (json!({ "psm": 6 }), "it has no parameter psm. Its parameters are page_layout, least_confidence and languages"),
        (json!({ "page_layout": 5 }), "page_layout can't be 5. Give it 3, 4, 6, 11 or 12"),
        (json!({ "page_layout": "6" }), "page_layout can't be \"6\""),
        (json!({ "least_confidence": 1.5 }), "least_confidence can't be 1.5. Give it a number from 0 to 1"),
        (json!({ "least_confidence": true }), "least_confidence can't be true"),
        (json!({ "languages": "eng+" }), "languages can't be \"eng+\". Name languages"),
        (json!({ "languages": "../eng" }), "languages can't be"),
        (json!({ "languages": ["eng"] }), "languages can't be [\"eng\"]"),
    ] {
        let error = LocalModels::default().ask(&Request { extra: Some(extra), ..request(vec![]) }, &Job::quiet()).unwrap_err().to_string();
        assert!(error.starts_with("local.tesseract: ") && error.contains(part), "{error}");
    }
}

fn turn(role: Role, parts: Vec<Part>) -> Turn {
    Turn { role, parts }
}

fn request(parts: Vec<Part>) -> Request {
    Request {
        model: TESSERACT.into(),
        system: vec![],
        turns: vec![turn(Role::User, parts)],
        form: Form::Text,
        max_tokens: 2_000,
        temperature: None,
        top_p: None,
        stream: false,
        extra: None,
    }
}

#[test]
fn what_can_not_be_asked_is_said() {
    let video = Part::Video { kind: "mp4".into(), length: Delta::from_us(1), bytes: [0u8].as_slice().into() };
    let frame = picture(&[], Some(0));
    for (models, request, part) in [
        (
            LocalModels::default(),
            Request { model: "local.other".into(), ..request(vec![]) },
            "local.other: there is no such model on this machine",
        ),
        (LocalModels::default(), request(vec![frame.clone(), video]), "it reads pictures and no video. Send frames"),
        (LocalModels::new("/no/such/tesseract"), request(vec![frame]), "the program is not there. Install it"),
    ] {
        let error = models.ask(&request, &Job::quiet()).unwrap_err();
        assert!(error.to_string().contains(part) && matches!(error, ModelError::Failed { all: true, .. }), "{error}");
    }
    let embed = Embed { model: TESSERACT.into(), what: Meaning::Text("pier".into()), dimensions: 4, purpose: Purpose::Found };
    assert!(LocalModels::default().embed(&embed, &Job::quiet()).unwrap_err().to_string().contains("make no vectors"));
    let job = Job::quiet();
    job.cancel();
    assert!(matches!(LocalModels::default().ask(&request(vec![]), &job), Err(ModelError::Cancelled(_))));
}

#[test]
fn the_registry_knows_the_model() {
    let registry = Registry::read(None).unwrap();
    let local: Vec<_> = registry.models().filter(|model| LocalModels::is_local(&model.called())).collect();
    assert_eq!(local.iter().map(|model| model.id.as_str()).collect::<Vec<_>>(), [TESSERACT]);
    assert_eq!((local[0].regions, local[0].form), (Some(Regions::Thousandths), Some(FormKind::Text)));
    assert!(!LocalModels::is_local("amazon.nova-lite-v1:0"));
}

/// Letters of five by seven dots, a row of dots in five bits.
const LETTERS: [(char, [u8; 7]); 10] = [
    ('A', [14, 17, 17, 31, 17, 17, 17]),
    ('E', [31, 16, 16, 30, 16, 16, 31]),
    ('I', [14, 4, 4, 4, 4, 4, 14]),
    ('K', [17, 18, 20, 24, 20, 18, 17]),
    ('M', [17, 27, 21, 21, 17, 17, 17]),
    ('P', [30, 17, 17, 30, 16, 16, 16]),
    ('R', [30, 17, 17, 30, 20, 18, 17]),
    ('S', [15, 16, 16, 14, 1, 1, 30]),
    ('T', [31, 4, 4, 4, 4, 4, 4]),
    ('W', [17, 17, 17, 21, 21, 27, 17]),
];
const SIZE: (usize, usize) = (900, 320);
const DOT: usize = 6;

/// A white picture with these words on it, each with its left and top edge in pixels.
fn drawn(words: &[(&str, usize, usize)]) -> Vec<u8> {
    let mut rgb = vec![255; SIZE.0 * SIZE.1 * 3];
    for (text, left, top) in words {
        for (n, letter) in text.chars().enumerate() {
            let rows = LETTERS.iter().find(|(name, _)| *name == letter).map_or([0; 7], |(_, rows)| *rows);
            for (x, y) in (0..5 * DOT).flat_map(|x| (0..7 * DOT).map(move |y| (x, y))) {
                if rows[y / DOT] >> (4 - x / DOT) & 1 == 1 {
                    let at = 3 * ((top + y) * SIZE.0 + left + n * 6 * DOT + x);
                    rgb[at..at + 3].fill(0);
                }
            }
        }
    }
    crate::png_file::packed(&rgb, (SIZE.0 as u32, SIZE.1 as u32)).unwrap()
}

fn picture(bytes: &[u8], at_ms: Option<i64>) -> Part {
    let (width, height) = (SIZE.0 as u32, SIZE.1 as u32);
    Part::Picture { format: PictureFormat::Png, width, height, bytes: bytes.into(), at: at_ms.map(MediaTime::from_ms) }
}

/// Tesseract, where it is on this machine.
fn there() -> Option<LocalModels> {
    let there = Tesseract::default().installed(&Job::quiet()).is_ok_and(|languages| languages.iter().any(|name| name == ENGLISH));
    if !there {
        println!("skipped: Tesseract with its model of English (Debian's tesseract-ocr-eng) is not on this machine");
    }
    there.then(LocalModels::default)
}

fn ask(models: &LocalModels, request: &Request) -> (Vec<Value>, Answer) {
    let said = models.ask(request, &Job::quiet()).unwrap();
    let frames = request.turns.iter().flat_map(|turn| &turn.parts).filter(|part| frame(part).is_some()).count();
    assert_eq!((said.stop, said.usage.input, said.usage.output), (Stop::End, 0, u64::from(text_tokens(&said.text))));
    (taken(&said.text, frames as i64), said)
}

fn texts(found: &[Value]) -> Vec<(&str, u64, u64)> {
    found
        .iter()
        .map(|one| (one["text"].as_str().unwrap(), one["first_frame"].as_u64().unwrap(), one["last_frame"].as_u64().unwrap()))
        .collect()
}

#[test]
fn frames_are_read() {
    let Some(models) = there() else { return };
    let (sign, both) = (drawn(&[("MARKET", 60, 220)]), drawn(&[("MARKET", 60, 220), ("WEST PIER", 60, 60)]));
    let page = picture(&drawn(&[("PARK", 60, 60)]), None);
    let shown = || {
        vec![
            page.clone(),
            picture(&sign, Some(0)),
            picture(&both, Some(1_000)),
            picture(&drawn(&[]), Some(2_000)),
            Part::Text("Read.".into()),
        ]
    };
    let (found, said) = ask(&models, &request(shown()));
    assert_eq!(texts(&found), [("MARKET", 1, 2), ("WEST PIER", 2, 2)]);
    let near = |edge: &str, pixels: f64, all: usize| (found[0]["box"][edge].as_f64().unwrap() - pixels * 1_000.0 / all as f64).abs() < 5.0;
    assert!(
        near("left", 60.0, SIZE.0) && near("right", 270.0, SIZE.0) && near("top", 220.0, SIZE.1) && near("bottom", 262.0, SIZE.1),
        "{found:?}"
    );
    assert_eq!(ask(&models, &request(shown())).1.text, said.text);

    // Examples are not read.
    let example = [turn(Role::User, vec![picture(&sign, Some(0))]), turn(Role::Assistant, vec![Part::Text("{}".into())])];
    let with_example = |parts| Request { turns: [&example[..], &[turn(Role::User, parts)]].concat(), ..request(vec![]) };
    assert_eq!(texts(&ask(&models, &with_example(vec![picture(&both, Some(0))])).0).len(), 2);
    assert_eq!(ask(&models, &with_example(vec![Part::Text("Nothing is shown.".into())])).0, [Value::Null; 0]);
    // An answer that was given back is not taken back.
    let given_back = [
        turn(Role::User, shown()),
        turn(Role::Assistant, vec![Part::Text(said.text.clone())]),
        turn(Role::User, vec![Part::Text("No.".into())]),
    ];
    assert_eq!(ask(&models, &Request { turns: given_back.into(), ..request(vec![]) }).1.text, said.text);

    let short = models.ask(&Request { max_tokens: 20, ..request(shown()) }, &Job::quiet()).unwrap();
    assert_eq!((short.stop, short.usage.output, said.text.starts_with(&short.text)), (Stop::Length, 20, true));
    let broken = models.ask(&request(vec![picture(b"no picture", Some(0))]), &Job::quiet()).unwrap_err();
    assert!(matches!(broken, ModelError::Failed { all: false, .. }), "{broken}");
}

#[test]
fn parameters_change_what_is_read() {
    let Some(models) = there() else { return };
    let frame = picture(&drawn(&[("WEST PIER", 60, 60), ("EAST PIER", 520, 60), ("MARKET", 60, 220)]), Some(0));
    let lines = |extra: Value| ask(&models, &Request { extra: Some(extra), ..request(vec![frame.clone()]) }).0.len();
    // As one block, what stands side by side is one line.
    assert_eq!((lines(json!({ "page_layout": 11 })), lines(json!({ "page_layout": 6 }))), (3, 2));
    assert!(lines(json!({ "least_confidence": 0.99 })) < 3);
    let unknown = Request { extra: Some(json!({ "languages": "eng+xyz" })), ..request(vec![frame.clone()]) };
    let error = models.ask(&unknown, &Job::quiet()).unwrap_err().to_string();
    assert!(error.contains("Tesseract does not know the language xyz here; it knows ") && error.contains("tesseract-ocr-xyz"), "{error}");
}
