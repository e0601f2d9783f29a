//! Panics on threads outside the simulation are printed as usual.

use std::panic::catch_unwind;

use super::few;
use crate::support::{passes, printed, run_alone};

#[test]
#[ignore = "run by `panics_of_other_threads_are_still_printed`"]
fn prints_panics_of_another_thread() {
    passes(few(), |_| async {
        let outsider = std::thread::spawn(|| panic!("of another thread"));
        assert!(outsider.join().is_err());
        _ = catch_unwind(|| panic!("of the simulation"));
    });
    _ = catch_unwind(|| panic!("of the searching thread"));
}

#[test]
fn panics_of_other_threads_are_still_printed() {
    let output = run_alone("robustness::other_threads::prints_panics_of_another_thread", &[]);
    let text = printed(&output);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("of another thread") && text.contains("of the searching thread"), "{text}");
    assert!(!text.contains("of the simulation"), "{text}");
}
