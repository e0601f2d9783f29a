use super::wire::Wire;

/// The sockets of all hosts that have any; none, if there are none.
pub(super) fn shown(wire: &Wire) -> Option<String> {
    if !wire.is_in_use() {
        return None;
    }
    let mut shown = String::new();
    for (number, name) in wire.names.iter().enumerate() {
        let netstat = turmoil_net::netstat(Wire::address(number));
        if netstat.entries.is_empty() {
            continue;
        }
        shown.push_str(&format!("sockets of host `{name}`, {}\n", Wire::address(number)));
        for line in netstat.to_string().lines() {
            shown.push_str(&format!("  {line}\n"));
        }
    }
    (!shown.is_empty()).then_some(shown)
}
