//! The queue from a pipeline's workers to whoever takes its batches.
//!
//! Each morsel that is claimed gets a slot; batches leave in the order of the slots, whatever order they were made
//! in. So the rows come as one worker alone would give them, and so do errors: one comes out when all rows before it
//! have.

use std::collections::VecDeque;

use super::output::Kept;
use crate::error::{Error, Result};
use crate::memory::{Context, Reservation};

/// Slots and batches that wait for each worker; when there are more, only the first slot's worker goes on.
const WAITING_PER_WORKER: usize = 16;

/// Batches of morsels in the order in which the morsels were claimed.
pub(super) struct Queue {
    slots: VecDeque<Slot>,
    /// The number of the first slot.
    first: u64,
    /// Batches that wait, and how many may.
    waiting: usize,
    waiting_max: usize,
    /// Batches to be used again.
    spare: Vec<Kept>,
    memory: Reservation,
}

#[derive(Default)]
struct Slot {
    batches: VecDeque<Kept>,
    closed: bool,
    error: Option<Error>,
}

/// What the first slot has.
pub(super) enum Front {
    /// A batch.
    Batch(Kept),
    /// Nothing more but an error.
    Failed(Error),
    /// Nothing yet.
    Waiting,
    /// There is no slot.
    Empty,
}

impl Queue {
    pub(super) fn new(context: &Context) -> Queue {
        Queue {
            slots: VecDeque::new(),
            first: 0,
            waiting: 0,
            waiting_max: WAITING_PER_WORKER * context.workers(),
            spare: Vec::new(),
            memory: context.reservation("the queue of results"),
        }
    }

    /// Makes a slot behind all others and gives its number.
    pub(super) fn open(&mut self) -> u64 {
        self.slots.push_back(Slot::default());
        self.first + self.slots.len() as u64 - 1
    }

    /// Whether a worker whose slot is not the first may go on.
    pub(super) fn has_room(&self) -> bool {
        self.waiting < self.waiting_max && self.slots.len() < self.waiting_max
    }

    /// Whether half of what may wait does not.
    pub(super) fn is_half_empty(&self) -> bool {
        self.waiting * 2 <= self.waiting_max && self.slots.len() * 2 <= self.waiting_max
    }

    /// Whether a slot is the first.
    pub(super) fn is_first(&self, slot: u64) -> bool {
        slot == self.first
    }

    /// Whether a slot is the first and nothing waits in it: its next batch can go to the caller at once.
    pub(super) fn is_next(&self, slot: u64) -> bool {
        slot == self.first && self.slots.front().is_some_and(|slot| slot.batches.is_empty())
    }

    /// A batch to be filled.
    pub(super) fn take_spare(&mut self) -> Kept {
        self.spare.pop().unwrap_or_default()
    }

    /// Takes back a batch that was delivered.
    pub(super) fn give_back(&mut self, batch: Kept) {
        if self.spare.len() < self.waiting_max {
            self.spare.push(batch);
        }
    }

    /// Appends a batch to an open slot.
    pub(super) fn push(&mut self, slot: u64, batch: Kept) -> Result<()> {
        self.memory.grow(batch.bytes())?;
        self.waiting += 1;
        self.slot(slot).batches.push_back(batch);
        Ok(())
    }

    /// Nothing more comes to a slot, because it is at its end or because of an error.
    pub(super) fn close(&mut self, slot: u64, error: Option<Error>) {
        let slot = self.slot(slot);
        slot.closed = true;
        slot.error = error;
        let done = |slot: &Slot| slot.closed && slot.batches.is_empty() && slot.error.is_none();
        while self.slots.front().is_some_and(done) {
            self.slots.pop_front();
            self.first += 1;
        }
    }

    /// What there is to deliver.
    pub(super) fn front(&mut self) -> Result<Front> {
        loop {
            let Some(slot) = self.slots.front_mut() else { return Ok(Front::Empty) };
            if let Some(batch) = slot.batches.pop_front() {
                self.waiting -= 1;
                self.memory.resize(self.memory.bytes().saturating_sub(batch.bytes()))?;
                return Ok(Front::Batch(batch));
            }
            if let Some(error) = slot.error.take() {
                return Ok(Front::Failed(error));
            }
            if !slot.closed {
                return Ok(Front::Waiting);
            }
            self.slots.pop_front();
            self.first += 1;
        }
    }

    fn slot(&mut self, slot: u64) -> &mut Slot {
        &mut self.slots[(slot - self.first) as usize]
    }
}
