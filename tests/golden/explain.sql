create table t (a integer, b integer, s varchar);
insert into t values (1, 10, 'x'), (2, null, 'y'), (3, 30, null), (4, 10, 'x');
----
ok, 0 changes
ok, 4 changes

explain select a + 1, b from t where b > 10 and a < 7
----
addr INTEGER | opcode VARCHAR | p1 INTEGER | p2 INTEGER | p3 INTEGER | p4 VARCHAR | p5 INTEGER | comment VARCHAR
0 | Init | 1 | 0 | 0 |  | 0 | start at 1
1 | OpenRead | 0 | 0 | 0 | t(a,b; b in 10..,a in ..7) | 0 | scan t
2 | Rewind | 0 | 8 | 0 |  | 0 | first batch; goto 8 if empty
3 |   Column | 0 | 0 | 0 | r0,r1 | 0 | a, b
4 |   Kernel | 0 | 0 | 1 | k0(r1,r0) -> (r2) | 2 | filter + project, fused
5 |   Gather | 1 | 1 | 3 |  | 0 | r3 = b
6 |   ResultRow | 1 | 3 | 0 | r2,r3 | 0 | a + 1, b
7 | Next | 0 | 3 | 0 |  | 0 | next batch, loop to 3
8 | Halt | 0 | 0 | 0 |  | 0 | done
NULL | NULL | NULL | NULL | NULL | NULL | NULL | kernel k0  filter+projection  8 insns, at most 8 steps and 19 bytes a row, cannot trap, simplified from 11
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c0.i32 nullable
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c1.i32
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #0.i32 = 10
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #1.i32 = 1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   output o0.i32
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    0  ldvalid   m0, c0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    1  ld.i32    v0, c0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    2  gt.i32    m1, v0, #0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    3  and       m2, m0, m1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    4  need      m2
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    5  ld.i32    v1, c1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    6  add.i32   v2, v1, #1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    7  st.i32    o0, v2

explain query plan select s, sum(a) from t where b > 5 group by s order by 2 desc limit 3
----
plan VARCHAR | expected_rows BIGINT
Sort sum DESC limit 3 | 1
  Aggregate by s: sum(a) AS sum | 1
    Filter b > 5 | 4
      Scan t(a, b, s) | 4

explain select t.a, u.b from t join t u on t.a = u.b where t.s like 'x%'
----
addr INTEGER | opcode VARCHAR | p1 INTEGER | p2 INTEGER | p3 INTEGER | p4 VARCHAR | p5 INTEGER | comment VARCHAR
0 | Init | 1 | 0 | 0 |  | 0 | start at 1
1 | HashOpen | 0 | 0 | 0 | inner(INTEGER) keeps (INTEGER) | 0 | build side
2 | OpenRead | 0 | 0 | 0 | t(a,s) | 0 | scan t
3 | Rewind | 0 | 10 | 0 |  | 0 | first batch; goto 10 if empty
4 |   Column | 0 | 0 | 0 | r0,r1 | 0 | a, s
5 |   Function | 0 | 0 | 2 | like(r1,'x%') | 0 | r2 = like
6 |   Kernel | 0 | 0 | 1 | k0(r2) -> () | 2 | filter
7 |   Gather | 1 | 0 | 3 |  | 0 | r3 = a
8 |   HashInsert | 0 | 1 | 3 | (r3) keeps r3 | 0 | add w1 to h0
9 | Next | 0 | 4 | 0 |  | 0 | next batch, loop to 4
10 | HashSeal | 0 | 0 | 0 |  | 0 | h0 is complete
11 | OpenRead | 1 | 1 | 0 | t(b; b in h0..h0) | 0 | scan t
12 | Rewind | 1 | 20 | 0 |  | 0 | first batch; goto 20 if empty
13 |   Column | 1 | 2 | 5 | r4 | 0 | b
14 |   HashProbe | 0 | 2 | 3 | (r4) | 0 | look up
15 |     HashColumn | 0 | 3 | 0 |  | 0 | r5 = a
16 |     Gather | 3 | 4 | 6 |  | 0 | r6 = b
17 |     ResultRow | 3 | 7 | 0 | r5,r6 | 0 | a, b
18 |   HashNext | 0 | 3 | 15 |  | 0 | more pairs, loop to 15
19 | Next | 1 | 13 | 0 |  | 0 | next batch, loop to 13
20 | Halt | 0 | 0 | 0 |  | 0 | done
NULL | NULL | NULL | NULL | NULL | NULL | NULL | kernel k0  filter  4 insns, at most 4 steps and 3 bytes a row, cannot trap
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c0.bits nullable
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    0  ldvalid   m0, c0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    1  ldbits    m1, c0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    2  and       m2, m0, m1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    3  need      m2

explain select count(*), sum(b) from t where a < 3
----
addr INTEGER | opcode VARCHAR | p1 INTEGER | p2 INTEGER | p3 INTEGER | p4 VARCHAR | p5 INTEGER | comment VARCHAR
0 | Init | 1 | 0 | 0 |  | 0 | start at 1
1 | AggOpen | 0 | 0 | 0 | count(*),sum(INTEGER) | 0 | g0 = no groups
2 | OpenRead | 0 | 0 | 0 | t(a,b; a in ..3) | 0 | scan t
3 | Rewind | 0 | 7 | 0 |  | 0 | first batch; goto 7 if empty
4 |   Column | 0 | 0 | 0 | r0,r1 | 0 | a, b
5 |   Kernel | 0 | 0 | 1 | k0(r0,r1) -> () | 2 | filter + aggregate, fused
6 | Next | 0 | 4 | 0 |  | 0 | next batch, loop to 4
7 | AggMerge | 0 | 0 | 0 |  | 0 | accumulators of k0
8 | AggFinal | 1 | 0 | 0 | count(*),sum(INTEGER) | 0 | groups
9 | Rewind | 1 | 13 | 0 |  | 0 | first batch; goto 13 if empty
10 |   Column | 1 | 2 | 3 | r2,r3 | 0 | count, sum
11 |   ResultRow | 2 | 4 | 0 | r2,r3 | 0 | count(*), sum(b)
12 | Next | 1 | 10 | 0 |  | 0 | next batch, loop to 10
13 | Halt | 0 | 0 | 0 |  | 0 | done
NULL | NULL | NULL | NULL | NULL | NULL | NULL | kernel k0  filter+aggregate  8 insns, at most 8 steps and 11 bytes a row, cannot trap
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c0.i32
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c1.i32 nullable
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #0.i32 = 3
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   acc    a0.mask count
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   acc    a1.i32 sum
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    0  ld.i32    v0, c0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    1  lt.i32    m0, v0, #0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    2  need      m0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    3  true      m1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    4  count     a0, m1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    5  ldvalid   m2, c1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    6  ld.i32    v1, c1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    7  sum.i32   a1, v1, m2

explain (verify) select case when b > 0 then 100 / b end, a + 1, cast(a as smallint) from t where a between 1 and 6 and b < 50
----
instruction VARCHAR | state VARCHAR | check VARCHAR
kernel k0  13 insns are left | NULL | NULL
  input  c0.i32 | 1 to 4, no NULLs | NULL
  input  c1.i32 | 10 to 30 | NULL
   0  ld.i32    v0, c0 | v0:i32 1 to 4 | NULL
   1  ge.i32    m0, v0, #0 | m0 true | NULL
   2  need      m0 |  | always true
   3  le.i32    m1, v0, #1 | m1 true | NULL
   4  need      m1 |  | always true
   5  ldvalid   m2, c1 | m2 | NULL
   6  ld.i32    v1, c1 | v1:i32 | NULL
   7  lt.i32    m3, v1, #2 | m3 | NULL
   8  and       m4, m2, m3 | m4 | NULL
   9  need      m4 | v1:i32 10 to 30, m2 true, m3 true, m4 true | NULL
  10  gt.i32    m5, v1, #3 | m5 true | NULL
  11  and       m6, m2, m5 | m6 true | NULL
  12  and       m7, m2, m6 | m7 true | NULL
  13  div?.i32  v2, #4, v1, m7 | v2:i32 3 to 10 | cannot fail: v1 10 to 30
  14  select.i32 v3, m6, v2, #3 | v3:i32 3 to 10 | NULL
  15  st.i32    o0, v3 |  | NULL
  16  stvalid   o0, m7 |  | NULL
  17  true      m8 | m8 true | NULL
  18  add?.i32  v4, v0, #0, m8 | v4:i32 2 to 5 | cannot fail: result 2 to 5
  19  st.i32    o1, v4 |  | NULL
  20  range.i32 v0, #5, #6, m8 |  | cannot fail: v0 1 to 4
  21  st.i32    o2, v0 |  | NULL

explain (verify) select sum(a * 1.5), count(s) from t where a > 3
----
instruction VARCHAR | state VARCHAR | check VARCHAR
kernel k0  6 insns are left | NULL | NULL
  input  c0.i32 | 1 to 4, no NULLs | NULL
   0  ld.i32    v0, c0 | v0:i32 1 to 4 | NULL
   1  gt.i32    m0, v0, #0 | m0 | NULL
   2  need      m0 | v0:i32 4, m0 true | NULL
   3  widen.i32.i64 v1, v0 | v1:i64 4 | NULL
   4  mul.i64   v2, v1, #1 | v2:i64 60 | NULL
   5  st.i64    o0, v2 |  | NULL

-- For programs: one text of JSON, whatever is shown.
explain (format json) select a + 1 from t where b > 2
----
json JSON
[
  {"addr": 0, "opcode": "Init", "p1": 1, "p2": 0, "p3": 0, "p4": "", "p5": 0, "comment": "start at 1"},
  {"addr": 1, "opcode": "OpenRead", "p1": 0, "p2": 0, "p3": 0, "p4": "t(a,b; b in 2..)", "p5": 0, "comment": "scan t"},
  {"addr": 2, "opcode": "Rewind", "p1": 0, "p2": 7, "p3": 0, "p4": "", "p5": 0, "comment": "first batch; goto 7 if empty"},
  {"addr": 3, "opcode": "Column", "p1": 0, "p2": 0, "p3": 0, "p4": "r0,r1", "p5": 0, "comment": "a, b"},
  {"addr": 4, "opcode": "Kernel", "p1": 0, "p2": 0, "p3": 1, "p4": "k0(r1,r0) -> (r2)", "p5": 2, "comment": "filter + project, fused"},
  {"addr": 5, "opcode": "ResultRow", "p1": 1, "p2": 3, "p3": 0, "p4": "r2", "p5": 0, "comment": "a + 1"},
  {"addr": 6, "opcode": "Next", "p1": 0, "p2": 3, "p3": 0, "p4": "", "p5": 0, "comment": "next batch, loop to 3"},
  {"addr": 7, "opcode": "Halt", "p1": 0, "p2": 0, "p3": 0, "p4": "", "p5": 0, "comment": "done"},
  {"comment": "kernel k0  filter+projection  8 insns, at most 8 steps and 19 bytes a row, cannot trap, simplified from 9"},
  {"comment": "input  c0.i32 nullable"},
  {"comment": "input  c1.i32"},
  {"comment": "pool   #0.i32 = 2"},
  {"comment": "pool   #1.i32 = 1"},
  {"comment": "output o0.i32"},
  {"comment": "0  ldvalid   m0, c0"},
  {"comment": "1  ld.i32    v0, c0"},
  {"comment": "2  gt.i32    m1, v0, #0"},
  {"comment": "3  and       m2, m0, m1"},
  {"comment": "4  need      m2"},
  {"comment": "5  ld.i32    v1, c1"},
  {"comment": "6  add.i32   v2, v1, #1"},
  {"comment": "7  st.i32    o0, v2"}
]

explain (plan, format json) select count(*) from t x join t y on x.a = y.b where x.b < 50;
explain (plan, analyze, format json) select count(*) from t x join t y on x.a = y.b where x.b < 50
----
json JSON
[
  {"plan": "Aggregate: count(*) AS count", "expected_rows": 1, "inputs": [
      {"plan": "Join inner on a = b#4", "expected_rows": 4, "inputs": [
          {"plan": "Filter b#1 < 50", "expected_rows": 4, "inputs": [
              {"plan": "Scan t(a, b#1)", "expected_rows": 4}]},
          {"plan": "Scan t(b#4)", "expected_rows": 4}]}]}]
json JSON
[
  {"plan": "Aggregate: count(*) AS count", "expected_rows": 1, "rows": 1, "inputs": [
      {"plan": "Join inner on a = b#4", "expected_rows": 4, "rows": 0, "inputs": [
          {"plan": "Filter b#1 < 50", "expected_rows": 4, "rows": 3, "inputs": [
              {"plan": "Scan t(a, b#1)", "expected_rows": 4, "rows": 4}]},
          {"plan": "Scan t(b#4)", "expected_rows": 4, "rows": 4}]}]}]

explain (verify, format json) select a from t where a > 3;
explain (rules, format json) select a from t where 1 = 1
----
json JSON
[
  {"instruction": "kernel k0  3 insns are left"},
  {"instruction": "input  c0.i32", "state": "1 to 4, no NULLs"},
  {"instruction": "0  ld.i32    v0, c0", "state": "v0:i32 1 to 4"},
  {"instruction": "1  gt.i32    m0, v0, #0", "state": "m0"},
  {"instruction": "2  need      m0", "state": "v0:i32 4, m0 true"}
]
json JSON
[
  {"rule": "bind", "plan": "Filter 1 = 1"},
  {"plan": "Scan t(a, b, s)"},
  {"rule": "fold", "plan": "Scan t(a, b, s)"},
  {"rule": "prune", "plan": "Scan t(a)"}
]

explain (format xml) select 1
----
unsupported error: this option of EXPLAIN is not supported yet
LINE 1: explain (format xml) select 1
                 ^^^^^^
hint: there are ANALYZE, PLAN, RULES, VERIFY, ASM, FORMAT JSON and FORMAT TEXT

explain (rules, asm) select 1
----
type error: EXPLAIN shows one of these at a time
LINE 1: explain (rules, asm) select 1
                        ^^^

-- Listings are tables, too.
select opcode, count(*) as n, max(sql) from bytecode('select b, count(*) from t where a > 1 group by b') group by opcode order by n desc, opcode;
select kernel, addr, instruction, sql from kernels('select a * 2 from t where b > 1 + a') where instruction not like 'ld%';
select count(*) > 0 as some, count(distinct kernel) from asm('select a * 2 from t where b > 1 + a')
----
opcode VARCHAR | n BIGINT | max(sql) VARCHAR
Column | 2 | NULL
Next | 2 | NULL
Rewind | 2 | NULL
AggFinal | 1 | NULL
AggMerge | 1 | NULL
AggOpen | 1 | NULL
Halt | 1 | NULL
Init | 1 | NULL
Kernel | 1 | NULL
OpenRead | 1 | NULL
ResultRow | 1 | NULL
kernel INTEGER | addr INTEGER | instruction VARCHAR | sql VARCHAR
0 | NULL | input  c0.i32 | NULL
0 | NULL | input  c1.i32 | NULL
0 | 3 | true      m1 | 1 + a
0 | 4 | add?.i32  v2, #0, v1, m1 | 1 + a
0 | 5 | gt.i32    m2, v0, v2 | b > 1 + a
0 | 6 | and       m3, m0, m2 | b > 1 + a
0 | 7 | need      m3 | b > 1 + a
0 | 8 | mul?.i32  v3, v1, #1, m1 | a * 2
0 | 9 | st.i32    o0, v3 | a * 2
some BOOLEAN | count(DISTINCT kernel) BIGINT
true | 1

select * from kernels('select x from t')
----
name error: no column "x"
LINE 1: select * from kernels('select x from t')
                              ^^^^^^^^^^^^^^^^^

select * from bytecodes('select 1')
----
name error: there is no table function bytecodes
LINE 1: select * from bytecodes('select 1')
                      ^^^^^^^^^
hint: did you mean bytecode?

select * from bytecode('delete from t')
----
unsupported error: only queries have listings that can be queried
LINE 1: select * from bytecode('delete from t')
                               ^^^^^^^^^^^^^^^

select * from bytecode(1)
----
type error: bytecode takes one argument, the text of a query
LINE 1: select * from bytecode(1)
                      ^^^^^^^^

-- What a kernel costs is known before it runs.
set max_steps_per_row = 3;
select a * 2 + 1 from t where b > 1 + a;
select count(*) from t;
set max_steps_per_row = 'none';
select count(*) from t where b > 1 + a
----
ok, 0 changes
limit error: kernel k0 takes 10 steps a row, and max_steps_per_row is 3
LINE 1: select a * 2 + 1 from t where b > 1 + a
               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
count(*) BIGINT
4
ok, 0 changes
count(*) BIGINT
3
