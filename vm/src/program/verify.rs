//! The verifier of programs.
//!
//! It walks the instructions once, in order: jumps only leave a pipeline for the instruction behind it, or go back
//! to the start of a loop, so that is enough. It checks that
//!
//! - every operand names something that is there, and lists have the length and types that their instruction wants;
//! - pipelines (Rewind … Next) do not overlap, loops of probes (HashProbe … HashNext) nest in them, and loops of turns
//!   (QueueTurn or QueueRow … QueueLoop) around them;
//! - labels lead to where their instruction says: a loop's start, or behind the pipeline;
//! - row spaces are made before they are used and descend from one another as said;
//! - registers are written in the pipeline before they are read, once, and belong to the instruction's row space;
//! - forms, nullability and parameters fit what kernels declare;
//! - cursors, hash tables, aggregations, sorters and queues go through their states in order;
//! - every instruction that goes back (Next, HashNext, QueueLoop) is one that polls.

use super::verified::{Cut, Facts, Sharing, VerifiedProgram};
use super::verify_filter::Filtering;
use super::verify_proof::Proofs;
use super::verify_state::{OpenProbe, Pipeline, Signature, SinkState, State};
use super::{
    Band, HashId, HashSpec, JoinKind, Label, List, Op, Position, Program, RangeBound, Register, RegisterInfo, Space,
    SpaceOrigin,
};
use crate::error::{Error, Result};
use crate::kernel::{self, Kernel};
use crate::table::TableColumn;
use crate::types::{DataType, Form};

/// A reason for refusing an instruction.
pub(super) type Check<T = ()> = std::result::Result<T, String>;

/// Verifies a program and its kernels. A refusal is a bug of the program's maker and says where and why.
pub fn verify(mut program: Program) -> Result<VerifiedProgram> {
    let kernels = std::mem::take(&mut program.kernels);
    for (number, kernel) in kernels.iter().enumerate() {
        let rejected = |rejection| Error::internal(format!("kernel k{number} refused: {rejection}"));
        kernel::check(kernel).map_err(rejected)?;
    }
    let refused = |pc: usize, reason: String| {
        let name = program.code.get(pc).map_or("end", Op::name);
        Error::internal(format!("program refused at {pc}, {name}: {reason}"))
    };
    let mut verifier = Verifier::new(&program, &kernels);
    verifier.check_tables().map_err(|reason| refused(0, reason))?;
    for (pc, op) in program.code.iter().enumerate() {
        verifier.state.pc = pc;
        verifier.check(op).map_err(|reason| refused(pc, reason))?;
    }
    verifier.check_end().map_err(|reason| refused(program.code.len(), reason))?;
    let Verifier { facts, proofs, .. } = verifier;
    let kernels = kernels.into_iter().zip(proofs.into_kernels());
    let kernels =
        kernels.map(|(kernel, (proof, decisions))| kernel::narrowed(kernel, proof, decisions.as_deref())).collect();
    Ok(VerifiedProgram::new(program, kernels, facts))
}

pub(super) struct Verifier<'a> {
    pub(super) program: &'a Program,
    pub(super) kernels: &'a [Kernel],
    pub(super) state: State,
    pub(super) facts: Facts,
    pub(super) proofs: Proofs,
    pub(super) filtering: Filtering,
}

/// Fails with a reason unless a condition holds.
macro_rules! ensure {
    ($condition:expr, $($reason:tt)+) => {
        if !$condition {
            return Err(format!($($reason)+));
        }
    };
}
pub(super) use ensure;

/// Whether a column of `data_type` may lie in memory as `form`: as its own form, or one that widens to it.
pub(super) fn is_form_of(form: Form, data_type: &DataType) -> bool {
    let own = data_type.form();
    form == own
        || match own {
            Form::I32 => matches!(form, Form::I8 | Form::I16),
            Form::I64 => matches!(form, Form::I8 | Form::I16 | Form::I32),
            Form::I128 => matches!(form, Form::I8 | Form::I16 | Form::I32 | Form::I64),
            Form::F64 => form == Form::F32,
            Form::Bits | Form::I8 | Form::I16 | Form::F32 | Form::Text | Form::List | Form::Struct => false,
        }
}

/// Whether values of the type can be hashed and ordered.
pub(super) fn is_plain(data_type: &DataType) -> bool {
    !matches!(data_type.form(), Form::List | Form::Struct)
}

/// Whether a hash table can be looked up by ranges: by one integer, by a join that asks nothing about NULLs.
fn is_banded(spec: &HashSpec, band: Band) -> bool {
    let kind =
        matches!(spec.kind, JoinKind::Inner | JoinKind::Left | JoinKind::Semi | JoinKind::Anti | JoinKind::Single);
    let key = |key: &DataType| matches!(key.form(), Form::I8 | Form::I16 | Form::I32 | Form::I64);
    kind && band.ends() > 0 && spec.null_equal == [false] && spec.keys.iter().all(key)
}

impl<'a> Verifier<'a> {
    fn new(program: &'a Program, kernels: &'a [Kernel]) -> Verifier<'a> {
        let length = program.code.len();
        let facts = Facts {
            limits: vec![Vec::new(); length],
            anew: vec![Vec::new(); length],
            residual: vec![false; length],
            cuts: vec![Cut::Never; length],
            sharing: vec![Sharing::Alone; length],
            loops: Vec::new(),
            filters: vec![Vec::new(); program.hashes.len()],
            kernel_keys: vec![Vec::new(); kernels.len()],
            scan_filters: vec![None; length],
            used_spaces: vec![false; program.spaces.len()],
        };
        let proofs = Proofs::new(program, kernels.len());
        Verifier {
            program,
            kernels,
            state: State::new(program, kernels.len()),
            facts,
            proofs,
            filtering: Filtering::default(),
        }
    }

    /// What stands beside the code.
    fn check_tables(&self) -> Check {
        let program = self.program;
        ensure!(!program.code.is_empty(), "there is no code");
        ensure!(program.code.len() < u16::MAX as usize, "more code than labels reach");
        for (index, origin) in program.spaces.iter().enumerate() {
            if let SpaceOrigin::Selection(parent) = origin {
                ensure!(parent.index() < index, "w{index} comes before {parent}, whose rows it selects");
            }
        }
        for (index, register) in program.registers.iter().enumerate() {
            ensure!(
                register.space.index() < program.spaces.len(),
                "r{index} is of {}, which is not there",
                register.space
            );
            let (form, data_type) = (register.form, &register.data_type);
            ensure!(is_form_of(form, data_type), "r{index} holds {data_type} as {}", form.name());
        }
        for list in &program.lists {
            let missing = list.iter().find(|register| register.index() >= program.registers.len());
            ensure!(missing.is_none(), "a list names {}, which is not there", missing.unwrap_or(&Register(0)));
        }
        for spec in &program.hashes {
            ensure!(spec.keys.len() == spec.null_equal.len(), "a hash table's keys and NULL rules differ in number");
            ensure!(spec.keys.iter().all(is_plain), "a hash table's key is nested");
            ensure!(spec.band.is_none_or(|band| is_banded(spec, band)), "a hash table has no band by its keys");
        }
        for spec in &program.aggregations {
            let distinct =
                |call: &&crate::aggregates::AggregateCall| call.distinct == crate::aggregates::Distinct::Distinct;
            let arguments = spec.calls.iter().filter(distinct).flat_map(|call| &call.argument_types);
            ensure!(spec.keys.iter().chain(arguments).all(is_plain), "a nested value is grouped by");
        }
        for spec in &program.queues {
            ensure!(spec.columns.len() == spec.nullable.len(), "a queue's columns and their NULLs differ in number");
            let plain = spec.repeats == super::Repeats::Kept || spec.columns.iter().all(is_plain);
            ensure!(plain, "nested values are told apart");
        }
        for spec in &program.sorters {
            let plain = |key: &super::SortKey| spec.columns.get(key.column).is_some_and(is_plain);
            ensure!(spec.keys.iter().all(plain), "a sorter's key is nested or not there");
        }
        Ok(())
    }

    fn check_end(&self) -> Check {
        ensure!(self.state.pipeline.is_none(), "the last pipeline has no Next");
        ensure!(self.state.loops.is_empty(), "a turn has no QueueLoop");
        ensure!(matches!(self.program.code.last(), Some(Op::Halt {})), "it does not end with Halt");
        Ok(())
    }

    fn check(&mut self, op: &Op) -> Check {
        self.facts.cuts[self.state.pc] = self.state.pipeline.as_ref().map_or(Cut::Never, Pipeline::cut);
        match *op {
            Op::Init { target } => {
                ensure!(self.state.pc == 0 && target == Label(1), "only the first instruction begins, with the second");
            }
            Op::Halt {} => {
                self.state.outside()?;
                ensure!(self.state.pc + 1 == self.program.code.len(), "there is code behind it");
            }
            Op::OpenRead { .. } | Op::OpenRows { .. } | Op::AggFinal { .. } | Op::SortFinal { .. } => self.open(op)?,
            Op::WindowFinal { .. } | Op::HashRest { .. } => self.open(op)?,
            Op::OpenWaiting { cursor, queue } => self.open_waiting(cursor, queue)?,
            Op::OpenQueue { cursor, queue } => self.open_queue(cursor, queue)?,
            Op::Rewind { cursor, end } => self.rewind(cursor, end)?,
            Op::Column { cursor, space, columns } => self.column(cursor, space, columns)?,
            Op::Next { cursor, body } => self.next(cursor, body)?,
            Op::Kernel { kernel, space, passed, inputs, outputs } => {
                self.kernel(kernel, (space, passed), inputs, outputs)?;
            }
            Op::Function { call, space, result } => self.function(call, space, result)?,
            Op::Gather { space, from, to } => self.gather(space, from, to)?,
            Op::Lookup { lookup, space, from, to } => self.lookup(lookup, space, from, to)?,
            Op::HashOpen { hash } => self.state.step_sink(&hash, SinkState::Closed, SinkState::Open)?,
            Op::HashInsert { hash, space, keys, columns } => self.hash_insert(hash, space, keys, columns)?,
            Op::HashSeal { hash } => self.state.step_sink(&hash, SinkState::Open, SinkState::Ended)?,
            Op::HashProbe { hash, space, pairs, keys } => self.hash_probe(hash, space, pairs, keys)?,
            Op::HashMatch { hash, pairs, joined, mark } => self.hash_match(hash, pairs, joined, mark)?,
            Op::HashColumn { hash, space, column, to } => self.hash_column(hash, space, column, to)?,
            Op::HashNext { hash, pairs, body } => self.hash_next(hash, pairs, body)?,
            Op::AggOpen { agg } => self.state.step_sink(&agg, SinkState::Closed, SinkState::Open)?,
            Op::AggStep { agg, space, keys, arguments } => self.agg_step(agg, space, keys, arguments)?,
            Op::AggMerge { agg, kernel } => self.agg_merge(agg, kernel)?,
            Op::SortOpen { sorter } => self.state.step_sink(&sorter, SinkState::Closed, SinkState::Open)?,
            Op::SortInsert { sorter, space, columns } => {
                self.state.require_sink(&sorter, SinkState::Open)?;
                let nullable = self.read_columns(columns, space, &self.program.sorters[sorter.index()].columns)?;
                self.state.note_nullable(&sorter, &nullable);
            }
            Op::QueueOpen { queue } => self.state.step_sink(&queue, SinkState::Closed, SinkState::Open)?,
            Op::QueueInsert { queue, space, columns } => self.queue_insert(queue, space, columns)?,
            Op::QueueTurn { queue, step, end } => self.queue_turn(queue, step, end)?,
            Op::QueueStep { queue, end } => self.queue_step(queue, end)?,
            Op::QueueSeal { queue } => self.state.step_sink(&queue, SinkState::Open, SinkState::Ended)?,
            Op::QueueRow { queue, end } => self.queue_row(queue, end)?,
            Op::QueueLoop { queue, turn } => self.queue_loop(queue, turn)?,
            Op::Limit { limit, space, kept, end } => self.limit(limit, (space, kept), end)?,
            Op::ResultRow { space, columns } | Op::Insert { space, columns } => self.deliver(space, columns)?,
            Op::Delete { space, columns } | Op::Update { space, columns } => {
                self.deliver(space, columns)?;
                let first = self.program.lists[columns.index()].first();
                let info = first.map(|register| &self.program.registers[register.index()]);
                let is_number = |info: &RegisterInfo| {
                    (&info.data_type, info.form, info.nullable) == (&DataType::BigInt, Form::I64, false)
                };
                ensure!(info.is_some_and(is_number), "its first column is not the numbers of rows");
            }
        }
        self.note_filter(op);
        Ok(())
    }

    /// Rows leave the program.
    fn deliver(&mut self, space: Space, columns: List) -> Check {
        let list = self.program.lists.get(columns.index()).ok_or_else(|| format!("{columns} is not there"))?;
        self.read_list(list, space)?;
        self.state.inside()?.delivered.push(space);
        Ok(())
    }

    /// Instructions that open a cursor.
    fn open(&mut self, op: &Op) -> Check {
        let (cursor, signature) = match *op {
            Op::OpenRead { cursor, table } => (cursor, self.table_signature(table)?),
            Op::OpenRows { cursor, rows } => (cursor, self.rows_signature(rows)?),
            Op::AggFinal { cursor, agg } => {
                self.state.step_sink(&agg, SinkState::Open, SinkState::Ended)?;
                (cursor, self.groups_signature(agg))
            }
            Op::SortFinal { cursor, sorter } => {
                self.state.step_sink(&sorter, SinkState::Open, SinkState::Ended)?;
                (cursor, self.sorted_signature(sorter))
            }
            Op::WindowFinal { cursor, sorter, window } => {
                self.state.step_sink(&sorter, SinkState::Open, SinkState::Ended)?;
                (cursor, self.window_signature(sorter, window)?)
            }
            Op::HashRest { cursor, hash } => {
                self.state.require_sink(&hash, SinkState::Ended)?;
                (cursor, self.rest_signature(hash)?)
            }
            _ => return Err("it opens no cursor".to_owned()),
        };
        let table = if let Op::OpenRead { table, .. } = *op { Some(table) } else { None };
        self.state.open_cursor(cursor, signature)?;
        self.proofs.open(cursor, table.map(|table| (table, self.state.pc)));
        Ok(())
    }

    fn rewind(&mut self, cursor: super::Cursor, end: Label) -> Check {
        self.state.outside()?;
        let signature = self.state.take_cursor(cursor)?;
        self.state.pipeline = Some(Pipeline::new(self.program, self.state.pc, cursor, end, signature));
        Ok(())
    }

    fn next(&mut self, cursor: super::Cursor, body: Label) -> Check {
        let pc = self.state.pc;
        let pipeline = self.state.inside()?;
        ensure!(pipeline.cursor == cursor, "the pipeline reads {}", pipeline.cursor);
        ensure!(body.index() == pipeline.start + 1, "it leads to {body}, not to the pipeline's start");
        ensure!(pipeline.end.index() == pc + 1, "Rewind leads to {}, not behind the pipeline", pipeline.end);
        ensure!(pipeline.probes.is_empty(), "a probe has no HashNext");
        self.facts.limits[pc] = pipeline.limits.iter().map(|(at, limit, _)| (*at, *limit)).collect();
        self.facts.sharing[pipeline.start] = pipeline.sharing();
        self.state.pipeline = None;
        Ok(())
    }

    fn limit(&mut self, limit: super::LimitId, (space, kept): (Space, Space), end: Label) -> Check {
        ensure!(limit.index() < self.program.limits.len(), "{limit} is not there");
        self.define_selection(kept, space)?;
        let pc = self.state.pc;
        let pipeline = self.state.inside()?;
        ensure!(end == pipeline.end, "it leads to {end}, not behind the pipeline");
        pipeline.limits.push((pc, limit, kept));
        for open in &mut self.state.loops {
            match open.step {
                None => open.given.push((pc, limit)),
                Some(_) => open.stepped.push(limit),
            }
        }
        let pipeline = self.state.inside()?;
        // The pipeline's start asks too: a LIMIT that an earlier pipeline has used up leaves nothing to read.
        let start = pipeline.start;
        self.facts.limits[start].push((pc, limit));
        Ok(())
    }

    fn hash_insert(&mut self, hash: HashId, space: Space, keys: List, columns: List) -> Check {
        self.state.require_sink(&hash, SinkState::Open)?;
        let spec = self.hash_spec(hash)?;
        self.read_columns(keys, space, &spec.keys)?;
        let nullable = self.read_columns(columns, space, &spec.columns)?;
        self.state.note_nullable(&hash, &nullable);
        Ok(())
    }

    fn hash_probe(&mut self, hash: HashId, space: Space, pairs: Space, keys: List) -> Check {
        self.state.require_sink(&hash, SinkState::Ended)?;
        let spec = self.hash_spec(hash)?;
        match spec.band {
            None => self.read_columns(keys, space, &spec.keys)?,
            Some(band) => self.read_columns(keys, space, &vec![spec.keys[0].clone(); band.ends()])?,
        };
        self.define_selection(pairs, space)?;
        let pc = self.state.pc;
        let kind = self.hash_spec(hash)?.kind;
        let pipeline = self.state.inside()?;
        pipeline.open_probe(OpenProbe::new(hash, pc, space, pairs))?;
        if kind == JoinKind::Inner {
            // Each pair goes on as it is: there is nothing to settle.
            pipeline.set_joined(pairs);
        }
        Ok(())
    }

    /// Rows may be dropped by the keys of a hash table.
    pub(super) fn key_filter(&mut self, hash: HashId, part: usize) -> Check {
        self.state.require_sink(&hash, SinkState::Ended)?;
        let spec = self.hash_spec(hash)?;
        ensure!(spec.band.is_none(), "{hash} is looked up by ranges");
        ensure!(spec.kind.drops_unmatched(), "{hash} is that of a join that gives rows without a partner");
        let data_type = spec.keys.get(part).ok_or_else(|| format!("{hash} has no key {part}"))?;
        ensure!(!spec.null_equal[part], "key {part} of {hash} may equal NULL");
        ensure!(matches!(data_type.form(), Form::I32 | Form::I64), "key {part} of {hash} is no integer");
        let filters = &mut self.facts.filters[hash.index()];
        if !filters.contains(&part) {
            filters.push(part);
        }
        Ok(())
    }

    fn hash_match(&mut self, hash: HashId, pairs: Space, joined: Space, mark: Register) -> Check {
        let program = self.program;
        self.use_space(pairs)?;
        let spec = self.hash_spec(hash)?;
        let probe = *self.state.inside()?.innermost(hash)?;
        ensure!(probe.joined.is_none_or(|joined| joined == probe.pairs), "{hash} is matched already");
        ensure!(self.descends(pairs, probe.pairs), "{pairs} does not descend from {}", probe.pairs);
        self.define_selection(joined, probe.space)?;
        self.facts.residual[probe.pc] = pairs != probe.pairs;
        self.state.inside()?.set_joined(joined);
        if spec.kind == JoinKind::Mark {
            self.write(mark, joined)?;
            let info = &program.registers[mark.index()];
            ensure!(info.form == Form::Bits && info.nullable, "{mark} is not a BOOLEAN that may be NULL");
        }
        Ok(())
    }

    fn hash_column(&mut self, hash: HashId, space: Space, column: Position, to: Register) -> Check {
        self.use_space(space)?;
        let spec = self.hash_spec(hash)?;
        let probe = *self.state.inside()?.probe(hash)?;
        let joined = probe.joined.is_some_and(|joined| self.descends(space, joined));
        ensure!(joined || self.descends(space, probe.pairs), "{space} is made up neither of pairs nor of joined rows");
        ensure!(!joined || spec.kind.gives_pairs(), "joined rows have no partner");
        let data_type = spec.columns.get(column.index()).ok_or_else(|| format!("there is no column {}", column.0))?;
        let outer = joined && spec.kind != JoinKind::Inner;
        let nullable = outer || self.state.nullable(&hash)[column.index()];
        self.write_column(to, space, data_type, data_type.form(), nullable)
    }

    fn hash_next(&mut self, hash: HashId, pairs: Space, body: Label) -> Check {
        let pc = self.state.pc;
        let pipeline = self.state.inside()?;
        let probe = *pipeline.innermost(hash)?;
        ensure!(probe.joined.is_some(), "{hash} has no HashMatch");
        ensure!(probe.pairs == pairs, "the pairs of {hash} are {}", probe.pairs);
        ensure!(body.index() == probe.pc + 1, "it leads to {body}, not behind the probe");
        let within = pipeline.limits.iter().filter(|(at, ..)| *at > probe.pc);
        self.facts.limits[pc] = within.map(|(at, limit, _)| (*at, *limit)).collect();
        pipeline.close_probe();
        Ok(())
    }

    fn hash_spec(&self, hash: HashId) -> Check<&'a HashSpec> {
        self.program.hashes.get(hash.index()).ok_or_else(|| format!("{hash} is not there"))
    }

    /// What a cursor over a build side's rows gives.
    fn rest_signature(&self, hash: HashId) -> Check<Signature> {
        let spec = self.hash_spec(hash)?;
        ensure!(spec.kind.gives_rest(), "a {:?} join gives no rows of {hash} by themselves", spec.kind);
        let column = |(column, nullable): (&DataType, &bool)| (Some(column.clone()), column.form(), Some(*nullable));
        Ok(spec.columns.iter().zip(self.state.nullable(&hash)).map(column).collect())
    }

    /// What a cursor over a table gives.
    fn table_signature(&self, table: super::TableId) -> Check<Signature> {
        let read = self.program.tables.get(table.index()).ok_or_else(|| format!("{table} is not there"))?;
        let find =
            |position: usize| read.table.column(position).ok_or_else(|| format!("{table} has no column {position}"));
        let column = |position: &usize| {
            let column = find(*position)?;
            let coded = read.table.dictionary(*position).is_some();
            let data_type = if coded { DataType::Integer } else { column.data_type.clone() };
            Ok((Some(data_type), read.table.form(*position).unwrap_or(column.form), Some(column.nullable)))
        };
        for range in &read.ranges {
            let column = find(range.column)?;
            self.range_bound(&range.low, column)?;
            self.range_bound(&range.high, column)?;
        }
        read.columns.iter().map(column).collect()
    }

    fn range_bound(&self, bound: &RangeBound, column: &TableColumn) -> Check {
        match bound {
            RangeBound::Open | RangeBound::Constant(_) => {}
            RangeBound::Parameter(number) => {
                let declared = self.program.parameters.get(usize::from(*number));
                let same = declared == Some(&column.data_type);
                ensure!(same, "column {} is compared with parameter {number}", column.name);
            }
            RangeBound::Build(hash) => {
                self.state.require_sink(hash, SinkState::Ended)?;
                let spec = self.hash_spec(*hash)?;
                let same = spec.keys == [column.data_type.clone()] && spec.null_equal == [false] && spec.band.is_none();
                ensure!(same, "column {} is compared with the keys of {hash}", column.name);
            }
        }
        Ok(())
    }

    fn rows_signature(&self, rows: super::RowsId) -> Check<Signature> {
        let constant = self.program.rows.get(rows.index()).ok_or_else(|| format!("{rows} is not there"))?;
        let lengths = constant.columns.iter().all(|column| column.len() == constant.rows);
        ensure!(lengths, "a column of {rows} has not {} rows", constant.rows);
        let column = |column: &crate::vector::Vector| (None, column.form(), Some(column.validity.bits().is_some()));
        Ok(constant.columns.iter().map(column).collect())
    }

    fn groups_signature(&self, agg: super::AggId) -> Signature {
        let spec = &self.program.aggregations[agg.index()];
        let nullable = self.state.nullable(&agg);
        let key = |(key, nullable): (&DataType, &bool)| (Some(key.clone()), key.form(), Some(*nullable));
        let keys = spec.keys.iter().zip(nullable).map(key);
        // Whether a result may be NULL is the aggregate's to know.
        let calls = spec.calls.iter().map(|call| (Some(call.result_type.clone()), call.result_type.form(), None));
        keys.chain(calls).collect()
    }

    fn window_signature(&self, sorter: super::SorterId, window: super::WindowId) -> Check<Signature> {
        let spec = self.program.windows.get(window.index()).ok_or_else(|| format!("{window} is not there"))?;
        let sorted = &self.program.sorters[sorter.index()];
        ensure!(sorted.limit.is_none(), "{sorter} does not keep all rows");
        ensure!(spec.partition_keys <= sorted.keys.len(), "{} keys for a partition by more", sorted.keys.len());
        ensure!(spec.columns <= sorted.columns.len(), "{sorter} has fewer columns than come out");
        let mut signature = self.sorted_signature(sorter);
        signature.truncate(spec.columns);
        for call in &spec.calls {
            ensure!(
                call.arguments.len() == call.argument_types.len(),
                "a window function's arguments and types differ"
            );
            for (argument, data_type) in call.arguments.iter().zip(&call.argument_types) {
                let column = sorted.columns.get(*argument).ok_or_else(|| format!("there is no column {argument}"))?;
                ensure!(column == data_type, "an argument is {column}, not {data_type}");
            }
            if let Some(filter) = call.filter {
                ensure!(sorted.columns.get(filter) == Some(&DataType::Boolean), "a filter is no BOOLEAN");
            }
            // Whether a result may be NULL is the function's to know.
            signature.push((Some(call.result_type.clone()), call.result_type.form(), None));
        }
        Ok(signature)
    }

    fn sorted_signature(&self, sorter: super::SorterId) -> Signature {
        let columns = self.program.sorters[sorter.index()].columns.iter();
        let column = |(column, nullable): (&DataType, &bool)| (Some(column.clone()), column.form(), Some(*nullable));
        columns.zip(self.state.nullable(&sorter)).map(column).collect()
    }
}
