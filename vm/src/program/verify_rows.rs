//! The verifier's checks of what is read and written: registers, row spaces, kernels, calls, aggregations.

use super::verified::KernelKeys;
use super::verify::{Check, Verifier, ensure, is_form_of};
use super::verify_state::SinkState;
use super::{
    AggId, Argument, CallId, HashId, KernelId, List, LookupId, NullEntry, Register, RegisterInfo, Space, SpaceOrigin,
};
use crate::aggregates::{Distinct, Filter};
use crate::functions::NullRule;
use crate::kernel::{Inst, PoolSource, Table, TableSource, groups};
use crate::types::{DataType, Form, Lane};
use crate::value::Value;

/// Whether values of one lane are values of another, or become them without loss of range.
fn widens(from: Lane, to: Lane) -> bool {
    let value = |lane: Lane| lane != Lane::Mask;
    from == to || value(from) && value(to) && (to == Lane::F64 || from != Lane::F64 && from < to)
}

impl Verifier<'_> {
    fn info(&self, register: Register) -> Check<&RegisterInfo> {
        self.program.registers.get(register.index()).ok_or_else(|| format!("{register} is not there"))
    }

    fn list(&self, list: List) -> Check<&[Register]> {
        self.program.lists.get(list.index()).map(Vec::as_slice).ok_or_else(|| format!("{list} is not there"))
    }

    /// The space must have been made in this pipeline.
    pub(super) fn use_space(&mut self, space: Space) -> Check {
        ensure!(self.state.inside()?.has_space(space), "{space} is not made yet");
        self.facts.used_spaces[space.index()] = true;
        Ok(())
    }

    /// The register must have been written in this pipeline, for the rows of `space`.
    fn read(&mut self, register: Register, space: Space) -> Check<&RegisterInfo> {
        self.use_space(space)?;
        let of = self.info(register)?.space;
        ensure!(of == space, "{register} is of {of}, not of {space}");
        ensure!(self.state.inside()?.has_register(register), "{register} is not written yet");
        self.info(register)
    }

    pub(super) fn read_list(&mut self, list: &[Register], space: Space) -> Check {
        self.use_space(space)?;
        list.iter().try_for_each(|&register| self.read(register, space).map(|_| ()))
    }

    /// Registers must be of types, in their forms or narrower ones. Says for each whether it may be NULL.
    pub(super) fn read_columns(&mut self, list: List, space: Space, types: &[DataType]) -> Check<Vec<bool>> {
        let registers = self.list(list)?.to_vec();
        ensure!(registers.len() == types.len(), "{} columns for {}", registers.len(), types.len());
        self.use_space(space)?;
        let mut nullable = Vec::with_capacity(types.len());
        for (&register, data_type) in registers.iter().zip(types) {
            nullable.push(self.read_column(register, space, data_type)?);
        }
        Ok(nullable)
    }

    /// A register must be of a type, in its form or a narrower one. Says whether it may be NULL.
    pub(super) fn read_column(&mut self, register: Register, space: Space, data_type: &DataType) -> Check<bool> {
        let info = self.read(register, space)?;
        ensure!(info.data_type == *data_type, "{register} is {}, not {data_type}", info.data_type);
        ensure!(is_form_of(info.form, data_type), "{register} lies in memory as {}", info.form.name());
        Ok(info.nullable)
    }

    /// The register is written, for the rows of `space`.
    pub(super) fn write(&mut self, register: Register, space: Space) -> Check {
        self.use_space(space)?;
        let of = self.info(register)?.space;
        ensure!(of == space, "{register} is of {of}, not of {space}");
        self.proofs.forget(register);
        self.state.inside()?.define_register(register)
    }

    /// The register is written with a column of this type and form.
    pub(super) fn write_column(
        &mut self,
        register: Register,
        space: Space,
        data_type: &DataType,
        form: Form,
        nullable: bool,
    ) -> Check {
        self.write(register, space)?;
        let info = self.info(register)?;
        ensure!(info.data_type == *data_type, "{register} is {}, not {data_type}", info.data_type);
        ensure!(info.form == form, "{register} is {}, not {}", info.form.name(), form.name());
        ensure!(info.nullable || !nullable, "{register} may not be NULL, and what is written may");
        Ok(())
    }

    /// Makes `space` out of rows of `parent`.
    pub(super) fn define_selection(&mut self, space: Space, parent: Space) -> Check {
        self.use_space(parent)?;
        let origin = self.program.spaces.get(space.index());
        ensure!(origin == Some(&SpaceOrigin::Selection(parent)), "{space} is not a selection of {parent}");
        self.state.inside()?.define_space(space)
    }

    /// Whether `space` is `ancestor` or descends from it.
    pub(super) fn descends(&self, mut space: Space, ancestor: Space) -> bool {
        loop {
            if space == ancestor {
                return true;
            }
            match self.program.spaces.get(space.index()) {
                Some(SpaceOrigin::Selection(parent)) => space = *parent,
                Some(SpaceOrigin::Cursor) | None => return false,
            }
        }
    }

    pub(super) fn column(&mut self, cursor: super::Cursor, space: Space, columns: List) -> Check {
        let registers = self.list(columns)?.to_vec();
        ensure!(self.program.spaces.get(space.index()) == Some(&SpaceOrigin::Cursor), "{space} is no cursor's");
        let pipeline = self.state.inside()?;
        ensure!(pipeline.cursor == cursor, "the pipeline reads {}", pipeline.cursor);
        let signature = pipeline.signature.take().ok_or("the batch is taken already")?;
        pipeline.define_space(space)?;
        ensure!(registers.len() == signature.len(), "{} columns of {}", registers.len(), signature.len());
        for (&register, (data_type, form, nullable)) in registers.iter().zip(&signature) {
            let own = self.info(register)?.data_type.clone();
            self.write_column(register, space, data_type.as_ref().unwrap_or(&own), *form, nullable.unwrap_or(false))?;
        }
        self.proofs.column(self.program, cursor, columns);
        Ok(())
    }

    pub(super) fn gather(&mut self, space: Space, from: Register, to: Register) -> Check {
        let source = self.info(from)?.clone();
        self.read(from, source.space)?;
        ensure!(self.descends(space, source.space), "{space} does not descend from {}", source.space);
        ensure!(from != to, "it gathers {from} into itself");
        self.write_column(to, space, &source.data_type, source.form, source.nullable)?;
        self.proofs.gather(from, to);
        Ok(())
    }

    pub(super) fn lookup(&mut self, id: LookupId, space: Space, from: Register, to: Register) -> Check {
        let table = self.program.lookups.get(id.index()).ok_or_else(|| format!("{id} is not there"))?;
        let (form, data_type) = (table.values.form(), table.data_type.clone());
        let mut nullable = table.values.validity.bits().is_some();
        let last = table.null_entry == NullEntry::Last;
        ensure!(!last || !table.values.is_empty(), "{id} has no last entry");
        let info = self.read(from, space)?;
        ensure!(info.data_type == DataType::Integer, "{from} is {}, not INTEGER", info.data_type);
        nullable |= info.nullable && !last;
        self.write_column(to, space, &data_type, form, nullable)
    }

    pub(super) fn kernel(&mut self, id: KernelId, spaces: (Space, Space), inputs: List, outputs: List) -> Check {
        let (space, passed) = spaces;
        let kernel = self.kernels.get(id.index()).ok_or_else(|| format!("{id} is not there"))?;
        let lists = (inputs, outputs);
        let (inputs, outputs) = (self.list(inputs)?.to_vec(), self.list(outputs)?.to_vec());
        self.use_space(space)?;
        let slots = kernel;
        ensure!(inputs.len() == slots.inputs.len(), "{} inputs for {}", inputs.len(), slots.inputs.len());
        ensure!(outputs.len() == slots.outputs.len(), "{} outputs for {}", outputs.len(), slots.outputs.len());
        for entry in &slots.pool {
            if let PoolSource::Parameter(number) = entry.source {
                let parameter = self.program.parameters.get(usize::from(number));
                let lane = parameter.and_then(DataType::lane);
                ensure!(
                    lane.is_some_and(|lane| widens(lane, entry.lane)),
                    "parameter {number} is not of lane {}",
                    entry.lane.name()
                );
            }
        }
        let mut keys = Vec::new();
        for (number, slot) in slots.tables.iter().enumerate() {
            match slot.source {
                TableSource::Entries(source) => {
                    let table = self.program.lookups.get(usize::from(source));
                    let plain = table.filter(|table| table.values.validity.bits().is_none());
                    let lane = plain.and_then(|table| table.values.form().lane());
                    ensure!(lane == Some(slot.lane), "u{source} is not a table of lane {}", slot.lane.name());
                }
                TableSource::Keys { hash, part } => {
                    let (hash, part) = (HashId(hash), usize::from(part));
                    self.key_filter(hash, part)?;
                    let table = Table(number as u16);
                    keys.push(KernelKeys { table, hash, part, input: slots.input_looked_up(table) });
                }
            }
        }
        self.facts.kernel_keys[id.index()] = keys;
        for (&register, slot) in inputs.iter().zip(&slots.inputs) {
            let info = self.read(register, space)?;
            ensure!(info.form == slot.form, "{register} is {}, not {}", info.form.name(), slot.form.name());
            ensure!(slot.nullable || !info.nullable, "{register} may be NULL, and the input may not");
        }
        if passed == space {
            let filters = kernel.code.iter().any(|inst| matches!(inst, Inst::Need { .. }));
            ensure!(!filters, "{id} lets rows pass, and there is no space for them");
        } else {
            self.define_selection(passed, space)?;
        }
        for (&register, slot) in outputs.iter().zip(&slots.outputs) {
            let data_type = self.info(register)?.data_type.clone();
            self.write_column(register, passed, &data_type, slot.lane.form(), slot.nullable)?;
        }
        self.proofs.kernel(self.program, (id, kernel), lists.0, lists.1);
        Ok(())
    }

    pub(super) fn function(&mut self, id: CallId, space: Space, result: Register) -> Check {
        let call = self.program.calls.get(id.index()).ok_or_else(|| format!("{id} is not there"))?;
        let count = call.arguments.len();
        ensure!(count == call.argument_types.len(), "{count} arguments, {} types", call.argument_types.len());
        self.use_space(space)?;
        let mut null = false;
        for (argument, data_type) in call.arguments.iter().zip(&call.argument_types) {
            match argument {
                Argument::Register(register) => {
                    let info = self.read(*register, space)?;
                    ensure!(info.data_type == *data_type, "{register} is {}, not {data_type}", info.data_type);
                    null |= info.nullable;
                }
                Argument::Constant(value) => null |= *value == Value::Null,
                Argument::Parameter(number) => {
                    let parameter = self.program.parameters.get(usize::from(*number));
                    ensure!(parameter == Some(data_type), "parameter {number} is not {data_type}");
                    null = true;
                }
            }
        }
        if let Some(guard) = call.guard {
            ensure!(self.read(guard, space)?.form == Form::Bits, "the guard {guard} is no BOOLEAN");
        }
        let nullable = null && call.nulls == NullRule::Strict;
        self.write_column(result, space, &call.result_type, call.result_type.form(), nullable)
    }

    pub(super) fn agg_step(&mut self, agg: AggId, space: Space, keys: List, arguments: List) -> Check {
        self.state.require_sink(&agg, SinkState::Open)?;
        let spec = &self.program.aggregations[agg.index()];
        let nullable = self.read_columns(keys, space, &spec.keys)?;
        self.state.note_nullable(&agg, &nullable);
        let mut types = Vec::new();
        for call in &spec.calls {
            types.extend(call.argument_types.iter().cloned());
            if call.filter == Filter::Last {
                types.push(DataType::Boolean);
            }
        }
        self.read_columns(arguments, space, &types).map(|_| ())
    }

    pub(super) fn agg_merge(&mut self, agg: AggId, id: KernelId) -> Check {
        self.state.outside()?;
        self.state.require_sink(&agg, SinkState::Open)?;
        let spec = &self.program.aggregations[agg.index()];
        let kernel = self.kernels.get(id.index()).ok_or_else(|| format!("{id} is not there"))?;
        let nullable: Vec<bool> = groups::keys_of(kernel).iter().map(|key| key.nullable).collect();
        let keys = nullable.len();
        ensure!(keys == spec.keys.len(), "{keys} keys for the {} of {agg}", spec.keys.len());
        let is_integer = |key: &&DataType| matches!(key.lane(), Some(Lane::I32 | Lane::I64 | Lane::I128 | Lane::Mask));
        let other = spec.keys.iter().find(|key| !is_integer(key));
        ensure!(other.is_none(), "a key of {agg} is no integer");
        self.state.note_nullable(&agg, &nullable);
        let accumulators = kernel.accumulators.len();
        ensure!(accumulators == spec.calls.len(), "{accumulators} accumulators for {} aggregates", spec.calls.len());
        ensure!(spec.calls.iter().all(|call| call.distinct == Distinct::All), "an aggregate is DISTINCT");
        let merged = self.state.merged.get_mut(id.index()).ok_or_else(|| format!("{id} is not there"))?;
        ensure!(!*merged, "the accumulators of {id} are merged already");
        *merged = true;
        Ok(())
    }
}
