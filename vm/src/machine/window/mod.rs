//! Window functions: over the rows of a sorter, once they are in order.
//!
//! Rows are sorted by partition, then by the window's order; where partitions and groups of peers begin is found once.
//! Then each function fills a column with its value for each row. The results stand beside the sorter's columns.

mod aggregate;
mod frame;
mod places;

use aggregate::Feed;
use places::Places;

use super::sort::{self, Sorted};
use super::worker::Worker;
use crate::error::Result;
use crate::memory::{Context, Reservation};
use crate::program::{Program, SorterId, WindowCall, WindowFunctionKind, WindowId};
use crate::types::Form;
use crate::vector::Vector;
use crate::windows::{WindowInput, WindowScope};

/// Results of window functions, one column each.
#[derive(Default)]
pub(super) struct Computed {
    pub(super) columns: Vec<Vector>,
    _reservations: Vec<Reservation>,
}

/// Sorts what workers have put into a sorter, and computes window functions over it.
pub(super) fn finish(
    program: &Program,
    (sorter, window): (SorterId, WindowId),
    workers: &mut [Worker],
) -> Result<Sorted> {
    let context = workers[0].context.clone();
    let mut sorted = sort::finish(program, sorter, workers)?;
    let spec = &program.windows[window.index()];
    let places = Places::find(&sorted, &program.sorters[sorter.index()].keys, spec.partition_keys, &context)?;
    let mut computed = Computed::default();
    for call in &spec.calls {
        let (column, reservation) = compute(call, &sorted, &places, &context).map_err(|error| error.at(call.span))?;
        computed.columns.push(column.into_shared());
        computed._reservations.push(reservation);
    }
    sorted.set_computed(spec.columns, computed);
    Ok(sorted)
}

/// A result column for the rows in order.
fn compute(call: &WindowCall, sorted: &Sorted, places: &Places, context: &Context) -> Result<(Vector, Reservation)> {
    let form = call.result_type.form();
    let mut reservation = context.reservation("window");
    reservation.grow(sorted.order().len() * bytes_of(form) * 2)?;
    let arguments: Vec<&Vector> = call.arguments.iter().map(|column| sorted.column(*column)).collect();
    let mut frames = Vec::new();
    let frames_used = match call.function {
        WindowFunctionKind::Function(scope, _) => scope == WindowScope::Frame,
        WindowFunctionKind::Aggregate(_) => aggregate::slides(&call.frame),
    };
    let mut frames_reservation = context.reservation("window");
    if frames_used {
        frames_reservation.grow(size_of_val(sorted.order()) * 2)?;
        frame::fill(&call.frame, places, &mut frames);
    }
    let mut out = Vector::empty(form);
    let input = WindowInput {
        order: sorted.order(),
        partitions: &places.partitions,
        peers: &places.peers,
        frames: &frames,
        arguments: &arguments,
        context,
    };
    match call.function {
        WindowFunctionKind::Function(_, body) => (body.0)(&input, &mut out)?,
        WindowFunctionKind::Aggregate(states) => {
            let mut states = states(&call.argument_types, &call.result_type);
            let filter = call.filter.map(|column| sorted.column(column));
            aggregate::compute(&call.frame, &mut Feed::new(&input, filter), &mut *states, &mut out)?;
        }
    }
    reservation.resize(out.owned_bytes())?;
    Ok((out, reservation))
}

/// Bytes that a value takes in a column, long texts left out.
fn bytes_of(form: Form) -> usize {
    match form {
        Form::Bits | Form::I8 => 1,
        Form::I16 => 2,
        Form::I32 | Form::F32 => 4,
        Form::I64 | Form::F64 => 8,
        Form::I128 | Form::Text | Form::List | Form::Struct => 16,
    }
}
