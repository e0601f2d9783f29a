//! Formats the sockets of all hosts for reports, in the style of `netstat`.

use super::wire::Wire;

/// Formats the sockets of all hosts that have any. Returns `None` if there are no sockets.
pub(super) fn format(wire: &Wire) -> Option<String> {
    if !wire.is_in_use() {
        return None;
    }
    let mut text = String::new();
    for (number, name) in wire.names.iter().enumerate() {
        let netstat = turmoil_net::netstat(Wire::address(number));
        if netstat.entries.is_empty() {
            continue;
        }
        text.push_str(&format!("sockets of host `{name}`, {}\n", Wire::address(number)));
        for line in netstat.to_string().lines() {
            text.push_str(&format!("  {line}\n"));
        }
    }
    (!text.is_empty()).then_some(text)
}
