//! What does a packager put into man(1)? One page for the program, and one per command with `--dir`.

use std::path::{Path, PathBuf};

use clap::Args;

use super::CommandContext;
use crate::error::{ExitCode, Failure};

/// Print the manual page, or write one page per command
#[derive(Debug, Args)]
#[command(after_help = "Example:
  amw-rw man --dir /usr/local/share/man/man1")]
pub(crate) struct ManArgs {
    /// Write a page per command into this directory
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub(crate) fn run(arguments: &ManArgs, context: &CommandContext) -> Result<ExitCode, Failure> {
    match &arguments.dir {
        Some(folder) => write_pages(folder)?,
        None => print_page(context)?,
    }
    Ok(ExitCode::Done)
}

fn print_page(context: &CommandContext) -> Result<(), Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(super::command())
        .render(&mut page)
        .expect("writing to memory does not fail");
    context.print(&String::from_utf8_lossy(&page))
}

fn write_pages(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(super::command(), folder))
        .map_err(|cause| {
            Failure::new(format!("write manual pages to {}", folder.display()))
                .because(cause)
                .next("choose a directory that you may write to")
        })
}
