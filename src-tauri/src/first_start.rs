//! Which project to open when none is named: the last one, or the sample on the first start.

use crate::app::World;
use anyhow::Context;
use plumbline_flows::{self as flows, Desk};
use plumbline_pipeline::Job;
use plumbline_project::{By, Error as ProjectError, Project};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Holds the path of the project open last.
const LAST: &str = "last-project";
const SAMPLE: [(&str, &[u8]); 3] = [
    ("bridge.mp4", include_bytes!("../../assets/sample/bridge.mp4")),
    ("bridge.transcribe.json", include_bytes!("../../assets/sample/bridge.transcribe.json")),
    ("bridge.annotations.json", include_bytes!("../../assets/sample/bridge.annotations.json")),
];

/// Keeps the path for the next start.
pub fn remember(folder: &Path, project: &Path) -> flows::Result<()> {
    let path = project.canonicalize().unwrap_or_else(|_| project.to_owned());
    flows::export::write_whole(&folder.join(LAST), path.to_string_lossy().as_bytes())
}

/// The last project if it still opens, else the sample, which is unpacked into `folder` on the first start; and a sentence for the window where
/// something else was to be opened.
pub fn last_or_sample(folder: &Path, world: &World, failed: Option<ProjectError>) -> anyhow::Result<(Project, Option<String>)> {
    let mut failures: Vec<String> = failed.iter().map(ToString::to_string).collect();
    if let Ok(last) = std::fs::read_to_string(folder.join(LAST)) {
        match Project::open(Path::new(last.trim())) {
            Ok(project) => return Ok((project, failures.pop().map(|f| format!("{f}. The project open last is shown instead")))),
            Err(error) => failures.push(error.to_string()),
        }
    }
    let notice = failures.into_iter().next().map(|f| format!("{f}. The sample project is shown instead"));
    Ok((open_sample(&folder.join("sample"), world)?, notice))
}

/// Opens the sample project; what an earlier start began to unpack and did not finish is unpacked again.
fn open_sample(folder: &Path, world: &World) -> anyhow::Result<Project> {
    let path = folder.join("Sample.plumbline");
    let project = if path.exists() {
        Project::open(&path)?
    } else {
        std::fs::create_dir_all(folder).with_context(|| format!("{} can't be made", folder.display()))?;
        Project::create(&path)?
    };
    // The first event is the project's own; a person's or an import's would follow it.
    if project.view().seq > 1 { Ok(project) } else { unpack(folder, project, world) }
}

fn unpack(folder: &Path, project: Project, world: &World) -> anyhow::Result<Project> {
    let mut files: Vec<PathBuf> = Vec::new();
    for (name, bytes) in SAMPLE {
        flows::export::write_whole(&folder.join(name), bytes)?;
        files.push(folder.join(name));
    }
    let project = Mutex::new(project);
    // The sample is there from the start: undo must not take it away.
    let desk = Desk { project: &project, ports: world.ports(), by: By::Machine };
    flows::import(&desk, &files, &Job::quiet())?;
    Ok(project.into_inner().unwrap_or_else(PoisonError::into_inner))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::settings::SettingsFile;
    use plumbline_adapters::{DiskArtifacts, Ffmpeg, ScorePrograms, Sphinx, Viewer};

    #[test]
    fn a_start_that_was_killed_while_unpacking_is_made_good_by_the_next() {
        let home = tempfile::tempdir().unwrap();
        let world = World {
            media: Ffmpeg,
            viewer: Viewer::default(),
            artifacts: DiskArtifacts::new(home.path().join("cache")),
            acoustics: Sphinx::default(),
            scorers: ScorePrograms::default(),
            settings: SettingsFile::open(home.path()),
        };
        let folder = home.path().join("sample");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("bridge.mp4"), "half a fi").unwrap();
        drop(Project::create(&folder.join("Sample.plumbline")).unwrap());
        for start in ["second", "third"] {
            let (project, notice) = last_or_sample(home.path(), &world, None).unwrap();
            let library = project.library().unwrap();
            assert_eq!((library.media.len(), library.media[0].words, notice), (1, 584, None), "the {start} start");
        }
    }
}
