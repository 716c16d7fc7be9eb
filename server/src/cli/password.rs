//! Reading a password: from standard input for scripts, or twice from the terminal without showing it.

use crate::error::CliError;
use std::io::{self, BufRead, IsTerminal};

/// Where a password comes from.
#[derive(clap::Args)]
pub(super) struct PasswordArgs {
    /// Read the password from the first line of standard input
    #[arg(long)]
    password_stdin: bool,
}

/// Read a new password.
pub(super) fn read(arguments: &PasswordArgs) -> Result<String, CliError> {
    if arguments.password_stdin {
        return first_line();
    }
    if !io::stdin().is_terminal() {
        return Err(CliError::Password("there is no terminal to ask on; use --password-stdin".into()));
    }
    let ask = |prompt| rpassword::prompt_password(prompt).map_err(|error| CliError::Password(error.to_string()));
    let password = ask("Password: ")?;
    if ask("Once more: ")? != password {
        return Err(CliError::Password("the two differ".into()));
    }
    Ok(password)
}

/// Read a secret from the first line of standard input.
pub(super) fn first_line() -> Result<String, CliError> {
    from_input(io::stdin().lock())
}

fn from_input(mut input: impl BufRead) -> Result<String, CliError> {
    let mut line = String::new();
    input.read_line(&mut line).map_err(|error| CliError::Password(error.to_string()))?;
    let password = line.trim_end_matches(['\n', '\r']);
    if password.is_empty() {
        return Err(CliError::Password("standard input is empty".into()));
    }
    Ok(password.to_owned())
}

#[cfg(test)]
mod tests {
    use super::from_input;

    #[test]
    fn only_the_line_end_is_taken_off() {
        assert_eq!(from_input(" a b \r\nmore".as_bytes()).expect("a password"), " a b ");
        assert!(from_input("\n".as_bytes()).is_err());
    }
}
