//! The desktop shell: one window over one project. Commands are thin; what they do stands in the crates below.

mod amazon;
mod app;
mod archive;
mod asking;
mod bucket;
mod commands;
mod documents;
mod first_start;
mod jobs;
mod lab;
mod ledger;
mod near;
#[cfg(target_os = "linux")]
mod painting;
mod serve;
mod settings;
mod stages;
mod started;
mod ways;

use anyhow::Context;
use app::App;
use std::path::PathBuf;
use tauri::Manager;

/// Opens the window on the project named on the command line, the one open last, or the sample.
///
/// # Errors
/// Where the window, the media server or the project can't be opened.
pub fn run() -> anyhow::Result<()> {
    #[cfg(target_os = "linux")]
    if std::env::var_os("DISPLAY").is_none() && std::env::var_os("WAYLAND_DISPLAY").is_none() {
        anyhow::bail!("there is no display. Start it from a desktop, or use the command line: plumbline help");
    }
    #[cfg(target_os = "linux")]
    painting::choose();
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    tauri::Builder::default()
        .plugin(tauri_plugin_dialog::init())
        .setup(move |shell| {
            let started = shell
                .path()
                .app_data_dir()
                .context("the home folder is not known")
                .and_then(|folder| App::start(shell.handle().clone(), &folder, &arguments));
            match started {
                Ok(app) => shell.manage(app),
                // Nothing can be shown in a window that has nothing to open; an error handed on from here would be a panic.
                Err(error) => {
                    eprintln!("plumbline-desk: {error:#}");
                    std::process::exit(1);
                }
            };
            Ok(())
        })
        .manage(lab::Drafts::default())
        .manage(archive::Archives::default())
        .invoke_handler(tauri::generate_handler![
            lab::lab,
            lab::prompt_version,
            lab::prompt_diff,
            lab::keep_prompt,
            lab::import_prompt,
            lab::export_prompt,
            lab::shots,
            lab::render_prompt,
            lab::try_prompt,
            lab::candidates,
            lab::keep_set,
            lab::estimate_run,
            lab::start_run,
            lab::grid,
            lab::lab_clip,
            lab::raw_calls,
            lab::blind_pair,
            lab::vote,
            lab::compare,
            lab::promote,
            commands::start,
            commands::open_project,
            commands::new_project,
            commands::library,
            commands::media,
            commands::words,
            commands::heard_as,
            commands::alignment,
            commands::flags,
            commands::queue,
            commands::annotations,
            documents::documents,
            documents::document_pages,
            documents::attach_documents,
            commands::apply,
            commands::undo,
            commands::redo,
            commands::apply_project,
            commands::tuning,
            commands::tuning_gate,
            commands::tuning_effect,
            commands::tuning_propose,
            commands::vocabulary,
            commands::examples,
            commands::export_vocabulary,
            commands::export_examples,
            commands::frame_times,
            commands::search,
            commands::find,
            commands::read_found,
            commands::replace,
            commands::restore,
            commands::restore_preview,
            commands::history,
            commands::analytics,
            commands::moments,
            commands::merge_copy,
            commands::copy_project,
            commands::conflicts,
            commands::adjudicate,
            commands::import_files,
            commands::import_folder,
            commands::profiles,
            commands::try_profiles,
            commands::align,
            commands::transcribe,
            commands::read_text,
            commands::export_media,
            commands::relocate,
            commands::cancel_job,
            amazon::check_amazon,
            amazon::check_account,
            amazon::model_names,
            asking::task,
            asking::estimate_ask,
            asking::ask,
            asking::estimate_speech,
            asking::ask_speech,
            bucket::look_in_bucket,
            bucket::add_from_bucket,
            archive::start_archive,
            archive::archive_runs,
            archive::stop_archive,
            archive::forget_archive,
            archive::bring_archive,
            near::near,
            near::find_near,
            near::estimate_embed,
            near::embed,
            stages::jobs,
            stages::media_graph,
            stages::ledger,
            stages::resume,
            settings::settings,
            settings::save_settings,
        ])
        .run(tauri::generate_context!())
        .context("the window could not be opened")
}
