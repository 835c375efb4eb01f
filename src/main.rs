//! The binary: everything is in the library, so that tests see it too.

use std::process::ExitCode;

fn main() -> ExitCode {
    reconciler::cli::main()
}
