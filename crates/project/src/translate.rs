//! From the positions of one file's log to those of another's.
//!
//! Events name each other by position, proposals by the position of the event that brought them, thresholds by a version that counts up
//! within a file. The events of another copy are rewritten to say the same here.

use rusqlite::Connection;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

type Object = Map<String, Value>;

/// How positions and versions of another file are called here.
#[derive(Default)]
pub(crate) struct Translation {
    /// Position there to position here.
    seqs: BTreeMap<i64, i64>,
    /// Version of the thresholds there, as of the event that is being translated, to the version here.
    versions: BTreeMap<u64, u64>,
    /// Versions that are taken here.
    taken: BTreeSet<u64>,
    /// Blobs that what was translated may name.
    pub blobs: BTreeSet<String>,
}

impl Translation {
    /// Into the file behind `ours`.
    pub fn into(ours: &Connection) -> rusqlite::Result<Self> {
        let mut found = Self::default();
        let mut bodies = ours.prepare("SELECT body FROM event WHERE kind = 'thresholds'")?;
        let mut rows = bodies.query([])?;
        while let Some(row) = rows.next()? {
            found.taken.extend(versions_made(&crate::cells::from_json::<Vec<Value>>(row, 0)?));
        }
        Ok(found)
    }

    /// An event that both have.
    pub fn known(&mut self, seqs: (i64, i64), theirs: &[Value], ours: &[Value]) {
        self.seqs.insert(seqs.0, seqs.1);
        self.versions.extend(versions_made(theirs).zip(versions_made(ours)));
    }

    /// An event that came in.
    pub fn came(&mut self, there: i64, here: i64) {
        self.seqs.insert(there, here);
    }

    /// The position here of an event there.
    pub fn seq(&self, there: i64) -> Option<i64> {
        self.seqs.get(&there).copied()
    }

    /// What an event of the other file changes, as it is said here; `unmeasured` where it measured other words than stand here.
    pub fn changes(&mut self, kind: &str, changes: &mut [Value], unmeasured: bool) {
        if kind == "thresholds" {
            for version in versions_made(changes).collect::<Vec<_>>() {
                let free = (version..).find(|v| !self.taken.contains(v)).unwrap_or(version);
                self.taken.insert(free);
                self.versions.insert(version, free);
            }
        }
        for change in changes {
            self.name_blobs(change);
            let Some(change) = change.as_object_mut() else { continue };
            let cell = change.get("cell").and_then(Value::as_str).unwrap_or_default().to_owned();
            self.cell(&cell, change);
            for name in ["before", "after"] {
                match change.get_mut(name) {
                    Some(Value::Object(register)) if cell == "conflict" => self.register(register),
                    Some(value) => {
                        self.value(&cell, value);
                        if let (true, "analysis", Some(analysis)) = (unmeasured, cell.as_str(), value.as_object_mut()) {
                            analysis.insert("truth".into(), 0.into());
                        }
                    }
                    None => {}
                }
            }
            if let Some(Value::Object(at)) = change.get_mut("at") {
                self.name(at);
            }
        }
    }

    fn register(&self, register: &mut Object) {
        let Some(Value::Object(name)) = register.get_mut("cell") else { return };
        self.name(name);
        let cell = name.get("cell").and_then(Value::as_str).unwrap_or_default().to_owned();
        if let Some(base) = register.get_mut("base") {
            self.value(&cell, base);
        }
        for head in register.get_mut("heads").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(value) = head.get_mut("value") {
                self.value(&cell, value);
            }
        }
    }

    fn name(&self, name: &mut Object) {
        let cell = name.get("cell").and_then(Value::as_str).unwrap_or_default().to_owned();
        self.cell(&cell, name);
    }

    /// The name of a cell.
    fn cell(&self, cell: &str, name: &mut Object) {
        match cell {
            "proposal_state" => self.position(name, "proposal"),
            "thresholds" => self.version(name, "version"),
            _ => {}
        }
    }

    /// The value of a cell.
    fn value(&self, cell: &str, value: &mut Value) {
        match (cell, value) {
            ("analysis", Value::Object(analysis)) => self.position(analysis, "truth"),
            ("clip_set", Value::Object(set)) => self.position(set, "position"),
            ("run", Value::Object(run)) => self.version(run, "thresholds"),
            ("verdict", Value::Object(verdict)) => self.version(verdict, "thresholds"),
            ("thresholds", Value::Object(row)) => self.version(row, "version"),
            ("active_thresholds", version) => {
                if let Some(ours) = version.as_u64().and_then(|v| self.versions.get(&v)) {
                    *version = (*ours).into();
                }
            }
            _ => {}
        }
    }

    /// A position that is not known here is one before everything.
    fn position(&self, of: &mut Object, field: &str) {
        if let Some(there) = of.get(field).and_then(Value::as_i64) {
            of.insert(field.to_owned(), self.seq(there).unwrap_or(0).into());
        }
    }

    fn version(&self, of: &mut Object, field: &str) {
        if let Some(ours) = of.get(field).and_then(Value::as_u64).and_then(|v| self.versions.get(&v)) {
            of.insert(field.to_owned(), (*ours).into());
        }
    }

    /// Remembers everything that looks like the hash of a blob.
    fn name_blobs(&mut self, value: &Value) {
        match value {
            Value::String(text) if text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) => {
                self.blobs.insert(text.clone());
            }
            Value::Array(all) => all.iter().for_each(|v| self.name_blobs(v)),
            Value::Object(all) => all.values().for_each(|v| self.name_blobs(v)),
            _ => {}
        }
    }
}

/// The versions of thresholds that changes make.
fn versions_made(changes: &[Value]) -> impl Iterator<Item = u64> {
    let made = changes.iter().filter(|c| c["cell"] == "thresholds" && !c["after"].is_null());
    made.filter_map(|c| c["version"].as_u64())
}
