//! Frames: for each row, which rows of its partition its value is computed from.

use super::places::Places;
use crate::program::{Frame, FrameBound, FrameUnit};

/// Fills in the frame of each row: its first row, and the first one behind it.
pub(super) fn fill(frame: &Frame, places: &Places, frames: &mut Vec<(u32, u32)>) {
    let mut group = 0;
    for partition in places.partitions.windows(2) {
        let first_group = group;
        let mut end_group = group;
        while places.peers[end_group] < partition[1] {
            end_group += 1;
        }
        while group < end_group {
            for row in places.peers[group]..places.peers[group + 1] {
                let (start, end) = match frame.unit {
                    FrameUnit::Rows => {
                        let at = |offset| shifted(row, offset, partition[0], partition[1]);
                        bounds(frame, (partition[0], partition[1]), at)
                    }
                    FrameUnit::Groups => {
                        let of = |offset| shifted(group as u32, offset, first_group as u32, end_group as u32);
                        bounds(frame, (partition[0], partition[1]), |offset| places.peers[of(offset) as usize])
                    }
                };
                frames.push((start, end.max(start)));
            }
            group += 1;
        }
    }
}

/// The frame's bounds; `at` gives the row where what is an offset away begins.
fn bounds(frame: &Frame, partition: (u32, u32), at: impl Fn(i64) -> u32) -> (u32, u32) {
    let start = match frame.start {
        FrameBound::Unbounded => partition.0,
        FrameBound::Offset(offset) => at(offset),
    };
    let end = match frame.end {
        FrameBound::Unbounded => partition.1,
        FrameBound::Offset(offset) => at(offset.saturating_add(1)),
    };
    (start, end)
}

fn shifted(place: u32, offset: i64, first: u32, end: u32) -> u32 {
    i64::from(place).saturating_add(offset).clamp(first.into(), end.into()) as u32
}
