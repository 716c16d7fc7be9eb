//! Settings of Dovecot with which a reload is dangerous.

/// Measured: 1,000 blocks are too many for 256 MB at a reload, 500 are not.
const KIB_PER_BLOCK: u64 = 300;

/// Say what is dangerous. `limits` are those of the configuration process and of processes that have none of their own.
pub(super) fn warnings(shutdown_clients: Option<&str>, limits: [Option<&str>; 2], blocks: u32) -> Vec<String> {
    let mut warnings = Vec::new();
    if shutdown_clients == Some("yes") {
        warnings.push(
            "Dovecot ends all sessions some seconds after each reload: set shutdown_clients = no in its configuration."
                .to_owned(),
        );
    }
    let limit = limits.into_iter().flatten().find_map(kib);
    let needed = u64::from(blocks) * KIB_PER_BLOCK;
    if let Some(limit) = limit.filter(|limit| needed > *limit) {
        warnings.push(format!(
            "Dovecot's configuration process may use {} MB and needs about {} MB for {blocks} certificates: set service config \
             {{ vsz_limit = {}M }}.",
            limit / 1024,
            needed / 1024,
            (2 * needed / 1024).next_multiple_of(256)
        ));
    }
    warnings
}

/// Read a size as Dovecot writes it, such as `256 M`, in KiB; `None` where there is no limit.
fn kib(text: &str) -> Option<u64> {
    let digits = text.trim().find(|c: char| !c.is_ascii_digit()).unwrap_or(text.trim().len());
    let (number, unit) = text.trim().split_at(digits);
    let number: u64 = number.parse().ok().filter(|number| *number > 0 && *number < u64::MAX)?;
    let bytes = match unit.trim().bytes().next().map(|byte| byte.to_ascii_uppercase()) {
        None | Some(b'B') => 1,
        Some(b'K') => 1 << 10,
        Some(b'M') => 1 << 20,
        Some(b'G') => 1 << 30,
        Some(b'T') => 1_u64 << 40,
        Some(_) => return None,
    };
    Some(number.saturating_mul(bytes) >> 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_that_a_reload_ends_are_warned_of() {
        assert_eq!(warnings(Some("no"), [None, None], 1), Vec::<String>::new());
        assert!(warnings(Some("yes"), [None, None], 1)[0].contains("shutdown_clients = no"));
    }

    #[test]
    fn more_blocks_than_the_memory_limit_bears_are_warned_of() {
        let unlimited = "18446744073709551615 B";
        assert_eq!(warnings(None, [Some(unlimited), Some("256 M")], 500), Vec::<String>::new());
        let told = &warnings(None, [Some(unlimited), Some("256 M")], 1_000)[0];
        assert!(told.contains("may use 256 MB and needs about 292 MB for 1000 certificates"), "{told}");
        assert!(told.contains("vsz_limit = 768M"), "{told}");
        assert_eq!(warnings(None, [Some("2 G"), Some("256 M")], 5_000), Vec::<String>::new());
        assert_eq!(warnings(None, [Some("unlimited"), Some("0")], 50_000), Vec::<String>::new());
    }
}
