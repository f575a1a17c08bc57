//! The desktop program.

fn main() -> std::process::ExitCode {
    match plumbline_desk::run() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("plumbline-desk: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
