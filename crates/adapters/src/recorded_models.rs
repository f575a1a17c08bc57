//! Models whose answers were recorded: one file for each request, in a folder that can be looked at and kept.

use plumbline_pipeline::calls::{embed_key, request_key};
use plumbline_pipeline::models::{Answer, Embed, Embedded, Request};
use plumbline_pipeline::{Cancelled, Job, ModelError, Models};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Says what was recorded. What was not is asked of other models and recorded, where there are others.
pub struct RecordedModels {
    folder: PathBuf,
    name: String,
    others: Option<Box<dyn Models>>,
}

impl RecordedModels {
    /// Says what lies in the folder, and nothing else.
    pub fn replay(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), name: "Recorded answers".into(), others: None }
    }

    /// Asks `others` for what does not lie in the folder yet, and puts it there.
    pub fn record(folder: &Path, others: Box<dyn Models>) -> Self {
        Self { folder: folder.to_owned(), name: others.name().to_owned(), others: Some(others) }
    }

    fn said<T: Serialize + DeserializeOwned>(
        &self,
        model: &str,
        key: &str,
        job: &Job,
        ask: impl FnOnce(&dyn Models) -> Result<T, ModelError>,
    ) -> Result<T, ModelError> {
        job.aside().step("", 0, None).map_err(|cancelled: Cancelled| ModelError::from(cancelled))?;
        let path = self.folder.join(format!("{key}.json"));
        let failed = |what: String, remedy: &str| ModelError::Failed { model: model.into(), what, remedy: remedy.into(), all: false };
        let shown = path.display();
        match std::fs::read(&path) {
            Ok(bytes) => {
                return serde_json::from_slice(&bytes)
                    .map_err(|error| failed(format!("{shown} is no recorded answer: {error}"), "Remove it, and record it again"));
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(failed(format!("{shown} can't be read: {error}"), "Check the permissions of its folder")),
        }
        let Some(others) = &self.others else {
            return Err(failed(format!("no answer was recorded in {shown}"), "Record this request first"));
        };
        let said = ask(others.as_ref())?;
        self.keep(&path, &said).map_err(|error| {
            failed(format!("{shown} can't be written: {error}"), "Check the free space and the permissions of its folder")
        })?;
        Ok(said)
    }

    /// Whole or not at all.
    fn keep(&self, path: &Path, said: &impl Serialize) -> std::io::Result<()> {
        std::fs::create_dir_all(&self.folder)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(&serde_json::to_vec_pretty(said)?)?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    }
}

impl Models for RecordedModels {
    fn name(&self) -> &str {
        &self.name
    }

    fn ask(&self, request: &Request, job: &Job) -> Result<Answer, ModelError> {
        self.said(&request.model, &request_key(request, ""), job, |others| others.ask(request, job))
    }

    fn embed(&self, asked: &Embed, job: &Job) -> Result<Embedded, ModelError> {
        self.said(&asked.model, &format!("meaning-{}", embed_key(asked)), job, |others| others.embed(asked, job))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use plumbline_pipeline::models::{Form, Meaning, Part, PictureFormat, Purpose, Role, Stop, Turn, Usage};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// Says how often it was asked.
    #[derive(Default)]
    struct Counting(Arc<AtomicU32>);

    impl Models for Counting {
        fn name(&self) -> &str {
            "Counting"
        }

        fn ask(&self, request: &Request, _: &Job) -> Result<Answer, ModelError> {
            let n = self.0.fetch_add(1, Ordering::Relaxed);
            if request.max_tokens == 0 {
                return Err(ModelError::Broken { model: "m".into(), what: "it broke".into(), charged: true });
            }
            let usage = Usage { input: 3, output: 4, cache_read: 1, cache_write: 2 };
            Ok(Answer { text: n.to_string(), stop: Stop::End, usage, latency_ms: 5 })
        }

        fn embed(&self, asked: &Embed, _: &Job) -> Result<Embedded, ModelError> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Ok(Embedded { vector: vec![0.1; asked.dimensions as usize], usage: Usage::default() })
        }
    }

    fn request(text: &str, max_tokens: u32) -> Request {
        Request {
            model: "m".into(),
            system: vec![],
            turns: vec![Turn { role: Role::User, parts: vec![Part::Text(text.into())] }],
            form: Form::Text,
            max_tokens,
            temperature: None,
            top_p: None,
            stream: false,
            extra: None,
        }
    }

    #[test]
    fn what_was_recorded_is_said_again_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let (count, job) = (Arc::<AtomicU32>::default(), Job::quiet());
        let recording = RecordedModels::record(&folder.path().join("new"), Box::new(Counting(Arc::clone(&count))));
        let replaying = RecordedModels::replay(&folder.path().join("new"));
        let (one, two) = (request("one", 9), request("two", 9));
        assert!(replaying.ask(&one, &job).unwrap_err().to_string().contains("no answer was recorded"));
        let said = recording.ask(&one, &job).unwrap();
        assert_eq!((said.clone(), said), (recording.ask(&one, &job).unwrap(), replaying.ask(&one, &job).unwrap()));
        assert_ne!(recording.ask(&one, &job).unwrap().text, recording.ask(&two, &job).unwrap().text);
        assert_eq!(count.load(Ordering::Relaxed), 2);

        let meanings = [Meaning::Text("a".into()), Meaning::Text("b".into()), Meaning::Picture(PictureFormat::Png, b"a"[..].into())];
        for meaning in meanings.iter().chain(&meanings) {
            let asked = Embed { model: "m".into(), what: meaning.clone(), dimensions: 4, purpose: Purpose::Found };
            assert_eq!(recording.embed(&asked, &job).unwrap(), replaying.embed(&asked, &job).unwrap());
        }
        assert_eq!(count.load(Ordering::Relaxed), 5);

        // What broke is not recorded.
        assert!(recording.ask(&request("one", 0), &job).unwrap_err().may_pass());
        assert!(!replaying.ask(&request("one", 0), &job).unwrap_err().may_pass());
        job.cancel();
        assert!(matches!(replaying.ask(&one, &job), Err(ModelError::Cancelled(_))));
    }

    #[test]
    fn a_file_that_is_no_answer_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let one = request("one", 9);
        std::fs::write(folder.path().join(format!("{}.json", request_key(&one, ""))), "{}").unwrap();
        let error = RecordedModels::replay(folder.path()).ask(&one, &Job::quiet()).unwrap_err().to_string();
        assert!(error.contains("is no recorded answer") && error.contains("record it again"), "{error}");
    }
}
