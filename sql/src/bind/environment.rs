//! What a query can see beside its own FROM: common table expressions, and the queries around it.

use std::cell::{Cell, RefCell};

use sqlparser::ast;

use super::aggregate::Aggregates;
use super::scope::{Name, Scope};
use crate::plan::{ColumnId, Columns, StoreId};
use rowmill_vm::{DataType, Result};

/// The surroundings of a query.
#[derive(Clone, Copy, Default)]
pub(super) struct Environment<'e> {
    /// The nearest WITH.
    pub(super) with: Option<&'e With<'e>>,
    /// The FROM of the nearest query around this one.
    pub(super) outer: Option<&'e Outer<'e>>,
}

/// A WITH as seen from some point: by the query behind it, or by one of its own members.
pub(super) struct With<'e> {
    pub(super) members: &'e [ast::Cte],
    /// For each member, whether something has read it.
    pub(super) used: &'e [Cell<bool>],
    /// WITH RECURSIVE: members may read themselves.
    pub(super) recursive: bool,
    /// How many members are visible here.
    pub(super) visible: usize,
    /// WITH RECURSIVE: the member that is being bound, as it sees itself.
    pub(super) itself: Option<&'e Itself>,
    /// What the WITH itself can see.
    pub(super) environment: Environment<'e>,
}

/// A recursive member of WITH inside its own query.
pub(super) struct Itself {
    pub(super) name: String,
    /// Its rows, where it may read them.
    pub(super) working: Option<Working>,
    /// Whether something has read it.
    pub(super) used: Cell<bool>,
}

/// The rows of a recursion's last turn.
pub(super) struct Working {
    pub(super) store: StoreId,
    /// Each column's name, type, and whether it may be NULL.
    pub(super) columns: Vec<(String, DataType, bool)>,
}

/// What the name of a common table expression stands for.
pub(super) enum CommonTable<'e> {
    /// A member: the WITH it is in, and its position there.
    Member(&'e With<'e>, usize),
    /// The member that is being bound.
    Itself(&'e Itself),
}

/// A query around this one: its FROM.
#[derive(Clone, Copy)]
pub(super) struct Outer<'e> {
    pub(super) scope: &'e Scope,
    /// Where its aggregates go, if they are allowed where this query stands.
    pub(super) aggregates: Option<&'e RefCell<Aggregates>>,
    /// The clause of it that this query stands in.
    pub(super) clause: &'static str,
    pub(super) next: Option<&'e Outer<'e>>,
}

impl<'e> Outer<'e> {
    /// Members of the same FROM, as LATERAL sees them.
    pub(super) fn sibling(scope: &'e Scope, next: Option<&'e Outer<'e>>) -> Outer<'e> {
        Outer { scope, aggregates: None, clause: "FROM", next }
    }
}

impl<'e> Environment<'e> {
    /// The common table expression of that name.
    pub(super) fn common_table(&self, name: &str) -> Option<CommonTable<'e>> {
        let mut with = self.with;
        while let Some(frame) = with {
            if let Some(itself) = frame.itself
                && itself.name.eq_ignore_ascii_case(name)
            {
                return Some(CommonTable::Itself(itself));
            }
            let is = |cte: &ast::Cte| cte.alias.name.value.eq_ignore_ascii_case(name);
            if let Some(position) = frame.members[..frame.visible].iter().rposition(is) {
                return Some(CommonTable::Member(frame, position));
            }
            with = frame.environment.with;
        }
        None
    }

    /// The names of all common table expressions, for "did you mean".
    pub(super) fn common_table_names(&self) -> Vec<&'e str> {
        let mut names = Vec::new();
        let mut with = self.with;
        while let Some(frame) = with {
            names.extend(frame.itself.map(|itself| itself.name.as_str()));
            names.extend(frame.members[..frame.visible].iter().map(|cte| cte.alias.name.value.as_str()));
            with = frame.environment.with;
        }
        names
    }

    /// The column that a name which is not known here means in the nearest query around this one that has it.
    pub(super) fn find_outer(&self, columns: &Columns, name: Name<'_>) -> Result<Option<ColumnId>> {
        for outer in self.outer_queries() {
            if let Some(found) = outer.scope.find(columns, name)? {
                return Ok(Some(found.id));
            }
        }
        Ok(None)
    }

    /// Whether a column is one of a query around this one, or the result of an aggregate there.
    pub(super) fn is_outer(&self, id: ColumnId) -> bool {
        let is_result = |outer: &Outer<'_>| outer.aggregates.is_some_and(|aggregates| aggregates.borrow().has(id));
        self.outer_queries().any(|outer| outer.scope.contains(id) || is_result(outer))
    }

    /// The queries around this one, from the inside outwards.
    pub(super) fn outer_queries(&self) -> impl Iterator<Item = &'e Outer<'e>> {
        std::iter::successors(self.outer, |frame| frame.next)
    }
}
