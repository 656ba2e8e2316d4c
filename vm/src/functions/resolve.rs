//! Functions by their names and types, for programs that are read back.

use super::{
    Body, CASE, COALESCE, CONSTANT, Overload, ResultType, TypePattern, VectorFunction, cast, comparison, find,
};
use crate::kernel::Comparison;
use crate::types::DataType;

/// The comparisons by their signs.
const COMPARISONS: [(&str, Comparison); 6] = [
    ("=", Comparison::Equal),
    ("<>", Comparison::NotEqual),
    ("<", Comparison::Less),
    ("<=", Comparison::LessEqual),
    (">", Comparison::Greater),
    (">=", Comparison::GreaterEqual),
];

/// What a call of that name runs, for arguments and a result of these types, with its name; `None` if nothing takes
/// them.
pub fn by_name(name: &str, arguments: &[DataType], result: &DataType) -> Option<(&'static str, VectorFunction)> {
    if let Some((sign, operator)) = COMPARISONS.iter().find(|(sign, _)| *sign == name) {
        let [left, right] = arguments else { return None };
        let fits = left == right && *result == DataType::Boolean;
        return fits.then(|| (*sign, comparison(*operator, left)));
    }
    let is_result = |data_type: &DataType| data_type == result;
    match (name, arguments) {
        ("constant", [of]) if is_result(of) => return Some(("constant", CONSTANT)),
        ("coalesce", [_, ..]) if arguments.iter().all(is_result) => return Some(("coalesce", COALESCE)),
        ("case", [branches @ .., otherwise]) if branches.len() % 2 == 0 && is_result(otherwise) => {
            let fits = |branch: &[DataType]| branch[0] == DataType::Boolean && is_result(&branch[1]);
            return branches.chunks(2).all(fits).then_some(("case", CASE));
        }
        ("cast", [from]) => return cast::find(from, result).map(|cast| ("cast", cast.cast)),
        ("try_cast", [from]) => return cast::find(from, result).map(|cast| ("try_cast", cast.try_cast)),
        _ => {}
    }
    let function = find(name)?;
    let fits = |overload: &&Overload| {
        takes(overload.arguments, overload.variadic, arguments) && overload.result.of(arguments) == *result
    };
    let body = function.overloads.iter().filter(fits).find_map(|overload| match overload.body {
        Body::Vector(body) => Some(body),
        Body::Helper(_) => None,
    });
    body.map(|body| (function.name, body))
}

/// Whether a signature takes arguments of these types as they are.
pub(crate) fn takes(patterns: &[TypePattern], variadic: bool, arguments: &[DataType]) -> bool {
    let count = if variadic { arguments.len() >= patterns.len() } else { arguments.len() == patterns.len() };
    let mut common: Option<&DataType> = None;
    count
        && arguments.iter().enumerate().all(|(position, data_type)| {
            match patterns.get(position).or(patterns.last()).copied().unwrap_or(TypePattern::Any) {
                TypePattern::Boolean => *data_type == DataType::Boolean,
                TypePattern::Integer => *data_type == DataType::Integer,
                TypePattern::BigInt => *data_type == DataType::BigInt,
                TypePattern::Double => *data_type == DataType::Double,
                TypePattern::Varchar => *data_type == DataType::Varchar,
                TypePattern::Blob => *data_type == DataType::Blob,
                TypePattern::Date => *data_type == DataType::Date,
                TypePattern::Timestamp => *data_type == DataType::TIMESTAMP,
                TypePattern::Time => *data_type == DataType::Time,
                TypePattern::Interval => *data_type == DataType::Interval,
                TypePattern::AnyInteger => data_type.is_integer(),
                TypePattern::AnyDecimal => matches!(data_type, DataType::Decimal { .. }),
                TypePattern::AnyNumber => data_type.is_numeric(),
                TypePattern::Any => true,
                TypePattern::Common => *common.get_or_insert(data_type) == data_type,
            }
        })
}

impl ResultType {
    /// The type of the result for arguments of these types.
    pub fn of(&self, arguments: &[DataType]) -> DataType {
        match self {
            ResultType::Fixed(data_type) => data_type.clone(),
            ResultType::Argument(index) => arguments.get(*index).cloned().unwrap_or(DataType::Null),
            ResultType::Rule(rule) => rule(arguments),
        }
    }
}
