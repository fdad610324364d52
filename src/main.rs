//! The program: a thin shell around the library.

fn main() -> std::process::ExitCode {
    amw_rw::run()
}
