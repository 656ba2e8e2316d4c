//! The text form of programs: SQLite's eight columns.

use std::fmt::Display;

use super::{
    AggregationSpec, Argument, FunctionCall, JoinKind, List, Op, Order, Program, RangeBound, ReadRange, SorterSpec,
    TableRead, VerifiedProgram,
};
use crate::aggregates::{AggregateCall, Distinct, Filter};
use crate::table::TableColumn;
use crate::types::DataType;
use crate::value::Value;

/// One instruction in SQLite's eight columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListingRow {
    /// Its address.
    pub addr: usize,
    /// The opcode's name; indented by two spaces for each loop around it.
    pub opcode: String,
    /// The number of the first operand, 0 if there is none.
    pub p1: u16,
    /// The number of the second.
    pub p2: u16,
    /// The number of the third.
    pub p3: u16,
    /// What the operands stand for: columns, lists, calls, types.
    pub p4: String,
    /// The number of the fifth operand.
    pub p5: u16,
    /// What it does.
    pub comment: String,
}

/// The listing of a program: its rows, and the lines of each of its kernels, which stand below.
pub fn listing(verified: &VerifiedProgram) -> (Vec<ListingRow>, Vec<Vec<String>>) {
    let program = verified.program();
    let mut depth = 0;
    let rows = program.code.iter().enumerate().map(|(addr, op)| {
        if let Op::Next { .. } | Op::HashNext { .. } | Op::QueueLoop { .. } = op {
            depth -= 1;
        }
        let row = row(program, addr, op, depth);
        if let Op::Rewind { .. } | Op::HashProbe { .. } | Op::QueueTurn { .. } | Op::QueueRow { .. } = op {
            depth += 1;
        }
        row
    });
    let rows = rows.collect();
    let kernels = verified.kernels().iter().enumerate();
    let kernels = kernels.map(|(number, kernel)| {
        let mut lines = crate::kernel::listing(&format!("k{number}"), kernel.kernel(), &[]);
        if let (Some(header), Some(general)) = (lines.first_mut(), kernel.general()) {
            header.push_str(&format!(", simplified from {}", general.code.len()));
        }
        lines
    });
    (rows, kernels.collect())
}

fn row(program: &Program, addr: usize, op: &Op, depth: usize) -> ListingRow {
    let mut numbers = [0u16; 5];
    let mut count = 0;
    op.operands(|_, operand| {
        // The fourth operand has no number of its own: p4 says what it stands for.
        numbers[count] = operand.number();
        count += 1;
    });
    let written = program.comments.get(addr).filter(|comment| !comment.is_empty());
    ListingRow {
        addr,
        opcode: format!("{:1$}{2}", "", depth * 2, op.name()),
        p1: numbers[0],
        p2: numbers[1],
        p3: numbers[2],
        p4: detail(program, op),
        p5: numbers[4],
        comment: written.cloned().unwrap_or_else(|| comment(op)),
    }
}

/// What the operands stand for.
fn detail(program: &Program, op: &Op) -> String {
    match *op {
        Op::OpenRead { table, .. } => table_read(&program.tables[table.index()]),
        Op::Lookup { lookup, from, to, .. } => {
            format!("{to} = {lookup}[{from}] of {}", program.lookups[lookup.index()].values.len())
        }
        Op::OpenRows { rows, .. } => {
            let constant = &program.rows[rows.index()];
            format!("{} rows of {} columns", constant.rows, constant.columns.len())
        }
        Op::AggFinal { agg, .. } | Op::AggOpen { agg } => aggregation(&program.aggregations[agg.index()]),
        Op::SortFinal { sorter, .. } | Op::SortOpen { sorter } => sorter_text(&program.sorters[sorter.index()]),
        Op::WindowFinal { window, .. } => {
            let spec = &program.windows[window.index()];
            let call = |call: &super::WindowCall| format!("{}({})", call.name, join(&call.arguments));
            format!("{} in partitions by {} keys", join(spec.calls.iter().map(call)), spec.partition_keys)
        }
        Op::Kernel { kernel, inputs, outputs, .. } => {
            format!("{kernel}({}) -> ({})", list(program, inputs), list(program, outputs))
        }
        Op::Function { call, .. } => function(&program.calls[call.index()]),
        Op::HashOpen { hash } => {
            let spec = &program.hashes[hash.index()];
            let band = if spec.band.is_some() { " band" } else { "" };
            format!("{}{band}({}) keeps ({})", join_name(spec.kind), join(&spec.keys), join(&spec.columns))
        }
        Op::HashInsert { keys, columns, .. } => format!("({}) keeps {}", list(program, keys), list(program, columns)),
        Op::HashProbe { keys, .. } => format!("({})", list(program, keys)),
        Op::HashMatch { hash, .. } => join_name(program.hashes[hash.index()].kind).to_owned(),
        Op::AggStep { keys, arguments, .. } => {
            format!("by ({}) of {}", list(program, keys), list(program, arguments))
        }
        Op::Column { columns, .. }
        | Op::SortInsert { columns, .. }
        | Op::QueueInsert { columns, .. }
        | Op::ResultRow { columns, .. }
        | Op::Insert { columns, .. }
        | Op::Delete { columns, .. }
        | Op::Update { columns, .. } => list(program, columns),
        Op::QueueOpen { queue } => {
            let spec = &program.queues[queue.index()];
            let distinct = if spec.repeats == super::Repeats::Dropped { "distinct " } else { "" };
            format!("{distinct}({})", join(&spec.columns))
        }
        Op::Limit { limit, .. } => {
            let spec = &program.limits[limit.index()];
            let given = if spec.limit == u64::MAX { "all".to_owned() } else { spec.limit.to_string() };
            format!("{given} after {}", spec.offset)
        }
        Op::Init { .. }
        | Op::Halt {}
        | Op::Rewind { .. }
        | Op::Next { .. }
        | Op::Gather { .. }
        | Op::HashSeal { .. }
        | Op::HashColumn { .. }
        | Op::HashNext { .. }
        | Op::HashRest { .. }
        | Op::QueueTurn { .. }
        | Op::QueueSeal { .. }
        | Op::QueueRow { .. }
        | Op::OpenWaiting { .. }
        | Op::OpenQueue { .. }
        | Op::QueueStep { .. }
        | Op::QueueLoop { .. }
        | Op::AggMerge { .. } => String::new(),
    }
}

/// A range of wanted values.
fn read_range(range: &ReadRange, column: &TableColumn) -> String {
    let bound = |bound: &RangeBound| match bound {
        RangeBound::Open => String::new(),
        RangeBound::Constant(Value::Text(text)) => format!("'{}'", text.replace('\'', "''")),
        RangeBound::Constant(value) => crate::format::value_text(value, &column.data_type),
        RangeBound::Parameter(number) => format!("?{}", number + 1),
        RangeBound::Build(hash) => hash.to_string(),
    };
    format!("{} in {}..{}", column.name, bound(&range.low), bound(&range.high))
}

/// What an instruction does, where the program's maker has not said it.
fn comment(op: &Op) -> String {
    match *op {
        Op::Init { target } => format!("start at {target}"),
        Op::Halt {} => "done".to_owned(),
        Op::OpenRead { cursor, .. } | Op::OpenRows { cursor, .. } => format!("cursor {cursor}"),
        Op::AggFinal { cursor, agg } => format!("{cursor} = groups of {agg}"),
        Op::SortFinal { cursor, sorter } => format!("{cursor} = rows of {sorter} in order"),
        Op::WindowFinal { cursor, sorter, .. } => format!("{cursor} = rows of {sorter} in order, with windows"),
        Op::Rewind { end, .. } => format!("workers start; goto {end} if empty"),
        Op::Column { cursor, space, .. } => format!("{space} = batch of {cursor}"),
        Op::Next { body, .. } => format!("next batch, loop to {body}"),
        Op::Kernel { space, passed, .. } if space == passed => format!("compute on {space}"),
        Op::Kernel { space, passed, .. } => format!("{passed} = rows of {space} that pass"),
        Op::Function { space, result, .. } => format!("{result} for {space}"),
        Op::Lookup { lookup, from, to, .. } => format!("{to} = entries of {lookup} by {from}"),
        Op::Gather { space, from, to } => format!("{to} = {from} for {space}"),
        Op::HashOpen { hash } => format!("{hash} = empty table"),
        Op::HashInsert { hash, space, .. } => format!("add {space} to {hash}"),
        Op::HashSeal { hash } => format!("{hash} is complete"),
        Op::HashProbe { hash, space, pairs, .. } => format!("{pairs} = pairs of {space} with {hash}"),
        Op::HashMatch { pairs, joined, .. } => format!("{joined} = what {pairs} give"),
        Op::HashColumn { hash, column, to, .. } => format!("{to} = column {} of {hash}", column.0),
        Op::HashNext { body, .. } => format!("more pairs, loop to {body}"),
        Op::HashRest { cursor, hash } => format!("{cursor} = what {hash} gives of its own rows"),
        Op::AggOpen { agg } => format!("{agg} = no groups"),
        Op::AggStep { agg, space, .. } => format!("add {space} to {agg}"),
        Op::AggMerge { agg, kernel } => format!("add accumulators of {kernel} to {agg}"),
        Op::SortOpen { sorter } => format!("{sorter} = no rows"),
        Op::SortInsert { sorter, space, .. } => format!("add {space} to {sorter}"),
        Op::QueueOpen { queue } => format!("{queue} = no rows"),
        Op::QueueInsert { queue, space, .. } => format!("add {space} to {queue}"),
        Op::QueueTurn { queue, step, end } => {
            format!("next rows of {queue}; goto {step} until enough wait, {end} if there are none")
        }
        Op::OpenWaiting { cursor, queue } => format!("{cursor} = rows of {queue} that wait"),
        Op::OpenQueue { cursor, queue } => format!("{cursor} = rows of {queue}"),
        Op::QueueStep { end, .. } => format!("goto {end} if LIMIT is reached"),
        Op::QueueSeal { queue } => format!("{queue} is complete"),
        Op::QueueRow { queue, end } => format!("next row of {queue}; goto {end} if there is none"),
        Op::QueueLoop { turn, .. } => format!("loop to {turn}"),
        Op::Limit { space, kept, end, .. } => format!("{kept} = what is left of {space}; goto {end} if done"),
        Op::ResultRow { space, .. } => format!("give {space}"),
        Op::Insert { space, .. } => format!("append {space} to the target"),
        Op::Delete { space, .. } => format!("take {space} out of the target"),
        Op::Update { space, .. } => format!("put {space} in place of rows of the target"),
    }
}

/// A table with the columns and ranges that are read of it.
fn table_read(read: &TableRead) -> String {
    let column = |position: usize| read.table.column(position).expect("the verifier has looked for it");
    let ranges = read.ranges.iter().map(|range| read_range(range, column(range.column)));
    let wanted = if read.ranges.is_empty() { String::new() } else { format!("; {}", join(ranges)) };
    let columns = read.columns.iter().map(|position| &column(*position).name);
    format!("{}({}{wanted})", read.table.name(), join(columns))
}

fn join<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(",")
}

fn list(program: &Program, list: List) -> String {
    join(&program.lists[list.index()])
}

fn join_name(kind: JoinKind) -> &'static str {
    match kind {
        JoinKind::Inner => "inner",
        JoinKind::Left => "left",
        JoinKind::Full => "full",
        JoinKind::Semi => "semi",
        JoinKind::Anti => "anti",
        JoinKind::Mark => "mark",
        JoinKind::Single => "single",
        JoinKind::RightSemi => "right semi",
        JoinKind::RightAnti => "right anti",
    }
}

fn aggregation(spec: &AggregationSpec) -> String {
    let calls = join(spec.calls.iter().map(aggregate));
    match (spec.keys.is_empty(), calls.is_empty()) {
        (true, _) => calls,
        (false, true) => format!("by ({})", join(&spec.keys)),
        (false, false) => format!("by ({}) {calls}", join(&spec.keys)),
    }
}

fn aggregate(call: &AggregateCall) -> String {
    let distinct = if call.distinct == Distinct::Distinct { "distinct " } else { "" };
    let filter = if call.filter == Filter::Last { " filter" } else { "" };
    let arguments = if call.argument_types.is_empty() { "*".to_owned() } else { join(&call.argument_types) };
    format!("{}({distinct}{arguments}){filter}", call.name)
}

fn sorter_text(spec: &SorterSpec) -> String {
    let order = |order: Order| if order == Order::Ascending { "asc" } else { "desc" };
    let keys = spec.keys.iter().map(|key| format!("{} {}", key.column, order(key.order)));
    let limit = spec.limit.map_or(String::new(), |limit| format!(" first {limit}"));
    format!("by {}{limit}", join(keys))
}

fn function(call: &FunctionCall) -> String {
    let argument = |(argument, data_type): (&Argument, &DataType)| match argument {
        Argument::Register(register) => register.to_string(),
        Argument::Constant(Value::Text(text)) => format!("'{}'", text.replace('\'', "''")),
        Argument::Constant(value) => crate::format::value_text(value, data_type),
        Argument::Parameter(number) => format!("?{}", number + 1),
    };
    let arguments = join(call.arguments.iter().zip(&call.argument_types).map(argument));
    let guard = call.guard.map_or(String::new(), |guard| format!(" where {guard}"));
    format!("{}({arguments}){guard}", call.name)
}
