//! Planning an archive.

use crate::{Room, keys, text};
use serde_json::{Value, json};

const PLAN: &str = "plan --hours 1000 --by +48h --start 2026-11-23T08:00:00Z --runs 20";

#[test]
fn a_plan_says_what_to_set_up_and_when_it_is_done() {
    let room = Room::new();
    let command = format!("{PLAN} --cloud --ask amazon.nova-lite-v1:0=1000/4000000 --json");
    let found = room.json(&command, 0);
    assert_eq!(found, room.json(&command, 0), "a seed says all");
    assert_eq!(keys(&found), ["start_unix_ms", "by_unix_ms", "measured_on", "stage_costs", "prices_of", "plan", "spikes", "schedule"]);
    assert_eq!((&found["start_unix_ms"], &found["by_unix_ms"]), (&json!(1_795_420_800_000_u64), &json!(1_795_593_600_000_u64)));
    let plan = &found["plan"];
    assert_eq!((&plan["makes_it"], &plan["items"], &found["prices_of"]), (&json!(true), &json!(2_000), &json!("us-east-1")));
    assert!(plan["forecast"]["p95_ms"].as_u64().unwrap() <= plan["deadline_ms"].as_u64().unwrap());
    let services: Vec<&Value> = plan["services"].as_array().unwrap().iter().collect();
    // 120 calls for each hour, and a job for each item.
    assert_eq!(services.iter().map(|s| s["calls"].as_u64().unwrap()).collect::<Vec<_>>(), [120_000, 2_000]);
    // 1,000 hours at 0.0001 dollars a second is 360 dollars; 120,000 calls of 6,000 and 1,800 tokens at 0.06 and 0.24 a million are 95.04.
    assert_eq!(plan["costs"]["services"].as_i64().unwrap(), 455_040_000_000);

    let told = text(&room.run(command.trim_end_matches(" --json"), 0).stdout);
    for part in [
        "2,000 items can be done by 2026-11-25T08:00:00Z",
        "What binds:",
        "MaxConcurrency",
        "Core-hours by stage:",
        "measured on a virtual machine",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[test]
fn what_does_not_make_it_names_what_binds_and_what_it_would_take() {
    let room = Room::new();
    // 120,000 calls that reserve 7,800 tokens each: 936 million, 156 hours at 100,000 a minute.
    let told = text(&room.run(&format!("{PLAN} --ask amazon.nova-lite-v1:0=?/100000"), 0).stdout);
    for part in
        ["can't be done", "tokens per minute of amazon.nova-lite-v1:0 bind: 6 d 12 h", "a quota of", "(it is 100,000)", "0 % make it"]
    {
        assert!(told.contains(part), "{part}: {told}");
    }
    let few = text(&room.run(&format!("{PLAN} --most-instances 1 --kind ml.c5.xlarge"), 0).stdout);
    assert!(few.contains("instances bind: one ml.c5.xlarge") && few.contains("(the quota is 1)"), "{few}");
    let never = text(&room.run(&format!("{PLAN} --ask amazon.nova-lite-v1:0=0/0"), 0).stdout);
    assert!(never.contains("never"), "{never}");
}

#[test]
fn a_calendar_becomes_a_schedule_and_a_template() {
    let room = Room::new();
    let event = "BEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=Europe/Berlin:20261102T190000\r\nDTEND;TZID=Europe/Berlin:20261102T210000\r\n\
        RRULE:FREQ=WEEKLY\r\nSUMMARY:Match\r\nX-PLUMBLINE-HOURS:40\r\nEND:VEVENT\r\n";
    let calendar = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{event}{}END:VCALENDAR\r\n", event.replace("X-PLUMBLINE-HOURS:40\r\n", ""));
    std::fs::write(room.path("events.ics"), calendar).unwrap();
    let plan = "plan --hours 100 --by +14d --start 2026-11-23T08:00:00Z --runs 20 --calendar events.ics";
    let found = room.json(&format!("{plan} --json"), 0);
    // 19:00 in Berlin is 18:00 UTC in winter.
    let begins: Vec<u64> = found["spikes"].as_array().unwrap().iter().map(|s| s["from_unix_ms"].as_u64().unwrap()).collect();
    assert_eq!(begins, [1_795_456_800_000, 1_796_061_600_000]);
    let schedule = found["schedule"].as_array().unwrap();
    assert_eq!(schedule.len(), 4);
    assert!(schedule[0]["at_unix_ms"].as_u64().unwrap() < begins[0] && schedule[0]["workers"].as_u64().unwrap() > 1);
    assert_eq!(schedule[3]["workers"], 0);

    let output = room.run(&format!("{plan} --template"), 0);
    assert!(text(&output.stderr).contains("1 events name no hours of video"));
    let template: Value = serde_json::from_slice(&output.stdout).unwrap();
    let target = &template["Resources"]["WorkersScaling"];
    assert_eq!(target["Type"], "AWS::ApplicationAutoScaling::ScalableTarget");
    assert_eq!(target["Properties"]["ScheduledActions"].as_array().unwrap().len(), 4);
    let told = text(&room.run(plan, 0).stdout);
    assert!(told.contains("Workers for 2 events of the calendar") && told.contains("for Match"), "{told}");
}

#[test]
fn measurements_of_your_own_take_the_place_of_ours() {
    let room = Room::new();
    let own = json!({"machine": "my machine", "video_ms": 3_600_000, "stages": [
        {"stage": "look", "wall_ms_per_hour": 1_000, "cores": 2.0, "spread": 0.1}, {"stage": "text", "times": 4, "wall_us": 7_000_000}]});
    std::fs::write(room.path("own.json"), own.to_string()).unwrap();
    let found = room.json(&format!("{PLAN} --measured own.json --json"), 0);
    let cost =
        |name: &str| found["stage_costs"].as_array().unwrap().iter().find(|c| c["stage"] == name).unwrap()["wall_ms_per_hour"].clone();
    assert_eq!((cost("look"), cost("text"), cost("speech")), (json!(1_000), json!(7_000), json!(780_000)));
    assert!(
        found["measured_on"].as_str().unwrap().contains("my machine; those of Plumbline for import, listen"),
        "{}",
        found["measured_on"]
    );
}

#[test]
fn what_can_t_be_planned_is_said() {
    let room = Room::new();
    std::fs::write(room.path("bad.json"), "[]").unwrap();
    std::fs::write(room.path("bad.ics"), "hello").unwrap();
    for (command, part) in [
        ("plan --hours 10 --by tomorrow", "'tomorrow' is no time"),
        ("plan --hours 10 --start 2026-11-23 --by 2026-11-22", "lies before the start"),
        ("plan --hours 10 --by +1d --ask nobody.nothing", "nothing is known of the model"),
        ("plan --hours 10 --by +1d --ask amazon.nova-lite-v1:0=many", "REQUESTS/TOKENS"),
        ("plan --hours 10 --by +1d --measured bad.json", "bad.json: the measurements can't be read"),
        ("plan --hours 10 --by +1d --calendar bad.ics", "bad.ics is no calendar"),
        ("plan --hours 10 --by +1d --kind nothing.", "no kind of instance"),
        ("plan --hours 10 --by +1d --speech 2", "a share lies between 0 and 1"),
        ("plan --hours 10 --by +1d --instances bad.json", "instances can't be read"),
    ] {
        let error = text(&room.run(command, 1).stderr);
        assert!(error.contains(part), "{command}: {error}");
    }
    room.run("plan --hours 10 --by +1d --template", 2);
}
