create table t (a integer, b integer, s varchar);
insert into t values (1, 10, 'x'), (2, null, 'y'), (3, 30, null), (4, 10, 'x');
----
ok, 0 changes
ok, 4 changes

selct 1
----
syntax error: unexpected "selct"
LINE 1: selct 1
        ^^^^^
hint: did you mean SELECT?

select * form t
----
syntax error: unexpected "form"
LINE 1: select * form t
                 ^^^^
hint: did you mean FROM?

select 1 +
----
syntax error: expected an expression, found the end of the statement
LINE 1: select 1 +
                 ^

select a from nothing
----
name error: no table "nothing"
LINE 1: select a from nothing
                      ^^^^^^^

select aa from t
----
name error: no column "aa"
LINE 1: select aa from t
               ^^
hint: did you mean a?

select length(a, b, s) from t
----
type error: length(INTEGER, INTEGER, VARCHAR) is not defined
LINE 1: select length(a, b, s) from t
               ^^^^^^^^^^^^^^^
hint: there is length(VARCHAR)

select nofunction(1)
----
name error: no function "nofunction"
LINE 1: select nofunction(1)
               ^^^^^^^^^^

select x.a from t x, t y where a = 1
----
name error: column "a" is ambiguous: x and y both have one
LINE 1: select x.a from t x, t y where a = 1
                                       ^
hint: write x.a or y.a

select a, count(*) from t
----
type error: column "a" must appear in GROUP BY, or be inside an aggregate
LINE 1: select a, count(*) from t
               ^
hint: add it to GROUP BY or use any_value(a)

select a from t where count(*) > 1
----
type error: aggregates are not allowed in WHERE
LINE 1: select a from t where count(*) > 1
                              ^^^^^^^^
hint: filter groups with HAVING

select a + s from t
----
type error: cannot add INTEGER and VARCHAR
LINE 1: select a + s from t
               ^^^^^
hint: write CAST(… AS …) if the text holds a number, or || to concatenate

select 9223372036854775807 + 1
----
runtime error: BIGINT overflow: 9223372036854775807 + 1 does not fit
LINE 1: select 9223372036854775807 + 1
               ^^^^^^^^^^^^^^^^^^^^^^^

select a, 10 / (a - 3) from t
----
runtime error: division by zero
LINE 1: select a, 10 / (a - 3) from t
                  ^^^^^^^^^^^

select 2147483647 + a from t
----
runtime error: INTEGER overflow: 2147483647 + 1 does not fit
LINE 1: select 2147483647 + a from t
               ^^^^^^^^^^^^^^

select cast('abc' as integer)
----
runtime error: could not convert 'abc' to INTEGER
LINE 1: select cast('abc' as integer)
                    ^^^^^

select cast(s as integer) from t
----
runtime error: could not convert 'x' to INTEGER
LINE 1: select cast(s as integer) from t
                    ^

select cast(300 as tinyint)
----
runtime error: value 300 is out of range (-128 to 127)
LINE 1: select cast(300 as tinyint)
                    ^^^

select cast(1e30 as bigint)
----
runtime error: value 1000000000000000000000000000000 does not fit BIGINT
LINE 1: select cast(1e30 as bigint)
                    ^^^^

select * from 'tests/data/no_such_file.csv'
----
io error: file 'tests/data/no_such_file.csv' does not exist
LINE 1: select * from 'tests/data/no_such_file.csv'
                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

select * from 'tests/data'
----
io error: 'tests/data' is a directory, not a file
LINE 1: select * from 'tests/data'
                      ^^^^^^^^^^^^

insert into t values (1, 2)
----
type error: INSERT needs 3 values a row, found 2
LINE 1: insert into t values (1, 2)
                              ^

insert into t values ('a', 1, 'x')
----
runtime error: could not convert 'a' to INTEGER
LINE 1: insert into t values ('a', 1, 'x')
                              ^^^

insert into t select 1, 2 / (a - 1), 'q' from t
----
runtime error: division by zero
LINE 1: insert into t select 1, 2 / (a - 1), 'q' from t
                                ^^^^^^^^^^

select count(*) from t
----
count(*) BIGINT
4

create table t (a integer)
----
name error: table 't' is there already
LINE 1: create table t (a integer)
                     ^
hint: CREATE OR REPLACE TABLE replaces it, CREATE TABLE IF NOT EXISTS keeps it

drop table nothing
----
name error: no table "nothing"
LINE 1: drop table nothing
                   ^^^^^^^

create table u as select 1 / (a - 1) as x from t
----
runtime error: division by zero
LINE 1: create table u as select 1 / (a - 1) as x from t
                                 ^^^^^^^^^^

select * from u
----
name error: no table "u"
LINE 1: select * from u
                      ^

set no_such_setting = 1
----
name error: there is no setting 'no_such_setting'
LINE 1: set no_such_setting = 1
            ^^^^^^^^^^^^^^^
hint: the settings are batch_rows, code_cache_size, default_null_order, disabled_rules, jit, jit_symbols, max_steps_per_row, memory_limit, threads, timeout

select (select a from t)
----
runtime error: more than one row returned by a subquery that stands for a value
LINE 1: select (select a from t)
                ^^^^^^^^^^^^^^^
hint: add LIMIT 1, or aggregate

select 'unterminated
----
syntax error: unterminated string: ' is missing
LINE 1: select 'unterminated
               ^

select a from t limit -1
----
runtime error: LIMIT -1 is negative
LINE 1: select a from t limit -1
                              ^^

select sum(s) from t
----
type error: sum(VARCHAR) is not defined
LINE 1: select sum(s) from t
               ^^^^^^
hint: there is sum(integer), sum(DECIMAL), sum(DOUBLE), sum(INTERVAL)

select -(-9223372036854775808) as x
----
runtime error: BIGINT overflow: 0 - (-9223372036854775808) does not fit
LINE 1: select -(-9223372036854775808) as x
                 ^^^^^^^^^^^^^^^^^^^^

select abs(-2147483648)
----
runtime error: value 2147483648 is out of range for INTEGER
LINE 1: select abs(-2147483648)
               ^^^^^^^^^^^^^^^^

select case when a then 1 end from t
----
type error: WHEN needs BOOLEAN, found INTEGER
LINE 1: select case when a then 1 end from t
                         ^
hint: compare it: … <> 0

create table lt (k integer, a integer);
insert into lt values (1, 1), (2, 2), (3, 3), (4, 4);
create table ru (k integer, b integer);
insert into ru values (1, 10), (1, 11), (2, 20), (3, 30), (4, 40);
----
ok, 0 changes
ok, 4 changes
ok, 0 changes
ok, 5 changes

select lt.a, b from lt left join ru on lt.k = ru.k and 10 / (lt.a - 3) < b - 8 limit 3
----
a INTEGER | b INTEGER
1 | 10
1 | 11
2 | 20

select lt.a, b from lt left join ru on lt.k = ru.k and 10 / (lt.a - 3) < b - 8
----
runtime error: division by zero
LINE 1: select lt.a, b from lt left join ru on lt.k = ru.k and 10 / (lt.a - 3) < b - 8
                                                               ^^^^^^^^^^^^^^

-- What fails behind a LIMIT, for rows that it has let through, is an error though it is reached.
select 10 / (a - 2) from (select a from lt limit 2)
----
runtime error: division by zero
LINE 1: select 10 / (a - 2) from (select a from lt limit 2)
               ^^^^^^^^^^^

select max(10 / (a - 1)) from (select lt.a from lt, ru limit 1)
----
runtime error: division by zero
LINE 1: select max(10 / (a - 1)) from (select lt.a from lt, ru limit 1)
                   ^^^^^^^^^^^

select 10 / (a - 2) from (select a from lt) limit 1
----
10 / (a - 2) INTEGER
-10

-- What a call takes is computed for rows only for which the call is wanted, in CASE and behind AND, OR and COALESCE.
create table guards as select * from (values (false, 1, 9223372036854775807), (true, 1, 5)) t(p, i, b);
select case when p then try_cast(i + b as integer) else 0 end as e from guards;
select case when p then length(cast(i + b as varchar)) else 0 end as e from guards;
select p and cast(i + b as varchar) like '6%' as e, not p or length(cast(i + b as varchar)) = 1 as f from guards;
select coalesce(case when not p then 'none' end, cast(i + b as varchar)) as e from guards;
select length(cast(i + b as varchar)) as e from guards
----
ok, 2 changes
e INTEGER
0
6
e BIGINT
0
1
e BOOLEAN | f BOOLEAN
false | true
true | true
e VARCHAR
none
6
runtime error: BIGINT overflow: 1 + 9223372036854775807 does not fit
LINE 1: select length(cast(i + b as varchar)) as e from guards
                           ^^^^^
