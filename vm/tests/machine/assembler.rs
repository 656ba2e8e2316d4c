//! Builds small programs by hand and runs them.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rowmill_vm::aggregates::{self, AggregateCall, Distinct, Filter};
use rowmill_vm::functions::ResultType;
use rowmill_vm::kernel::{Comparison, KernelBuilder};
use rowmill_vm::machine::Machine;
use rowmill_vm::program::*;
use rowmill_vm::{Context, DataType, Form, MemoryAccount, Result, Span, Value, Vector, format};

/// A program in the making.
#[derive(Default)]
pub(crate) struct Assembler {
    pub(crate) program: Program,
    /// The Rewind of the open pipeline.
    rewind: usize,
}

/// A value written short: `i(3)`, `t("x")`, `NULL`.
pub(crate) const NULL: Value = Value::Null;

pub(crate) fn i(value: i64) -> Value {
    Value::Integer(value)
}

pub(crate) fn t(value: &str) -> Value {
    Value::text(value)
}

/// A column of BIGINT.
pub(crate) fn ints(values: &[Option<i64>]) -> (DataType, Vec<Value>) {
    (DataType::BigInt, values.iter().map(|value| value.map_or(NULL, i)).collect())
}

/// A column of VARCHAR.
pub(crate) fn texts(values: &[&str]) -> (DataType, Vec<Value>) {
    (DataType::Varchar, values.iter().map(|value| if *value == "NULL" { NULL } else { t(value) }).collect())
}

impl Assembler {
    pub(crate) fn new() -> Assembler {
        let mut assembler = Assembler::default();
        assembler.op(Op::Init { target: Label(1) });
        assembler
    }

    pub(crate) fn op(&mut self, op: Op) -> usize {
        self.program.code.push(op);
        self.program.spans.push(Span::NONE);
        self.program.code.len() - 1
    }

    pub(crate) fn space(&mut self, origin: SpaceOrigin) -> Space {
        self.program.spaces.push(origin);
        Space(self.program.spaces.len() as u16 - 1)
    }

    pub(crate) fn selection(&mut self, parent: Space) -> Space {
        self.space(SpaceOrigin::Selection(parent))
    }

    pub(crate) fn register(&mut self, data_type: &DataType, space: Space) -> Register {
        let info = RegisterInfo { data_type: data_type.clone(), form: data_type.form(), nullable: true, space };
        self.program.registers.push(info);
        Register(self.program.registers.len() as u16 - 1)
    }

    pub(crate) fn list(&mut self, registers: &[Register]) -> List {
        self.program.lists.push(registers.to_vec());
        List(self.program.lists.len() as u16 - 1)
    }

    pub(crate) fn cursor(&mut self) -> Cursor {
        self.program.cursors += 1;
        Cursor(self.program.cursors - 1)
    }

    /// Begins a pipeline over a cursor that is open.
    pub(crate) fn pipeline(&mut self, cursor: Cursor, types: &[DataType]) -> (Space, Vec<Register>) {
        let space = self.space(SpaceOrigin::Cursor);
        let registers: Vec<Register> = types.iter().map(|data_type| self.register(data_type, space)).collect();
        self.rewind = self.op(Op::Rewind { cursor, end: Label(0) });
        let columns = self.list(&registers);
        self.op(Op::Column { cursor, space, columns });
        (space, registers)
    }

    /// Begins a pipeline over constant rows.
    pub(crate) fn scan(&mut self, columns: &[(DataType, Vec<Value>)]) -> (Space, Vec<Register>) {
        let rows = columns.first().map_or(0, |(_, values)| values.len());
        let vector = |(data_type, values): &(DataType, Vec<Value>)| {
            let mut vector = Vector::empty(data_type.form());
            values.iter().for_each(|value| vector.push(value));
            vector.into_shared()
        };
        self.program.rows.push(ConstantRows { columns: columns.iter().map(vector).collect(), rows });
        let rows = RowsId(self.program.rows.len() as u16 - 1);
        let cursor = self.cursor();
        self.op(Op::OpenRows { cursor, rows });
        let types: Vec<DataType> = columns.iter().map(|(data_type, _)| data_type.clone()).collect();
        self.pipeline(cursor, &types)
    }

    /// Lets the scan's column of number `index` lie in memory as 16 bits.
    pub(crate) fn narrow(&mut self, index: usize, register: Register) {
        let column = &mut self.program.rows.last_mut().expect("a scan").columns[index];
        let mut narrowed = Vector::empty(Form::I16);
        (0..column.len()).for_each(|row| narrowed.push(&column.value(row, &DataType::BigInt)));
        *column = narrowed;
        self.program.registers[register.index()].form = Form::I16;
    }

    /// Ends the pipeline.
    pub(crate) fn next(&mut self) {
        let rewind = self.rewind;
        let Op::Rewind { cursor, end } = &mut self.program.code[rewind] else { panic!("a pipeline is open") };
        *end = Label(0);
        let cursor = *cursor;
        let next = self.op(Op::Next { cursor, body: Label(rewind as u16 + 1) });
        let after = Label(next as u16 + 1);
        if let Op::Rewind { end, .. } = &mut self.program.code[rewind] {
            *end = after;
        }
        for op in &mut self.program.code[rewind..] {
            if let Op::Limit { end, .. } = op {
                *end = after;
            }
        }
    }

    /// Gives rows, ends the pipeline and the program.
    pub(crate) fn finish(mut self, space: Space, columns: &[Register]) -> Program {
        let columns = self.list(columns);
        self.op(Op::ResultRow { space, columns });
        self.next();
        self.op(Op::Halt {});
        self.program
    }

    pub(crate) fn gather(&mut self, space: Space, from: Register) -> Register {
        let data_type = self.program.registers[from.index()].data_type.clone();
        let to = self.register(&data_type, space);
        self.op(Op::Gather { space, from, to });
        to
    }

    /// Keeps the rows in which a BIGINT column compares with a constant as said.
    pub(crate) fn filter(&mut self, space: Space, column: Register, comparison: Comparison, constant: i64) -> Space {
        let mut kernel = KernelBuilder::new();
        let input = kernel.input(Form::I64, true);
        let value = kernel.load(input);
        let valid = kernel.load_valid(input);
        let constant = kernel.integer(rowmill_vm::Lane::I64, constant.into());
        let is = kernel.compare(comparison, rowmill_vm::Lane::I64, value, constant);
        let passes = kernel.and(valid, is);
        kernel.need(passes);
        self.program.kernels.push(kernel.finish());
        let kernel = KernelId(self.program.kernels.len() as u16 - 1);
        let passed = self.selection(space);
        let (inputs, outputs) = (self.list(&[column]), self.list(&[]));
        self.op(Op::Kernel { kernel, space, passed, inputs, outputs });
        passed
    }

    /// A constant divided by a BIGINT column; fails on zero.
    pub(crate) fn divide(&mut self, constant: i64, space: Space, column: Register) -> Register {
        let lane = rowmill_vm::Lane::I64;
        let mut kernel = KernelBuilder::new();
        let input = kernel.input(Form::I64, true);
        let value = kernel.load(input);
        let valid = kernel.load_valid(input);
        let constant = kernel.integer(lane, constant.into());
        let quotient = kernel.div_checked(lane, constant, value, valid);
        kernel.store(lane, quotient, valid, true);
        self.program.kernels.push(kernel.finish());
        let kernel = KernelId(self.program.kernels.len() as u16 - 1);
        let result = self.register(&DataType::BigInt, space);
        let (inputs, outputs) = (self.list(&[column]), self.list(&[result]));
        self.op(Op::Kernel { kernel, space, passed: space, inputs, outputs });
        result
    }

    /// An aggregate by name, over arguments of types.
    pub(crate) fn aggregate(name: &str, argument_types: &[DataType]) -> AggregateCall {
        let function = aggregates::find(name).expect("an aggregate");
        use rowmill_vm::functions::TypePattern as P;
        let fits = |(pattern, data_type): (&P, &DataType)| match pattern {
            P::AnyInteger => data_type.is_integer(),
            P::AnyDecimal => matches!(data_type, DataType::Decimal { .. }),
            P::Double => data_type.is_float(),
            _ => true,
        };
        let overload = function
            .overloads
            .iter()
            .find(|o| o.arguments.len() == argument_types.len() && o.arguments.iter().zip(argument_types).all(fits))
            .expect("an overload");
        let result_type = match &overload.result {
            ResultType::Fixed(data_type) => data_type.clone(),
            ResultType::Argument(index) => argument_types[*index].clone(),
            ResultType::Rule(rule) => rule(argument_types),
        };
        AggregateCall {
            name: function.name,
            states: overload.states,
            argument_types: argument_types.to_vec(),
            result_type,
            distinct: Distinct::All,
            filter: Filter::None,
            span: Span::NONE,
        }
    }
}

/// Runs a program with batches of at most `batch_rows`.
pub(crate) fn run(verified: &VerifiedProgram, batch_rows: usize, limit_bytes: u64) -> Result<Vec<String>> {
    let interrupt = Arc::new(AtomicBool::new(false));
    let context = Context::new(MemoryAccount::new(limit_bytes), interrupt, None, batch_rows);
    let memory = Arc::clone(&context.memory);
    let mut machine = Machine::new(verified, &[], context, None)?;
    let code = &verified.program().code;
    let types: Vec<DataType> = code
        .iter()
        .find_map(|op| match op {
            Op::ResultRow { columns, .. } => Some(&verified.program().lists[columns.index()]),
            _ => None,
        })
        .map(|list| list.iter().map(|r| verified.program().registers[r.index()].data_type.clone()).collect())
        .unwrap_or_default();
    let mut lines = Vec::new();
    loop {
        match machine.next_batch() {
            Ok(None) => break,
            Ok(Some(batch)) => {
                assert!(batch.rows <= batch_rows, "{} rows in a batch of {batch_rows}", batch.rows);
                for row in 0..batch.rows {
                    let cell = |(column, data_type)| text(column, row, data_type);
                    lines.push(batch.columns().zip(&types).map(cell).collect::<Vec<_>>().join("|"));
                }
            }
            Err(error) => {
                lines.push(error.to_string());
                break;
            }
        }
    }
    drop(machine);
    assert_eq!(memory.used_bytes(), 0, "all memory is given back");
    Ok(lines)
}

fn text(column: &Vector, row: usize, data_type: &DataType) -> String {
    let mut text = String::new();
    if column.validity.is_valid(row) {
        format::write_text(column, row, data_type, &mut text)
    } else {
        text.push('~')
    }
    text
}

/// The rows of a program, one a line; the same for every batch size. NULL prints as `~`.
#[track_caller]
pub(crate) fn check(program: Program, expected: &str) {
    crate::codec::comes_back(&program);
    let verified = verify(program).expect("a program that the verifier accepts");
    for batch_rows in [2048, 7, 3, 1] {
        let lines = run(&verified, batch_rows, u64::MAX / 2).expect("a machine").join("\n");
        assert_eq!(lines, expected, "with batches of {batch_rows} rows");
    }
    // With little memory it is the same, or an error that says so.
    for limit_bytes in (6..20).map(|bits| 1 << bits) {
        let lines = run(&verified, 3, limit_bytes).expect("a machine");
        let refused = lines.last().is_some_and(|line| line.starts_with("limit error: memory limit"));
        assert!(refused || lines.join("\n") == expected, "with {limit_bytes} bytes: {lines:?}");
    }
}
