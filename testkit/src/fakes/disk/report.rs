//! State of a disk in the report of a failure.

use super::drive::Drive;
use crate::internal::counted;

/// Maximum number of files shown in a report.
const MAX_SHOWN_FILES: usize = 12;

/// Formats the files of a disk, and the changes that are not synced. Returns `None` for a disk that did not crash and is
/// synced.
pub(super) fn format(drive: &Drive) -> Option<String> {
    let storage = &drive.storage;
    let is_synced = storage.contents.values().all(|content| content.is_synced());
    if drive.crashes == 0 && is_synced && storage.names.unsynced().is_empty() {
        return None;
    }
    let crashes = match drive.crashes {
        0 => String::new(),
        crashes => format!(" after {}", if crashes == 1 { "1 crash".to_owned() } else { format!("{crashes} crashes") }),
    };
    let mut text = format!("disk of `{}`{crashes}:", drive.host);
    for (path, file) in storage.names.files().take(MAX_SHOWN_FILES) {
        let content = &storage.contents[&file];
        text.push_str(&format!("\n  `{path}`, {}", counted(content.bytes.len(), "byte")));
        match content.unsynced_bytes() {
            _ if content.is_synced() => {}
            Some(bytes) => text.push_str(&format!(", the last {bytes} not synced")),
            None => text.push_str(", not synced"),
        }
    }
    match storage.names.count() {
        0 => text.push_str("\n  no files"),
        count if count > MAX_SHOWN_FILES => text.push_str(&format!("\n  and {} more", count - MAX_SHOWN_FILES)),
        _ => {}
    }
    for change in storage.names.unsynced().iter().take(MAX_SHOWN_FILES) {
        text.push_str(&format!("\n  not synced: {change}"));
    }
    Some(text)
}
