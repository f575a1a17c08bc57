//! AWS Step Functions: work that a state machine hands out, and executions of one.

use crate::account::Account;
use crate::failure::{answer, failed};
use crate::s3::Patience;
use aws_sdk_sfn::Client;
use aws_sdk_sfn::config::timeout::TimeoutConfig;
use aws_sdk_sfn::types::ExecutionStatus;
use plumbline_pipeline::{CloudError, Job};
use std::time::Duration;

/// The service holds the question for work open for a minute.
const POLL: Duration = Duration::from_secs(70);
/// The most that is said of a failure; the service takes no more.
const MOST_CAUSE: usize = 32_000;

/// Work that was handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Names it towards the service.
    pub token: String,
    /// What is to be done, as JSON.
    pub input: String,
}

/// How an execution stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ran {
    /// It goes on.
    Running,
    /// It is done; this is its output, as JSON.
    Done(String),
    /// It failed.
    Failed {
        /// The error's name.
        error: String,
        /// What is said of it.
        cause: String,
    },
    /// Somebody stopped it.
    Stopped,
}

/// An execution as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// When it began, in µs since 1970 UTC.
    pub began_us: i64,
}

/// Step Functions of an account.
#[derive(Clone, Debug)]
pub struct StateMachines {
    account: Account,
    client: Client,
}

impl StateMachines {
    /// Those of the account. Calls nothing.
    pub fn open(account: &Account, patience: Patience) -> Self {
        let config = aws_sdk_sfn::config::Builder::from(account.config()).timeout_config(patience.small()).build();
        Self { account: account.clone(), client: Client::from_conf(config) }
    }

    /// Waits up to a minute for work of an activity; none where there was none. `worker` is what the history calls who takes it.
    ///
    /// # Errors
    /// Where there is no such activity, the service failed, or the job was cancelled.
    pub fn next(&self, activity: &str, worker: &str, job: &Job) -> Result<Option<Task>, CloudError> {
        let longer = TimeoutConfig::builder().operation_attempt_timeout(POLL).operation_timeout(POLL * 2).build();
        let asked = self.client.get_activity_task().activity_arn(activity).worker_name(worker);
        let asked = asked.customize().config_override(aws_sdk_sfn::Config::builder().timeout_config(longer));
        let task = self.account.wait(job, asked.send())?.map_err(|e| failed(activity, &e))?;
        let token = task.task_token().filter(|token| !token.is_empty());
        Ok(token.map(|token| Task { token: token.to_owned(), input: task.input().unwrap_or_default().to_owned() }))
    }

    /// Says that work goes on; false where nobody waits for it any more.
    ///
    /// # Errors
    /// Where the service failed, or the job was cancelled.
    pub fn beat(&self, task: &Task, job: &Job) -> Result<bool, CloudError> {
        match self.account.wait(job, self.client.send_task_heartbeat().task_token(&task.token).send())? {
            Ok(_) => Ok(true),
            Err(e) if is_over(answer(&e).0) => Ok(false),
            Err(e) => Err(failed("the heartbeat of a task", &e)),
        }
    }

    /// Says that work is done; false where nobody waits for it any more.
    ///
    /// # Errors
    /// Where the service failed, or the job was cancelled.
    pub fn succeed(&self, task: &Task, output: &str, job: &Job) -> Result<bool, CloudError> {
        match self.account.wait(job, self.client.send_task_success().task_token(&task.token).output(output).send())? {
            Ok(_) => Ok(true),
            Err(e) if is_over(answer(&e).0) => Ok(false),
            Err(e) => Err(failed("the end of a task", &e)),
        }
    }

    /// Says that work failed: the name of the error, and what there is to say of it; false where nobody waits for it any more.
    ///
    /// # Errors
    /// Where the service failed, or the job was cancelled.
    pub fn fail(&self, task: &Task, error: &str, cause: &str, job: &Job) -> Result<bool, CloudError> {
        let cause: String = cause.chars().take(MOST_CAUSE / 4).collect();
        let sent = self.client.send_task_failure().task_token(&task.token).error(error).cause(cause).send();
        match self.account.wait(job, sent)? {
            Ok(_) => Ok(true),
            Err(e) if is_over(answer(&e).0) => Ok(false),
            Err(e) => Err(failed("the failure of a task", &e)),
        }
    }

    /// Starts an execution of a state machine; gives its ARN. One of this name with this input that runs already is the one.
    ///
    /// # Errors
    /// Where there is no such machine, another execution had the name, the service failed, or the job was cancelled.
    pub fn start(&self, machine: &str, name: &str, input: &str, job: &Job) -> Result<String, CloudError> {
        let sent = self.client.start_execution().state_machine_arn(machine).name(name).input(input).send();
        self.account.wait(job, sent)?.map(|started| started.execution_arn().to_owned()).map_err(|e| failed(machine, &e))
    }

    /// How an execution stands.
    ///
    /// # Errors
    /// Where there is no such execution, the service failed, or the job was cancelled.
    pub fn state(&self, execution: &str, job: &Job) -> Result<Ran, CloudError> {
        let sent = self.client.describe_execution().execution_arn(execution).send();
        let state = self.account.wait(job, sent)?.map_err(|e| failed(execution, &e))?;
        let said = |text: Option<&str>| text.unwrap_or_default().to_owned();
        Ok(match state.status() {
            ExecutionStatus::Succeeded => Ran::Done(said(state.output())),
            ExecutionStatus::Failed => Ran::Failed { error: said(state.error()), cause: said(state.cause()) },
            ExecutionStatus::TimedOut => Ran::Failed { error: "States.Timeout".into(), cause: "it took longer than it may".into() },
            ExecutionStatus::Aborted => Ran::Stopped,
            _ => Ran::Running,
        })
    }

    /// Stops an execution. What was done by then stays.
    ///
    /// # Errors
    /// Where there is no such execution, the service failed, or the job was cancelled.
    pub fn stop(&self, execution: &str, cause: &str, job: &Job) -> Result<(), CloudError> {
        let sent = self.client.stop_execution().execution_arn(execution).error("Plumbline.Cancelled").cause(cause).send();
        self.account.wait(job, sent)?.map(|_| ()).map_err(|e| failed(execution, &e))
    }

    /// The newest executions of a state machine, newest first, `count` at most.
    ///
    /// # Errors
    /// Where there is no such machine, the service failed, or the job was cancelled.
    pub fn executions(&self, machine: &str, count: i32, job: &Job) -> Result<Vec<Execution>, CloudError> {
        let sent = self.client.list_executions().state_machine_arn(machine).max_results(count).send();
        let listed = self.account.wait(job, sent)?.map_err(|e| failed(machine, &e))?;
        let row = |e: &aws_sdk_sfn::types::ExecutionListItem| Execution {
            arn: e.execution_arn().to_owned(),
            name: e.name().to_owned(),
            began_us: i64::try_from(e.start_date().as_nanos() / 1_000).unwrap_or(0),
        };
        Ok(listed.executions().iter().map(row).collect())
    }
}

/// Whether the service says that nobody waits for a task any more.
fn is_over(code: &str) -> bool {
    matches!(code, "TaskTimedOut" | "TaskDoesNotExist" | "InvalidToken")
}
