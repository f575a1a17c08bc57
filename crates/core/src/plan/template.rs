//! A schedule as a part of a CloudFormation template.

use super::{ScaleStep, Unplannable};
use serde_json::{Value, json};

/// Scheduled actions that one scalable target may have, by Amazon's quota
/// (<https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-quotas.html>).
pub const MOST_ACTIONS: usize = 200;

/// Resources that give the service of workers the numbers of a schedule: a scalable target with a scheduled action for each step. To be merged into the template that has
/// the cluster `Cluster` and the service `Workers`. A task of the service is a worker.
///
/// # Errors
/// Where there are more steps than a target may have.
pub fn template(steps: &[ScaleStep], always: u32) -> Result<Value, Unplannable> {
    if steps.len() > MOST_ACTIONS {
        return Err(Unplannable(format!(
            "the schedule has {} steps, and a scalable target takes {MOST_ACTIONS}: plan a shorter time with --by, or put spikes that are near one another into one event",
            steps.len()
        )));
    }
    let most = steps.iter().map(|step| step.workers).fold(always, u32::max);
    let actions: Vec<Value> = steps
        .iter()
        .map(|step| {
            let at = utc(step.at_unix_ms);
            json!({
                // Names are unique: no two steps are at one minute.
                "ScheduledActionName": format!("workers-{}-{}", at.replace([':', '-'], ""), step.workers),
                "Schedule": format!("at({at})"),
                "Timezone": "UTC",
                "ScalableTargetAction": { "MinCapacity": step.workers, "MaxCapacity": step.workers }
            })
        })
        .collect();
    Ok(json!({
        "Resources": {
            "WorkersScaling": {
                "Type": "AWS::ApplicationAutoScaling::ScalableTarget",
                "Properties": {
                    "ServiceNamespace": "ecs",
                    "ScalableDimension": "ecs:service:DesiredCount",
                    "ResourceId": { "Fn::Join": ["/", ["service", { "Ref": "Cluster" }, { "Fn::GetAtt": ["Workers", "Name"] }]] },
                    "MinCapacity": always,
                    "MaxCapacity": most,
                    "ScheduledActions": actions
                }
            }
        }
    }))
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

    #[test]
    fn a_schedule_becomes_actions_of_the_service_of_workers() {
        let step = |at_unix_ms, workers| ScaleStep { at_unix_ms, workers, why: String::new() };
        let found = template(&[step(1_795_420_800_000, 12), step(1_795_428_000_000, 0)], 0).unwrap();
        let target = &found["Resources"]["WorkersScaling"]["Properties"];
        assert_eq!((&target["MinCapacity"], &target["MaxCapacity"]), (&json!(0), &json!(12)));
        assert_eq!(target["ResourceId"], json!({"Fn::Join": ["/", ["service", {"Ref": "Cluster"}, {"Fn::GetAtt": ["Workers", "Name"]}]]}));
        assert_eq!(target["ScheduledActions"][0]["Schedule"], "at(2026-11-23T08:00:00)");
        assert_eq!(target["ScheduledActions"][0]["ScheduledActionName"], "workers-20261123T080000-12");
        assert_eq!(target["ScheduledActions"][1]["ScalableTargetAction"], json!({"MinCapacity": 0, "MaxCapacity": 0}));
        assert!(template(&vec![step(0, 1); 201], 0).unwrap_err().to_string().contains("200"));
    }
}
