//! What the verifier knows at an instruction: open pipelines, what is defined in them, states of cursors and sinks.

use super::verified::{Cut, Sharing};
use super::verify::{Check, ensure};
use super::{AggId, Cursor, HashId, Label, LimitId, Program, QueueId, Register, SorterId, Space};
use crate::types::{DataType, Form};

/// What a cursor gives for each column: its type if known, its form, whether it may be NULL if known.
pub(super) type Signature = Vec<(Option<DataType>, Form, Option<bool>)>;

/// Where a hash table, an aggregation or a sorter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SinkState {
    /// Not opened.
    Closed,
    /// Taking rows.
    Open,
    /// Sealed or ended: giving rows.
    Ended,
}

/// A sink's state, and for each column that it keeps whether a NULL may have come.
pub(super) struct Sink {
    state: SinkState,
    nullable: Vec<bool>,
    /// How many loops over pipelines were around it when it was opened: it is ended there too.
    loops: usize,
}

/// What is numbered like a sink.
pub(super) trait SinkId: std::fmt::Display {
    /// It, among those of its kind.
    fn sink<'a>(&self, state: &'a State) -> Option<&'a Sink>;
    /// It, to be changed.
    fn sink_mut<'a>(&self, state: &'a mut State) -> Option<&'a mut Sink>;
}

macro_rules! sink_id {
    ($($id:ident $field:ident),*) => {
        $(impl SinkId for $id {
            fn sink<'a>(&self, state: &'a State) -> Option<&'a Sink> {
                state.$field.get(self.index())
            }

            fn sink_mut<'a>(&self, state: &'a mut State) -> Option<&'a mut Sink> {
                state.$field.get_mut(self.index())
            }
        })*
    };
}
sink_id!(HashId hashes, AggId aggregations, SorterId sorters, QueueId queues);

/// Everything that is known.
pub(super) struct State {
    pub(super) pc: usize,
    pub(super) pipeline: Option<Pipeline>,
    /// What each open cursor gives, and how many loops over pipelines it was opened in: it is read there too.
    cursors: Vec<Option<(Signature, usize)>>,
    hashes: Vec<Sink>,
    aggregations: Vec<Sink>,
    sorters: Vec<Sink>,
    queues: Vec<Sink>,
    /// Loops over pipelines that are open.
    pub(super) loops: Vec<OpenLoop>,
    /// Whether a kernel's accumulators are added to an aggregation already.
    pub(super) merged: Vec<bool>,
}

/// A queue whose loop is open.
pub(super) struct OpenLoop {
    pub(super) queue: QueueId,
    pub(super) pc: usize,
    /// Where QueueStep is to stand.
    pub(super) next: Label,
    pub(super) end: Label,
    /// Where QueueStep stands, once it is passed; of a loop over rows, its start.
    pub(super) step: Option<usize>,
    /// The LIMITs before and behind QueueStep.
    pub(super) given: Vec<(usize, LimitId)>,
    pub(super) stepped: Vec<LimitId>,
}

/// A probe whose loop is open.
#[derive(Clone, Copy, Debug)]
pub(super) struct OpenProbe {
    pub(super) hash: HashId,
    pub(super) pc: usize,
    /// The probe side's rows, the pairs, what the join gives.
    pub(super) space: Space,
    pub(super) pairs: Space,
    pub(super) joined: Option<Space>,
    /// How many spaces and registers there were before it.
    spaces_before: usize,
    registers_before: usize,
}

impl OpenProbe {
    pub(super) fn new(hash: HashId, pc: usize, space: Space, pairs: Space) -> OpenProbe {
        OpenProbe { hash, pc, space, pairs, joined: None, spaces_before: 0, registers_before: 0 }
    }
}

/// The pipeline around an instruction.
pub(super) struct Pipeline {
    pub(super) start: usize,
    pub(super) cursor: Cursor,
    pub(super) end: Label,
    pub(super) signature: Option<Signature>,
    /// LIMITs with their addresses and what they keep.
    pub(super) limits: Vec<(usize, LimitId, Space)>,
    /// The rows that it gives to the caller or to the target.
    pub(super) delivered: Vec<Space>,
    pub(super) probes: Vec<OpenProbe>,
    /// Spaces and registers in the order in which they were defined, and whether they are.
    space_log: Vec<Space>,
    register_log: Vec<Register>,
    spaces: Vec<bool>,
    registers: Vec<bool>,
}

impl State {
    pub(super) fn new(program: &Program, kernels: usize) -> State {
        let sink = |columns: usize| Sink { state: SinkState::Closed, nullable: vec![false; columns], loops: 0 };
        State {
            pc: 0,
            pipeline: None,
            cursors: vec![None; program.cursors.into()],
            hashes: program.hashes.iter().map(|spec| sink(spec.columns.len())).collect(),
            aggregations: program.aggregations.iter().map(|spec| sink(spec.keys.len())).collect(),
            sorters: program.sorters.iter().map(|spec| sink(spec.columns.len())).collect(),
            queues: program.queues.iter().map(|spec| sink(spec.columns.len())).collect(),
            loops: Vec::new(),
            merged: vec![false; kernels],
        }
    }

    /// The pipeline that the instruction must be in.
    pub(super) fn inside(&mut self) -> Check<&mut Pipeline> {
        self.pipeline.as_mut().ok_or_else(|| "it stands outside a pipeline".to_owned())
    }

    /// The instruction must not be in a pipeline.
    pub(super) fn outside(&self) -> Check {
        ensure!(self.pipeline.is_none(), "it stands inside a pipeline");
        Ok(())
    }

    pub(super) fn open_cursor(&mut self, cursor: Cursor, signature: Signature) -> Check {
        self.outside()?;
        let slot = self.cursors.get_mut(cursor.index()).ok_or_else(|| format!("{cursor} is not there"))?;
        *slot = Some((signature, self.loops.len()));
        Ok(())
    }

    /// What an open cursor gives; it is closed, as a cursor is read once.
    pub(super) fn take_cursor(&mut self, cursor: Cursor) -> Check<Signature> {
        let slot = self.cursors.get_mut(cursor.index()).ok_or_else(|| format!("{cursor} is not there"))?;
        let (signature, loops) = slot.take().ok_or_else(|| format!("{cursor} is not open"))?;
        ensure!(loops == self.loops.len(), "{cursor} was opened outside the loop");
        Ok(signature)
    }

    /// The sink must be in a state.
    pub(super) fn require_sink(&self, id: &impl SinkId, state: SinkState) -> Check {
        let sink = id.sink(self).ok_or_else(|| format!("{id} is not there"))?;
        ensure!(sink.state == state, "{id} is {:?}, not {state:?}", sink.state);
        Ok(())
    }

    /// The sink goes from a state to another, outside a pipeline.
    pub(super) fn step_sink(&mut self, id: &impl SinkId, from: SinkState, to: SinkState) -> Check {
        self.outside()?;
        self.require_sink(id, from)?;
        let loops = self.loops.len();
        if let Some(sink) = id.sink_mut(self) {
            match from {
                SinkState::Closed => sink.loops = loops,
                SinkState::Open | SinkState::Ended => ensure!(sink.loops == loops, "{id} was opened outside the loop"),
            }
            sink.state = to;
        }
        Ok(())
    }

    /// Rows came in whose columns may be NULL as said.
    pub(super) fn note_nullable(&mut self, id: &impl SinkId, nullable: &[bool]) {
        if let Some(sink) = id.sink_mut(self) {
            sink.nullable.iter_mut().zip(nullable).for_each(|(known, new)| *known |= new);
        }
    }

    /// For each column that a sink keeps, whether a NULL may have come.
    pub(super) fn nullable(&self, id: &impl SinkId) -> &[bool] {
        id.sink(self).map_or(&[], |sink| &sink.nullable)
    }
}

impl Pipeline {
    pub(super) fn new(program: &Program, start: usize, cursor: Cursor, end: Label, signature: Signature) -> Pipeline {
        Pipeline {
            start,
            cursor,
            end,
            signature: Some(signature),
            limits: Vec::new(),
            delivered: Vec::new(),
            probes: Vec::new(),
            space_log: Vec::new(),
            register_log: Vec::new(),
            spaces: vec![false; program.spaces.len()],
            registers: vec![false; program.registers.len()],
        }
    }

    /// How a batch may be cut off here.
    pub(super) fn cut(&self) -> Cut {
        let mut unsettled = self.probes.iter().filter(|probe| probe.joined.is_none());
        match (unsettled.next(), unsettled.next()) {
            (None, _) => Cut::Row,
            (Some(probe), None) => Cut::Pair(probe.hash),
            (Some(_), Some(_)) => Cut::Never,
        }
    }

    /// Whether several workers may run it: a LIMIT must be the last thing that rows pass, so that it can be applied
    /// again to the rows of all workers.
    pub(super) fn sharing(&self) -> Sharing {
        match (&self.limits[..], &self.delivered[..]) {
            ([], _) => Sharing::Together(None),
            ([(_, limit, kept)], [delivered]) if kept == delivered => Sharing::Together(Some(*limit)),
            _ => Sharing::Alone,
        }
    }

    pub(super) fn define_space(&mut self, space: Space) -> Check {
        let defined = self.spaces.get_mut(space.index()).ok_or_else(|| format!("{space} is not there"))?;
        ensure!(!*defined, "{space} is made twice");
        *defined = true;
        self.space_log.push(space);
        Ok(())
    }

    pub(super) fn has_space(&self, space: Space) -> bool {
        self.spaces.get(space.index()).copied().unwrap_or(false)
    }

    pub(super) fn define_register(&mut self, register: Register) -> Check {
        let defined = self.registers.get_mut(register.index()).ok_or_else(|| format!("{register} is not there"))?;
        ensure!(!*defined, "{register} is written twice");
        *defined = true;
        self.register_log.push(register);
        Ok(())
    }

    pub(super) fn has_register(&self, register: Register) -> bool {
        self.registers.get(register.index()).copied().unwrap_or(false)
    }

    /// Begins a probe's loop; its pairs are defined already.
    pub(super) fn open_probe(&mut self, probe: OpenProbe) -> Check {
        ensure!(self.probes.iter().all(|open| open.hash != probe.hash), "{} is probed in its own loop", probe.hash);
        let (spaces_before, registers_before) = (self.space_log.len() - 1, self.register_log.len());
        self.probes.push(OpenProbe { spaces_before, registers_before, ..probe });
        Ok(())
    }

    /// The open probe of a hash table.
    pub(super) fn probe(&self, hash: HashId) -> Check<&OpenProbe> {
        self.probes.iter().find(|probe| probe.hash == hash).ok_or_else(|| format!("{hash} is not probed here"))
    }

    /// The same, which must be the innermost one.
    pub(super) fn innermost(&self, hash: HashId) -> Check<&OpenProbe> {
        let innermost = self.probes.last().filter(|probe| probe.hash == hash);
        innermost.ok_or_else(|| format!("{hash} is not probed by the innermost loop"))
    }

    /// The innermost probe is matched.
    pub(super) fn set_joined(&mut self, joined: Space) {
        if let Some(probe) = self.probes.last_mut() {
            probe.joined = Some(joined);
        }
    }

    /// Ends the innermost probe's loop: what was defined in it is of its last round only, and so gone.
    pub(super) fn close_probe(&mut self) {
        if let Some(probe) = self.probes.pop() {
            for space in self.space_log.drain(probe.spaces_before..) {
                self.spaces[space.index()] = false;
            }
            for register in self.register_log.drain(probe.registers_before..) {
                self.registers[register.index()] = false;
            }
        }
    }
}
