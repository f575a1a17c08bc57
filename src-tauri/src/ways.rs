//! The ways to models: services of the account, and this machine.

use crate::amazon::{Amazon, trouble};
use crate::app::Work;
use plumbline_adapters::LocalModels;
use plumbline_aws::{Bedrock, Within};
use plumbline_core::models::Model;
use plumbline_flows as flows;
use plumbline_flows::lab::Asker;
use plumbline_pipeline::Models;
use plumbline_pipeline::calls::{Caller, RealClock};
use plumbline_pipeline::limiter::{Gate, Limits};

/// Asks models on behalf of the open project. An account is needed only where one of them is a service's.
///
/// # Errors
/// Where no cap can hold, the account can't be opened, or what `use_it` says.
pub fn asking<T>(amazon: &Amazon, work: &Work, models: &[Model], use_it: impl FnOnce(&[Asker]) -> flows::Result<T>) -> flows::Result<T> {
    for model in models {
        if model.price.is_none() && amazon.cap().is_some() {
            let why = format!("the price of {} is not known, so no cap can hold. Add it to your own models, or choose another", model.name);
            return Err(trouble(&why));
        }
    }
    let account = if models.iter().all(|model| LocalModels::is_local(&model.id)) { None } else { Some(amazon.open()?) };
    let bedrock = account.as_ref().map(|account| Bedrock::new(account, Within::default()));
    let (local, clock) = (LocalModels::default(), RealClock::default());
    let gates: Vec<Gate> = models.iter().map(|model| Gate::new(Limits::of(model, amazon.at_once))).collect();
    let way = |model: &Model| -> &dyn Models {
        match &bedrock {
            Some(bedrock) if !LocalModels::is_local(&model.id) => bedrock,
            _ => &local,
        }
    };
    let callers: Vec<Caller> =
        models.iter().zip(&gates).map(|(model, gate)| Caller::new(way(model), work.ledger.as_ref(), gate, amazon.cap(), &clock)).collect();
    let asker = |(model, caller)| Asker { model, caller, at_once: amazon.at_once as usize };
    use_it(&models.iter().zip(&callers).map(asker).collect::<Vec<_>>())
}
