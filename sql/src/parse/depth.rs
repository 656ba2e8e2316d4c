//! How deep the tree of a statement can become, known from its tokens alone and before anything recurses.
//!
//! Depth comes from brackets, from CASE, and from chains of operators, which nest without any bracket: `a + b + c`
//! to the left, `NOT NOT a` to the right. Within a bracket, commas and clauses begin new chains, and so do AND and
//! OR, which only count as links of a chain of their own.

use rowmill_vm::{Error, Result};
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;

use crate::limits::{LOGIC_MAX, NESTING_MAX, OPERATORS_MAX, SET_OPERATIONS_MAX};

/// ANDs and ORs that weigh as much as another operator: they become one flat list.
const LOGIC_A_LEVEL: usize = 4;

/// What has been opened so far.
#[derive(Default)]
pub(super) struct Depth {
    outer: Vec<Level>,
    here: Level,
    /// The sums of all outer levels.
    outer_operators: usize,
    outer_logic: usize,
    outer_set_operations: usize,
    deepest: usize,
}

/// Between two brackets.
#[derive(Clone, Copy, Default)]
struct Level {
    /// AND and OR since the last comma or clause.
    logic: usize,
    /// Other operators since the last AND, OR, comma or clause.
    operators: usize,
    /// UNION and the like.
    set_operations: usize,
}

/// What a token does to the depth.
enum Role {
    Open,
    Close,
    /// Begins a new chain.
    Separator,
    Logic,
    Operator,
    SetOperation,
    None,
}

impl Depth {
    /// Takes the next token into account; fails if it makes the tree too deep.
    pub(super) fn check(&mut self, token: &Token) -> Result<()> {
        match role(token) {
            Role::Open => {
                // x[1][1]… nests to the left like any operator.
                self.here.operators += usize::from(*token == Token::LBracket);
                self.outer_operators += self.here.operators;
                self.outer_logic += self.here.logic;
                self.outer_set_operations += self.here.set_operations;
                self.outer.push(std::mem::take(&mut self.here));
                if self.outer.len() > NESTING_MAX {
                    return Err(Error::limit(format!("more than {NESTING_MAX} levels of nesting")));
                }
            }
            Role::Close => {
                if let Some(level) = self.outer.pop() {
                    self.here = level;
                    self.outer_operators -= level.operators;
                    self.outer_logic -= level.logic;
                    self.outer_set_operations -= level.set_operations;
                }
            }
            Role::Separator => {
                self.here.operators = 0;
                self.here.logic = 0;
            }
            Role::Logic => {
                self.here.operators = 0;
                self.here.logic += 1;
            }
            Role::Operator => self.here.operators += 1,
            Role::SetOperation => {
                self.here = Level { set_operations: self.here.set_operations + 1, ..Level::default() };
                if self.here.set_operations > SET_OPERATIONS_MAX {
                    return Err(Error::limit(format!("more than {SET_OPERATIONS_MAX} set operations in one chain")));
                }
            }
            Role::None => {}
        }
        self.deepest = self.deepest.max(self.depth());
        if self.outer_operators + self.here.operators > OPERATORS_MAX {
            return Err(Error::limit(format!("more than {OPERATORS_MAX} operators in one chain")));
        }
        if self.outer_logic + self.here.logic > LOGIC_MAX {
            return Err(Error::limit(format!("more than {LOGIC_MAX} ANDs and ORs in one chain"))
                .with_hint("many comparisons of one value can be written as IN (…)"));
        }
        Ok(())
    }
}

impl Depth {
    /// Levels of the tree at this token.
    fn depth(&self) -> usize {
        self.outer.len()
            + self.outer_operators
            + self.here.operators
            + (self.outer_logic + self.here.logic) / LOGIC_A_LEVEL
            + self.outer_set_operations
            + self.here.set_operations
    }

    /// Levels of the tree so far.
    pub(super) fn deepest(&self) -> usize {
        self.deepest
    }
}

fn role(token: &Token) -> Role {
    match token {
        Token::LParen | Token::LBracket | Token::LBrace => Role::Open,
        Token::RParen | Token::RBracket | Token::RBrace => Role::Close,
        Token::Comma | Token::SemiColon => Role::Separator,
        Token::Word(word) => keyword_role(word.keyword),
        Token::Number(..)
        | Token::SingleQuotedString(_)
        | Token::HexStringLiteral(_)
        | Token::Placeholder(_)
        | Token::Period => Role::None,
        _ => Role::Operator,
    }
}

fn keyword_role(keyword: Keyword) -> Role {
    match keyword {
        Keyword::NoKeyword => Role::None,
        Keyword::CASE => Role::Open,
        Keyword::END => Role::Close,
        Keyword::AND | Keyword::OR => Role::Logic,
        Keyword::UNION | Keyword::EXCEPT | Keyword::INTERSECT | Keyword::MINUS => Role::SetOperation,
        Keyword::SELECT
        | Keyword::FROM
        | Keyword::WHERE
        | Keyword::GROUP
        | Keyword::HAVING
        | Keyword::ORDER
        | Keyword::LIMIT
        | Keyword::ON
        | Keyword::WHEN
        | Keyword::THEN
        | Keyword::ELSE => Role::Separator,
        Keyword::NOT
        | Keyword::IS
        | Keyword::IN
        | Keyword::LIKE
        | Keyword::ILIKE
        | Keyword::SIMILAR
        | Keyword::BETWEEN
        | Keyword::COLLATE
        | Keyword::AT
        | Keyword::NOTNULL
        | Keyword::INTERVAL
        | Keyword::ESCAPE
        | Keyword::DIV
        | Keyword::XOR
        | Keyword::EXPLAIN
        | Keyword::LAMBDA
        | Keyword::GLOB
        | Keyword::REGEXP
        | Keyword::RLIKE
        | Keyword::MATCH
        | Keyword::OPERATOR => Role::Operator,
        // Any other word stands for a name, a type or a fixed place in the grammar.
        _ => Role::None,
    }
}
