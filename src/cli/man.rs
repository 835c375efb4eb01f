//! `reconciler man`: the manual, one page with everything that can be typed.

use super::Arguments;
use super::output::Output;
use clap::{Command, CommandFactory};
use clap_mangen::Man;
use std::io;

/// What follows the commands.
const AFTER_THEM: &str = r"
.SH EXIT STATUS
.TP
0
Done, whatever waits. Commands that only read: always, but verify and doctor
.TP
1
Failed; the journal says what was and was not done. Also: verify or doctor found something, or an answer could not be written
.TP
2
Wrong usage or configuration, or a request that was refused whole; nothing was touched
.TP
3
Only with \-\-exit\-code: done, and something waits for a person
.TP
4
Another run holds the lock: nothing was touched. Or paused: observed and recorded, no service touched
.TP
5
An observation was not accepted, or a look\-up was unclear or contradicted the list; nothing resting on it was changed
.TP
6
Rows moved under us, or a rollback left conflicts: a person must look
.SH FILES
.TP
config.toml
The configuration: what \-\-config or RECONCILER_CONFIG names, or the first that is there of \fI./config.toml\fR, \fI$XDG_CONFIG_HOME/reconciler/config.toml\fR (else in \fI~/.config\fR), and \fI/etc/reconciler/config.toml\fR
.TP
data/ledger.db
The ledger, where [ledger] path says, beside the configuration: what was seen, asked, decided and written. With it come \fIledger.db\-wal\fR and \fIledger.db\-shm\fR, which are part of it, \fIledger.db.lock\fR, and \fIledger.db.head\fR
";

/// The manual page, as roff on stdout.
pub fn man() -> anyhow::Result<u8> {
    Output::print(&page()?)?;
    Ok(0)
}

fn page() -> io::Result<String> {
    let command = Arguments::command();
    let man = Man::new(command.clone());
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_options_section(&mut page)?;
    let mut page = String::from_utf8_lossy(&page).into_owned();
    page.push_str(".SH COMMANDS\n");
    for one in command.get_subcommands() {
        put(&mut page, command.get_name(), one)?;
    }
    page.push_str(AFTER_THEM.trim_start());
    Ok(page)
}

/// One command, and those under it.
fn put(page: &mut String, above: &str, command: &Command) -> io::Result<()> {
    let name = format!("{above} {}", command.get_name());
    let man = Man::new(command.clone().bin_name(&name).disable_help_flag(true));
    page.push_str(".SS ");
    page.push_str(&name);
    page.push('\n');
    put_body(page, |roff| man.render_description_section(roff))?;
    page.push_str(".PP\n");
    put_body(page, |roff| man.render_synopsis_section(roff))?;
    put_body(page, |roff| man.render_options_section(roff))?;
    command.get_subcommands().try_for_each(|one| put(page, &name, one))
}

/// A section without its heading, and without the definitions that stand before each.
fn put_body(
    page: &mut String,
    render: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut section = Vec::new();
    render(&mut section)?;
    let is_head = |line: &str| [".ie ", ".el ", ".SH "].iter().any(|head| line.starts_with(head));
    for line in String::from_utf8_lossy(&section).lines().filter(|line| !is_head(line)) {
        page.push_str(line);
        page.push('\n');
    }
    Ok(())
}
