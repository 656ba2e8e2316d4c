//! What a query can see beside its own FROM: common table expressions, and the queries around it.

use std::cell::Cell;

use sqlparser::ast;

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

/// The FROM of a query around this one.
pub(super) struct Outer<'e> {
    pub(super) scope: &'e Scope,
    pub(super) next: Option<&'e Outer<'e>>,
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
        for scope in self.outer_scopes() {
            if let Some(found) = scope.find(columns, name)? {
                return Ok(Some(found.id));
            }
        }
        Ok(None)
    }

    /// Whether a column is one of a query around this one.
    pub(super) fn is_outer(&self, id: ColumnId) -> bool {
        self.outer_scopes().any(|scope| scope.contains(id))
    }

    /// What the queries around this one read, from the inside outwards.
    fn outer_scopes(&self) -> impl Iterator<Item = &'e Scope> {
        std::iter::successors(self.outer, |frame| frame.next).map(|frame| frame.scope)
    }
}
