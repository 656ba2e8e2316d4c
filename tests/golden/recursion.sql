with recursive n(i) as (select 1 union all select i + 1 from n where i < 5) select i from n;
with recursive n(i) as (select 1 union all select i + 1 from n where i < 10000) select count(*), sum(i), min(i), max(i) from n
----
i INTEGER
1
2
3
4
5
count(*) BIGINT | sum(i) BIGINT | min(i) INTEGER | max(i) INTEGER
10000 | 50005000 | 1 | 10000

-- it ends where LIMIT is reached
with recursive n as (select 1 as i union all select i + 1 from n) select i from n limit 4;
with recursive n as (select 1 as i union all select i + 1 from n) select i, 10 / (4 - i) as q from n limit 3;
with recursive n as (select 1 as i union all select i + 1 from n limit 3) select i from n;
with recursive n as (select 1 as i union all select i * 1000 from n) select i from n
----
i INTEGER
1
2
3
4
i INTEGER | q INTEGER
1 | 3
2 | 5
3 | 10
i INTEGER
1
2
3
runtime error: INTEGER overflow: 1000000000 * 1000 does not fit
LINE 1: with recursive n as (select 1 as i union all select i * 1000 from n) select i from n
                                                            ^^^^^^^^

create table edges (a integer, b integer, name varchar);
insert into edges values (1, 2, 'one to two'), (2, 3, 'two to three'), (3, 1, 'and three back to one'), (3, 4, 'on'), (5, 6, 'apart'), (4, null, 'nowhere');
with recursive reach(node) as (select 1 union select b from edges join reach on a = node) select node from reach order by node;
with recursive path(node, way, steps) as (select 1, '1', 0 union all select b, way || '>' || b::varchar, steps + 1 from path join edges on a = node where steps < 4) select node, way, steps from path order by steps, way
----
ok, 0 changes
ok, 6 changes
node INTEGER
1
2
3
4
NULL
node INTEGER | way VARCHAR | steps INTEGER
1 | 1 | 0
2 | 1>2 | 1
3 | 1>2>3 | 2
1 | 1>2>3>1 | 3
4 | 1>2>3>4 | 3
2 | 1>2>3>1>2 | 4
NULL | NULL | 4

-- the step's build side is made once, before the turns
explain query plan with recursive reach(node) as (select 1 union select b from edges join reach on a = node) select node from reach where node > 1;
explain with recursive reach(node) as (select 1 union select b from edges join reach on a = node) select count(*) from reach
----
plan VARCHAR | expected_rows BIGINT
Filter node > 1 | 33333
  Recursive distinct s0 reach(node) of ("1"), (b) | 100000
    Project 1 AS "1" | 1
      Values (): () | 1
    Join inner on node = a | 1200000000000
      Stored s0(node) | 1000000000000
      Scan edges(a, b) | 6
addr INTEGER | opcode VARCHAR | p1 INTEGER | p2 INTEGER | p3 INTEGER | p4 VARCHAR | p5 INTEGER | comment VARCHAR
0 | Init | 1 | 0 | 0 |  | 0 | start at 1
1 | AggOpen | 0 | 0 | 0 | count(*) | 0 | g0 = no groups
2 | QueueOpen | 0 | 0 | 0 | distinct (INTEGER) | 0 | recursion reach
3 | OpenRows | 0 | 0 | 0 | 1 rows of 0 columns | 0 | 1 constant rows
4 | Rewind | 0 | 9 | 0 |  | 0 | first batch; goto 9 if empty
5 |   Column | 0 | 0 | 0 |  | 0 | w0 = batch of c0
6 |   Kernel | 0 | 0 | 0 | k0() -> (r0) | 2 | project
7 |   QueueInsert | 0 | 0 | 3 | r0 | 0 | add w0 to q0
8 | Next | 0 | 5 | 0 |  | 0 | next batch, loop to 5
9 | HashOpen | 0 | 0 | 0 | inner(INTEGER) keeps (INTEGER,INTEGER) | 0 | build side
10 | OpenRead | 1 | 0 | 0 | edges(a,b) | 0 | scan edges
11 | Rewind | 1 | 15 | 0 |  | 0 | first batch; goto 15 if empty
12 |   Column | 1 | 1 | 4 | r1,r2 | 0 | a, b
13 |   HashInsert | 0 | 1 | 5 | (r1) keeps r1,r2 | 0 | add w1 to h0
14 | Next | 1 | 12 | 0 |  | 0 | next batch, loop to 12
15 | HashSeal | 0 | 0 | 0 |  | 0 | h0 is complete
16 | QueueTurn | 0 | 22 | 32 |  | 0 | next rows of reach; goto 22 until enough wait, 32 if there are none
17 |   OpenWaiting | 2 | 0 | 0 |  | 0 | the rows that wait
18 |   Rewind | 2 | 22 | 0 |  | 0 | first batch; goto 22 if empty
19 |     Column | 2 | 2 | 7 | r3 | 0 | node
20 |     Kernel | 1 | 2 | 2 | k1() -> () | 9 | filter + aggregate, fused
21 |   Next | 2 | 19 | 0 |  | 0 | next batch, loop to 19
22 |   QueueStep | 0 | 32 | 0 |  | 0 | make the next rows
23 |   OpenQueue | 3 | 0 | 0 |  | 0 | stored rows
24 |   Rewind | 3 | 31 | 0 |  | 0 | first batch; goto 31 if empty
25 |     Column | 3 | 3 | 10 | r4 | 0 | node
26 |     HashProbe | 0 | 3 | 4 | (r4) | 0 | look up
27 |       HashColumn | 0 | 4 | 1 |  | 0 | r5 = b
28 |       QueueInsert | 0 | 4 | 12 | r5 | 0 | add w4 to q0
29 |     HashNext | 0 | 4 | 27 |  | 0 | more pairs, loop to 27
30 |   Next | 3 | 25 | 0 |  | 0 | next batch, loop to 25
31 | QueueLoop | 0 | 16 | 0 |  | 0 | next turn, loop to 16
32 | AggMerge | 0 | 1 | 0 |  | 0 | accumulators of k1
33 | AggFinal | 4 | 0 | 0 | count(*) | 0 | groups
34 | Rewind | 4 | 38 | 0 |  | 0 | first batch; goto 38 if empty
35 |   Column | 4 | 5 | 13 | r6 | 0 | count
36 |   ResultRow | 5 | 14 | 0 | r6 | 0 | count(*)
37 | Next | 4 | 35 | 0 |  | 0 | next batch, loop to 35
38 | Halt | 0 | 0 | 0 |  | 0 | done
NULL | NULL | NULL | NULL | NULL | NULL | NULL | kernel k0  projection  1 insns, at most 1 steps and 4 bytes a row, cannot trap
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #0.i32 = 1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   output o0.i32
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    0  st.i32    o0, #0
NULL | NULL | NULL | NULL | NULL | NULL | NULL | kernel k1  aggregate  2 insns, at most 2 steps and 1 bytes a row, cannot trap
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   acc    a0.mask count
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    0  true      m0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    1  count     a0, m0

-- other shapes of steps
with recursive r(node, depth) as (select a, 0 from edges where a = 1 union all select e.b, depth + 1 from r left join edges e on e.a = r.node where depth < 3) select node, depth from r order by depth, node;
with recursive r(i, total) as (select 1, 1::bigint union all select i + 1, (select sum(a) from edges) + i from r where i < 4) select * from r;
with recursive r(i) as (select 1 union all select max(i) + 1 from r having max(i) < 4) select i from r;
with recursive r(i) as (select 1 union all (select i + 1 from r where i < 5 order by i limit 1)) select i from r;
with recursive r(i) as (values (1), (2) union all select i + 10 from r where i < 20) select i from r order by i;
with recursive a(i) as (select 1 union all select i + 1 from a where i < 3), b(j) as (select i from a union all select j * 10 from b where j < 10) select j from b order by j;
with recursive r(i) as (select 1 union all select r.i + s.i from r, (with recursive s(i) as (select r0 from (select 1 as r0) union all select i + 1 from s where i < 2) select i from s) s where r.i < 4) select i from r order by i;
with recursive f(n, a, b) as (select 1, 0::decimal(38, 0), 1::decimal(38, 0) union all select n + 1, b, a + b from f where n < 100) select n, a from f where n > 98 order by n
----
node INTEGER | depth INTEGER
1 | 0
2 | 1
3 | 2
1 | 3
4 | 3
i INTEGER | total BIGINT
1 | 1
2 | 19
3 | 20
4 | 21
i INTEGER
1
2
3
4
i INTEGER
1
2
3
4
5
i INTEGER
1
2
11
12
21
22
j INTEGER
1
2
3
10
20
30
i INTEGER
1
2
3
3
4
4
4
5
5
n INTEGER | a DECIMAL(38,0)
99 | 135301852344706746049
100 | 218922995834555169026

-- read twice, joined with itself, in a view, in a subquery
create view upto as with recursive n(i) as (select 1 union all select i + 1 from n where i < 3) select i from n;
select a.i, b.i from upto a join upto b on a.i = b.i + 1 order by 1;
select i in (select i * 2 from upto) as even from upto order by i;
with recursive n(i) as (select 1 union all select i + 1 from n where i < 3) select x.i, y.i from n x, n y where x.i + y.i = 4 order by 1
----
ok, 0 changes
i INTEGER | i INTEGER
2 | 1
3 | 2
even BOOLEAN
false
true
false
i INTEGER | i INTEGER
1 | 3
2 | 2
3 | 1

-- NULLs that come later, types, distinct rows with NULLs
with recursive n(i, s) as (select 1, 'a' union all select i + 1, nullif(s, 'a') from n where i < 3) select i, s, s is null as n from n order by i;
with recursive n(i, x) as (select 1, null union all select i + 1, x from n where i < 2) select * from n;
with recursive n(x) as (select 1.5 union all select x + 1 from n where x < 3) select * from n;
with recursive n(x, i) as (select null::integer, 1 union select x, 1 from n) select * from n;
with recursive n(v) as (select interval '1 day' union select v + interval '12 hours' from n where v < interval '2 days') select * from n
----
i INTEGER | s VARCHAR | n BOOLEAN
1 | a | false
2 | NULL | true
3 | NULL | true
i INTEGER | x INTEGER
1 | NULL
2 | NULL
x DECIMAL(38,1)
1.5
2.5
3.5
x INTEGER | i INTEGER
NULL | 1
v INTERVAL
1 day
1 day 12:00:00
1 day 24:00:00

-- not recursive after all, and wrong ones
with recursive n(i) as (select 1 union all select 2), m as (select i + 1 as j from n) select j from m order by j;
with recursive n(i) as (select i from n) select i from n;
with recursive n(i) as (select i from n union all select 1) select i from n;
with recursive n(i) as (select 1 except select i from n) select i from n;
with recursive n(i) as (select 1 union all select i + 0.5 from n where i < 3) select i from n;
with recursive n(x) as (select 1.5 union all select x * 1.5 from n where x < 5) select x from n;
with recursive n(x) as (select 1 union all select 'x' || x from n where x < 5) select x from n;
with recursive n(i) as (select 1 union all select i, i from n) select i from n;
with n(i) as (select 1 union all select i + 1 from n) select i from n;
with recursive n(i) as (select 1 union all select 10 / (3 - i) + i * 0 + i + 1 - i from n where i < 100) select i from n
----
j INTEGER
2
3
type error: "n" can read itself only behind UNION in its own query
LINE 1: with recursive n(i) as (select i from n) select i from n
                                              ^
hint: WITH RECURSIVE n AS (SELECT … UNION ALL SELECT … FROM n …)
type error: "n" can read itself only behind UNION in its own query
LINE 1: with recursive n(i) as (select i from n union all select 1) select i from n
                                              ^
hint: WITH RECURSIVE n AS (SELECT … UNION ALL SELECT … FROM n …)
type error: "n" can read itself only behind UNION in its own query
LINE 1: with recursive n(i) as (select 1 except select i from n) select i from n
                                                              ^
hint: WITH RECURSIVE n AS (SELECT … UNION ALL SELECT … FROM n …)
i DECIMAL(38,1)
1.0
1.5
2.0
2.5
3.0
type error: column "x * 1.5" is DECIMAL(38,4) at first, and DECIMAL(38,5) in the recursion
LINE 1: with recursive n(x) as (select 1.5 union all select x * 1.5 from n where x < 5) select x from n
                                                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
hint: cast it in the first query: CAST(… AS DECIMAL(38,5))
type error: column "'x' || x" is INTEGER at first, and VARCHAR in the recursion
LINE 1: with recursive n(x) as (select 1 union all select 'x' || x from n where x < 5) select x from n
                                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
hint: cast it in the first query: CAST(… AS VARCHAR)
type error: the sides of UNION have 1 and 2 columns
LINE 1: with recursive n(i) as (select 1 union all select i, i from n) select i from n
                                                   ^^^^^^^^^^^^^^^^^^
name error: no table "n"
LINE 1: with n(i) as (select 1 union all select i + 1 from n) select i from n
                                                           ^
runtime error: division by zero
LINE 1: with recursive n(i) as (select 1 union all select 10 / (3 - i) + i * 0 + i + 1 - i from n where i < 100) select i from n
                                                          ^^^^^^^^^^^

-- a recursion that never ends ends with the statement's time
set timeout = '50ms';
with recursive n as (select 1 as i union all select i from n) select count(*) from n;
reset timeout;
select 1 as still_there
----
ok, 0 changes
limit error: the statement ran out of time
hint: raise it with SET timeout = '…'
ok, 0 changes
still_there INTEGER
1
