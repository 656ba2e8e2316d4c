//! What is known of the current batch while a pipeline is generated.

use hashbrown::HashMap;
use rowmill_vm::program::{HashId, LookupId, Op, Position, Register, RegisterInfo, Space};
use rowmill_vm::{DataType, Error, Lane, Result, Span};

use super::Generator;
use super::packed_key::PackedKey;
use crate::plan::{ColumnId, Columns, Expr, ExprKind};

/// Beyond this many nodes an expression that waits is computed once and kept, lest nested ones grow without bound.
const DEFERRED_NODES_MAX: usize = 64;

/// The columns of the current batch, computed or waiting, and the predicates that wait.
#[derive(Clone)]
pub(super) struct Batch {
    /// The rows.
    pub(super) space: Space,
    bindings: HashMap<ColumnId, Binding>,
    /// Predicates that rows of `space` must still pass, in order.
    pub(super) pending: Vec<Expr>,
}

#[derive(Clone)]
enum Binding {
    /// Computed: a register of this space, or of one it was selected from.
    Register(Register),
    /// To be computed when needed, over other columns of the batch.
    Deferred(Expr),
    /// A column of a join's build side, to be read when needed.
    Build(BuildColumn),
    /// Text that is there as numbers of a dictionary's entries.
    Coded(CodedColumn),
    /// What a lookup table has for the numbers of a coded column: for kernels, which look it up themselves.
    LookedUp(LookedUp),
    /// Whether a column may be among keys: for kernels, which drop rows by it.
    AmongKeys(AmongKeys),
    /// A key of several columns: for kernels, which compute it.
    Packed(PackedKey),
}

/// Whether a value may be among the keys of a build side.
#[derive(Clone)]
pub(super) struct AmongKeys {
    pub(super) key: Expr,
    pub(super) hash: HashId,
    /// Which of the key's columns it would be.
    pub(super) part: Position,
}

/// What an expression makes of a coded column, by number.
#[derive(Clone, Copy)]
pub(super) struct LookedUp {
    /// The coded column.
    pub(super) column: ColumnId,
    /// What the expression is for each number, never NULL but where the number is.
    pub(super) lookup: LookupId,
}

/// Text as numbers of a dictionary's entries: it is looked up when it is needed, for the rows that are left by then.
#[derive(Clone, Copy)]
pub(super) struct CodedColumn {
    /// The numbers.
    pub(super) codes: Codes,
    /// The strings.
    pub(super) strings: LookupId,
    /// The text, once somebody needed it.
    pub(super) text: Option<Register>,
}

/// A column of a hash table, for the rows of a batch that came out of a probe.
#[derive(Clone, Copy)]
pub(super) struct BuildColumn {
    pub(super) hash: HashId,
    pub(super) position: Position,
    pub(super) nullable: bool,
}

/// Where the numbers of a coded column are.
#[derive(Clone, Copy)]
pub(super) enum Codes {
    /// In a register of the batch's space, or of one it was selected from.
    Register(Register),
    /// In a join's build side.
    Build(BuildColumn),
}

impl Batch {
    pub(super) fn new(space: Space) -> Batch {
        Batch { space, bindings: HashMap::new(), pending: Vec::new() }
    }

    pub(super) fn bind(&mut self, column: ColumnId, register: Register) {
        self.bindings.insert(column, Binding::Register(register));
    }

    /// Lets `column` stand for a column of a join's build side.
    pub(super) fn bind_build(&mut self, column: ColumnId, build: BuildColumn) {
        self.bindings.insert(column, Binding::Build(build));
    }

    /// Lets `column` stand for the strings behind the numbers in `codes`.
    pub(super) fn bind_coded(&mut self, column: ColumnId, codes: Codes, strings: LookupId) {
        self.bindings.insert(column, Binding::Coded(CodedColumn { codes, strings, text: None }));
    }

    /// The numbers that stand for a column of text, if it is there like that.
    pub(super) fn coded(&self, column: ColumnId) -> Option<CodedColumn> {
        match self.bindings.get(&column) {
            Some(Binding::Coded(coded)) => Some(*coded),
            _ => None,
        }
    }

    /// What is to be looked up for a column, if it stands for that.
    pub(super) fn looked_up(&self, column: ColumnId) -> Option<LookedUp> {
        match self.bindings.get(&column) {
            Some(Binding::LookedUp(looked_up)) => Some(*looked_up),
            _ => None,
        }
    }

    /// What is to be looked for among keys, if a column stands for that.
    pub(super) fn among_keys(&self, column: ColumnId) -> Option<AmongKeys> {
        match self.bindings.get(&column) {
            Some(Binding::AmongKeys(among_keys)) => Some(among_keys.clone()),
            _ => None,
        }
    }

    /// The packed key that a column stands for, if it does.
    pub(super) fn packed(&self, column: ColumnId) -> Option<&PackedKey> {
        match self.bindings.get(&column) {
            Some(Binding::Packed(packed)) => Some(packed),
            _ => None,
        }
    }

    /// Lets `column` stand for `expr`, whose own waiting columns are put in its place.
    pub(super) fn defer(&mut self, column: ColumnId, expr: Expr) {
        self.bindings.insert(column, Binding::Deferred(expr));
    }

    /// `expr` over computed columns only.
    pub(super) fn expand(&self, mut expr: Expr) -> Expr {
        self.expand_in_place(&mut expr);
        expr
    }

    fn expand_in_place(&self, expr: &mut Expr) {
        if let ExprKind::Column(column) = &expr.kind {
            if let Some(Binding::Deferred(deferred)) = self.bindings.get(column) {
                *expr = deferred.clone();
            }
            return;
        }
        expr.for_each_child_mut(&mut |child| self.expand_in_place(child));
    }
}

/// Whether an expression that is only used later may wait.
pub(super) fn may_wait(expr: &Expr) -> bool {
    fn nodes(expr: &Expr) -> usize {
        let mut count = 1;
        expr.for_each_child(&mut |child| count += nodes(child));
        count
    }
    nodes(expr) <= DEFERRED_NODES_MAX
}

impl Generator<'_> {
    /// The register of a computed column, gathered into the batch's space if it was left behind in an older one.
    pub(super) fn column_register(&mut self, batch: &mut Batch, column: ColumnId) -> Result<Register> {
        let from = match batch.bindings.get(&column) {
            Some(Binding::Register(register)) => *register,
            Some(Binding::Build(build)) => {
                let data_type = self.columns.get(column).data_type.clone();
                let to = self.build_register(batch, column, *build, data_type)?;
                batch.bind(column, to);
                return Ok(to);
            }
            Some(Binding::Coded(coded)) => return self.text_register(batch, column, *coded),
            Some(Binding::LookedUp(looked_up)) => {
                let LookedUp { column: of, lookup } = *looked_up;
                let codes = self.coded_register(batch, of)?;
                let to = self.look_up(batch, codes, lookup, &self.looked_up_name(lookup, of))?;
                batch.bind(column, to);
                return Ok(to);
            }
            Some(Binding::Deferred(_) | Binding::AmongKeys(_) | Binding::Packed(_)) | None => {
                return Err(Error::internal(format!("column {column} is not there where it is needed")));
            }
        };
        let to = self.gathered(batch, column, from)?;
        batch.bind(column, to);
        Ok(to)
    }

    /// A register of a column in the batch's space: `from`, or gathered out of it.
    fn gathered(&mut self, batch: &Batch, column: ColumnId, from: Register) -> Result<Register> {
        if self.info(from).space == batch.space {
            return Ok(from);
        }
        let info = RegisterInfo { space: batch.space, ..self.info(from).clone() };
        let to = self.register(info)?;
        let name = self.column_name(column);
        self.emit(Op::Gather { space: batch.space, from, to }, Span::NONE, || format!("{to} = {name}"))?;
        Ok(to)
    }

    /// The lane in which kernels have a column that is computed already.
    pub(super) fn lane_of_column(&self, batch: &Batch, column: ColumnId) -> Option<Lane> {
        match batch.bindings.get(&column)? {
            Binding::Register(register) => self.info(*register).form.lane(),
            Binding::Build(_) => self.columns.get(column).data_type.lane(),
            Binding::Packed(_) => Some(Lane::I64),
            Binding::Deferred(_) | Binding::Coded(_) | Binding::LookedUp(_) | Binding::AmongKeys(_) => None,
        }
    }

    /// The numbers of a coded column, for the batch's rows.
    pub(super) fn code_register(
        &mut self,
        batch: &mut Batch,
        column: ColumnId,
        coded: CodedColumn,
    ) -> Result<Register> {
        let register = match coded.codes {
            Codes::Register(codes) => self.gathered(batch, column, codes)?,
            Codes::Build(build) => self.build_register(batch, column, build, DataType::Integer)?,
        };
        let codes = Codes::Register(register);
        batch.bindings.insert(column, Binding::Coded(CodedColumn { codes, ..coded }));
        Ok(register)
    }

    /// As [`Generator::code_register`], of a column that is known to be coded.
    pub(super) fn coded_register(&mut self, batch: &mut Batch, column: ColumnId) -> Result<Register> {
        let coded = batch.coded(column).ok_or_else(|| Error::internal("a column is coded no more"))?;
        self.code_register(batch, column, coded)
    }

    /// Whether a column that is computed already, or coded, may be NULL.
    pub(super) fn is_nullable(&self, batch: &Batch, column: ColumnId) -> bool {
        match batch.bindings.get(&column) {
            Some(Binding::Register(register)) => self.info(*register).nullable,
            Some(Binding::Build(build)) => build.nullable,
            Some(Binding::Coded(coded)) => self.may_be_null(*coded),
            _ => true,
        }
    }

    /// Whether a coded column may be NULL.
    pub(super) fn may_be_null(&self, coded: CodedColumn) -> bool {
        match coded.codes {
            Codes::Register(codes) => self.info(codes).nullable,
            Codes::Build(build) => build.nullable,
        }
    }

    /// The text of a coded column, for the batch's rows.
    fn text_register(&mut self, batch: &mut Batch, column: ColumnId, coded: CodedColumn) -> Result<Register> {
        let text = match coded.text {
            Some(text) => self.gathered(batch, column, text)?,
            None => {
                let codes = self.code_register(batch, column, coded)?;
                self.look_up(batch, codes, coded.strings, &self.column_name(column))?
            }
        };
        if let Some(Binding::Coded(coded)) = batch.bindings.get_mut(&column) {
            coded.text = Some(text);
        }
        Ok(text)
    }

    fn build_register(
        &mut self,
        batch: &Batch,
        column: ColumnId,
        build: BuildColumn,
        data_type: DataType,
    ) -> Result<Register> {
        let BuildColumn { hash, position, nullable } = build;
        let info = RegisterInfo { form: data_type.form(), data_type, nullable, space: batch.space };
        let to = self.register(info)?;
        let op = Op::HashColumn { hash, space: batch.space, column: position, to };
        let name = self.column_name(column);
        self.emit(op, Span::NONE, || format!("{to} = {name}"))?;
        Ok(to)
    }

    /// A column's name, for comments.
    pub(super) fn column_name(&self, column: ColumnId) -> String {
        name_of(self.columns, column).to_owned()
    }

    /// A reference to a column of the plan.
    pub(super) fn column_expr(&self, column: ColumnId) -> Expr {
        self.columns.expr(column)
    }

    /// A reference to a register by a column made for it.
    pub(super) fn register_expr(&mut self, batch: &mut Batch, register: Register, span: Span) -> Expr {
        let RegisterInfo { data_type, nullable, .. } = self.info(register).clone();
        let column = self.hoisted_column();
        batch.bind(column, register);
        Expr { kind: ExprKind::Column(column), data_type, nullable, span }
    }

    /// A reference to what is looked up, by a column made for it.
    pub(super) fn looked_up_expr(&mut self, batch: &mut Batch, looked_up: LookedUp, of: &Expr, nullable: bool) -> Expr {
        let column = self.hoisted_column();
        batch.bindings.insert(column, Binding::LookedUp(looked_up));
        Expr { kind: ExprKind::Column(column), data_type: of.data_type.clone(), nullable, span: of.span }
    }

    /// A reference to a packed key, by a column made for it.
    pub(super) fn packed_expr(&mut self, batch: &mut Batch, packed: &PackedKey) -> Expr {
        let (column, nullable) = (self.hoisted_column(), packed.is_nullable());
        batch.bindings.insert(column, Binding::Packed(packed.clone()));
        Expr { kind: ExprKind::Column(column), data_type: DataType::BigInt, nullable, span: Span::NONE }
    }

    /// A reference to whether a value may be among keys, by a column made for it.
    pub(super) fn among_keys_expr(&mut self, batch: &mut Batch, among_keys: AmongKeys) -> Expr {
        let column = self.hoisted_column();
        batch.bindings.insert(column, Binding::AmongKeys(among_keys));
        Expr { kind: ExprKind::Column(column), data_type: DataType::Boolean, nullable: false, span: Span::NONE }
    }

    /// A column that no plan has.
    pub(super) fn hoisted_column(&mut self) -> ColumnId {
        self.hoisted += 1;
        ColumnId(HOISTED_BASE + self.hoisted - 1)
    }
}

/// A column's name, for comments.
pub(super) fn name_of(columns: &Columns, column: ColumnId) -> &str {
    if is_hoisted(column) { "computed" } else { &columns.get(column).name }
}

/// Whether no plan has a column.
pub(super) fn is_hoisted(column: ColumnId) -> bool {
    column.0 >= HOISTED_BASE
}

/// Column ids from here on stand for what a generator itself computes: hoisted calls, lookups, packed keys.
const HOISTED_BASE: u32 = 1 << 31;
