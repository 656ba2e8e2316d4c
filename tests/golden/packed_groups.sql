create table t (i integer, a integer, b bigint, d date, p decimal(12, 2), f boolean, s varchar);
insert into t values (1, 1, 10, date '2024-01-01', 1.50, true, 'x'), (2, 2, -20000, date '2024-01-02', -99.99, false, 'y'), (3, 3, null, date '2024-01-03', null, null, 'x'), (4, null, 10, date '2024-01-01', 1.50, true, null), (5, -7, 10, null, 12345.67, true, 'zz'), (6, 1, 11, date '2024-01-01', 1.50, false, 'x'), (7, 1, 10, date '2024-02-29', 1.50, true, 'x'), (8, null, null, null, null, null, null), (9, 1, 10, date '2024-01-01', 1.50, true, 'x'), (10, null, null, null, null, null, null)
----
ok, 0 changes
ok, 10 changes

-- two keys are one number; NULL has a place of its own
explain select a, b, count(*) from t group by a, b
----
addr INTEGER | opcode VARCHAR | p1 INTEGER | p2 INTEGER | p3 INTEGER | p4 VARCHAR | p5 INTEGER | comment VARCHAR
0 | Init | 1 | 0 | 0 |  | 0 | start at 1
1 | AggOpen | 0 | 0 | 0 | by (BIGINT) count(*) | 0 | g0 = no groups
2 | OpenRead | 0 | 0 | 0 | t(a,b) | 0 | scan t
3 | Rewind | 0 | 8 | 0 |  | 0 | first batch; goto 8 if empty
4 |   Column | 0 | 0 | 0 | r0,r1 | 0 | a, b
5 |   Kernel | 0 | 0 | 0 | k0(r0,r1) -> (r2) | 2 | project
6 |   AggStep | 0 | 0 | 3 | by (r2) of  | 0 | add w0 to g0
7 | Next | 0 | 4 | 0 |  | 0 | next batch, loop to 4
8 | AggFinal | 1 | 0 | 0 | by (BIGINT) count(*) | 0 | groups
9 | Rewind | 1 | 14 | 0 |  | 0 | first batch; goto 14 if empty
10 |   Column | 1 | 1 | 5 | r3,r4 | 0 | computed, count
11 |   Kernel | 1 | 1 | 1 | k1(r3) -> (r5,r6) | 7 | unpack keys
12 |   ResultRow | 1 | 8 | 0 | r5,r6,r4 | 0 | a, b, count(*)
13 | Next | 1 | 10 | 0 |  | 0 | next batch, loop to 10
14 | Halt | 0 | 0 | 0 |  | 0 | done
NULL | NULL | NULL | NULL | NULL | NULL | NULL | kernel k0  projection  12 insns, at most 12 steps and 78 bytes a row, cannot trap
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c0.i32 nullable
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c1.i64 nullable
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #0.i64 = -8
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #1.i64 = 0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #2.i64 = -20001
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #3.i64 = 20013
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   output o0.i64
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    0  ldvalid   m0, c0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    1  ld.i32    v0, c0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    2  widen.i32.i64 v1, v0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    3  sub.i64   v2, v1, #0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    4  select.i64 v3, m0, v2, #1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    5  ldvalid   m1, c1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    6  ld.i64    v4, c1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    7  sub.i64   v5, v4, #2
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    8  select.i64 v6, m1, v5, #1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    9  mul.i64   v7, v3, #3
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   10  add.i64   v8, v7, v6
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   11  st.i64    o0, v8
NULL | NULL | NULL | NULL | NULL | NULL | NULL | kernel k1  projection  13 insns, at most 13 steps and 61 bytes a row, may trap
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c0.i64
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #0.i64 = 20013
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #1.i64 = 0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #2.i64 = -8
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #3.i64 = -20001
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   output o0.i32 nullable
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   output o1.i64 nullable
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    0  ld.i64    v0, c0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    1  true      m0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    2  div?.i64  v1, v0, #0, m0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    3  ne.i64    m1, v1, #1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    4  add.i64   v2, v1, #2
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    5  narrow.i64.i32 v3, v2
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    6  st.i32    o0, v3
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    7  stvalid   o0, m1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    8  rem?.i64  v4, v0, #0, m0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    9  ne.i64    m2, v4, #1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   10  add.i64   v5, v4, #3
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   11  st.i64    o1, v5
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   12  stvalid   o1, m2

-- all kinds of columns
select a, b, d, p, f, s, count(*), sum(i) from t group by a, b, d, p, f, s order by min(i);
select distinct s, f, b from t order by 1 nulls first, 2, 3;
select count(*), count(a), count(b), count(s), sum(a), sum(b), min(p), max(d) from (select a, b, d, p, s from t group by a, b, d, p, s)
----
a INTEGER | b BIGINT | d DATE | p DECIMAL(12,2) | f BOOLEAN | s VARCHAR | count(*) BIGINT | sum(i) BIGINT
1 | 10 | 2024-01-01 | 1.50 | true | x | 2 | 10
2 | -20000 | 2024-01-02 | -99.99 | false | y | 1 | 2
3 | NULL | 2024-01-03 | NULL | NULL | x | 1 | 3
NULL | 10 | 2024-01-01 | 1.50 | true | NULL | 1 | 4
-7 | 10 | NULL | 12345.67 | true | zz | 1 | 5
1 | 11 | 2024-01-01 | 1.50 | false | x | 1 | 6
1 | 10 | 2024-02-29 | 1.50 | true | x | 1 | 7
NULL | NULL | NULL | NULL | NULL | NULL | 2 | 18
s VARCHAR | f BOOLEAN | b BIGINT
NULL | true | 10
NULL | NULL | NULL
x | false | 11
x | true | 10
x | NULL | NULL
y | false | -20000
zz | true | 10
count(*) BIGINT | count(a) BIGINT | count(b) BIGINT | count(s) BIGINT | sum(a) BIGINT | sum(b) DECIMAL(38,0) | min(p) DECIMAL(12,2) | max(d) DATE
8 | 6 | 6 | 6 | 1 | -19949 | -99.99 | 2024-02-29

-- groups come in the order of their first rows
select b, a from t group by b, a;
select s, b, avg(i) filter (where f) from t group by s, b having count(*) > 1
----
b BIGINT | a INTEGER
10 | 1
-20000 | 2
NULL | 3
10 | NULL
10 | -7
11 | 1
NULL | NULL
s VARCHAR | b BIGINT | avg(i) FILTER (WHERE f) DOUBLE
x | 10 | 5.666666666666667
NULL | NULL | NULL

-- what is packed has one more NULL than its column
select y.a, x.b, count(*) from t x left join t y on x.i = y.b group by y.a, x.b order by 1, 2;
select a, b, n from (select a, b, count(*) n from t group by a, b) g join (select 10 as k) on g.b = k order by 1;
select x.a, y.b, count(*) from t x full join t y on x.i = y.b group by x.a, y.b order by all
----
a INTEGER | b BIGINT | count(*) BIGINT
-7 | NULL | 1
1 | NULL | 3
NULL | -20000 | 1
NULL | 10 | 5
NULL | 11 | 1
NULL | NULL | 3
a INTEGER | b BIGINT | n BIGINT
-7 | 10 | 1
1 | 10 | 3
NULL | 10 | 1
a INTEGER | b BIGINT | count(*) BIGINT
-7 | NULL | 1
1 | NULL | 4
2 | NULL | 1
3 | NULL | 1
NULL | -20000 | 1
NULL | 10 | 5
NULL | 11 | 1
NULL | NULL | 5

-- numbers that are too far apart, and the very ends of their type
create table far (a bigint, b bigint);
insert into far values (9223372036854775807, 1), (-9223372036854775808, 2000), (1, 10), (1, 10);
select a, b, count(*) from far group by a, b order by 1;
create table ends (a bigint, b integer);
insert into ends values (-9223372036854775808, 2147483647), (-9223372036854775808, -2147483648), (-9223372036854771000, null), (null, -2147483648), (-9223372036854775808, 2147483647);
select a, b, count(*) from ends group by a, b order by 1, 2;
create table tops (a bigint, b smallint);
insert into tops values (9223372036854775807, 32767), (9223372036854770000, -32768), (null, 32767), (9223372036854775807, 32767);
select a, b, count(*) from tops group by a, b order by 1, 2
----
ok, 0 changes
ok, 4 changes
a BIGINT | b BIGINT | count(*) BIGINT
-9223372036854775808 | 2000 | 1
1 | 10 | 2
9223372036854775807 | 1 | 1
ok, 0 changes
ok, 5 changes
a BIGINT | b INTEGER | count(*) BIGINT
-9223372036854775808 | -2147483648 | 1
-9223372036854775808 | 2147483647 | 2
-9223372036854771000 | NULL | 1
NULL | -2147483648 | 1
ok, 0 changes
ok, 4 changes
a BIGINT | b SMALLINT | count(*) BIGINT
9223372036854770000 | -32768 | 1
9223372036854775807 | 32767 | 2
NULL | 32767 | 1

-- only NULL, and nothing at all
create table nothing (a integer, b integer);
select a, b, count(*) from nothing group by a, b;
insert into nothing values (null, 1), (null, null);
select a, b, count(*) from nothing group by a, b order by 2;
insert into nothing values (70000, 70000), (70000, 70000);
select a, b, count(*) from nothing group by a, b order by 2
----
ok, 0 changes
a INTEGER | b INTEGER | count(*) BIGINT
ok, 2 changes
a INTEGER | b INTEGER | count(*) BIGINT
NULL | 1 | 1
NULL | NULL | 1
ok, 2 changes
a INTEGER | b INTEGER | count(*) BIGINT
NULL | 1 | 1
70000 | 70000 | 2
NULL | NULL | 1

-- the rows change between runs of a prepared statement
update t set b = 40000, a = -30000 where i = 1;
select a, b, count(*) from t group by a, b order by 1, 2;
delete from t where i < 6;
select a, b, count(*) from t group by a, b order by 1, 2
----
ok, 1 changes
a INTEGER | b BIGINT | count(*) BIGINT
-30000 | 40000 | 1
-7 | 10 | 1
1 | 10 | 2
1 | 11 | 1
2 | -20000 | 1
3 | NULL | 1
NULL | 10 | 1
NULL | NULL | 2
ok, 5 changes
a INTEGER | b BIGINT | count(*) BIGINT
1 | 10 | 2
1 | 11 | 1
NULL | NULL | 2
