//! Joins as pipelines: a build side, and a loop over the pairs that the probe side's rows have with it.

use rowmill_vm::program::{HashId, HashSpec, JoinKind, LookupId, Op, Position, RegisterInfo, SpaceOrigin};
use rowmill_vm::{DataType, Form, Result, Span, Value};

use super::batch::{Batch, BuildColumn, Codes};
use super::packed_key::PackedKey;
use super::pipeline::{Consume, Held, is_one_stream};
use super::{Generator, number, ranges};
use crate::optimize::BandCondition;
use crate::plan::{ColumnId, Expr, ExprKind, JoinKey, Plan};

/// The columns that a build side keeps.
pub(super) type Payload = Vec<Kept>;

/// A column that a build side keeps.
#[derive(Clone, Copy)]
pub(super) struct Kept {
    column: ColumnId,
    nullable: bool,
    /// The strings whose numbers are kept in place of text.
    strings: Option<LookupId>,
}

/// The parts of [`Plan::Join`].
pub(super) struct Join<'p> {
    pub(super) kind: JoinKind,
    pub(super) probe: &'p Plan,
    pub(super) build: &'p Plan,
    pub(super) keys: &'p [JoinKey],
    /// In place of keys, the range that a value of the build side must lie in.
    band: Option<BandCondition<'p>>,
    /// In place of keys, one of each side, if they can be packed.
    pub(super) packed: Option<(PackedKey, PackedKey)>,
    residual: &'p [Expr],
    mark: Option<ColumnId>,
    span: Span,
}

impl<'p> Join<'p> {
    /// The parts of a plan that is a join.
    pub(super) fn of(plan: &'p Plan) -> Join<'p> {
        match plan {
            Plan::Join { kind, probe, build, keys, residual, mark, span } => {
                let band = if keys.is_empty() { BandCondition::of(*kind, (probe, build), residual) } else { None };
                let packed = PackedKey::of(*kind, (probe, build), keys);
                Join { kind: *kind, probe, build, keys, band, packed, residual, mark: *mark, span: *span }
            }
            _ => unreachable!("only asked of joins"),
        }
    }

    /// What the build side's rows are looked up by.
    fn build_keys(&self, generator: &mut Generator<'_>, batch: &mut Batch) -> Vec<Expr> {
        if let Some((_, packed)) = &self.packed {
            return vec![generator.packed_expr(batch, packed)];
        }
        let value = self.band.as_ref().map(|band| band.value);
        self.keys.iter().map(|key| &key.build).chain(value).cloned().collect()
    }

    /// What they are looked up with.
    fn probe_keys(&self, generator: &mut Generator<'_>, batch: &mut Batch) -> Vec<Expr> {
        if let Some((packed, _)) = &self.packed {
            return vec![generator.packed_expr(batch, packed)];
        }
        let ends = self.band.iter().flat_map(|band| band.exprs());
        self.keys.iter().map(|key| &key.probe).chain(ends).cloned().collect()
    }

    /// The types of what is looked up, and of each whether NULL equals NULL.
    fn key_types(&self) -> (Vec<DataType>, Vec<bool>) {
        if self.packed.is_some() {
            return (vec![DataType::BigInt], vec![false]);
        }
        let keys = self.keys.iter().map(|key| (key.build.data_type.clone(), key.null_equal));
        keys.chain(self.band.iter().map(|band| (band.value.data_type.clone(), false))).unzip()
    }

    /// What pairs have to satisfy besides.
    fn conditions(&self) -> impl Iterator<Item = &'p Expr> {
        let is_open = |index: usize| self.band.as_ref().is_none_or(|band| !band.covers(index));
        self.residual.iter().enumerate().filter(move |(index, _)| is_open(*index)).map(|(_, condition)| condition)
    }
}

impl<'a> Generator<'a> {
    pub(super) fn produce_join(&mut self, join: &Join<'_>, consume: Consume<'_, 'a>) -> Result<()> {
        let (hash, payload) = match self.find_built(join.build) {
            Some(built) => built,
            None => self.build_side(join)?,
        };
        let told = self.tell_scan(join, hash);
        let wanted_before = self.wanted_keys.len();
        self.want_keys(join, hash)?;
        let only_rest = join.kind.gives_rest() && !join.kind.gives_pairs();
        self.produce(join.probe, &mut |generator, batch| match only_rest {
            true => generator.probe(join, hash, &payload, batch, &mut |_, _| Ok(())),
            false => generator.probe(join, hash, &payload, batch, consume),
        })?;
        self.wanted_keys.truncate(wanted_before);
        self.build_ranges.truncate(self.build_ranges.len() - usize::from(told));
        if join.kind.gives_rest() { self.produce_rest(join, hash, &payload, consume) } else { Ok(()) }
    }

    /// A loop over the rows of a build side that come out by themselves: the other side, if it is there, is NULL.
    fn produce_rest(
        &mut self,
        join: &Join<'_>,
        hash: HashId,
        payload: &Payload,
        consume: Consume<'_, 'a>,
    ) -> Result<()> {
        let cursor = self.cursor()?;
        self.emit(Op::HashRest { cursor, hash }, join.span, || {
            let which = if join.kind == JoinKind::RightSemi { "with" } else { "without" };
            format!("rows {which} a partner")
        })?;
        let columns: Vec<ColumnId> = payload.iter().map(|kept| kept.column).collect();
        let mut held = self.held_plainly(&columns);
        for (held, &Kept { nullable, strings, .. }) in held.iter_mut().zip(payload) {
            held.nullable = nullable;
            if let Some(strings) = strings {
                *held = Held::codes(DataType::Integer.form(), nullable, strings);
            }
        }
        let missing = if join.kind.gives_pairs() { join.probe.output() } else { Vec::new() };
        self.run_cursor(cursor, &columns, held, &mut |generator, batch| {
            for column in &missing {
                let kind = ExprKind::Literal(Value::Null);
                batch.defer(*column, Expr { kind, nullable: true, ..generator.column_expr(*column) });
            }
            consume(generator, batch)
        })
    }

    /// Generates the build side of a join; the columns that it keeps.
    pub(super) fn build_side(&mut self, join: &Join<'_>) -> Result<(HashId, Payload)> {
        let payload = match join.kind {
            JoinKind::Inner
            | JoinKind::Left
            | JoinKind::Full
            | JoinKind::Single
            | JoinKind::RightSemi
            | JoinKind::RightAnti => join.build.output(),
            JoinKind::Semi | JoinKind::Anti | JoinKind::Mark => self.residual_columns(join),
        };
        let types = |generator: &Self, columns: &[ColumnId]| -> Vec<DataType> {
            columns.iter().map(|column| generator.columns.get(*column).data_type.clone()).collect()
        };
        let hash = number(self.program.hashes.len(), "hash tables").map(HashId)?;
        let (keys, null_equal) = join.key_types();
        let spec = HashSpec {
            kind: join.kind,
            keys,
            null_equal,
            band: join.band.as_ref().map(BandCondition::band),
            columns: types(self, &payload),
            span: join.span,
        };
        self.program.hashes.push(spec);
        self.emit(Op::HashOpen { hash }, join.span, || "build side".into())?;
        let may_code = is_one_stream(join.build);
        let mut coded = vec![None; payload.len()];
        let mut nullable = vec![false; payload.len()];
        self.produce(join.build, &mut |generator, batch| {
            let columns = payload.iter().map(|column| generator.column_expr(*column)).collect::<Vec<_>>();
            let wanted = columns.into_iter().chain(join.build_keys(generator, batch)).collect();
            let mut registers =
                generator.materialize_coded(batch, wanted, if may_code { &mut coded } else { &mut [] })?;
            let keys = registers.split_off(payload.len());
            generator.note_nullable(&mut nullable, &registers);
            let keys = generator.list(keys)?;
            let columns = generator.list(registers)?;
            let op = Op::HashInsert { hash, space: batch.space, keys, columns };
            generator.emit(op, join.span, String::new)?;
            Ok(())
        })?;
        self.emit(Op::HashSeal { hash }, join.span, String::new)?;
        for (index, _) in coded.iter().enumerate().filter(|(_, strings)| strings.is_some()) {
            self.program.hashes[hash.index()].columns[index] = DataType::Integer;
        }
        let kept = payload.into_iter().zip(nullable).zip(coded);
        let kept = kept.map(|((column, nullable), strings)| Kept { column, nullable, strings });
        Ok((hash, kept.collect()))
    }

    /// Notes for the scan below that only keys of the build side are wanted, and says whether there is one to tell: a
    /// scan can leave out rows only where nothing between it and the join may fail for them.
    fn tell_scan(&mut self, join: &Join<'_>, hash: HashId) -> bool {
        let ([key], true) = (join.keys, join.kind.drops_unmatched()) else { return false };
        let ExprKind::Column(column) = key.probe.kind else { return false };
        let told =
            !key.null_equal && ranges::is_ranged(&key.probe.data_type) && ranges::reaches_scan(join.probe, column);
        if told {
            self.build_ranges.push((column, hash));
        }
        told
    }

    /// Columns of the build side that a residual condition reads.
    fn residual_columns(&self, join: &Join<'_>) -> Vec<ColumnId> {
        let mut used = Vec::new();
        join.conditions().for_each(|expr| expr.columns(&mut used));
        join.build.output().into_iter().filter(|column| used.contains(column)).collect()
    }

    fn probe(
        &mut self,
        join: &Join<'_>,
        hash: HashId,
        payload: &Payload,
        batch: &mut Batch,
        consume: Consume<'_, 'a>,
    ) -> Result<()> {
        self.drop_unwanted(join, batch);
        let keys = join.probe_keys(self, batch);
        let keys = self.materialize(batch, keys)?;
        let keys = self.list(keys)?;
        let space = batch.space;
        let pairs = self.space(SpaceOrigin::Selection(space))?;
        self.emit(Op::HashProbe { hash, space, pairs, keys }, join.span, || "look up".into())?;
        let body = self.here()?;
        batch.space = pairs;
        if join.kind == JoinKind::Inner {
            self.hash_columns(hash, payload, batch, Nullability::AsBuilt)?;
            batch.pending.extend(join.conditions().map(|expr| batch.expand(expr.clone())).collect::<Vec<_>>());
            consume(self, batch)?;
        } else {
            let mut candidates = batch.clone();
            if join.conditions().next().is_some() {
                self.hash_columns(hash, payload, &mut candidates, Nullability::AsBuilt)?;
                let residual = join.conditions().map(|expr| candidates.expand(expr.clone())).collect::<Vec<_>>();
                candidates.pending.extend(residual);
                self.materialize(&mut candidates, Vec::new())?;
            }
            let joined = self.space(SpaceOrigin::Selection(space))?;
            let mark_column = join.mark;
            let info = RegisterInfo { data_type: DataType::Boolean, form: Form::Bits, nullable: true, space: joined };
            let mark = self.register(info)?;
            let op = Op::HashMatch { hash, pairs: candidates.space, joined, mark };
            self.emit(op, join.span, || format!("{:?} join", join.kind).to_lowercase())?;
            batch.space = joined;
            if let Some(column) = mark_column {
                batch.bind(column, mark);
            }
            if matches!(join.kind, JoinKind::Left | JoinKind::Full | JoinKind::Single) {
                self.hash_columns(hash, payload, batch, Nullability::Nullable)?;
            }
            consume(self, batch)?;
        }
        self.emit(Op::HashNext { hash, pairs, body }, join.span, || format!("more pairs, loop to {body}"))?;
        Ok(())
    }

    /// Binds the columns of a build side: each is read when somebody needs it, for the rows that are left by then.
    fn hash_columns(&self, hash: HashId, payload: &Payload, batch: &mut Batch, nullability: Nullability) -> Result<()> {
        for (index, &Kept { column, nullable, strings }) in payload.iter().enumerate() {
            let nullable = nullable || nullability == Nullability::Nullable;
            let position = number(index, "columns").map(Position)?;
            let build = BuildColumn { hash, position, nullable };
            match strings {
                Some(strings) => batch.bind_coded(column, Codes::Build(build), strings),
                None => batch.bind_build(column, build),
            }
        }
        Ok(())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Nullability {
    AsBuilt,
    Nullable,
}
