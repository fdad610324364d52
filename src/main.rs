fn main() -> std::process::ExitCode {
    amw_rw::run()
}
