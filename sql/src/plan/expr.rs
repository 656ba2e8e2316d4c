//! Bound expressions: names are resolved, types are known, casts stand where they are needed.

use rowmill_vm::aggregates::{AggregateFunction, AggregateOverload};
use rowmill_vm::functions::{Overload, ScalarFunction};
pub use rowmill_vm::kernel::Comparison as CompareOp;
use rowmill_vm::program::Frame;
use rowmill_vm::windows::{WindowFunction, WindowOverload};
use rowmill_vm::{DataType, Span, Value};

use super::ColumnId;

/// An expression with its type and its place in the text.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it computes.
    pub kind: ExprKind,
    /// The type of its value.
    pub data_type: DataType,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// The text it came from.
    pub span: Span,
}

/// What an expression computes.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// A column of the input.
    Column(ColumnId),
    /// A constant of the expression's type.
    Literal(Value),
    /// A parameter, by number from 0.
    Parameter(u16),
    /// Arithmetic on numbers. For + - of DECIMAL both operands have the result's scale; for × each has its own;
    /// otherwise both operands have the result's type. `/` is always DOUBLE; integer division is `Divide` of
    /// integers. What can overflow is checked.
    Arithmetic(ArithmeticOp, Box<Expr>, Box<Expr>),
    /// -x of a number.
    Negate(Box<Expr>),
    /// A comparison of two operands of the same type, NULL if one is NULL.
    Compare(CompareOp, Box<Expr>, Box<Expr>),
    /// IS DISTINCT FROM: a comparison in which NULL equals NULL. Never NULL.
    Distinct(Box<Expr>, Box<Expr>),
    /// Three-valued AND.
    And(Vec<Expr>),
    /// Three-valued OR.
    Or(Vec<Expr>),
    /// Three-valued NOT.
    Not(Box<Expr>),
    /// IS NULL. Never NULL.
    IsNull(Box<Expr>),
    /// CASE WHEN … THEN … ELSE …: branches of (BOOLEAN condition, value of the result's type); without ELSE, NULL.
    Case(Vec<(Expr, Expr)>, Option<Box<Expr>>),
    /// The first that is not NULL; all of the result's type.
    Coalesce(Vec<Expr>),
    /// x IN (list): operands of one type; NULLs as SQL has them.
    InList(Box<Expr>, Vec<Expr>),
    /// CAST to the expression's type, or TRY_CAST: NULL instead of an error.
    Cast(Box<Expr>, CastMode),
    /// A call; arguments have the types of the overload's patterns.
    Function(FunctionRef, Vec<Expr>),
}

/// What a cast does with a value that does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CastMode {
    /// CAST: an error.
    Error,
    /// TRY_CAST: NULL.
    Null,
}

/// A function and the overload that was chosen.
#[derive(Clone, Copy, Debug)]
pub struct FunctionRef {
    /// The function.
    pub function: &'static ScalarFunction,
    /// The overload.
    pub overload: &'static Overload,
}

/// Arithmetic on two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArithmeticOp {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
}

/// An aggregate in a query.
#[derive(Clone, Debug)]
pub struct AggregateExpr {
    /// The function.
    pub function: &'static AggregateFunction,
    /// The overload that was chosen.
    pub overload: &'static AggregateOverload,
    /// The arguments, of the types of the overload's patterns.
    pub arguments: Vec<Expr>,
    /// Whether each distinct argument counts once.
    pub distinct: bool,
    /// FILTER (WHERE …).
    pub filter: Option<Expr>,
    /// The type of the result.
    pub data_type: DataType,
    /// The text it came from.
    pub span: Span,
}

impl AggregateExpr {
    /// A call that gives a result of a type for arguments of their types as they are; `None` if there is no such signature.
    pub fn of(
        function: &'static AggregateFunction,
        arguments: Vec<Expr>,
        data_type: DataType,
        span: Span,
    ) -> Option<AggregateExpr> {
        let types: Vec<DataType> = arguments.iter().map(|argument| argument.data_type.clone()).collect();
        let overload = function.overload(&types, &data_type)?;
        Some(AggregateExpr { function, overload, arguments, distinct: false, filter: None, data_type, span })
    }
}

/// A window function in a query.
#[derive(Clone, Debug)]
pub struct WindowExpr {
    /// The function and the overload that was chosen.
    pub callee: WindowCallee,
    /// The arguments, of the types of the overload's patterns.
    pub arguments: Vec<Expr>,
    /// FILTER (WHERE …), of aggregates only.
    pub filter: Option<Expr>,
    /// Which rows of the partition each row sees.
    pub frame: Frame,
    /// The type of the result.
    pub data_type: DataType,
    /// The text it came from.
    pub span: Span,
}

/// What a window function is.
#[derive(Clone, Copy, Debug)]
pub enum WindowCallee {
    /// One of its own.
    Function(&'static WindowFunction, &'static WindowOverload),
    /// An aggregate of the frame.
    Aggregate(&'static AggregateFunction, &'static AggregateOverload),
}

impl WindowCallee {
    /// The function's name.
    pub fn name(&self) -> &'static str {
        match self {
            WindowCallee::Function(function, _) => function.name,
            WindowCallee::Aggregate(function, _) => function.name,
        }
    }
}

/// The column that an expression is.
pub fn column_of(expr: &Expr) -> Option<ColumnId> {
    match expr.kind {
        ExprKind::Column(column) => Some(column),
        _ => None,
    }
}

/// NOT of a BOOLEAN.
pub fn not(operand: Expr) -> Expr {
    let (span, nullable) = (operand.span, operand.nullable);
    Expr { kind: ExprKind::Not(Box::new(operand)), data_type: DataType::Boolean, nullable, span }
}

/// IS NULL.
pub fn is_null(operand: Expr) -> Expr {
    let span = operand.span;
    Expr { kind: ExprKind::IsNull(Box::new(operand)), data_type: DataType::Boolean, nullable: false, span }
}

/// IS DISTINCT FROM, of two operands of one type.
pub fn distinct(left: Expr, right: Expr, span: Span) -> Expr {
    let kind = ExprKind::Distinct(Box::new(left), Box::new(right));
    Expr { kind, data_type: DataType::Boolean, nullable: false, span }
}

/// The comparison with its operands the other way round.
pub fn mirrored(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Less => CompareOp::Greater,
        CompareOp::LessEqual => CompareOp::GreaterEqual,
        CompareOp::Greater => CompareOp::Less,
        CompareOp::GreaterEqual => CompareOp::LessEqual,
        CompareOp::Equal | CompareOp::NotEqual => op,
    }
}
