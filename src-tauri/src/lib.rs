//! The desktop shell: one window over one project. Commands are thin; what they do stands in the crates below.

mod app;
mod commands;
mod first_start;
mod jobs;
#[cfg(target_os = "linux")]
mod painting;
mod serve;
mod settings;

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
        .invoke_handler(tauri::generate_handler![
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
            commands::profiles,
            commands::try_profiles,
            commands::align,
            commands::transcribe,
            commands::read_text,
            commands::export_media,
            commands::relocate,
            commands::cancel_job,
            settings::settings,
            settings::save_settings,
        ])
        .run(tauri::generate_context!())
        .context("the window could not be opened")
}
