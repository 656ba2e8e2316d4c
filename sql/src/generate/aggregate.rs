//! Aggregates: by accumulators of a kernel where groups are few, else by a table of groups.

use rowmill_vm::aggregates::{AggregateCall, Distinct, Filter};
use rowmill_vm::program::{AggId, AggregationSpec, Cursor, KernelId, LookupId, Op};
use rowmill_vm::{DataType, Result, Span};

use super::batch::Batch;
use super::packed_key::PackedKey;
use super::pipeline::{Consume, Held, is_one_stream};
use super::{Generator, number};
use crate::plan::{AggregateExpr, ColumnId, Expr, Plan};

/// An aggregate, and the column that it becomes.
type Call = (ColumnId, AggregateExpr);

/// What there is to know of an aggregation once its input is generated.
struct Grouping {
    /// Kernels that accumulate.
    merges: Vec<KernelId>,
    /// For each key the strings whose numbers stand for it.
    coded: Vec<Option<LookupId>>,
    /// In place of keys, one that is packed of all of them.
    packed: Option<PackedKey>,
    /// For each key, and then for each aggregate, whether it may be NULL.
    nullable: Vec<bool>,
    nullable_results: Vec<bool>,
}

impl<'a> Generator<'a> {
    pub(super) fn produce_aggregate(
        &mut self,
        input: &Plan,
        keys: &[(ColumnId, Expr)],
        calls: &[Call],
        consume: Consume<'_, 'a>,
    ) -> Result<()> {
        let agg = number(self.program.aggregations.len(), "aggregations").map(AggId)?;
        self.program.aggregations.push(AggregationSpec {
            keys: keys.iter().map(|(_, key)| key.data_type.clone()).collect(),
            calls: calls.iter().map(|(_, call)| aggregate_call(call)).collect(),
        });
        self.emit(Op::AggOpen { agg }, Span::NONE, String::new)?;
        let mut grouping = Grouping {
            merges: Vec::new(),
            coded: vec![None; keys.len()],
            packed: None,
            nullable: vec![false; keys.len()],
            // What an aggregate gives of values that may be NULL may be NULL, but for those that only count.
            nullable_results: calls.iter().map(|(id, _)| self.columns.get(*id).nullable).collect(),
        };
        // Several streams may code a column differently, or have other bounds.
        let is_one_stream = is_one_stream(input);
        self.produce(input, &mut |generator, batch| {
            generator.aggregate_batch(batch, agg, (keys, calls), is_one_stream, &mut grouping)
        })?;
        for kernel in &grouping.merges {
            self.emit(Op::AggMerge { agg, kernel: *kernel }, Span::NONE, || format!("accumulators of {kernel}"))?;
        }
        let cursor = self.cursor()?;
        self.emit(Op::AggFinal { cursor, agg }, Span::NONE, || "groups".into())?;
        let keys: Vec<ColumnId> = keys.iter().map(|(column, _)| *column).collect();
        let results: Vec<ColumnId> = calls.iter().map(|(column, _)| *column).collect();
        self.run_groups((cursor, agg), &keys, &results, grouping, consume)
    }

    /// What becomes of a batch of the input.
    fn aggregate_batch(
        &mut self,
        batch: &mut Batch,
        agg: AggId,
        (keys, calls): (&[(ColumnId, Expr)], &[Call]),
        is_one_stream: bool,
        grouping: &mut Grouping,
    ) -> Result<()> {
        // Groups of several streams come in the order of the streams, which those of kernels do not.
        if let Some(accumulating) = self.accumulate_if_few(batch, keys, calls, is_one_stream)? {
            grouping.merges.push(accumulating.kernel);
            (grouping.nullable, grouping.coded) = (accumulating.nullable, accumulating.coded);
            let results = calls.iter().zip(&mut grouping.nullable_results);
            for (((_, call), nullable), argument) in results.zip(accumulating.nullable_arguments) {
                *nullable |= call.overload.empty_is_null && argument;
            }
            return Ok(());
        }
        let arguments = calls.iter().flat_map(|(_, call)| call.arguments.iter().chain(&call.filter)).cloned();
        let exprs: Vec<Expr> = keys.iter().map(|(_, key)| batch.expand(key.clone())).collect();
        if is_one_stream {
            grouping.packed = self.packed_groups(batch, &exprs);
        }
        let (mut registers, keys) = match &grouping.packed {
            Some(packed) => {
                let key = self.packed_expr(batch, packed);
                (self.materialize(batch, [key].into_iter().chain(arguments).collect())?, 1)
            }
            None => {
                let coded = if is_one_stream { &mut grouping.coded[..] } else { &mut [] };
                let count = exprs.len();
                (self.materialize_coded(batch, exprs.into_iter().chain(arguments).collect(), coded)?, count)
            }
        };
        let arguments = registers.split_off(keys);
        if grouping.packed.is_none() {
            self.note_nullable(&mut grouping.nullable, &registers);
        }
        let mut rest = &arguments[..];
        for ((_, call), nullable) in calls.iter().zip(&mut grouping.nullable_results) {
            let (own, others) = rest.split_at(call.arguments.len());
            rest = &others[usize::from(call.filter.is_some())..];
            *nullable |= call.overload.empty_is_null && own.iter().any(|own| self.info(*own).nullable);
        }
        let (keys, arguments) = (self.list(registers)?, self.list(arguments)?);
        self.emit(Op::AggStep { agg, space: batch.space, keys, arguments }, Span::NONE, String::new)?;
        Ok(())
    }

    /// A loop over the groups.
    fn run_groups(
        &mut self,
        (cursor, agg): (Cursor, AggId),
        keys: &[ColumnId],
        results: &[ColumnId],
        grouping: Grouping,
        consume: Consume<'_, 'a>,
    ) -> Result<()> {
        let Grouping { coded, packed, nullable, nullable_results, .. } = grouping;
        let held_results = self.held_back(results, &nullable_results);
        let mut held = self.held_back(keys, &nullable);
        let spec = &mut self.program.aggregations[agg.index()].keys;
        let Some(packed) = packed else {
            for ((held, key), strings) in held.iter_mut().zip(spec).zip(coded) {
                if let Some(strings) = strings {
                    *key = DataType::Integer;
                    *held = Held::codes(key.form(), held.nullable, strings);
                }
            }
            held.extend(held_results);
            return self.run_cursor(cursor, &[keys, results].concat(), held, consume);
        };
        *spec = vec![DataType::BigInt];
        let key = self.hoisted_column();
        let columns: Vec<ColumnId> = [key].into_iter().chain(results.iter().copied()).collect();
        let held = [Held::plain(DataType::BigInt, false)].into_iter().chain(held_results).collect();
        self.run_cursor(cursor, &columns, held, &mut |generator, batch| {
            generator.unpack(batch, key, &packed, keys)?;
            consume(generator, batch)
        })
    }
}

fn aggregate_call(call: &AggregateExpr) -> AggregateCall {
    AggregateCall {
        name: call.function.name,
        states: call.overload.states,
        argument_types: call.arguments.iter().map(|argument| argument.data_type.clone()).collect(),
        result_type: call.data_type.clone(),
        distinct: if call.distinct { Distinct::Distinct } else { Distinct::All },
        filter: if call.filter.is_some() { Filter::Last } else { Filter::None },
        span: call.span,
    }
}
