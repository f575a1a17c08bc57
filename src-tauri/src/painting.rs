//! How the webview paints where there is no graphics device.

use std::path::Path;

/// WebKitGTK puts its layers together on the graphics device; without one that is done in software, anew for the whole window in every
/// frame, and takes five times as long as painting what changed. Only its environment tells it not to, and only before it starts.
const PAINT_PLAINLY: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";

/// Starts the program anew with plain painting where that is faster; comes back where nothing is to be done, or it can't be.
pub fn choose() {
    use std::os::unix::process::CommandExt;
    if std::env::var_os(PAINT_PLAINLY).is_some() || has_graphics_device(Path::new("/dev/dri")) {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    let error = std::process::Command::new(program).args(std::env::args_os().skip(1)).env(PAINT_PLAINLY, "1").exec();
    eprintln!("plumbline-desk: painting stays slow, for the program can't be started anew: {error}");
}

/// Whether a device that draws is among those in `folder`.
fn has_graphics_device(folder: &Path) -> bool {
    let Ok(devices) = std::fs::read_dir(folder) else { return false };
    devices.flatten().any(|device| device.file_name().to_string_lossy().starts_with("renderD"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_a_device_that_draws_counts() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!has_graphics_device(&folder.path().join("missing")));
        for (name, draws) in [("card0", false), ("controlD64", false), ("renderD128", true)] {
            std::fs::write(folder.path().join(name), "").unwrap();
            assert_eq!(has_graphics_device(folder.path()), draws, "{name}");
        }
    }
}
