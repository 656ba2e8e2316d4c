//! Names and what they stand for: the columns that FROM offers.

use rowmill_vm::{Error, Result, Span};
use sqlparser::ast::Ident;

use crate::parse::byte_span;
use crate::plan::{ColumnId, Columns};
use crate::suggest;

/// The tables of a FROM and their columns, in the order of `*`.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    relations: Vec<Relation>,
    columns: Vec<ScopeColumn>,
}

/// A table, file or subquery in FROM.
#[derive(Clone, Debug)]
struct Relation {
    /// Its alias, or its own name; empty for a subquery without one.
    name: String,
    /// The name that the alias hides.
    hidden_name: Option<String>,
}

/// Stands for the relation of a column that a join has made.
const NO_RELATION: usize = usize::MAX;

/// A column of a relation.
#[derive(Clone, Debug)]
pub(super) struct ScopeColumn {
    /// The name by which it is known here, where that is not its own.
    name: Option<String>,
    relation: usize,
    /// Where it stands in its relation: the order of `relation.*`.
    position: usize,
    /// What it stands for.
    pub(super) id: ColumnId,
    /// Whether only its qualified name leads to it: USING has merged it with another.
    merged: bool,
}

/// A name as written: `column` or `relation.column`.
#[derive(Clone, Copy)]
pub(super) struct Name<'a> {
    pub(super) relation: Option<&'a Ident>,
    pub(super) column: &'a Ident,
}

impl Name<'_> {
    /// The place of the whole name.
    pub(super) fn span(&self) -> Span {
        let column = byte_span(self.column.span);
        self.relation.map_or(column, |relation| byte_span(relation.span).to(column))
    }
}

impl ScopeColumn {
    /// The name by which it is known.
    pub(super) fn name<'c>(&'c self, columns: &'c Columns) -> &'c str {
        self.name.as_deref().unwrap_or_else(|| &columns.get(self.id).name)
    }
}

impl Scope {
    /// The scope of one relation.
    pub(super) fn of_relation(name: String) -> Scope {
        Scope { relations: vec![Relation { name, hidden_name: None }], columns: Vec::new() }
    }

    /// Adds a column to the only relation; `name` where it is not the column's own.
    pub(super) fn add_column(&mut self, id: ColumnId, name: Option<String>) {
        let position = self.columns.len();
        self.columns.push(ScopeColumn { name, relation: 0, position, id, merged: false });
    }

    /// Adds the relations of another scope, to the right.
    pub(super) fn append(&mut self, other: Scope) -> Result<()> {
        let offset = self.relations.len();
        for relation in &other.relations {
            if !relation.name.is_empty() && self.relation(&relation.name).is_some() {
                let message = format!("\"{}\" stands in FROM twice", relation.name);
                return Err(Error::name(message).with_hint("give one of them another name: AS …"));
            }
        }
        self.relations.extend(other.relations);
        self.columns.extend(other.columns.into_iter().map(|column| {
            let relation = if column.relation == NO_RELATION { NO_RELATION } else { column.relation + offset };
            ScopeColumn { relation, ..column }
        }));
        Ok(())
    }

    /// Every column, in the order of `*`.
    pub(super) fn columns(&self) -> impl Iterator<Item = &ScopeColumn> {
        self.columns.iter().filter(|column| !column.merged)
    }

    /// The columns that can be named, those merged by USING included.
    pub(super) fn ids(&self) -> impl Iterator<Item = ColumnId> {
        self.columns.iter().map(|column| column.id)
    }

    /// Whether a column is one of FROM's.
    pub(super) fn contains(&self, id: ColumnId) -> bool {
        self.columns.iter().any(|column| column.id == id)
    }

    /// The name by which a column is known here.
    pub(super) fn name_of<'c>(&'c self, id: ColumnId, columns: &'c Columns) -> &'c str {
        let column = self.columns.iter().find(|column| column.id == id);
        column.map_or_else(|| columns.get(id).name.as_str(), |column| column.name(columns))
    }

    /// Whether there is nothing to name.
    pub(super) fn is_empty(&self) -> bool {
        self.relations.is_empty()
    }

    /// The columns of `name.*`, in order.
    pub(super) fn columns_of(&self, name: &Ident) -> Result<Vec<&ScopeColumn>> {
        let relation = self.relation(&name.value).ok_or_else(|| self.unknown_relation(name))?;
        let mut columns: Vec<_> = self.columns.iter().filter(|column| column.relation == relation).collect();
        columns.sort_by_key(|column| column.position);
        Ok(columns)
    }

    /// What a name stands for: `None` if nothing here has it.
    pub(super) fn find(&self, columns: &Columns, name: Name<'_>) -> Result<Option<&ScopeColumn>> {
        let relation = match name.relation {
            Some(relation) => match self.relation(&relation.value) {
                Some(relation) => Some(relation),
                None => return Ok(None),
            },
            None => None,
        };
        let mut candidates = self.columns.iter().filter(|column| {
            relation.map_or(!column.merged, |relation| column.relation == relation)
                && column.name(columns).eq_ignore_ascii_case(&name.column.value)
        });
        let Some(found) = candidates.next() else { return Ok(None) };
        match candidates.find(|other| other.id != found.id) {
            Some(other) => Err(self.ambiguous(name, found, other)),
            None => Ok(Some(found)),
        }
    }

    fn relation(&self, name: &str) -> Option<usize> {
        self.relations.iter().position(|relation| relation.name.eq_ignore_ascii_case(name))
    }

    fn ambiguous(&self, name: Name<'_>, left: &ScopeColumn, right: &ScopeColumn) -> Error {
        let column = &name.column.value;
        let relation = |column: &ScopeColumn| match self.relations.get(column.relation).map(|r| r.name.as_str()) {
            None => "a join",
            Some("") => "a subquery",
            Some(name) => name,
        };
        let (left, right) = (relation(left), relation(right));
        let error = if left == right {
            Error::name(format!("column \"{column}\" is ambiguous: {left} has two of that name"))
        } else {
            Error::name(format!("column \"{column}\" is ambiguous: {left} and {right} both have one"))
                .with_hint(format!("write {left}.{column} or {right}.{column}"))
        };
        error.at(name.span())
    }

    fn unknown_relation(&self, name: &Ident) -> Error {
        let error = Error::name(format!("no table \"{}\" in FROM", name.value)).at(byte_span(name.span));
        let hides = |relation: &&Relation| {
            relation.hidden_name.as_deref().is_some_and(|hidden| hidden.eq_ignore_ascii_case(&name.value))
        };
        if let Some(relation) = self.relations.iter().find(hides) {
            return error.with_hint(format!("it is called {} here", relation.name));
        }
        match suggest::nearest(&name.value, self.relations.iter().map(|relation| relation.name.as_str())) {
            Some(near) => error.with_hint(format!("did you mean {near}?")),
            None => error,
        }
    }

    /// The error for a name that nothing has.
    pub(super) fn unknown(&self, columns: &Columns, name: Name<'_>) -> Error {
        let relation = match name.relation {
            Some(relation) => match self.relation(&relation.value) {
                Some(found) => Some(found),
                None => return self.unknown_relation(relation),
            },
            None => None,
        };
        let column = &name.column.value;
        let message = match relation.map(|relation| self.relations[relation].name.as_str()) {
            Some(relation) => format!("no column \"{column}\" in {relation}"),
            None => format!("no column \"{column}\""),
        };
        let error = Error::name(message).at(name.span());
        let names = self.columns.iter().filter(|c| relation.is_none_or(|r| r == c.relation)).map(|c| c.name(columns));
        if let Some(near) = suggest::nearest(column, names) {
            return error.with_hint(format!("did you mean {near}?"));
        }
        match (name.column.quote_style, relation) {
            (Some('"'), None) => error.with_hint(format!("text is written in single quotes: '{column}'")),
            _ => error,
        }
    }

    /// Merges columns of USING: `kept` come first in `*`, `dropped` are only there by their qualified names.
    pub(super) fn merge(&mut self, kept: &[ColumnId], dropped: &[ColumnId]) {
        for column in &mut self.columns {
            column.merged |= dropped.contains(&column.id);
        }
        let rank = |column: &ScopeColumn| kept.iter().position(|id| *id == column.id).unwrap_or(kept.len());
        self.columns.sort_by_key(rank);
    }

    /// Adds columns that belong to a join and to no relation, before all others.
    pub(super) fn add_joined(&mut self, columns: Vec<(ColumnId, String)>) {
        let joined = columns.into_iter().enumerate().map(|(position, (id, name))| ScopeColumn {
            name: Some(name),
            relation: NO_RELATION,
            position,
            id,
            merged: false,
        });
        self.columns.splice(..0, joined.collect::<Vec<_>>());
    }

    /// Lets the name of a column stand for another one from now on.
    pub(super) fn replace(&mut self, id: ColumnId, by: ColumnId) {
        self.columns.iter_mut().filter(|column| column.id == id).for_each(|column| column.id = by);
    }

    /// Gives the only relation another name, which hides its own.
    pub(super) fn rename_relation(&mut self, name: String) {
        if let [relation] = self.relations.as_mut_slice() {
            let hidden = std::mem::replace(&mut relation.name, name);
            relation.hidden_name = Some(hidden).filter(|hidden| !hidden.is_empty());
        }
    }

    /// Names the columns by an alias's list, which may be shorter.
    pub(super) fn rename(&mut self, names: impl Iterator<Item = String>) {
        for (column, name) in self.columns.iter_mut().zip(names) {
            column.name = Some(name);
        }
    }
}
