//! Why a configuration cannot be used, in the words of the person who has to repair it.

use std::fmt;
use std::path::{Path, PathBuf};

/// Everything that is wrong with a configuration, in the order of the file's lines.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// The file; `None` where none was found.
    pub file: Option<PathBuf>,
    /// What is wrong; at least one.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong. Never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line, counted from 1; `None` where the problem is that nothing is there.
    pub line: Option<usize>,
    /// The dotted path of the key; empty where the whole file is meant.
    pub key: String,
    /// What was seen, and what is allowed.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl ConfigError {
    pub(super) fn new(file: &Path, mut problems: Vec<Problem>) -> Self {
        // What is missing has no line and is told last; a stable sort keeps the order of reading.
        problems.sort_by_key(|problem| problem.line.unwrap_or(usize::MAX));
        Self { file: Some(file.to_owned()), problems }
    }

    pub(super) fn one(file: &Path, problem: Problem) -> Self {
        Self { file: Some(file.to_owned()), problems: vec![problem] }
    }

    /// A problem with the file as a whole.
    pub(super) fn whole(file: Option<&Path>, message: String, hint: Option<String>) -> Self {
        let problem = Problem { line: None, key: String::new(), message, hint };
        Self { file: file.map(Path::to_owned), problems: vec![problem] }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, problem) in self.problems.iter().enumerate() {
            if position > 0 {
                writeln!(f)?;
            }
            match (&self.file, problem.line) {
                (Some(file), Some(line)) => write!(f, "{}:{line}: ", file.display())?,
                (Some(file), None) => write!(f, "{}: ", file.display())?,
                (None, _) => {}
            }
            write!(f, "{}", problem.message)?;
            for line in problem.hint.iter().flat_map(|hint| hint.lines()) {
                write!(f, "\n  {line}")?;
            }
        }
        Ok(())
    }
}
