//! Who waits, as amounts with their times of arrival: first come, first served.

use std::collections::VecDeque;

use super::Micro;
use crate::time::Nanos;

/// An amount that arrived evenly over a span.
#[derive(Debug, Clone, Copy)]
struct Piece {
    from: Nanos,
    to: Nanos,
    amount: Micro,
}

/// The amounts that wait, the oldest first. As long as the backlog, not as long as the run.
#[derive(Debug, Default)]
pub(super) struct Line {
    pieces: VecDeque<Piece>,
    total: Micro,
    /// When what left last had arrived.
    left: Nanos,
}

impl Line {
    pub(super) fn total(&self) -> Micro {
        self.total
    }

    /// When the first in line arrived.
    pub(super) fn head(&self) -> Option<Nanos> {
        self.pieces.front().map(|piece| piece.from)
    }

    /// Takes in at the end what arrived from `from` to `to`.
    pub(super) fn push(&mut self, from: Nanos, to: Nanos, amount: Micro) {
        if amount > 0 {
            self.pieces.push_back(Piece { from, to, amount });
            self.total += amount;
        }
    }

    /// Takes `amount` back at the head: it is as old as what left last.
    pub(super) fn put_back(&mut self, amount: Micro) {
        if amount > 0 {
            let at = self.head().map_or(self.left, |head| head.min(self.left));
            self.pieces.push_front(Piece {
                from: at,
                to: at,
                amount,
            });
            self.total += amount;
        }
    }

    /// Lets the first `amount` go; it is at most what is here.
    pub(super) fn pop(&mut self, amount: Micro) {
        self.total -= amount;
        let mut rest = amount;
        while rest > 0
            && let Some(piece) = self.pieces.front_mut()
        {
            if piece.amount <= rest {
                rest -= piece.amount;
                self.left = piece.to;
                self.pieces.pop_front();
            } else {
                piece.from = between(piece.from, piece.to, rest, piece.amount);
                self.left = piece.from;
                piece.amount -= rest;
                rest = 0;
            }
        }
    }

    /// Refuses the last `amount`; it is at most what is here.
    pub(super) fn refuse(&mut self, amount: Micro) {
        self.total -= amount;
        let mut rest = amount;
        while rest > 0
            && let Some(piece) = self.pieces.back_mut()
        {
            let here = piece.amount.min(rest);
            piece.amount -= here;
            rest -= here;
            if piece.amount == 0 {
                self.pieces.pop_back();
            }
        }
    }

    /// The amount that arrived before `at`.
    pub(super) fn before(&self, at: Nanos) -> Micro {
        let older = self.pieces.iter().take_while(|piece| piece.from < at);
        older
            .map(|piece| {
                if piece.to <= at {
                    piece.amount
                } else {
                    let (part, whole) = (at - piece.from, piece.to - piece.from);
                    share(piece.amount, part.0, whole.0)
                }
            })
            .sum()
    }
}

/// `amount` x `part` / `whole`, rounded down; `whole` is above zero.
pub(super) fn share(amount: Micro, part: u64, whole: u64) -> Micro {
    let share = u128::from(amount) * u128::from(part) / u128::from(whole);
    Micro::try_from(share).unwrap_or(Micro::MAX)
}

fn between(from: Nanos, to: Nanos, part: Micro, whole: Micro) -> Nanos {
    from + Nanos(share((to - from).0, part, whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_first_leaves_first_and_what_came_last_is_refused_first() {
        let mut line = Line::default();
        line.push(Nanos(0), Nanos(100), 10);
        line.push(Nanos(100), Nanos(200), 40);
        assert_eq!(line.before(Nanos(150)), 10 + 20);
        line.pop(5);
        assert_eq!((line.head(), line.total()), (Some(Nanos(50)), 45));
        line.refuse(41);
        assert_eq!((line.head(), line.total()), (Some(Nanos(50)), 4));
        line.pop(4);
        assert_eq!((line.head(), line.total()), (None, 0));
    }

    #[test]
    fn what_comes_back_is_as_old_as_what_left_last() {
        let mut line = Line::default();
        line.push(Nanos(0), Nanos(100), 10);
        line.pop(6);
        line.put_back(3);
        assert_eq!((line.head(), line.total()), (Some(Nanos(60)), 7));
        assert_eq!(line.before(Nanos(61)), 3);
    }
}
