//! Formats the sockets of all hosts for reports, in the style of `netstat`.

use std::fmt::Write;

use super::kernel::Kernel;

/// Formats the sockets of all hosts that have any. Returns `None` if there are no sockets.
pub(super) fn format(kernel: &Kernel) -> Option<String> {
    let mut text = String::new();
    for (number, host) in kernel.hosts.iter().enumerate() {
        let mut rows = kernel.socket_rows(number).peekable();
        if rows.peek().is_none() {
            continue;
        }
        _ = writeln!(text, "sockets of host `{}`, {}", host.name, Kernel::address(number));
        _ = writeln!(text, "  Proto  Recv-Q  Send-Q  {:21}  {:21}  State", "Local Address", "Foreign Address");
        for row in rows {
            let foreign = row.remote.map_or_else(|| "*:*".to_owned(), |remote| remote.to_string());
            let local = row.local.map_or_else(|| "*:*".to_owned(), |local| local.to_string());
            let line = format!(
                "{:5}  {:6}  {:6}  {local:21}  {foreign:21}  {}",
                row.protocol, row.received, row.sent, row.state
            );
            _ = writeln!(text, "  {}", line.trim_end());
        }
    }
    (!text.is_empty()).then_some(text)
}
