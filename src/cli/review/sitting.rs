//! What a person has said so far, question by question: nothing of it is recorded yet, and each
//! step can be taken back.

/// What a person says to one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// Do it.
    Yes,
    /// Leave it alone, and why.
    No(Option<Box<str>>),
    /// Ask again later.
    Later,
    /// Nothing: it stays as it is.
    Skip,
}

/// Answers to the first so many questions, in the steps in which they were given.
#[derive(Debug, Default)]
pub struct Sitting {
    choices: Vec<Choice>,
    steps: Vec<usize>,
}

impl Sitting {
    /// The place of the next question.
    pub fn next(&self) -> usize {
        self.choices.len()
    }

    /// One answer to the next `how_many` questions, in one step.
    pub fn answer(&mut self, choice: &Choice, how_many: usize) {
        self.choices.extend(std::iter::repeat_n(choice, how_many).cloned());
        self.steps.push(how_many);
    }

    /// Takes the last step back; false where there is none.
    pub fn undo(&mut self) -> bool {
        let Some(step) = self.steps.pop() else { return false };
        self.choices.truncate(self.choices.len().saturating_sub(step));
        true
    }

    /// What was said to something, with the place of its question.
    pub fn said(&self) -> impl Iterator<Item = (usize, &Choice)> {
        self.choices.iter().enumerate().filter(|(_, choice)| **choice != Choice::Skip)
    }
}

#[cfg(test)]
mod tests {
    use super::{Choice, Sitting};

    /// A yes to a whole story is one step, and goes with one undo.
    #[test]
    fn each_step_is_taken_back_as_it_was_given() {
        let mut sitting = Sitting::default();
        sitting.answer(&Choice::Skip, 1);
        sitting.answer(&Choice::Yes, 12);
        sitting.answer(&Choice::No(None), 1);
        assert_eq!(sitting.next(), 14);
        assert_eq!(sitting.said().count(), 13);
        assert!(sitting.undo());
        assert_eq!(sitting.next(), 13);
        assert!(sitting.undo());
        assert_eq!((sitting.next(), sitting.said().count()), (1, 0));
        assert!(sitting.undo());
        assert!(!sitting.undo());
        assert_eq!(sitting.next(), 0);
    }
}
