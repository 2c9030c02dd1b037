//! The last question before messages leave this computer.

use std::io::{BufRead, Write};

use crate::cli::context::Context;
use crate::cli::failure::Failure;

/// Makes sure that a person knows how many messages the plan holds.
///
/// * `given`: `--confirm`.
/// * `planned`: rows of the plan, whatever was sent already.
/// * `leaves`: whether the relay takes messages off this computer.
///
/// # Errors
/// Exit code 4: a wrong number, no number where nobody can be asked, or a no.
pub fn confirm(
    context: &Context,
    campaign: &str,
    given: Option<u64>,
    planned: u64,
    leaves: bool,
) -> Result<(), Failure> {
    match given {
        Some(number) if number == planned => Ok(()),
        Some(number) => Err(Failure::stopped(format!(
            "--confirm {number}: the plan holds {planned} messages; nothing was sent\n  help: look at it with `convoke \
             status {campaign}`, then give --confirm {planned}"
        ))),
        None if !leaves => Ok(()),
        None if context.can_ask() => ask(campaign, planned),
        None => Err(Failure::stopped(format!(
            "messages would leave this computer and nobody can be asked here; nothing was sent\n  help: give \
             --confirm {planned} (the plan holds {planned} messages)"
        ))),
    }
}

fn ask(campaign: &str, planned: u64) -> Result<(), Failure> {
    let mut talk = std::io::stderr().lock();
    let question =
        format!("{campaign}: the plan holds {planned} messages to real people. Type {planned} to send them: ");
    let asked = talk.write_all(question.as_bytes()).and_then(|()| talk.flush());
    let mut answer = String::new();
    let heard = asked.and_then(|()| std::io::stdin().lock().read_line(&mut answer));
    match heard {
        Ok(_) if answer.trim() == planned.to_string() => Ok(()),
        _ => Err(Failure::stopped("not confirmed; nothing was sent")),
    }
}
