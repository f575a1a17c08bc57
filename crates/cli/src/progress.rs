//! Progress on a terminal; nothing where nobody looks.

use indicatif::{ProgressBar, ProgressStyle};
use plumbline_pipeline::{Job, Progress};
use std::io::IsTerminal;

/// A job whose progress is a bar on standard error, if that is a terminal.
pub fn job() -> Job {
    if !std::io::stderr().is_terminal() {
        return Job::quiet();
    }
    let bar = ProgressBar::new(0);
    // Both templates are constants that the library accepts; were one not, the bar would keep its plain look.
    let style = |template: &str| ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let (known, unknown) = (style("{msg} {wide_bar} {percent} % {eta}"), style("{spinner} {msg}"));
    Job::new(move |Progress { what, done, total }| {
        bar.set_message(what);
        match total {
            Some(total) if done >= total => bar.finish_and_clear(),
            Some(total) => {
                bar.set_style(known.clone());
                bar.set_length(total);
                bar.set_position(done);
            }
            None => {
                bar.set_style(unknown.clone());
                bar.tick();
            }
        }
    })
}
