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
NULL | NULL | NULL | NULL | NULL | NULL | NULL | kernel k0  filter+projection  11 insns, at most 11 steps a row, may trap
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c0.i32 nullable
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c1.i32
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #0.i32 = 10
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #1.i32 = 7
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #2.i32 = 1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   output o0.i32
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    0  ldvalid   m0, c0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    1  ld.i32    v0, c0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    2  gt.i32    m1, v0, #0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    3  and       m2, m0, m1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    4  need      m2
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    5  ld.i32    v1, c1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    6  lt.i32    m3, v1, #1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    7  need      m3
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    8  true      m4
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    9  add?.i32  v2, v1, #2, m4
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   10  st.i32    o0, v2

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
NULL | NULL | NULL | NULL | NULL | NULL | NULL | kernel k0  filter  4 insns, at most 4 steps a row, cannot trap
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
NULL | NULL | NULL | NULL | NULL | NULL | NULL | kernel k0  filter+aggregate  8 insns, at most 8 steps a row, cannot trap
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
