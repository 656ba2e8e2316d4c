create table l (i integer, a integer, b bigint, d date);
insert into l values (1, 1, 10, date '2024-01-01'), (2, 2, -20, date '2024-01-02'), (3, 3, null, date '2024-01-03'), (4, null, 10, date '2024-01-01'), (5, -7, 10, null), (6, 1, 11, date '2024-01-01'), (7, 1, 10, date '2024-02-29'), (8, null, null, null);
create table r (j integer, a integer, b bigint, d date);
insert into r values (1, 1, 10, date '2024-01-01'), (2, 2, -20, date '2023-12-31'), (3, 3, null, date '2024-01-03'), (4, null, 10, date '2024-01-01'), (5, -7, 10, null), (6, 1, 10, date '2024-02-29'), (7, 500, 1000, date '2024-01-01'), (8, -500, -1000, date '1999-01-01')
----
ok, 0 changes
ok, 8 changes
ok, 0 changes
ok, 8 changes

-- two keys are one number: their values lie within bounds
explain select i, j from l join r on l.a = r.a and l.b = r.b where r.j < 8
----
addr INTEGER | opcode VARCHAR | p1 INTEGER | p2 INTEGER | p3 INTEGER | p4 VARCHAR | p5 INTEGER | comment VARCHAR
0 | Init | 1 | 0 | 0 |  | 0 | start at 1
1 | HashOpen | 0 | 0 | 0 | inner(BIGINT) keeps (INTEGER,INTEGER,BIGINT) | 0 | build side
2 | OpenRead | 0 | 0 | 0 | r(j,a,b; j in ..8) | 0 | scan r
3 | Rewind | 0 | 11 | 0 |  | 0 | first batch; goto 11 if empty
4 |   Column | 0 | 0 | 0 | r0,r1,r2 | 0 | j, a, b
5 |   Kernel | 0 | 0 | 1 | k0(r0,r1,r2) -> (r3) | 2 | filter + project, fused
6 |   Gather | 1 | 0 | 4 |  | 0 | r4 = j
7 |   Gather | 1 | 1 | 5 |  | 0 | r5 = a
8 |   Gather | 1 | 2 | 6 |  | 0 | r6 = b
9 |   HashInsert | 0 | 1 | 3 | (r3) keeps r4,r5,r6 | 0 | add w1 to h0
10 | Next | 0 | 4 | 0 |  | 0 | next batch, loop to 4
11 | HashSeal | 0 | 0 | 0 |  | 0 | h0 is complete
12 | OpenRead | 1 | 1 | 0 | l(i,a,b) | 0 | scan l
13 | Rewind | 1 | 22 | 0 |  | 0 | first batch; goto 22 if empty
14 |   Column | 1 | 2 | 5 | r7,r8,r9 | 0 | i, a, b
15 |   Kernel | 1 | 2 | 3 | k1(r8,r9) -> (r10) | 7 | filter + project, fused; h0.0 = keys
16 |   HashProbe | 0 | 3 | 4 | (r10) | 0 | look up
17 |     Gather | 4 | 7 | 11 |  | 0 | r11 = i
18 |     HashColumn | 0 | 4 | 0 |  | 0 | r12 = j
19 |     ResultRow | 4 | 9 | 0 | r11,r12 | 0 | i, j
20 |   HashNext | 0 | 4 | 17 |  | 0 | more pairs, loop to 17
21 | Next | 1 | 14 | 0 |  | 0 | next batch, loop to 14
22 | Halt | 0 | 0 | 0 |  | 0 | done
NULL | NULL | NULL | NULL | NULL | NULL | NULL | kernel k0  filter+projection  15 insns, at most 15 steps and 69 bytes a row, cannot trap
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c0.i32
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c1.i32 nullable
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c2.i64 nullable
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #0.i32 = 8
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #1.i64 = -500
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #2.i64 = -1000
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #3.i64 = 2001
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   output o0.i64 nullable
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    0  ld.i32    v0, c0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    1  lt.i32    m0, v0, #0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    2  need      m0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    3  ldvalid   m1, c1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    4  ld.i32    v1, c1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    5  widen.i32.i64 v2, v1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    6  sub.i64   v3, v2, #1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    7  ldvalid   m2, c2
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    8  ld.i64    v4, c2
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    9  sub.i64   v5, v4, #2
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   10  and       m3, m1, m2
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   11  mul.i64   v6, v3, #3
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   12  add.i64   v7, v6, v5
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   13  st.i64    o0, v7
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   14  stvalid   o0, m3
NULL | NULL | NULL | NULL | NULL | NULL | NULL | kernel k1  filter+projection  15 insns, at most 15 steps and 66 bytes a row, cannot trap
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c0.i32 nullable
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c1.i64 nullable
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #0.i64 = -500
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #1.i64 = -1000
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #2.i64 = 2001
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   table  t0.i64 = h0.0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   output o0.i64 nullable
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    0  ldvalid   m0, c0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    1  ld.i32    v0, c0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    2  widen.i32.i64 v1, v0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    3  sub.i64   v2, v1, #0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    4  ldvalid   m1, c1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    5  ld.i64    v3, c1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    6  sub.i64   v4, v3, #1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    7  and       m2, m0, m1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    8  mul.i64   v5, v2, #2
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    9  add.i64   v6, v5, v4
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   10  mightcontain.i64 m3, t0, v6
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   11  and       m4, m2, m3
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   12  need      m4
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   13  st.i64    o0, v6
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   14  stvalid   o0, m2

-- every kind of join, packed
select i, j from l join r on l.a = r.a and l.b = r.b order by 1, 2;
select i, j from l left join r on l.a = r.a and l.b = r.b order by 1, 2;
select i, j from l right join r on l.a = r.a and l.b = r.b order by 1, 2;
select i, j from l full join r on l.a = r.a and l.b = r.b order by 1, 2;
select i from l where exists (select 1 from r where r.a = l.a and r.b = l.b) order by 1;
select i from l where not exists (select 1 from r where r.a = l.a and r.b = l.b) order by 1;
select i from l where (a, b) in (select a, b from r) order by 1;
select i from l where (a, b) not in (select a, b from r where b is not null and a is not null) order by 1;
select i, (select max(j) from r where r.a = l.a and r.b = l.b) from l order by 1
----
i INTEGER | j INTEGER
1 | 1
1 | 6
2 | 2
5 | 5
7 | 1
7 | 6
i INTEGER | j INTEGER
1 | 1
1 | 6
2 | 2
3 | NULL
4 | NULL
5 | 5
6 | NULL
7 | 1
7 | 6
8 | NULL
i INTEGER | j INTEGER
1 | 1
1 | 6
2 | 2
5 | 5
7 | 1
7 | 6
NULL | 3
NULL | 4
NULL | 7
NULL | 8
i INTEGER | j INTEGER
1 | 1
1 | 6
2 | 2
3 | NULL
4 | NULL
5 | 5
6 | NULL
7 | 1
7 | 6
8 | NULL
NULL | 3
NULL | 4
NULL | 7
NULL | 8
i INTEGER
1
2
5
7
i INTEGER
3
4
6
8
i INTEGER
1
2
5
7
i INTEGER
3
6
i INTEGER | (SELECT max(j) FROM r WHERE r.a = l.a AND r.b = l.b) INTEGER
1 | 6
2 | 2
3 | NULL
4 | NULL
5 | 5
6 | NULL
7 | 6
8 | NULL

-- and not: an expression has no bounds
select i, j from l join r on l.a + 0 = r.a and l.b = r.b order by 1, 2;
select i, j from l left join r on l.a + 0 = r.a and l.b = r.b order by 1, 2;
select i, j from l right join r on l.a + 0 = r.a and l.b = r.b order by 1, 2;
select i, j from l full join r on l.a + 0 = r.a and l.b = r.b order by 1, 2;
select i from l where exists (select 1 from r where r.a = l.a + 0 and r.b = l.b) order by 1;
select i from l where not exists (select 1 from r where r.a = l.a + 0 and r.b = l.b) order by 1
----
i INTEGER | j INTEGER
1 | 1
1 | 6
2 | 2
5 | 5
7 | 1
7 | 6
i INTEGER | j INTEGER
1 | 1
1 | 6
2 | 2
3 | NULL
4 | NULL
5 | 5
6 | NULL
7 | 1
7 | 6
8 | NULL
i INTEGER | j INTEGER
1 | 1
1 | 6
2 | 2
5 | 5
7 | 1
7 | 6
NULL | 3
NULL | 4
NULL | 7
NULL | 8
i INTEGER | j INTEGER
1 | 1
1 | 6
2 | 2
3 | NULL
4 | NULL
5 | 5
6 | NULL
7 | 1
7 | 6
8 | NULL
NULL | 3
NULL | 4
NULL | 7
NULL | 8
i INTEGER
1
2
5
7
i INTEGER
3
4
6
8

-- three keys, one of them a date; NULL equal to NULL in one of them, which cannot be packed
select i, j from l join r on l.a = r.a and l.b = r.b and l.d = r.d order by 1, 2;
select i, j from l join r on l.a = r.a and l.b = r.b and l.d is not distinct from r.d order by 1, 2
----
i INTEGER | j INTEGER
1 | 1
7 | 6
i INTEGER | j INTEGER
1 | 1
5 | 5
7 | 6

-- behind an aggregation and behind another join
select x.i, g.n from l x join (select a, b, count(*) n from r group by a, b) g on g.a = x.a and g.b = x.b order by 1, 2;
select x.i, y.i, r.j from l x join l y on x.i = y.i join r on r.a = x.a and r.b = y.b order by 1, 2, 3
----
i INTEGER | n BIGINT
1 | 2
2 | 1
5 | 1
7 | 2
i INTEGER | i INTEGER | j INTEGER
1 | 1 | 1
1 | 1 | 6
2 | 2 | 2
5 | 5 | 5
7 | 7 | 1
7 | 7 | 6

-- numbers that are too far apart for one key
create table far (a bigint, b bigint);
insert into far values (9223372036854775807, 1), (-9223372036854775808, 2), (1, 10);
select i, far.a from l join far on l.a = far.a and l.b = far.b order by 1
----
ok, 0 changes
ok, 3 changes
i INTEGER | a BIGINT
1 | 1
7 | 1

-- empty tables have no bounds
create table empty (a integer, b bigint);
select i from l join empty on l.a = empty.a and l.b = empty.b;
select count(*) from l left join empty on l.a = empty.a and l.b = empty.b
----
ok, 0 changes
i INTEGER
count(*) BIGINT
8
