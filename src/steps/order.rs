//! In which order does work go, when some of it needs the result of other work? Side by side, each part as soon as it can.

use std::collections::HashSet;
use std::future::Future;

use futures_util::stream::{FuturesUnordered, StreamExt};

/// One piece of work and the names of the pieces it waits for.
pub(crate) struct WorkItem<T> {
    pub(crate) name: &'static str,
    pub(crate) after: Vec<&'static str>,
    pub(crate) work: T,
}

/// Runs every piece as soon as the ones it waits for are done, so that the total time follows the longest chain.
///
/// `start` makes the future of a piece from what is known at that moment; `done` takes its result and decides whether to
/// go on. After a stop nothing new starts, and what is running is still awaited: its outcome has to be known.
/// Names in `after` that no piece has are ignored.
pub(crate) async fn run<T, F, R>(
    pieces: Vec<WorkItem<T>>,
    mut start: impl FnMut(T) -> F,
    mut done: impl FnMut(R) -> bool,
) where
    F: Future<Output = R>,
{
    let mut unfinished: HashSet<&'static str> = pieces.iter().map(|piece| piece.name).collect();
    let mut waiting = pieces;
    let mut running = FuturesUnordered::new();
    let mut go_on = true;
    loop {
        if go_on {
            let (ready, rest): (Vec<_>, Vec<_>) = waiting
                .into_iter()
                .partition(|piece| !piece.after.iter().any(|name| unfinished.contains(name)));
            waiting = rest;
            for piece in ready {
                let future = start(piece.work);
                let name = piece.name;
                running.push(async move { (name, future.await) });
            }
        }
        let Some((name, result)) = running.next().await else {
            return;
        };
        unfinished.remove(name);
        // `done` comes first: a result that arrives after the stop has to be recorded too.
        go_on = done(result) && go_on;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn piece(name: &'static str, after: &[&'static str]) -> WorkItem<&'static str> {
        WorkItem {
            name,
            after: after.to_vec(),
            work: name,
        }
    }

    #[tokio::test]
    async fn a_piece_starts_only_when_what_it_waits_for_is_done() {
        let pieces = vec![
            piece("role", &["workspace", "identity"]),
            piece("workspace", &[]),
            piece("identity", &[]),
        ];
        let events = RefCell::new(Vec::new());

        run(
            pieces,
            |name| {
                events.borrow_mut().push(format!("{name} starts"));
                async move {
                    tokio::task::yield_now().await;
                    name
                }
            },
            |name| {
                events.borrow_mut().push(format!("{name} done"));
                true
            },
        )
        .await;

        let events = events.into_inner();
        assert_eq!(events[..2], ["workspace starts", "identity starts"]);
        assert_eq!(events[4], "role starts");
    }

    #[tokio::test]
    async fn after_a_stop_nothing_new_starts_but_what_runs_is_awaited() {
        let pieces = vec![
            piece("first", &[]),
            piece("parallel", &[]),
            piece("later", &["first"]),
        ];
        let ended = RefCell::new(Vec::new());

        run(
            pieces,
            |name| async move { name },
            |name| {
                ended.borrow_mut().push(name);
                name != "first"
            },
        )
        .await;

        assert_eq!(ended.into_inner(), ["first", "parallel"]);
    }

    #[tokio::test]
    async fn waiting_for_a_piece_that_is_not_there_is_no_wait() {
        let pieces = vec![piece("role", &["application"])];
        let ended = RefCell::new(0);

        run(
            pieces,
            |_| async {},
            |()| {
                *ended.borrow_mut() += 1;
                true
            },
        )
        .await;

        assert_eq!(ended.into_inner(), 1);
    }
}
