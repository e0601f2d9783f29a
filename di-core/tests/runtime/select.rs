//! `select!` accepts the same syntax as tokio's, and starts with the branch that a test executor chooses.

use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::mpsc;

enum Message {
    Text(u8),
    End,
}

#[tokio::test]
async fn select_accepts_all_forms_of_tokios_select() {
    let (sender, mut receiver) = mpsc::channel::<u8>(1);
    drop(sender);
    let found = di_core::select! { Some(item) = receiver.recv() => item, else => 99 };
    assert_eq!(found, 99);

    let is_on = false;
    let found = di_core::select! {
        _ = async { 1 }, if is_on => 1,
        Message::Text(text) = async { Message::Text(7) }, if !is_on => { text }
        Message::End = async { Message::End }, if false => 3,
        else => { 9 }
    };
    assert_eq!(found, 7);

    assert_eq!(di_core::select! { biased; _ = async {} => 1, _ = async {} => 2 }, 1);
    assert_eq!(di_core::select! { else => 5 }, 5);
    assert_eq!(di_core::select! { _ = async {}, if false => 1, else => 4, }, 4);

    let mut rounds = 0;
    loop {
        di_core::select! {
            () = std::future::ready(()) => {
                rounds += 1;
                if rounds > 2 { break }
                continue
            }
        }
    }
    assert_eq!(rounds, 3);
}

#[tokio::test]
async fn select_starts_with_the_chosen_branch() {
    static START: AtomicU32 = AtomicU32::new(0);
    di_core::task::set_select_start(|branches| Some(START.load(Ordering::Relaxed) % branches));
    for start in 0..3 {
        START.store(start, Ordering::Relaxed);
        assert_eq!(di_core::select! { _ = async {} => 0, _ = async {} => 1, _ = async {} => 2 }, start);
    }
}
