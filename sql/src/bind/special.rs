//! Expressions with a syntax or a typing of their own: CASE and its relatives, EXTRACT, SUBSTRING, TRIM …

use rowmill_vm::{DataType, Error, Result, Span, Value, functions};
use sqlparser::ast::{self, BinaryOperator, CeilFloorKind, DateTimeField, Spanned, TrimWhereField};

use super::coerce::{self, Coercion};
use super::expression::{ExpressionBinder, compare};
use super::guard::When;
use super::unsupported;
use crate::parse::byte_span;
use crate::plan::{CompareOp, Expr, ExprKind};

impl ExpressionBinder<'_, '_> {
    /// The expressions that are left when names, literals, operators and predicates are done.
    pub(super) fn bind_special(&mut self, expr: &ast::Expr) -> Result<Expr> {
        let span = byte_span(expr.span());
        match expr {
            ast::Expr::Case { operand, conditions, else_result, .. } => {
                self.bind_case(operand.as_deref(), conditions, else_result.as_deref(), span)
            }
            ast::Expr::Extract { field, expr, .. } => self.bind_extract(field, expr, span),
            ast::Expr::Ceil { expr, field } => self.bind_rounding("ceil", expr, field, span),
            ast::Expr::Floor { expr, field } => self.bind_rounding("floor", expr, field, span),
            ast::Expr::Position { expr, r#in } => self.bind_call("strpos", &[r#in, expr], span),
            ast::Expr::Substring { expr, substring_from, substring_for, .. } => {
                self.bind_substring(expr, substring_from.as_deref(), substring_for.as_deref(), span)
            }
            ast::Expr::Trim { expr, trim_where, trim_what, trim_characters } => {
                let characters = trim_what.as_deref().or(trim_characters.as_ref().and_then(|list| list.first()));
                self.bind_trim(expr, *trim_where, characters, span)
            }
            ast::Expr::Overlay { expr, overlay_what, overlay_from, overlay_for } => {
                let mut arguments: Vec<&ast::Expr> = vec![expr, overlay_what, overlay_from];
                arguments.extend(overlay_for.as_deref());
                self.bind_call("overlay", &arguments, span)
            }
            ast::Expr::AnyOp { left, compare_op: BinaryOperator::Eq, right, .. } => match right.as_ref() {
                ast::Expr::Subquery(query) => self.bind_in_subquery(left, query),
                _ => Err(unsupported("ANY of a list is", span)),
            },
            other => Err(unsupported_kind(other, span)),
        }
    }

    fn bind_call(&mut self, name: &str, arguments: &[&ast::Expr], span: Span) -> Result<Expr> {
        let arguments = arguments.iter().map(|argument| self.bind(argument)).collect::<Result<Vec<_>>>()?;
        self.call(name, arguments, span)
    }

    /// CASE in both forms; that with an operand compares it in each branch.
    fn bind_case(
        &mut self,
        operand: Option<&ast::Expr>,
        conditions: &[ast::CaseWhen],
        otherwise: Option<&ast::Expr>,
        span: Span,
    ) -> Result<Expr> {
        let operand = operand.map(|operand| self.bind(operand)).transpose()?;
        let mut bound = Vec::with_capacity(conditions.len());
        let mut values = Vec::with_capacity(conditions.len() + 1);
        for when in conditions {
            let before = self.joins.len();
            let condition = self.bind(&when.condition)?;
            self.guard_all(before, When::NotTrue, &bound)?;
            bound.push(match &operand {
                Some(operand) => {
                    let operand = self.binder.copy(operand)?;
                    compare(CompareOp::Equal, operand, condition)?
                }
                None => coerce::boolean(condition, "WHEN")?,
            });
            let before = self.joins.len();
            values.push(self.bind(&when.result)?);
            if let Some((last, others)) = bound.split_last() {
                self.guard_all(before, When::NotTrue, others)?;
                self.guard(before, When::True, last)?;
            }
        }
        if let Some(otherwise) = otherwise {
            let before = self.joins.len();
            values.push(self.bind(otherwise)?);
            self.guard_all(before, When::NotTrue, &bound)?;
        }
        let has_else = otherwise.is_some();
        case(bound, values, has_else, span)
    }

    /// The functions whose arguments are not evaluated like others' or whose type is that of their arguments.
    pub(super) fn bind_special_call(
        &mut self,
        name: &str,
        arguments: &[&ast::Expr],
        span: Span,
    ) -> Result<Option<Expr>> {
        let name = name.to_ascii_lowercase();
        let wrong =
            |needs: &str| Err(Error::types(format!("{name} takes {needs}, found {}", arguments.len())).at(span));
        let bound = match (name.as_str(), arguments.len()) {
            ("coalesce", 0) => return wrong("one argument or more"),
            ("coalesce", _) | ("ifnull" | "nvl", 2) => {
                let mut values = Vec::with_capacity(arguments.len());
                for argument in arguments {
                    let before = self.joins.len();
                    let value = self.bind(argument)?;
                    self.guard_all(before, When::Null, &values)?;
                    values.push(value);
                }
                coalesce(values, span)?
            }
            ("nullif", 2) => self.bind_nullif(arguments[0], arguments[1], span)?,
            ("if" | "iif", 3) => {
                let condition = self.bind(arguments[0])?;
                let condition = coerce::boolean(condition, "the condition")?;
                let before = self.joins.len();
                let then = self.bind(arguments[1])?;
                self.guard(before, When::True, &condition)?;
                let before = self.joins.len();
                let values = vec![then, self.bind(arguments[2])?];
                self.guard(before, When::NotTrue, &condition)?;
                case(vec![condition], values, true, span)?
            }
            ("typeof", 1) => {
                let argument = self.bind(arguments[0])?;
                coerce::constant(Value::text(argument.data_type.to_string()), DataType::Varchar, span)
            }
            ("date_part" | "datepart", 2) => {
                let (field, operand) = (self.bind(arguments[0])?, self.bind(arguments[1])?);
                let is_epoch =
                    matches!(&field.kind, ExprKind::Literal(Value::Text(name)) if name.eq_ignore_ascii_case("epoch"));
                // The one part that is a DOUBLE.
                if is_epoch && !coerce::is_open_text(&operand) {
                    self.date_part("epoch".to_owned(), operand, span)?
                } else {
                    self.call(&name, vec![field, operand], span)?
                }
            }
            ("nullif" | "ifnull" | "nvl", _) => return wrong("two arguments"),
            ("if" | "iif", _) => return wrong("three arguments"),
            ("typeof", _) => return wrong("one argument"),
            ("try", 1) => return Err(unsupported("TRY is", span)),
            (clock, _) if is_clock(clock) && functions::find(clock).is_none() => {
                return Err(unsupported(format!("{name} is"), span));
            }
            _ => return Ok(None),
        };
        Ok(Some(bound))
    }

    fn bind_nullif(&mut self, value: &ast::Expr, other: &ast::Expr, span: Span) -> Result<Expr> {
        let (value, other) = (self.bind(value)?, self.bind(other)?);
        let again = self.binder.copy(&value)?;
        let equal = compare(CompareOp::Equal, value, other)?;
        let null = coerce::null(&again.data_type, span);
        case(vec![equal], vec![null, again], true, span)
    }

    /// EXTRACT(field FROM x): the function named after the field, or `date_part`.
    fn bind_extract(&mut self, field: &DateTimeField, expr: &ast::Expr, span: Span) -> Result<Expr> {
        let operand = self.bind(expr)?;
        let span = span.to(operand.span);
        let field = field.to_string().trim_matches('\'').to_lowercase();
        self.date_part(field, operand, span)
    }

    /// A part of a date or time: the function named after it, or `date_part`.
    pub(super) fn date_part(&mut self, field: String, operand: Expr, span: Span) -> Result<Expr> {
        if coerce::is_open_text(&operand) {
            let message = format!("EXTRACT({field} FROM …) needs a DATE or TIMESTAMP, found a text");
            return Err(Error::types(message).at(span).with_hint("write DATE '…' or TIMESTAMP '…'"));
        }
        if functions::find(&field).is_some() {
            return self.call(&field, vec![operand], span);
        }
        let field = coerce::constant(Value::text(field), DataType::Varchar, span);
        self.call("date_part", vec![field, operand], span)
    }

    fn bind_rounding(&mut self, name: &str, expr: &ast::Expr, field: &CeilFloorKind, span: Span) -> Result<Expr> {
        match field {
            CeilFloorKind::DateTimeField(DateTimeField::NoDateTime) => self.bind_call(name, &[expr], span),
            CeilFloorKind::DateTimeField(_) | CeilFloorKind::Scale(_) => {
                Err(unsupported(format!("{name} with a second argument is"), span))
            }
        }
    }

    fn bind_substring(
        &mut self,
        expr: &ast::Expr,
        from: Option<&ast::Expr>,
        length: Option<&ast::Expr>,
        span: Span,
    ) -> Result<Expr> {
        let mut arguments = vec![self.bind(expr)?];
        arguments.push(match from {
            Some(from) => self.bind(from)?,
            None => coerce::constant(Value::Integer(1), DataType::Integer, span),
        });
        if let Some(length) = length {
            arguments.push(self.bind(length)?);
        }
        self.call("substring", arguments, span)
    }

    fn bind_trim(
        &mut self,
        expr: &ast::Expr,
        side: Option<TrimWhereField>,
        characters: Option<&ast::Expr>,
        span: Span,
    ) -> Result<Expr> {
        let name = match side {
            None | Some(TrimWhereField::Both) => "trim",
            Some(TrimWhereField::Leading) => "ltrim",
            Some(TrimWhereField::Trailing) => "rtrim",
        };
        let mut arguments = vec![expr];
        arguments.extend(characters);
        self.bind_call(name, &arguments, span)
    }
}

/// Whether a function asks what time it is.
pub(super) fn is_clock(name: &str) -> bool {
    const CLOCKS: &[&str] =
        &["current_date", "today", "now", "current_timestamp", "current_time", "localtime", "localtimestamp"];
    CLOCKS.iter().any(|clock| clock.eq_ignore_ascii_case(name))
}

/// CASE: conditions, and a value for each, then perhaps that of ELSE. A bare NULL takes the others' type.
fn case(conditions: Vec<Expr>, values: Vec<Expr>, has_else: bool, span: Span) -> Result<Expr> {
    let mut values = coerce::unify_all(values, "CASE gives")?;
    let otherwise = if has_else { values.pop() } else { None };
    let data_type = values.first().map_or(DataType::Null, |value| value.data_type.clone());
    let nullable = otherwise.as_ref().is_none_or(|value| value.nullable) || values.iter().any(|value| value.nullable);
    let branches = conditions.into_iter().zip(values).collect();
    Ok(Expr { kind: ExprKind::Case(branches, otherwise.map(Box::new)), data_type, nullable, span })
}

/// COALESCE of values that get one type.
pub(super) fn coalesce(values: Vec<Expr>, span: Span) -> Result<Expr> {
    let values = coerce::unify_all(values, "COALESCE is given")?;
    let data_type = values.first().map_or(DataType::Null, |value| value.data_type.clone());
    let nullable = values.iter().all(|value| value.nullable);
    if data_type == DataType::Null {
        return Ok(coerce::null(&data_type, span));
    }
    let data = |value| coerce::coerce(value, &data_type, Coercion::Implicit);
    let values = values.into_iter().map(data).collect::<Result<_>>()?;
    Ok(Expr { kind: ExprKind::Coalesce(values), data_type, nullable, span })
}

fn unsupported_kind(expr: &ast::Expr, span: Span) -> Error {
    let what = match expr {
        ast::Expr::Tuple(_) => "row values are",
        ast::Expr::AnyOp { .. } | ast::Expr::AllOp { .. } => "ANY and ALL are",
        ast::Expr::Array(_) => "lists are",
        ast::Expr::Struct { .. } | ast::Expr::Dictionary(_) => "structs are",
        ast::Expr::Map(_) => "maps are",
        ast::Expr::Lambda(_) => "lambdas are",
        ast::Expr::CompoundFieldAccess { .. } | ast::Expr::JsonAccess { .. } => "access to members is",
        ast::Expr::AtTimeZone { .. } => "AT TIME ZONE is",
        ast::Expr::Collate { .. } => "COLLATE is",
        ast::Expr::SimilarTo { .. } => "SIMILAR TO is",
        ast::Expr::GroupingSets(_) | ast::Expr::Cube(_) | ast::Expr::Rollup(_) => "GROUPING SETS, CUBE and ROLLUP are",
        ast::Expr::Wildcard(_) | ast::Expr::QualifiedWildcard(..) => "* inside an expression is",
        _ => "this kind of expression is",
    };
    unsupported(what, span)
}
