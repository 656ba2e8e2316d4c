create table facts (i integer, a integer, b bigint, c integer);
insert into facts values (1, 1, 10, 100), (2, 2, 20, 200), (3, 3, null, 300), (4, null, 40, 400), (5, 1, 50, 500), (6, 7, 10, 0), (7, 2, 10, 700), (8, 3, 9000000000000000000, 800);
insert into facts select i + 8 * n, a, b, c from facts, (values (1), (2), (3), (4), (5), (6), (7), (8), (9)) x(n);
create table da (a integer, name varchar);
insert into da values (1, 'one'), (2, 'two'), (3, 'three'), (null, 'none'), (9, 'nine');
create table db (b bigint, c integer, name varchar);
insert into db values (10, 100, 'ten'), (20, 0, 'twenty'), (9000000000000000000, 800, 'large'), (null, 300, 'none'), (-9000000000000000000, 0, 'small'), (10, 700, 'ten again');
create table few (b bigint);
insert into few values (10), (9000000000000000000), (null)
----
ok, 0 changes
ok, 8 changes
ok, 72 changes
ok, 0 changes
ok, 5 changes
ok, 0 changes
ok, 6 changes
ok, 0 changes
ok, 3 changes

-- rows are dropped by the keys of the second join before they are looked up in the first
explain select da.name, db.name, count(*), sum(i) from facts join da on facts.a = da.a join db on facts.b = db.b where db.c >= 100 and da.a < 3 group by 1, 2;
select da.name, db.name, count(*), sum(i) from facts join da on facts.a = da.a join db on facts.b = db.b where db.c >= 100 and da.a < 3 group by 1, 2 order by 1, 2;
select da.name, db.name, count(*), sum(i) from facts join da on facts.a + 0 = da.a join db on facts.b + 0 = db.b where db.c >= 100 and da.a < 3 group by 1, 2 order by 1, 2
----
addr INTEGER | opcode VARCHAR | p1 INTEGER | p2 INTEGER | p3 INTEGER | p4 VARCHAR | p5 INTEGER | comment VARCHAR
0 | Init | 1 | 0 | 0 |  | 0 | start at 1
1 | AggOpen | 0 | 0 | 0 | by (VARCHAR,VARCHAR) count(*),sum(INTEGER) | 0 | g0 = no groups
2 | HashOpen | 0 | 0 | 0 | inner(BIGINT) keeps (BIGINT,VARCHAR) | 0 | build side
3 | OpenRead | 0 | 0 | 0 | db(b,c,name; c in 100..) | 0 | scan db
4 | Rewind | 0 | 11 | 0 |  | 0 | first batch; goto 11 if empty
5 |   Column | 0 | 0 | 0 | r0,r1,r2 | 0 | b, c, name
6 |   Kernel | 0 | 0 | 1 | k0(r1) -> () | 2 | filter
7 |   Gather | 1 | 0 | 3 |  | 0 | r3 = b
8 |   Gather | 1 | 2 | 4 |  | 0 | r4 = name
9 |   HashInsert | 0 | 1 | 3 | (r3) keeps r3,r4 | 0 | add w1 to h0
10 | Next | 0 | 5 | 0 |  | 0 | next batch, loop to 5
11 | HashSeal | 0 | 0 | 0 |  | 0 | h0 is complete
12 | HashOpen | 1 | 0 | 0 | inner(INTEGER) keeps (INTEGER,VARCHAR) | 0 | build side
13 | OpenRead | 1 | 1 | 0 | da(a,name; a in ..3) | 0 | scan da
14 | Rewind | 1 | 21 | 0 |  | 0 | first batch; goto 21 if empty
15 |   Column | 1 | 2 | 5 | r5,r6 | 0 | a, name
16 |   Kernel | 1 | 2 | 3 | k1(r5) -> () | 7 | filter
17 |   Gather | 3 | 5 | 7 |  | 0 | r7 = a
18 |   Gather | 3 | 6 | 8 |  | 0 | r8 = name
19 |   HashInsert | 1 | 3 | 8 | (r7) keeps r7,r8 | 0 | add w3 to h1
20 | Next | 1 | 15 | 0 |  | 0 | next batch, loop to 15
21 | HashSeal | 1 | 0 | 0 |  | 0 | h1 is complete
22 | OpenRead | 2 | 2 | 0 | facts(i,a,b; b in h0..h0,a in h1..h1,a in ..3) | 0 | scan facts
23 | Rewind | 2 | 37 | 0 |  | 0 | first batch; goto 37 if empty
24 |   Column | 2 | 4 | 10 | r9,r10,r11 | 0 | i, a, b
25 |   Kernel | 2 | 4 | 5 | k2(r10,r11) -> () | 12 | filter; h0.0 = keys
26 |   Gather | 5 | 10 | 12 |  | 0 | r12 = a
27 |   HashProbe | 1 | 5 | 6 | (r12) | 0 | look up
28 |     Gather | 6 | 11 | 13 |  | 0 | r13 = b
29 |     HashProbe | 0 | 6 | 7 | (r13) | 0 | look up
30 |       HashColumn | 1 | 7 | 1 |  | 0 | r14 = name
31 |       HashColumn | 0 | 7 | 1 |  | 0 | r15 = name
32 |       Gather | 7 | 9 | 16 |  | 0 | r16 = i
33 |       AggStep | 0 | 7 | 15 | by (r14,r15) of r16 | 0 | add w7 to g0
34 |     HashNext | 0 | 7 | 30 |  | 0 | more pairs, loop to 30
35 |   HashNext | 1 | 6 | 28 |  | 0 | more pairs, loop to 28
36 | Next | 2 | 24 | 0 |  | 0 | next batch, loop to 24
37 | AggFinal | 3 | 0 | 0 | by (VARCHAR,VARCHAR) count(*),sum(INTEGER) | 0 | groups
38 | Rewind | 3 | 42 | 0 |  | 0 | first batch; goto 42 if empty
39 |   Column | 3 | 8 | 17 | r17,r18,r19,r20 | 0 | name, name, count, sum
40 |   ResultRow | 8 | 18 | 0 | r17,r18,r19,r20 | 0 | name, name, count(*), sum(i)
41 | Next | 3 | 39 | 0 |  | 0 | next batch, loop to 39
42 | Halt | 0 | 0 | 0 |  | 0 | done
NULL | NULL | NULL | NULL | NULL | NULL | NULL | kernel k0  filter  3 insns, at most 3 steps and 5 bytes a row, cannot trap
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c0.i32
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #0.i32 = 100
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    0  ld.i32    v0, c0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    1  ge.i32    m0, v0, #0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    2  need      m0
NULL | NULL | NULL | NULL | NULL | NULL | NULL | kernel k1  filter  5 insns, at most 5 steps and 7 bytes a row, cannot trap
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c0.i32 nullable
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #0.i32 = 3
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    0  ldvalid   m0, c0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    1  ld.i32    v0, c0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    2  lt.i32    m1, v0, #0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    3  and       m2, m0, m1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    4  need      m2
NULL | NULL | NULL | NULL | NULL | NULL | NULL | kernel k2  filter  10 insns, at most 10 steps and 18 bytes a row, cannot trap
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c0.i32 nullable
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c1.i64 nullable
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #0.i32 = 3
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   table  t0.i64 = h0.0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    0  ldvalid   m0, c0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    1  ld.i32    v0, c0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    2  lt.i32    m1, v0, #0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    3  and       m2, m0, m1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    4  need      m2
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    5  ldvalid   m3, c1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    6  ld.i64    v1, c1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    7  mightcontain.i64 m4, t0, v1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    8  and       m5, m3, m4
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    9  need      m5
name VARCHAR | name VARCHAR | count(*) BIGINT | sum(i) BIGINT
one | ten | 10 | 370
one | ten again | 10 | 370
two | ten | 10 | 430
two | ten again | 10 | 430
name VARCHAR | name VARCHAR | count(*) BIGINT | sum(i) BIGINT
one | ten | 10 | 370
one | ten again | 10 | 370
two | ten | 10 | 430
two | ten again | 10 | 430

-- by a part of a key, in semi joins, and below outer ones
explain select count(*) from facts join db on facts.b = db.b and facts.c = db.c where db.name <> 'none';
select db.name, count(*), sum(i) from facts join db on facts.b = db.b and facts.c = db.c where db.name <> 'none' group by 1 order by 1;
select da.name, count(*), sum(i) from facts join da on facts.a = da.a and da.name <> 'two' where b in (select b from few where b > 5) group by 1 order by 1;
select da.name, count(*), sum(i) from facts left join da on facts.a = da.a where b in (select b from few where b > 5) group by 1 order by 1;
select da.name, db.name, count(*), sum(i) from facts join da on facts.a = da.a left join db on facts.b = db.b and db.c > 100 group by 1, 2 order by 1, 2;
select count(*), sum(i) from facts where a in (select a from da where a > 1) and b in (select b from few where b > 10);
select count(*), sum(i) from facts where a in (select a from da) and b not in (select b from few where b > 10);
select da.name, count(*), sum(i) from facts join da on facts.a = da.a join few on facts.b is not distinct from few.b where few.b is null and da.a > 2 group by 1
----
addr INTEGER | opcode VARCHAR | p1 INTEGER | p2 INTEGER | p3 INTEGER | p4 VARCHAR | p5 INTEGER | comment VARCHAR
0 | Init | 1 | 0 | 0 |  | 0 | start at 1
1 | AggOpen | 0 | 0 | 0 | count(*) | 0 | g0 = no groups
2 | HashOpen | 0 | 0 | 0 | inner(BIGINT,INTEGER) keeps (BIGINT,INTEGER) | 0 | build side
3 | OpenRead | 0 | 0 | 0 | db(b,c,name) | 0 | scan db
4 | Rewind | 0 | 12 | 0 |  | 0 | first batch; goto 12 if empty
5 |   Column | 0 | 0 | 0 | r0,r1,r2 | 0 | b, c, name
6 |   Function | 0 | 0 | 3 | <>(r2,'none') | 0 | r3 = <>
7 |   Kernel | 0 | 0 | 1 | k0(r3) -> () | 2 | filter
8 |   Gather | 1 | 0 | 4 |  | 0 | r4 = b
9 |   Gather | 1 | 1 | 5 |  | 0 | r5 = c
10 |   HashInsert | 0 | 1 | 3 | (r4,r5) keeps r4,r5 | 0 | add w1 to h0
11 | Next | 0 | 5 | 0 |  | 0 | next batch, loop to 5
12 | HashSeal | 0 | 0 | 0 |  | 0 | h0 is complete
13 | OpenRead | 1 | 1 | 0 | facts(b,c) | 0 | scan facts
14 | Rewind | 1 | 23 | 0 |  | 0 | first batch; goto 23 if empty
15 |   Column | 1 | 2 | 5 | r6,r7 | 0 | b, c
16 |   Kernel | 1 | 2 | 3 | k1(r6,r7) -> () | 7 | filter; h0.0 = keys; h0.1 = keys
17 |   Gather | 3 | 6 | 8 |  | 0 | r8 = b
18 |   Gather | 3 | 7 | 9 |  | 0 | r9 = c
19 |   HashProbe | 0 | 3 | 4 | (r8,r9) | 0 | look up
20 |     Kernel | 2 | 4 | 4 | k2() -> () | 10 | filter + aggregate, fused
21 |   HashNext | 0 | 4 | 20 |  | 0 | more pairs, loop to 20
22 | Next | 1 | 15 | 0 |  | 0 | next batch, loop to 15
23 | AggMerge | 0 | 2 | 0 |  | 0 | accumulators of k2
24 | AggFinal | 2 | 0 | 0 | count(*) | 0 | groups
25 | Rewind | 2 | 29 | 0 |  | 0 | first batch; goto 29 if empty
26 |   Column | 2 | 5 | 11 | r10 | 0 | count
27 |   ResultRow | 5 | 12 | 0 | r10 | 0 | count(*)
28 | Next | 2 | 26 | 0 |  | 0 | next batch, loop to 26
29 | Halt | 0 | 0 | 0 |  | 0 | done
NULL | NULL | NULL | NULL | NULL | NULL | NULL | kernel k0  filter  2 insns, at most 2 steps and 1 bytes a row, cannot trap
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c0.bits
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    0  ldbits    m0, c0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    1  need      m0
NULL | NULL | NULL | NULL | NULL | NULL | NULL | kernel k1  filter  8 insns, at most 8 steps and 16 bytes a row, cannot trap
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c0.i64 nullable
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c1.i32
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   table  t0.i64 = h0.0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   table  t1.i32 = h0.1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    0  ldvalid   m0, c0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    1  ld.i64    v0, c0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    2  mightcontain.i64 m1, t0, v0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    3  and       m2, m0, m1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    4  need      m2
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    5  ld.i32    v1, c1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    6  mightcontain.i32 m3, t1, v1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    7  need      m3
NULL | NULL | NULL | NULL | NULL | NULL | NULL | kernel k2  aggregate  2 insns, at most 2 steps and 1 bytes a row, cannot trap
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   acc    a0.mask count
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    0  true      m0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    1  count     a0, m0
name VARCHAR | count(*) BIGINT | sum(i) BIGINT
large | 10 | 440
ten | 10 | 370
ten again | 10 | 430
name VARCHAR | count(*) BIGINT | sum(i) BIGINT
one | 10 | 370
three | 10 | 440
name VARCHAR | count(*) BIGINT | sum(i) BIGINT
one | 10 | 370
three | 10 | 440
two | 10 | 430
NULL | 10 | 420
name VARCHAR | name VARCHAR | count(*) BIGINT | sum(i) BIGINT
one | ten again | 10 | 370
one | NULL | 10 | 410
three | large | 10 | 440
three | NULL | 10 | 390
two | ten again | 10 | 430
two | NULL | 10 | 380
count(*) BIGINT | sum(i) BIGINT
10 | 440
count(*) BIGINT | sum(i) BIGINT
40 | 1590
name VARCHAR | count(*) BIGINT | sum(i) BIGINT
three | 10 | 390

-- not in front of what may fail: rows are dropped after it
select sum(q) from (select a, b, 10 / (c - 200) as q from facts where 10 / (c - 200) < 100) f join da on f.a = da.a join db on f.b = db.b where db.c >= 700 and da.a < 3;
select sum(q) from (select a, b, 10 / (c - 201) as q from facts where 10 / (c - 201) < 100) f join da on f.a = da.a join db on f.b = db.b where db.c >= 700 and da.a < 3
----
runtime error: division by zero
LINE 1: …q) from (select a, b, 10 / (c - 200) as q from facts where 10 / (c - 200) < 100) f join da on f.a = da.a join db on f.b 
                                                                    ^^^^^^^^^^^^^
sum(q) BIGINT
0
