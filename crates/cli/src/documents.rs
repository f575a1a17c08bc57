//! Documents that belong to media.

use crate::projects::{chosen, with_desk};
use crate::report::{complain, failures_json, say};
use crate::{Outcome, progress};
use anyhow::{Result, bail};
use plumbline_flows::{self as flows, Desk};
use plumbline_project::{DocumentRow, MediaId, Op};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The one media of this name or id.
fn one(desk: &Desk<'_>, name: &str) -> Result<MediaId> {
    match chosen(desk, &[name.to_owned()])?.as_slice() {
        [media] => Ok(media.clone()),
        many => bail!("{} media of the project are called {name}. Name one by its id: `plumbline show --json` lists them", many.len()),
    }
}

/// Attaches files to a media: one that can't be read leaves the others be.
pub fn attach(project: &Path, media: &str, files: &[PathBuf], as_json: bool) -> Result<Outcome> {
    with_desk(project, |desk| {
        let media = one(desk, media)?;
        let failures = flows::documents::attach(desk, &media, files, &progress::job())?;
        let failures: Vec<String> = failures.iter().map(ToString::to_string).collect();
        tell(desk, &[media], &failures, as_json)?;
        Ok(Outcome::of(files.len() - failures.len(), failures.len(), 0))
    })
}

/// Detaches documents by their names or ids.
pub fn detach(project: &Path, media: &str, which: &[String], as_json: bool) -> Result<Outcome> {
    with_desk(project, |desk| {
        let media = one(desk, media)?;
        for name in which {
            let documents = desk.project().documents(&media)?;
            let named: Vec<&DocumentRow> = documents.iter().filter(|d| d.id == *name || d.name == *name).collect();
            let [document] = named.as_slice() else {
                bail!("{} documents of the media are called {name}. `plumbline documents` lists them with their ids", named.len())
            };
            desk.project().apply(Op::DetachDocument { media: media.clone(), id: document.id.clone() }, &desk.by)?;
        }
        tell(desk, &[media], &[], as_json)?;
        Ok(Outcome::Done)
    })
}

/// Lists the documents of media.
pub fn list(project: &Path, which: &[String], as_json: bool) -> Result<Outcome> {
    with_desk(project, |desk| {
        tell(desk, &chosen(desk, which)?, &[], as_json)?;
        Ok(Outcome::Done)
    })
}

fn tell(desk: &Desk<'_>, media: &[MediaId], failures: &[String], as_json: bool) -> Result<()> {
    let of = |media: &MediaId| -> Result<(String, Vec<DocumentRow>)> {
        let project = desk.project();
        Ok((project.media(media)?.name().to_owned(), project.documents(media)?))
    };
    if as_json {
        let row = |media: &MediaId| -> Result<Value> {
            let (name, documents) = of(media)?;
            Ok(json!({ "media": media, "name": name, "documents": documents }))
        };
        let rows: Vec<Value> = media.iter().map(row).collect::<Result<_>>()?;
        return say(json!({ "media": rows, "failures": failures_json(failures) }));
    }
    for id in media {
        let (name, documents) = of(id)?;
        for d in documents {
            let more = if d.cut { ", and more that was not read" } else { "" };
            let pages = if d.pages == 1 { String::new() } else { "s".to_owned() };
            say(format!("{name}: {} ({}), {} {}{pages} of text{more}", d.name, d.id, d.pages, d.kind.page_word()))?;
        }
    }
    complain(failures);
    Ok(())
}
