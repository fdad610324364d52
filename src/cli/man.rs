//! What does a packager put into man(1)? One page for the program, and one per command with `--dir`.

use std::path::PathBuf;

use clap::Args;

use super::CommandContext;
use crate::error::{ExitCode, Failure};
use crate::workflow::manual_pages;

/// Print the manual page, or write one page per command
#[derive(Debug, Args)]
#[command(after_help = "Example:
  amw-rw man --dir /usr/local/share/man/man1")]
pub(crate) struct ManArgs {
    /// Write a page per command into this directory
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub(crate) fn run(
    arguments: &ManArgs,
    command: clap::Command,
    context: &CommandContext,
) -> Result<ExitCode, Failure> {
    match &arguments.dir {
        Some(folder) => {
            manual_pages::write(folder, |aside| clap_mangen::generate_to(command, aside))?;
        }
        None => print_page(command, context)?,
    }
    Ok(ExitCode::Done)
}

fn print_page(command: clap::Command, context: &CommandContext) -> Result<(), Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command)
        .render(&mut page)
        .expect("writing to memory does not fail");
    context.print(&String::from_utf8_lossy(&page))
}
