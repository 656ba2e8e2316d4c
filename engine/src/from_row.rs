//! Rows of results as Rust values.

use rowmill_vm::{Error, Result};

use crate::from_value::FromValue;
use crate::rows::{Row, Rows};

/// What a row of a result can be taken as: a value for a row of one column, a tuple for more, or a type of yours.
///
/// ```
/// use rowmill::{Connection, FromRow, Result, Row};
///
/// struct City {
///     name: String,
///     people: Option<i64>,
/// }
///
/// impl FromRow for City {
///     fn from_row(row: &Row<'_>) -> Result<City> {
///         Ok(City { name: row.get("name")?, people: row.get("people")? })
///     }
/// }
///
/// # fn main() -> Result<()> {
/// let connection = Connection::open_in_memory()?;
/// let sql = "SELECT * FROM (VALUES ('Oslo', 717710), ('Atlantis', NULL)) AS cities(name, people)";
/// let cities: Vec<City> = connection.query_as(sql, ())?.collect::<Result<_>>()?;
/// assert_eq!(cities[0].people, Some(717_710));
/// assert_eq!(cities[1].name, "Atlantis");
/// let pairs: Vec<(String, Option<i64>)> = connection.query_as(sql, ())?.collect::<Result<_>>()?;
/// assert_eq!(pairs[1], ("Atlantis".to_owned(), None));
/// # Ok(())
/// # }
/// ```
pub trait FromRow: Sized {
    /// The row as this type; fails if it has other columns, or a value is of another type.
    fn from_row(row: &Row<'_>) -> Result<Self>;
}

/// The only value of a row.
impl<T: FromValue> FromRow for T {
    fn from_row(row: &Row<'_>) -> Result<T> {
        check_width(row, 1)?;
        row.get(0)
    }
}

fn check_width(row: &Row<'_>, wanted: usize) -> Result<()> {
    let width = row.width();
    if width == wanted {
        return Ok(());
    }
    let columns = |count: usize| if count == 1 { "1 column".to_owned() } else { format!("{count} columns") };
    Err(Error::types(format!("the result has {}, but {} are asked for", columns(width), columns(wanted))))
}

macro_rules! tuples {
    ($($count:literal ($($type:ident $index:tt),*);)*) => {
        $(impl<$($type: FromValue),*> FromRow for ($($type,)*) {
            fn from_row(row: &Row<'_>) -> Result<Self> {
                check_width(row, $count)?;
                Ok(($(row.get::<$type>($index)?,)*))
            }
        })*
    };
}
tuples! {
    1 (A 0);
    2 (A 0, B 1);
    3 (A 0, B 1, C 2);
    4 (A 0, B 1, C 2, D 3);
    5 (A 0, B 1, C 2, D 3, E 4);
    6 (A 0, B 1, C 2, D 3, E 4, F 5);
    7 (A 0, B 1, C 2, D 3, E 4, F 5, G 6);
    8 (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
    9 (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
    10 (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
    11 (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10);
    12 (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);
}

/// The rows of a result as values of a type, as they are computed. After an error it is at its end.
pub struct Typed<T> {
    rows: Rows,
    row: std::marker::PhantomData<fn() -> T>,
}

impl<T> Typed<T> {
    pub(crate) fn new(rows: Rows) -> Typed<T> {
        Typed { rows, row: std::marker::PhantomData }
    }
}

impl<T: FromRow> Iterator for Typed<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        let value = match self.rows.next() {
            Ok(Some(row)) => T::from_row(&row),
            Ok(None) => return None,
            Err(error) => Err(error),
        };
        if value.is_err() {
            self.rows.stop();
        }
        Some(value)
    }
}
