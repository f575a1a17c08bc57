//! Prepares the desktop package: Tauri's configuration and the built UI.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for input in ["tauri.conf.json", "src-tauri/capabilities", "src-tauri/icons", "ui/dist"] {
        println!("cargo:rerun-if-changed={input}");
    }
    if !std::path::Path::new("ui/dist/index.html").exists() {
        return Err("the UI is not built: run ./dev/run, or `npm --prefix ui ci && npm --prefix ui run build`".into());
    }
    tauri_build::try_build(tauri_build::Attributes::new().capabilities_path_pattern("./src-tauri/capabilities/**/*"))?;
    Ok(())
}
