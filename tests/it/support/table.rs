//! Tables of cells that are judged side by side: most of them wait more than they compute.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Judges every cell; returns what failed, in no order.
pub(crate) fn failures<Cell: Sync>(
    cells: &[Cell],
    threads: usize,
    judge: impl Fn(&Cell) -> Result<(), String> + Sync,
) -> Vec<String> {
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(cell) = cells.get(next.fetch_add(1, Ordering::SeqCst)) {
                    if let Err(why) = judge(cell) {
                        failures.lock().unwrap().push(why);
                    }
                }
            });
        }
    });
    failures.into_inner().unwrap()
}

/// Asserts that no cell of the table failed.
#[track_caller]
pub(crate) fn assert_none(failures: &[String], cells: usize) {
    assert!(
        failures.is_empty(),
        "{} of {cells}:\n{}",
        failures.len(),
        failures.join("\n\n")
    );
}
