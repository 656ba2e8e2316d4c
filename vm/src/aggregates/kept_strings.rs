//! Byte strings that states keep, by views, and replace by others.

use crate::error::Result;
use crate::memory::{Context, Reservation};
use crate::vector::{INLINE_BYTES, Text, View};

/// Bytes of replaced strings that are let lie around at least.
const GARBAGE_BYTES_MIN: usize = 1 << 16;

/// Strings that views refer to. Short ones stand in their views and take nothing here.
#[derive(Default)]
pub(super) struct KeptStrings {
    /// Holds bytes only; its own rows are not used.
    strings: Text,
    /// Bytes that views refer to, and bytes that are stored.
    live_bytes: usize,
    stored_bytes: usize,
    reservation: Option<Reservation>,
}

fn long_bytes(view: &View) -> usize {
    if view.len() > INLINE_BYTES { view.len() } else { 0 }
}

impl KeptStrings {
    /// Makes ready to reserve memory. To be called before anything is kept.
    pub(super) fn open(&mut self, context: &Context) {
        self.reservation.get_or_insert_with(|| context.reservation("aggregation"));
    }

    /// The bytes that a view refers to.
    pub(super) fn resolve<'a>(&'a self, view: &'a View) -> &'a [u8] {
        self.strings.resolve(view)
    }

    /// Keeps a string. `each_view` hands over every view in use: if replaced strings are the larger part of what is
    /// stored they are thrown away, and views change. Reserves before it grows.
    pub(super) fn keep(&mut self, value: &[u8], each_view: impl FnOnce(&mut dyn FnMut(&mut View))) -> Result<View> {
        let added = if value.len() > INLINE_BYTES { value.len() } else { 0 };
        if added > 0 {
            if self.stored_bytes > 2 * self.live_bytes + GARBAGE_BYTES_MIN {
                self.throw_away(each_view);
            }
            let needed = (self.stored_bytes + added) * 2;
            if let Some(reservation) = &mut self.reservation
                && reservation.bytes() < needed
            {
                reservation.resize(needed + needed / 4)?;
            }
        }
        self.live_bytes += added;
        self.stored_bytes += added;
        Ok(self.strings.store(value))
    }

    fn throw_away(&mut self, each_view: impl FnOnce(&mut dyn FnMut(&mut View))) {
        let mut strings = Text::default();
        each_view(&mut |view| *view = strings.store(self.strings.resolve(view)));
        self.strings = strings;
        self.stored_bytes = self.live_bytes;
    }

    /// One view of a string is not in use any more.
    pub(super) fn release(&mut self, view: &View) {
        self.live_bytes -= long_bytes(view);
    }

    /// One more view of a string is in use; each counts its bytes.
    pub(super) fn share(&mut self, view: &View) {
        self.live_bytes += long_bytes(view);
    }
}
