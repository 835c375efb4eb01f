//! `reconciler completions SHELL`: for whoever packages this program.

use super::Arguments;
use super::output::Output;
use clap::CommandFactory;
use clap_complete::Shell;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// For which shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

/// A completion script, on stdout.
pub fn completions(args: &Args) -> anyhow::Result<u8> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Arguments::command(), "reconciler", &mut script);
    Output::print(&String::from_utf8_lossy(&script))?;
    Ok(0)
}
