//! A schedule, written into the CloudFormation template of an archive.

use super::{ScaleStep, Start, Unplannable};
use serde_json::{Value, json};

/// Scheduled actions that one scalable target may have, by Amazon's quota
/// (<https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-quotas.html>).
pub const MOST_ACTIONS: usize = 200;

/// The template with a schedule in place of the one that it has: between its marks `scheduled actions`, numbers of workers for Application Auto Scaling, where a task of
/// the service is a worker; between its marks `schedules`, executions that EventBridge Scheduler starts, each over an archive of its own.
///
/// `always` is the number of workers that are there where no spike is; the template's own bounds hold then.
///
/// # Errors
/// Where the template lacks the marks, or there are more steps than a target may have.
pub fn template(template: &str, steps: &[ScaleStep], always: u32, starts: &[Start]) -> Result<String, Unplannable> {
    if steps.len() > MOST_ACTIONS {
        return Err(Unplannable(format!(
            "the schedule has {} steps, and a scalable target takes {MOST_ACTIONS}: plan a shorter time with --by, or put spikes that are near one another into one event",
            steps.len()
        )));
    }
    // JSON is YAML, too, and what a calendar says is quoted in it.
    let actions: Vec<String> = steps.iter().map(|step| format!("- {}", action(step, always))).collect();
    let actions = if actions.is_empty() { actions } else { [vec!["ScheduledActions:".to_owned()], indented(actions)].concat() };
    let mut schedules: Vec<String> =
        starts.iter().enumerate().map(|(n, start)| format!("Start{}: {}", n + 1, schedule(start, n))).collect();
    if !starts.is_empty() {
        schedules.insert(0, format!("StartRole: {}", role()));
    }
    between(&between(template, "scheduled actions", &actions)?, "schedules", &schedules)
}

fn indented(lines: Vec<String>) -> Vec<String> {
    lines.into_iter().map(|line| format!("  {line}")).collect()
}

/// The text with these lines between two marks, as deep as the marks are.
fn between(text: &str, mark: &str, lines: &[String]) -> Result<String, Unplannable> {
    let rows: Vec<&str> = text.lines().collect();
    let place = |word: &str| rows.iter().position(|row| row.trim_start().starts_with(&format!("# {word} {mark}")));
    let (Some(begin), Some(end)) = (place("begin"), place("end")) else {
        return Err(Unplannable(format!(
            "the template has no lines '# begin {mark}' and '# end {mark}': take the one in deploy/, or write them where the schedule goes"
        )));
    };
    if end < begin {
        return Err(Unplannable(format!("in the template '# end {mark}' stands before '# begin {mark}'")));
    }
    let depth = &rows[begin][..rows[begin].len() - rows[begin].trim_start().len()];
    let new: Vec<String> = lines.iter().map(|line| format!("{depth}{line}")).collect();
    let all = rows[..=begin].iter().copied().chain(new.iter().map(String::as_str)).chain(rows[end..].iter().copied());
    Ok(all.flat_map(|row| [row, "\n"]).collect())
}

fn action(step: &ScaleStep, always: u32) -> Value {
    let at = utc(step.at_unix_ms);
    // Between spikes the service scales by its load, as the template has it.
    let bounds = match step.workers == always {
        true => json!({ "MinCapacity": { "Ref": "MinWorkers" }, "MaxCapacity": { "Ref": "MaxWorkers" } }),
        false => json!({ "MinCapacity": step.workers, "MaxCapacity": step.workers }),
    };
    json!({
        // Names are unique: no two steps are at one minute.
        "ScheduledActionName": format!("workers-{}-{}", compact(&at), step.workers),
        "Schedule": format!("at({at})"),
        "Timezone": "UTC",
        "ScalableTargetAction": bounds
    })
}

/// The `n`-th start, from 0.
fn schedule(start: &Start, n: usize) -> Value {
    let at = utc(start.at_unix_ms);
    let folder = format!("{}-{}", compact(&at), n + 1);
    // What stands between `${` and `}` is put in by the service, and nothing else: a calendar's text is not.
    let input = json!({ "bucket": "${Results}", "prefix": format!("${{Prefix}}{folder}/"), "media": start.media.replace("${", "${!") });
    json!({
        "Type": "AWS::Scheduler::Schedule",
        "Properties": {
            "Description": format!("Results of {} go to {folder}/", start.name).chars().take(512).collect::<String>(),
            "ScheduleExpression": format!("at({at})"),
            "ScheduleExpressionTimezone": "UTC",
            "FlexibleTimeWindow": { "Mode": "OFF" },
            "Target": { "Arn": machine(), "RoleArn": { "Fn::GetAtt": ["StartRole", "Arn"] }, "Input": { "Fn::Sub": input.to_string() } }
        }
    })
}

fn machine() -> Value {
    json!({ "Fn::If": ["Workers", { "Ref": "WorkersRun" }, { "Ref": "JobsRun" }] })
}

fn role() -> Value {
    json!({
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [{
                    "Effect": "Allow",
                    "Principal": { "Service": "scheduler.amazonaws.com" },
                    "Action": "sts:AssumeRole",
                    "Condition": { "StringEquals": { "aws:SourceAccount": { "Ref": "AWS::AccountId" } } }
                }]
            },
            "Policies": [{
                "PolicyName": "start",
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [{ "Sid": "StartArchive", "Effect": "Allow", "Action": "states:StartExecution", "Resource": machine() }]
                }
            }]
        }
    })
}

/// A time without what sets its parts apart.
fn compact(at: &str) -> String {
    at.replace([':', '-'], "")
}

/// A time as `2026-11-24T08:00:00`, UTC; days since 1970 to a date by Hinnant's `civil_from_days`
/// (<https://howardhinnant.github.io/date_algorithms.html>).
pub(super) fn utc(unix_ms: u64) -> String {
    let seconds = unix_ms / 1_000;
    let (days, second) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}", second / 3_600, second / 60 % 60, second % 60)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_the_calendar_has_them() {
        // By `date -u -d @SECONDS`.
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00"),
            (951_782_400, "2000-02-29T00:00:00"),
            (1_709_251_199, "2024-02-29T23:59:59"),
            (1_795_420_800, "2026-11-23T08:00:00"),
            (4_107_542_399, "2100-02-28T23:59:59"),
            (4_107_542_400, "2100-03-01T00:00:00"),
        ] {
            assert_eq!(utc(seconds * 1_000), text);
        }
    }

    const MARKED: &str = "Resources:\n  Target:\n    # begin scheduled actions: here\n    old: 1\n    # end scheduled actions\n  # begin schedules\n  # end schedules\n  Last: {}\n";

    #[test]
    fn a_schedule_is_written_between_the_marks_and_replaces_the_one_before() {
        let step = |at_unix_ms, workers| ScaleStep { at_unix_ms, workers, why: String::new() };
        let start =
            Start { name: "Match: \"finals\"\n# x".into(), at_unix_ms: 1_795_428_000_000, media: "s3://talks/${AWS::Region}/".into() };
        let steps = [step(1_795_420_800_000, 12), step(1_795_428_000_000, 1)];
        let found = template(MARKED, &steps, 1, std::slice::from_ref(&start)).unwrap();
        let rows: Vec<&str> = found.lines().collect();
        assert_eq!(rows.len(), 12, "{found}");
        assert_eq!(rows[3], "    ScheduledActions:");
        let value = |row: &str, before: &str| serde_json::from_str::<Value>(row.strip_prefix(before).unwrap()).unwrap();
        let up = value(rows[4], "      - ");
        assert_eq!(
            (&up["Schedule"], &up["ScheduledActionName"]),
            (&json!("at(2026-11-23T08:00:00)"), &json!("workers-20261123T080000-12"))
        );
        assert_eq!(up["ScalableTargetAction"], json!({ "MinCapacity": 12, "MaxCapacity": 12 }));
        let down = value(rows[5], "      - ");
        assert_eq!(down["ScalableTargetAction"], json!({ "MinCapacity": { "Ref": "MinWorkers" }, "MaxCapacity": { "Ref": "MaxWorkers" } }));
        assert!(rows[8].starts_with("  StartRole: {"), "{found}");
        let begins = value(rows[9], "  Start1: ");
        assert_eq!(begins["Properties"]["ScheduleExpression"], "at(2026-11-23T10:00:00)");
        let input: Value = serde_json::from_str(begins["Properties"]["Target"]["Input"]["Fn::Sub"].as_str().unwrap()).unwrap();
        let wanted = json!({ "bucket": "${Results}", "prefix": "${Prefix}20261123T100000-1/", "media": "s3://talks/${!AWS::Region}/" });
        assert_eq!(input, wanted);
        // Once more, over what it wrote; and away again.
        assert_eq!(template(&found, &steps, 1, &[start]).unwrap(), found);
        assert_eq!(template(&found, &[], 1, &[]).unwrap(), MARKED.replace("    old: 1\n", ""));

        assert!(template(MARKED, &vec![step(0, 1); 201], 0, &[]).unwrap_err().to_string().contains("200"));
        for (text, part) in
            [("Resources: {}", "no lines '# begin scheduled actions'"), (&*MARKED.replace("# begin schedules", ""), "'# begin schedules'")]
        {
            assert!(template(text, &[], 0, &[]).unwrap_err().to_string().contains(part), "{part}");
        }
    }
}
