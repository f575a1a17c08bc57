//! Vectors for what a project says and shows, and finding by them.

use crate::account::{AccountArgs, dollars};
use crate::annotate::OwnModels;
use crate::projects::{chosen, with_desk};
use crate::report::{complain, failures_json, say};
use crate::{Outcome, progress};
use anyhow::{Result, anyhow, bail};
use clap::Args;
use plumbline_aws::{Bedrock, Within};
use plumbline_core::models::{Model, ModelKind, Money, Registry};
use plumbline_flows::{Desk, near};
use plumbline_pipeline::calls::{Caller, RealClock};
use plumbline_pipeline::embedding::Space;
use plumbline_pipeline::limiter::{Gate, Limits};
use plumbline_pipeline::models::Meaning;
use plumbline_pipeline::stages::embed::{Done, Estimate};
use plumbline_pipeline::{Runs, Vectors};
use plumbline_project::MediaId;
use plumbline_runs::RunFile;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Which embedding model is asked, and what it may cost.
#[derive(Args, Clone)]
pub struct Whom {
    /// The embedding model: an id of the registry, or an inference profile of one; else the one that most vectors of the project are of.
    #[arg(long)]
    model: Option<String>,
    /// Length of the vectors; the shortest that the model gives where it is left out.
    #[arg(long)]
    dimensions: Option<u32>,
    #[command(flatten)]
    own: OwnModels,
    /// All calls of the project cost so many US dollars at most: it stops before.
    #[arg(long, value_name = "USD", value_parser = dollars)]
    cap: Option<Money>,
    #[command(flatten)]
    account: AccountArgs,
}

/// How to embed.
#[derive(Args)]
pub struct Wish {
    #[command(flatten)]
    whom: Whom,
    /// So many requests at once.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=256))]
    at_once: u32,
    /// Requests a minute that your quota allows; found out where it is not said.
    #[arg(long)]
    requests_per_minute: Option<u32>,
    /// Only say what it comes to.
    #[arg(long)]
    dry_run: bool,
}

/// What is looked for by its meaning.
#[derive(Args)]
pub struct Like {
    /// Find what means about this; asks the model that the project was embedded by.
    #[arg(long, value_name = "TEXT", conflicts_with = "picture")]
    meaning: Option<String>,
    /// Find what looks like this picture, a PNG or JPEG.
    #[arg(long, value_name = "FILE")]
    picture: Option<PathBuf>,
    #[command(flatten)]
    whom: Whom,
}

/// An embedding model of the registry, under the id that was named.
pub fn embedding_model(registry: &Registry, id: &str) -> Result<Model> {
    let known = registry.model(id).filter(|model| model.kind == ModelKind::Embed);
    let mut model = known.cloned().ok_or_else(|| {
        let all: Vec<&str> = registry.models().filter(|m| m.kind == ModelKind::Embed).map(|m| m.id.as_str()).collect();
        anyhow!("nothing is known of an embedding model {id}. Those that are known: {}; add others with --models", all.join(", "))
    })?;
    if id != model.id {
        (model.id, model.profile_only) = (id.to_owned(), false);
    }
    Ok(model)
}

/// The vectors of a model, as short as it gives them.
pub fn smallest(model: Model) -> Result<Space> {
    let name = model.name.clone();
    Space::smallest(model).ok_or_else(|| anyhow!("no length of a vector is known of {name}. Add it to a file of your own (--models)"))
}

impl Whom {
    fn space(&self, vectors: &dyn Vectors) -> Result<Space> {
        let registry = self.own.registry()?;
        let held =
            near::held(vectors, &registry, self.model.as_deref())?.filter(|held| self.dimensions.is_none_or(|n| n == held.dimensions));
        let space = match (held, &self.model) {
            (Some(held), _) => held,
            (None, Some(id)) => smallest(embedding_model(&registry, id)?)?,
            (None, None) => bail!("the project has no vectors yet. Embed it first: plumbline embed PROJECT --model ID"),
        };
        let space = Space { dimensions: self.dimensions.unwrap_or(space.dimensions), ..space };
        if !space.model.dimensions.contains(&space.dimensions) {
            bail!("{} gives no vectors of {} numbers. Choose one of: {:?}", space.model.name, space.dimensions, space.model.dimensions);
        }
        Ok(space)
    }
}

/// Gives vectors to media: one that fails leaves the others be.
pub fn run(project: &Path, which: &[String], wish: &Wish, as_json: bool) -> Result<Outcome> {
    let runs = RunFile::beside(project)?;
    let space = wish.whom.space(&runs)?;
    if wish.dry_run {
        return with_desk(project, |desk| dry_run(desk, which, &space, &runs, as_json));
    }
    refuse_unpriced(&space, wish.whom.cap)?;
    let bedrock = Bedrock::new(&wish.whom.account.open()?, Within::default());
    let limits = space.limits(wish.at_once);
    let gate = Gate::new(Limits { requests_per_minute: wish.requests_per_minute.or(limits.requests_per_minute), ..limits });
    let (clock, before) = (RealClock::default(), runs.spent()?.cost);
    let caller = Caller::new(&bedrock, &runs, &gate, wish.whom.cap, &clock);
    with_desk(project, |desk| {
        let (mut done, mut failures): (Vec<(MediaId, Done)>, Vec<String>) = Default::default();
        for media in chosen(desk, which)? {
            match near::embed(desk, &media, &space, (&caller, wish.at_once as usize), &runs, &progress::job()) {
                Ok(one) => done.push((media, one)),
                Err(error) => failures.push(error.to_string()),
            }
        }
        // What every media meets is told once.
        failures.dedup();
        tell(desk, &space, &done, &failures, (&runs, before), as_json)?;
        let without: usize = done.iter().map(|(_, done)| done.failures.len()).sum();
        Ok(Outcome::of(done.len(), failures.len() + without, 0))
    })
}

/// A cap holds only where it is known what things cost.
pub fn refuse_unpriced(space: &Space, cap: Option<Money>) -> Result<()> {
    if cap.is_some() && !space.is_priced() {
        bail!(
            "the price of {} is not known, so no cap can hold. Add it with its prices to a file of your own (--models)",
            space.model.name
        );
    }
    Ok(())
}

fn tell(
    desk: &Desk<'_>,
    space: &Space,
    done: &[(MediaId, Done)],
    failures: &[String],
    (runs, before): (&RunFile, Money),
    as_json: bool,
) -> Result<()> {
    let spent = runs.spent()?.cost;
    if as_json {
        let row = |(media, d): &(MediaId, Done)| {
            json!({
                "media": media, "pieces": d.pieces, "new": d.new, "from_cache": d.from_cache, "dropped": d.dropped,
                "left_out": d.left_out, "failures": d.failures, "cost_nano_usd": d.cost.nano_usd()
            })
        };
        let media: Vec<Value> = done.iter().map(row).collect();
        return say(json!({
            "model": space.model.called(), "dimensions": space.dimensions, "media": media, "failures": failures_json(failures),
            "spent_nano_usd": spent.nano_usd()
        }));
    }
    for (media, d) in done {
        let name = desk.project().media(media)?.name().to_owned();
        say(format!("{name}: {} pieces; {} new, {} of them answered before, {} dropped", d.pieces, d.new, d.from_cache, d.dropped))?;
        if d.left_out > 0 {
            say(format!("{name}: {} are longer than {} reads, and can't be found by meaning", d.left_out, space.model.name))?;
        }
        complain(&d.failures);
    }
    complain(failures);
    say(format!("spent {}; in this project so far {spent}", spent - before))
}

fn dry_run(desk: &Desk<'_>, which: &[String], space: &Space, runs: &RunFile, as_json: bool) -> Result<Outcome> {
    let (mut rows, mut failures): (Vec<(MediaId, Estimate)>, Vec<String>) = Default::default();
    for media in chosen(desk, which)? {
        match near::estimate(desk, &media, space, (runs, runs), &progress::job()) {
            Ok(estimate) => rows.push((media, estimate)),
            Err(error) => failures.push(error.to_string()),
        }
    }
    let total = rows.iter().map(|(_, e)| e.at_most).sum::<Option<Money>>();
    if as_json {
        let row = |(media, e): &(MediaId, Estimate)| {
            json!({
                "media": media, "pieces": e.pieces, "kept": e.kept, "left_out": e.left_out,
                "at_most_nano_usd": e.at_most.map(Money::nano_usd)
            })
        };
        say(json!({
            "model": space.model.called(), "dimensions": space.dimensions, "media": rows.iter().map(row).collect::<Vec<_>>(),
            "at_most_nano_usd": total.map(Money::nano_usd), "failures": failures_json(&failures)
        }))?;
        return Ok(Outcome::of(rows.len(), failures.len(), 0));
    }
    for (media, e) in &rows {
        let name = desk.project().media(media)?.name().to_owned();
        say(format!("{name}: {} pieces, {} of them kept already", e.pieces, e.kept))?;
    }
    complain(&failures);
    let cost = total.map_or("at a price that is not known".to_owned(), |total| format!("for {total} at most"));
    say(format!("{} media by {} in vectors of {}, {cost}", rows.len(), space.model.called(), space.dimensions))?;
    Ok(Outcome::of(rows.len(), failures.len(), 0))
}

impl Like {
    /// Whether something is looked for by its meaning.
    pub fn is_asked(&self) -> bool {
        self.meaning.is_some() || self.picture.is_some()
    }

    /// Lists what lies nearest, the nearest first.
    pub fn find(&self, project: &Path, as_json: bool) -> Result<Outcome> {
        let what = match (&self.picture, &self.meaning) {
            (Some(path), _) => near::picture(path)?,
            (None, text) => Meaning::Text(text.clone().unwrap_or_default()),
        };
        let runs = RunFile::beside(project)?;
        let space = self.whom.space(&runs)?;
        if !runs.spaces()?.iter().any(|(name, _)| *name == space.name()) {
            bail!("nothing has a vector of {} by {} yet. Embed the project first: plumbline embed", space.dimensions, space.model.name);
        }
        refuse_unpriced(&space, self.whom.cap)?;
        let bedrock = Bedrock::new(&self.whom.account.open()?, Within::default());
        let (gate, clock) = (Gate::new(space.limits(1)), RealClock::default());
        let caller = Caller::new(&bedrock, &runs, &gate, self.whom.cap, &clock);
        let hits = with_desk(project, |desk| Ok(near::find(desk, &space, what, &caller, &runs, &progress::job())?))?;
        if as_json {
            say(json!({ "model": space.model.called(), "dimensions": space.dimensions, "hits": hits }))?;
            return Ok(Outcome::Done);
        }
        for hit in &hits {
            let text = if hit.text.is_empty() { String::new() } else { format!(": {}", hit.text) };
            say(format!("{:.3} {} {} {}{text}", f64::from(hit.cosine_milli) / 1e3, hit.name, hit.start_us, hit.kind.name()))?;
        }
        Ok(Outcome::Done)
    }
}
