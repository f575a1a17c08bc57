//! What differs between two versions.

use super::view::{DiffLine, DiffPart};
use plumbline_core::Region;
use plumbline_core::lab::PromptVersion;
use plumbline_core::tune::examples::{Line, Mark};
use similar::{ChangeTag, TextDiff};

/// What differs, part by part, line by line; parts that are alike are left out.
pub fn diff(before: &PromptVersion, after: &PromptVersion) -> Vec<DiffPart> {
    let parts = parts(before).into_iter().zip(parts(after));
    parts.filter(|((_, a), (_, b))| a != b).map(|((part, a), (_, b))| DiffPart { part: part.into(), lines: lines(&a, &b) }).collect()
}

fn lines(before: &str, after: &str) -> Vec<DiffLine> {
    let side = |tag| match tag {
        ChangeTag::Equal => 0,
        ChangeTag::Delete => -1,
        ChangeTag::Insert => 1,
    };
    let diff = TextDiff::from_lines(before, after);
    diff.iter_all_changes().map(|c| DiffLine { side: side(c.tag()), text: c.value().trim_end_matches(['\n', '\r']).to_owned() }).collect()
}

/// A version as texts, by the names of its parts.
fn parts(version: &PromptVersion) -> [(&'static str, String); 14] {
    let PromptVersion { prompt: p, model, examples, note } = version;
    let json = |value: &serde_json::Value| format!("{value:#}\n");
    let number = |value: Option<f32>| value.map_or_else(String::new, |v| v.to_string());
    let shot = |shot: &plumbline_core::lab::Shot| {
        let place = |r: Region| format!(" at {:.3}, {:.3}, {:.3} wide, {:.3} high", r.x, r.y, r.w, r.h);
        let mark =
            |m: &Mark| format!("  {} {} to {}{}: {}\n", m.label, m.span.start, m.span.end, m.region.map(place).unwrap_or_default(), m.text);
        let line = |l: &Line| format!("  {} says: {}\n", l.speaker.as_deref().unwrap_or("somebody"), l.text);
        let (lines, marks): (String, String) = (shot.lines.iter().map(line).collect(), shot.annotations.iter().map(mark).collect());
        format!("{} {} to {}\n{lines}{marks}", shot.name, shot.start, shot.end)
    };
    [
        ("name", format!("{}\n", version.label())),
        ("task", format!("{}\n", p.task.name())),
        ("about", format!("{}\n", p.about)),
        ("system", p.system.clone()),
        ("window", p.window.clone()),
        ("whole", p.whole.clone().unwrap_or_default()),
        ("schema", json(&p.schema)),
        ("whole_schema", p.whole_schema.as_ref().map(json).unwrap_or_default()),
        ("model", model.clone().unwrap_or_default()),
        (
            "parameters",
            format!(
                "max_tokens {}\ntemperature {}\nneighbours {}\n{}",
                p.max_tokens,
                number(p.temperature),
                p.neighbours,
                p.parameters.as_ref().map(|all| format!("{:#}\n", serde_json::json!(all))).unwrap_or_default()
            ),
        ),
        (
            "frames",
            format!(
                "every {} ms\nmotion {}\nmost per minute {}\nsame {}\n",
                p.frames.every.us() / 1_000,
                number(p.frames.motion),
                p.frames.most_per_minute,
                p.frames.same
            ),
        ),
        (
            "windows",
            format!(
                "tokens {}\nframes {}\nlongest {} ms\noverlap {} ms\n",
                p.windows.tokens,
                p.windows.frames,
                p.windows.longest.us() / 1_000,
                p.windows.overlap.us() / 1_000
            ),
        ),
        ("examples", examples.iter().map(shot).collect()),
        ("note", format!("{note}\n")),
    ]
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use plumbline_core::models::Task;
    use plumbline_core::prompt::Prompt;

    #[test]
    fn only_what_differs_is_told_line_by_line() {
        let before = PromptVersion::bare(Prompt::built_in(Task::Describe).unwrap());
        assert_eq!(diff(&before, &before), []);
        let mut after = before.clone();
        after.prompt.version = 2;
        after.prompt.window = format!("{}\nName the colours.", before.prompt.window.trim_end());
        let parts = diff(&before, &after);
        assert_eq!(parts.iter().map(|p| p.part.as_str()).collect::<Vec<_>>(), ["name", "window"]);
        assert_eq!(parts[0].lines.iter().map(|l| (l.side, l.text.as_str())).collect::<Vec<_>>(), [(-1, "describe@1"), (1, "describe@2")]);
        let added: Vec<&str> = parts[1].lines.iter().filter(|l| l.side == 1).map(|l| l.text.as_str()).collect();
        assert!(added.contains(&"Name the colours."), "{added:?}");
        let same = parts[1].lines.iter().filter(|l| l.side == 0).count();
        assert!(same + 2 >= before.prompt.window.lines().count(), "all else stays");
    }
}
