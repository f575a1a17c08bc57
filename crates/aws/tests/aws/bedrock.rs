//! What Bedrock is asked, what it answers, and what the stand-in does not take.

use crate::bedrock_world::{PIXEL, World, by_schema, tool, window};
use plumbline_pipeline::models::{Embed, Form, Meaning, Part, PictureFormat, Purpose, Request, Role, Stop, Turn};
use plumbline_pipeline::{Job, ModelError, Models};
use serde_json::{Value, json};

/// What was made up fits the schema, and the times lie within the frames.
fn check_events(text: &str, n: usize) {
    let answer: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let events = answer["events"].as_array().unwrap();
    assert!(!events.is_empty());
    for event in events {
        let (start, end) = (event["start_ms"].as_u64().unwrap(), event["end_ms"].as_u64().unwrap());
        assert!(n as u64 * 1000 <= start && start <= end && end <= n as u64 * 1000 + 2_480, "{text}");
        let region: Vec<u64> = event["box"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).collect();
        assert!(region[0] <= region[2] && region[1] <= region[3] && region.iter().all(|n| *n <= 1000), "{text}");
        assert!(["cut", "person", "text"].contains(&event["kind"].as_str().unwrap()));
    }
}

#[test]
fn a_window_is_answered_by_its_schema_whole_and_in_pieces() {
    let world = World::new();
    let mut said = Vec::new();
    for form in [tool(), by_schema()] {
        for stream in [false, true] {
            let answer = world.bedrock.ask(&window(7, form.clone(), stream), &Job::quiet()).unwrap();
            check_events(&answer.text, 7);
            assert!(answer.stop == Stop::End && answer.usage.input > 10 && answer.usage.output > 5, "{answer:?}");
            said.push(serde_json::from_str::<Value>(&answer.text).unwrap());
        }
    }
    assert_eq!((&said[0], &said[2]), (&said[1], &said[3]), "pieces make the same answer");
    let free = world.bedrock.ask(&window(7, Form::Text, true), &Job::quiet()).unwrap();
    assert!(free.text.starts_with("Seen: ") && free.text.ends_with('.'), "{}", free.text);
    assert_eq!(world.bedrock.name(), "Bedrock, us-east-1");
}

#[test]
fn all_that_a_request_can_hold_is_taken() {
    let world = World::new();
    let document =
        |kind: &str, name: &str| Part::Document { kind: kind.into(), name: name.into(), bytes: b"text"[..].into(), tokens: None };
    let video =
        Part::Video { kind: "mp4".into(), length: plumbline_core::Delta::from_us(1_000_000), bytes: b"\0\0\0\x18ftypmp42"[..].into() };
    let mut request = Request { model: "us.amazon.nova-lite-v1:0".into(), ..window(1, Form::Text, false) };
    request.turns[0].parts.extend([document("pdf", "Terms (2)"), document("md", "Notes"), video, Part::CachePoint]);
    request.turns.push(Turn { role: Role::Assistant, parts: vec![Part::Text("A bird.".into())] });
    request.turns.push(Turn { role: Role::User, parts: vec![Part::Text("Which one?".into())] });
    request.extra = Some(json!({"top_k": 5, "reasoning": {"on": false, "share": 0.5, "names": ["a"], "below": -3, "none": null}}));
    request.top_p = Some(0.9);
    world.bedrock.ask(&request, &Job::quiet()).unwrap();
}

#[test]
fn what_is_said_can_be_told() {
    let world = World::new();
    world.control("answers", &json!([{"when": "Window 3:", "answer": {"events": []}}, {"when": "Window 4:", "answer": "a dog"}]));
    let ask = |request: &Request| world.bedrock.ask(request, &Job::quiet()).unwrap().text;
    assert_eq!(ask(&window(3, tool(), false)), r#"{"events":[]}"#);
    assert_eq!(ask(&window(3, by_schema(), true)), r#"{"events": []}"#);
    assert_eq!(ask(&window(4, Form::Text, true)), "a dog");
    check_events(&ask(&window(5, tool(), true)), 5);
}

#[test]
fn what_can_never_be_answered_says_what_to_do() {
    let world = World::new();
    let check = |request: &Request, all_others: bool, says: &str| {
        let error = world.bedrock.ask(request, &Job::quiet()).unwrap_err();
        assert!(matches!(error, ModelError::Failed { all, .. } if all == all_others), "{error}");
        let said = error.to_string();
        assert!(said.contains(says) && !said.contains("never-to-be-told") && !said.contains("AKID") && !said.contains("Window"), "{said}");
    };
    let with_model = |model: &str| Request { model: model.into(), ..window(1, tool(), false) };
    check(&with_model("unknown-model"), true, "Check the model's id");
    check(&with_model("no-forced-tool"), false, "does not support a forced tool");
    check(
        &Request { system: vec![window(1, Form::Text, false).turns[0].parts[0].clone()], ..window(1, tool(), false) },
        false,
        "text alone",
    );
    world.control("faults", &json!({"queue": ["403", "403"]}));
    check(&window(1, tool(), false), true, "aws sso login");
    check(&window(1, tool(), true), true, "aws sso login");
}

#[test]
fn meanings_are_vectors_of_length_one_that_lie_near_for_shared_words() {
    let world = World::new();
    let embed = |model: &str, what: &Meaning, dimensions| {
        let asked = |purpose| Embed { model: model.into(), what: what.clone(), dimensions, purpose };
        let said = world.bedrock.embed(&asked(Purpose::Found), &Job::quiet())?;
        world.bedrock.embed(&asked(Purpose::Finds), &Job::quiet()).map(|_| (said.vector, said.usage))
    };
    let text = |text: &str| Meaning::Text(text.into());
    let picture = Meaning::Picture(PictureFormat::Png, PIXEL.into());
    let near = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    for (model, dimensions, pictures) in [
        ("amazon.titan-embed-text-v2:0", 512, false),
        ("amazon.titan-embed-image-v1", 384, true),
        ("us.amazon.nova-2-multimodal-embeddings-v1:0", 1024, true),
        ("cohere.embed-english-v3", 1024, true),
        ("cohere.embed-multilingual-v3", 1024, true),
        ("global.cohere.embed-v4:0", 512, true),
    ] {
        let (bird, usage) = embed(model, &text("a red bird on a wire"), dimensions).unwrap();
        let (like, _) = embed(model, &text("one red bird upon a wire"), dimensions).unwrap();
        let (other, _) = embed(model, &text("quarterly figures were presented"), dimensions).unwrap();
        assert!(bird.len() == dimensions as usize && (near(&bird, &bird) - 1.0).abs() < 1e-4 && usage.input == 6, "{model}: {usage:?}");
        assert!(near(&bird, &like) > near(&bird, &other) + 0.2, "{model}");
        assert_eq!(embed(model, &picture, dimensions).is_ok(), pictures, "{model}");
        assert!(matches!(embed(model, &text("x"), 7), Err(ModelError::Failed { all: false, .. })), "{model} has no vectors of 7 numbers");
    }
    assert!(embed("amazon.nova-lite-v1:0", &text("x"), 256).unwrap_err().to_string().contains("embeds no text"));
    for fault in ["truncate", "reset", "500"] {
        world.control("faults", &json!({"queue": [fault]}));
        let error = embed("amazon.titan-embed-text-v2:0", &text("x"), 256).unwrap_err();
        assert!(matches!(error, ModelError::Broken { .. }), "{fault}: {error}");
    }
}

#[test]
fn the_stand_in_takes_nothing_that_the_service_would_not() {
    let world = World::new();
    let good = json!({
        "messages": [{"role": "user", "content": [{"text": "hello"}]}],
        "inferenceConfig": {"maxTokens": 10},
    });
    let converse = |body: &Value| world.post("/model/amazon.nova-lite-v1%3A0/converse", body);
    assert_eq!(converse(&good).0, 200);
    let text = json!({"text": "hello"});
    let turn = |role: &str, content: Value| json!({"role": role, "content": content});
    let picture = |format: &str, bytes: &str| json!({"image": {"format": format, "source": {"bytes": bytes}}});
    let document = |name: &str| json!({"document": {"format": "txt", "name": name, "source": {"bytes": "aGVsbG8="}}});
    let tool = |name: &str, schema: Value| json!({"toolSpec": {"name": name, "inputSchema": {"json": schema}}});
    let object = json!({"type": "object"});
    let png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ";
    let wide = "iVBORw0KGgoAAAANSUhEUgAAJxAAAAABCAYAAAAfFcSJ";
    let cache = json!({"cachePoint": {"type": "default"}});
    let format =
        |schema: &str| json!({"textFormat": {"type": "json_schema", "structure": {"jsonSchema": {"name": "n", "schema": schema}}}});
    let bad = [
        ("messages", json!([]), "must start with a user"),
        ("messages", json!("hello"), "expected an array"),
        ("messages", json!([turn("assistant", json!([text]))]), "must start with a user"),
        ("messages", json!([turn("robot", json!([text]))]), "is not one of"),
        ("messages", json!([turn("user", json!([text])), turn("user", json!([text]))]), "alternate"),
        ("messages", json!([turn("user", json!([text])), turn("assistant", json!([text]))]), "last turn"),
        ("messages", json!([turn("user", json!([]))]), "must not be empty"),
        ("messages", json!([turn("user", json!([{"text": " "}]))]), "blank"),
        ("messages", json!([turn("user", json!([{"text": 5}]))]), "expected a string"),
        ("messages", json!([turn("user", json!([{"text": "a", "cachePoint": {"type": "default"}}]))]), "exactly one member"),
        ("messages", json!([turn("user", json!([{"sound": "a"}]))]), "extraneous key"),
        ("messages", json!([{"role": "user"}]), "required key"),
        ("messages", json!([turn("user", json!([cache, text]))]), "must follow content"),
        ("messages", json!([turn("user", json!([picture("png", "/9j/4AAQ"), text]))]), "could not process"),
        ("messages", json!([turn("user", json!([picture("tiff", png), text]))]), "is not one of"),
        ("messages", json!([turn("user", json!([picture("png", "no base64!"), text]))]), "base64"),
        ("messages", json!([turn("user", json!([picture("png", wide), text]))]), "pixels"),
        ("messages", json!([turn("user", Value::Array(vec![picture("png", png); 21]))]), "20 images"),
        (
            "messages",
            json!([turn("user", json!([text])), turn("assistant", json!([picture("png", png)])), turn("user", json!([text]))]),
            "only the user",
        ),
        ("messages", json!([turn("user", json!([document("a"), document("a"), text]))]), "duplicate"),
        ("messages", json!([turn("user", json!([document("a.txt"), text]))]), "document name"),
        ("messages", json!([turn("user", json!([document("a")]))]), "needs a text"),
        (
            "messages",
            json!([turn("user", json!([document("a"), document("b"), document("c"), document("d"), document("e"), document("f"), text]))]),
            "5 documents",
        ),
        ("system", json!([cache]), "must follow content"),
        ("inferenceConfig", json!({"maxTokens": 0}), "at least 1"),
        ("inferenceConfig", json!({"maxTokens": 1.5}), "expected an integer"),
        ("inferenceConfig", json!({"maxTokens": "many"}), "expected an integer"),
        ("inferenceConfig", json!({"temperature": 1.5}), "at most 1"),
        ("toolConfig", json!({"tools": []}), "at least 1"),
        ("toolConfig", json!({"tools": [tool("a b", object.clone())]}), "does not match"),
        ("toolConfig", json!({"tools": [tool("a", json!({"type": "string"}))]}), "type object"),
        ("toolConfig", json!({"tools": [tool("a", object.clone()), tool("a", object.clone())]}), "duplicate"),
        ("toolConfig", json!({"tools": [tool("a", object.clone())], "toolChoice": {"tool": {"name": "b"}}}), "no such tool"),
        ("toolConfig", json!({"tools": [tool("a", object)], "toolChoice": {"any": {}, "auto": {}}}), "exactly one member"),
        ("outputConfig", format("{"), "no JSON"),
        ("outputConfig", format("[]"), "type object"),
        ("outputConfig", json!({"textFormat": {"type": "json_schema"}}), "required key"),
        ("stream", json!(true), "extraneous key"),
    ];
    for (member, value, says) in bad {
        let mut body = good.clone();
        body[member] = value;
        let (status, said) = converse(&body);
        assert!(status == 400 && said.contains(says), "{member} {}: {status} {said}", body[member]);
    }
    let invoke = |model: &str, body: Value| world.post(&format!("/model/{model}/invoke"), &body).0;
    assert_eq!(invoke("amazon.titan-embed-text-v2%3A0", json!({"inputText": "a", "dimensions": 256})), 200);
    assert_eq!(invoke("amazon.titan-embed-text-v2%3A0", json!({"inputText": "a", "size": 256})), 400);
    assert_eq!(invoke("amazon.titan-embed-text-v2%3A0", json!({"inputText": ""})), 400);
    assert_eq!(invoke("amazon.nova-lite-v1%3A0", json!({"inputText": "a"})), 400);
    check_cohere(&invoke);
}

/// What Cohere's models take and do not take; a status for a model and a body.
fn check_cohere(invoke: &dyn Fn(&str, Value) -> u16) {
    let text = json!({"texts": ["a"], "input_type": "search_document"});
    let png = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ";
    let picture = json!({"images": [png], "input_type": "image"});
    // Good bodies with a member in another form or added to them, and whether the third version takes them, and the fourth.
    for (good, member, value, of_3, of_4) in [
        (&text, "truncate", json!("NONE"), 200, 200),
        (&text, "truncate", json!("END"), 200, 400),
        (&text, "truncate", json!("RIGHT"), 400, 200),
        (&text, "embedding_types", json!(["float", "int8"]), 200, 200),
        (&text, "embedding_types", json!(["double"]), 400, 400),
        (&text, "output_dimension", json!(256), 400, 200),
        (&text, "output_dimension", json!(300), 400, 400),
        (&text, "input_type", json!("search_query"), 200, 200),
        (&text, "input_type", json!("image"), 400, 400),
        (&text, "input_type", json!(null), 400, 400),
        (&text, "texts", json!([]), 400, 400),
        (&text, "texts", json!("a"), 400, 400),
        (&text, "texts", json!([""]), 400, 400),
        (&text, "texts", json!(vec!["a"; 96]), 200, 200),
        (&text, "texts", json!(vec!["a"; 97]), 400, 400),
        (&text, "texts", json!(["a".repeat(2_049)]), 400, 200),
        (&text, "images", json!([png]), 400, 400),
        (&picture, "input_type", json!("image"), 200, 400),
        (&picture, "input_type", json!("search_document"), 400, 200),
        (&picture, "images", json!([&png[22..]]), 400, 400),
        (&picture, "images", json!([png.replace("png", "gif")]), 400, 400),
        (&picture, "images", json!([png, png]), 400, 400),
        (&text, "inputText", json!("a"), 400, 400),
    ] {
        let mut body = good.clone();
        body[member] = value;
        for (model, status) in [("cohere.embed-english-v3", of_3), ("cohere.embed-multilingual-v3", of_3), ("us.cohere.embed-v4%3A0", of_4)]
        {
            assert_eq!(invoke(model, body.clone()), status, "{model}: {body}");
        }
    }
}
