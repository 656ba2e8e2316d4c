//! Programs as bytes and as text.
//!
//! Of a table only its name is written, of a function only its name and types: whoever reads a program back is its
//! [`Host`], and says what stands behind them.

use std::sync::Arc;

use super::{
    AggregationSpec, Argument, Band, BandEnd, ConstantRows, Frame, FrameBound, FrameUnit, FunctionCall, HashSpec,
    JoinKind, LimitSpec, LookupTable, NullEntry, NullOrder, Op, Order, Program, QueueSpec, RangeBound, ReadRange,
    Register, RegisterInfo, Repeats, SortKey, SorterSpec, SpaceOrigin, TableRead, WindowCall, WindowFunctionKind,
    WindowSpec,
};
use crate::aggregates::{self, AggregateCall, Distinct, Filter};
use crate::codec::{ByteSink, ByteSource, Coded, TextSink, TextSource, coded_enum, coded_struct, malformed};
use crate::error::{Result, Span};
use crate::functions::{NullRule, VectorFunction, takes};
use crate::kernel::Kernel;
use crate::table::Table;
use crate::types::DataType;
use crate::value::Value;
use crate::vector::{Values, Vector};
use crate::windows;

/// A function with its name.
pub type NamedFunction = (&'static str, VectorFunction);

/// What stands behind the names in a program.
pub trait Host {
    /// The table of that name.
    fn table(&self, name: &str) -> Option<Arc<dyn Table>>;

    /// The function that calls of that name run, for arguments and a result of these types. It must take whatever
    /// values of the types it is given.
    fn function(&self, name: &str, arguments: &[DataType], result: &DataType) -> Option<NamedFunction>;
}

coded_struct! {
    RegisterInfo { data_type, form, nullable, space }
    ReadRange { column, low, high }
    ConstantRows { columns, rows }
    LookupTable { values, data_type, null_entry }
    HashSpec { kind, keys, null_equal, band, columns, span }
    Band { low, high }
    SorterSpec { columns, keys, limit }
    SortKey { column, order, nulls }
    LimitSpec { offset, limit }
    QueueSpec { columns, nullable, repeats }
    Frame { unit, start, end }
}

coded_enum! {
    SpaceOrigin { Cursor, Selection(space) }
    RangeBound { Open, Constant(value), Parameter(number), Build(hash) }
    NullEntry { Null, Last }
    Argument { Register(register), Constant(value), Parameter(number) }
    JoinKind { Inner, Left, Full, Semi, Anti, Mark, Single, RightSemi, RightAnti }
    BandEnd { Open, Inclusive, Exclusive }
    Order { Ascending, Descending }
    NullOrder { First, Last }
    NullRule { Strict, Handled }
    Distinct { All, Distinct }
    Filter { None, Last }
    Repeats { Kept, Dropped }
    FrameUnit { Rows, Groups }
    FrameBound { Unbounded, Offset(rows) }
}

/// A table as it is written.
#[derive(Debug)]
struct WrittenTable {
    name: String,
    columns: Vec<usize>,
    ranges: Vec<ReadRange>,
}

/// A call as it is written.
#[derive(Debug)]
struct WrittenCall {
    name: String,
    arguments: Vec<Argument>,
    argument_types: Vec<DataType>,
    result_type: DataType,
    nulls: NullRule,
    guard: Option<Register>,
}

/// An aggregate as it is written.
#[derive(Debug)]
struct WrittenAggregate {
    name: String,
    argument_types: Vec<DataType>,
    result_type: DataType,
    distinct: Distinct,
    filter: Filter,
    span: Span,
}

/// An aggregation as it is written.
#[derive(Debug)]
struct WrittenAggregation {
    keys: Vec<DataType>,
    calls: Vec<WrittenAggregate>,
}

/// A window function as it is written.
#[derive(Debug)]
struct WrittenWindowCall {
    name: String,
    arguments: Vec<usize>,
    argument_types: Vec<DataType>,
    filter: Option<usize>,
    result_type: DataType,
    frame: Frame,
    span: Span,
}

/// Window functions as they are written.
#[derive(Debug)]
struct WrittenWindow {
    columns: usize,
    partition_keys: usize,
    calls: Vec<WrittenWindowCall>,
}

/// A program as it is written.
#[derive(Debug)]
pub(super) struct WrittenProgram {
    parameters: Vec<DataType>,
    spaces: Vec<SpaceOrigin>,
    registers: Vec<RegisterInfo>,
    lists: Vec<Vec<Register>>,
    cursors: u16,
    tables: Vec<WrittenTable>,
    rows: Vec<ConstantRows>,
    lookups: Vec<LookupTable>,
    calls: Vec<WrittenCall>,
    hashes: Vec<HashSpec>,
    aggregations: Vec<WrittenAggregation>,
    sorters: Vec<SorterSpec>,
    windows: Vec<WrittenWindow>,
    queues: Vec<QueueSpec>,
    limits: Vec<LimitSpec>,
    kernels: Vec<Kernel>,
    code: Vec<Op>,
    spans: Vec<Span>,
}

coded_struct! {
    WrittenTable { name, columns, ranges }
    WrittenCall { name, arguments, argument_types, result_type, nulls, guard }
    WrittenAggregate { name, argument_types, result_type, distinct, filter, span }
    WrittenAggregation { keys, calls }
    WrittenWindowCall { name, arguments, argument_types, filter, result_type, frame, span }
    WrittenWindow { columns, partition_keys, calls }
    WrittenProgram {
        parameters, spaces, registers, lists, cursors, tables, rows, lookups, calls, hashes, aggregations, sorters,
        windows, queues, limits, kernels, code, spans
    }
}

impl Program {
    /// The program as bytes. Comments are not written.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut sink = ByteSink::new();
        self.written().write(&mut sink);
        sink.finish()
    }

    /// The program as text, all of it: the listing is what people read of it.
    pub fn to_text(&self) -> String {
        let mut sink = TextSink::new();
        self.written().write(&mut sink);
        sink.finish()
    }

    /// The program that bytes stand for. Any bytes may be handed in; what comes out is not verified yet.
    pub fn from_bytes(bytes: &[u8], host: &dyn Host) -> Result<Program> {
        let mut source = ByteSource::new(bytes)?;
        let written = WrittenProgram::read(&mut source)?;
        source.finish()?;
        written.resolve(host)
    }

    /// The program that a text stands for. Any text may be handed in; what comes out is not verified yet.
    pub fn from_text(text: &str, host: &dyn Host) -> Result<Program> {
        let mut source = TextSource::new(text)?;
        let written = WrittenProgram::read(&mut source)?;
        source.finish()?;
        written.resolve(host)
    }

    pub(super) fn written(&self) -> WrittenProgram {
        let table = |read: &TableRead| WrittenTable {
            name: read.table.name().to_owned(),
            columns: read.columns.clone(),
            ranges: read.ranges.clone(),
        };
        let call = |call: &FunctionCall| WrittenCall {
            name: call.name.to_owned(),
            arguments: call.arguments.clone(),
            argument_types: call.argument_types.clone(),
            result_type: call.result_type.clone(),
            nulls: call.nulls,
            guard: call.guard,
        };
        let aggregate = |call: &AggregateCall| WrittenAggregate {
            name: call.name.to_owned(),
            argument_types: call.argument_types.clone(),
            result_type: call.result_type.clone(),
            distinct: call.distinct,
            filter: call.filter,
            span: call.span,
        };
        let aggregation = |spec: &AggregationSpec| WrittenAggregation {
            keys: spec.keys.clone(),
            calls: spec.calls.iter().map(aggregate).collect(),
        };
        WrittenProgram {
            parameters: self.parameters.clone(),
            spaces: self.spaces.clone(),
            registers: self.registers.clone(),
            lists: self.lists.clone(),
            cursors: self.cursors,
            tables: self.tables.iter().map(table).collect(),
            rows: self.rows.clone(),
            lookups: self.lookups.clone(),
            calls: self.calls.iter().map(call).collect(),
            hashes: self.hashes.clone(),
            aggregations: self.aggregations.iter().map(aggregation).collect(),
            sorters: self.sorters.clone(),
            windows: self.windows.iter().map(WrittenWindow::of).collect(),
            queues: self.queues.clone(),
            limits: self.limits.clone(),
            kernels: self.kernels.clone(),
            code: self.code.clone(),
            spans: self.spans.clone(),
        }
    }
}

impl WrittenProgram {
    /// The types of the parameters.
    pub(super) fn parameters(&self) -> &[DataType] {
        &self.parameters
    }

    /// Puts what the host has behind the names.
    pub(super) fn resolve(self, host: &dyn Host) -> Result<Program> {
        self.check_constants()?;
        let table = |read: WrittenTable| {
            let missing = || malformed(format_args!("there is no table '{}'", read.name));
            let table = host.table(&read.name).ok_or_else(missing)?;
            Ok(TableRead { table, columns: read.columns, ranges: read.ranges })
        };
        let call = |call: WrittenCall| {
            let found = host.function(&call.name, &call.argument_types, &call.result_type);
            let types: Vec<String> = call.argument_types.iter().map(DataType::to_string).collect();
            let missing = || malformed(format_args!("there is no function {}({})", call.name, types.join(", ")));
            let (name, function) = found.ok_or_else(missing)?;
            Ok(FunctionCall {
                function,
                name,
                arguments: call.arguments,
                argument_types: call.argument_types,
                result_type: call.result_type,
                nulls: call.nulls,
                guard: call.guard,
            })
        };
        let aggregation = |spec: WrittenAggregation| {
            let calls = spec.calls.into_iter().map(WrittenAggregate::resolve).collect::<Result<_>>()?;
            Ok(AggregationSpec { keys: spec.keys, calls })
        };
        Ok(Program {
            tables: self.tables.into_iter().map(table).collect::<Result<_>>()?,
            calls: self.calls.into_iter().map(call).collect::<Result<_>>()?,
            aggregations: self.aggregations.into_iter().map(aggregation).collect::<Result<_>>()?,
            comments: Vec::new(),
            parameters: self.parameters,
            spaces: self.spaces,
            registers: self.registers,
            lists: self.lists,
            cursors: self.cursors,
            rows: self.rows,
            lookups: self.lookups,
            hashes: self.hashes,
            sorters: self.sorters,
            windows: self.windows.into_iter().map(WrittenWindow::resolve).collect::<Result<_>>()?,
            queues: self.queues,
            limits: self.limits,
            kernels: self.kernels,
            code: self.code,
            spans: self.spans,
        })
    }

    /// Fails unless constants are of the types that are written beside them: functions trust that.
    fn check_constants(&self) -> Result<()> {
        for call in &self.calls {
            for (argument, data_type) in call.arguments.iter().zip(&call.argument_types) {
                if let Argument::Constant(value) = argument
                    && !is_of(value, data_type)
                {
                    return Err(malformed(format_args!("{value:?} is no {data_type}")));
                }
            }
        }
        for lookup in &self.lookups {
            if lookup.data_type.is_text() && !is_utf8(&lookup.values) {
                return Err(malformed("a text is not UTF-8"));
            }
        }
        // Which type a constant row's column has is known by the register that takes it.
        for op in &self.code {
            let Op::OpenRows { cursor, rows } = *op else { continue };
            let taken = self.code.iter().filter_map(|op| match op {
                Op::Column { cursor: of, columns, .. } if *of == cursor => self.lists.get(columns.index()),
                _ => None,
            });
            let Some(rows) = self.rows.get(rows.index()) else { continue };
            if rows.columns.iter().any(|column| column.len() < rows.rows) {
                return Err(malformed("a column of constant rows is too short"));
            }
            for (register, column) in taken.flatten().zip(&rows.columns) {
                let info = self.registers.get(register.index());
                if info.is_some_and(|info| info.data_type.is_text()) && !is_utf8(column) {
                    return Err(malformed("a text is not UTF-8"));
                }
            }
        }
        Ok(())
    }
}

impl WrittenAggregate {
    fn resolve(self) -> Result<AggregateCall> {
        let missing = || malformed(format_args!("there is no aggregate {}", self.name));
        let function = aggregates::find(&self.name).ok_or_else(missing)?;
        let overload = function.overload(&self.argument_types, &self.result_type).ok_or_else(missing)?;
        Ok(AggregateCall {
            name: function.name,
            states: overload.states,
            argument_types: self.argument_types,
            result_type: self.result_type,
            distinct: self.distinct,
            filter: self.filter,
            span: self.span,
        })
    }
}

impl WrittenWindow {
    fn of(spec: &WindowSpec) -> WrittenWindow {
        let call = |call: &WindowCall| WrittenWindowCall {
            name: call.name.to_owned(),
            arguments: call.arguments.clone(),
            argument_types: call.argument_types.clone(),
            filter: call.filter,
            result_type: call.result_type.clone(),
            frame: call.frame,
            span: call.span,
        };
        WrittenWindow {
            columns: spec.columns,
            partition_keys: spec.partition_keys,
            calls: spec.calls.iter().map(call).collect(),
        }
    }

    fn resolve(self) -> Result<WindowSpec> {
        let calls = self.calls.into_iter().map(WrittenWindowCall::resolve).collect::<Result<_>>()?;
        Ok(WindowSpec { columns: self.columns, partition_keys: self.partition_keys, calls })
    }
}

impl WrittenWindowCall {
    fn resolve(self) -> Result<WindowCall> {
        let missing = || malformed(format_args!("there is no window function {}", self.name));
        let (name, function) = match windows::find(&self.name) {
            Some(function) => {
                let fits = |overload: &&windows::WindowOverload| {
                    takes(overload.arguments, false, &self.argument_types)
                        && overload.result.of(&self.argument_types) == self.result_type
                };
                let overload = function.overloads.iter().find(fits).ok_or_else(missing)?;
                (function.name, WindowFunctionKind::Function(overload.scope, overload.body))
            }
            None => {
                let function = aggregates::find(&self.name).ok_or_else(missing)?;
                let overload = function.overload(&self.argument_types, &self.result_type).ok_or_else(missing)?;
                (function.name, WindowFunctionKind::Aggregate(overload.states))
            }
        };
        Ok(WindowCall {
            name,
            function,
            arguments: self.arguments,
            argument_types: self.argument_types,
            filter: self.filter,
            result_type: self.result_type,
            frame: self.frame,
            span: self.span,
        })
    }
}

fn is_utf8(vector: &Vector) -> bool {
    match &vector.values {
        Values::Text(text) => (0..text.len()).all(|row| std::str::from_utf8(text.get(row)).is_ok()),
        Values::List(list) => is_utf8(&list.child),
        Values::Struct(values) => values.children.iter().all(is_utf8),
        _ => true,
    }
}

/// Whether a value is one of this type, or NULL.
fn is_of(value: &Value, data_type: &DataType) -> bool {
    use crate::types::Form;
    match (value, data_type.form()) {
        (Value::Null, _) => true,
        (Value::Boolean(_), Form::Bits) => *data_type == DataType::Boolean,
        (Value::Integer(value), Form::I32) => i32::try_from(*value).is_ok(),
        (Value::Integer(_), Form::I64) | (Value::Wide(_), Form::I128) | (Value::Double(_), Form::F64) => true,
        (Value::Text(_), Form::Text) => data_type.is_text(),
        (Value::Blob(_), Form::Text) => *data_type == DataType::Blob,
        (Value::List(values), Form::List) => match data_type {
            DataType::List(element) | DataType::Array(element, _) => values.iter().all(|value| is_of(value, element)),
            _ => false,
        },
        (Value::Struct(values), Form::Struct) => match data_type {
            DataType::Struct(fields) => {
                values.len() == fields.len()
                    && values.iter().zip(fields.iter()).all(|(value, field)| is_of(value, &field.data_type))
            }
            _ => false,
        },
        _ => false,
    }
}
