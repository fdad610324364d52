//! Tells the program for which platform it is built. The commit comes from the variable `SOURCE_COMMIT`, where it is set.

fn main() {
    #[expect(
        clippy::disallowed_methods,
        reason = "Cargo tells a build script everything by variables"
    )]
    let target = std::env::var("TARGET").unwrap_or_default();
    println!("cargo:rustc-env=BUILD_TARGET={target}");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=SOURCE_COMMIT");
}
