-- Tables that are loaded by a query keep numbers narrow and text that repeats by number; what is inserted later need
-- not fit.
create table words as select id, word, price::decimal(12,2) as price, day, weight from (values
  (1, 'apple', 10.50, date '2024-01-01', 1.5), (2, 'pear', 20.25, date '2024-01-02', null),
  (3, 'apple', 99.99, date '2024-02-01', 2.5), (4, null, 0.01, null, 3.5), (5, 'fig', null, date '1999-12-31', 4.5),
  (6, 'pear', 1.00, date '2024-01-01', 5.5), (7, 'apple', 2.00, date '2024-01-01', 6.5),
  (8, 'pear', 3.00, date '2024-01-01', 7.5), (9, 'fig', 4.00, date '2024-01-01', 8.5),
  (10, 'apple', 5.00, date '2024-01-01', 9.5), (11, 'apple', 6.00, date '2024-01-01', 10.5),
  (12, 'pear', 7.00, date '2024-01-01', 11.5)) as t(id, word, price, day, weight);
----
ok, 12 changes

explain select id, word from words where word like 'p%' and price < 10
----
addr INTEGER | opcode VARCHAR | p1 INTEGER | p2 INTEGER | p3 INTEGER | p4 VARCHAR | p5 INTEGER | comment VARCHAR
0 | Init | 1 | 0 | 0 |  | 0 | start at 1
1 | OpenRead | 0 | 0 | 0 | words(id,word,price; price in ..10.00) | 0 | scan words
2 | Rewind | 0 | 10 | 0 |  | 0 | first batch; goto 10 if empty
3 |   Column | 0 | 0 | 0 | r0,r1,r2 | 0 | id, word, price
4 |   Kernel | 0 | 0 | 1 | k0(r1,r2) -> () | 2 | filter; u1 = word LIKE 'p%'
5 |   Gather | 1 | 0 | 3 |  | 0 | r3 = id
6 |   Gather | 1 | 1 | 4 |  | 0 | r4 = word
7 |   Lookup | 0 | 1 | 4 | r5 = u0[r4] of 3 | 0 | r5 = word
8 |   ResultRow | 1 | 3 | 0 | r3,r5 | 0 | id, word
9 | Next | 0 | 3 | 0 |  | 0 | next batch, loop to 3
10 | Halt | 0 | 0 | 0 |  | 0 | done
NULL | NULL | NULL | NULL | NULL | NULL | NULL | kernel k0  filter  10 insns, at most 10 steps and 14 bytes a row, cannot trap
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c0.i8 nullable
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c1.i16 nullable
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #0.i32 = 1000
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   table  t0.mask = u1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    0  ldvalid   m0, c0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    1  ld.i8     v0, c0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    2  testbit   m1, t0, v0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    3  and       m2, m0, m1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    4  need      m2
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    5  ldvalid   m3, c1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    6  ld.i16    v1, c1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    7  lt.i32    m4, v1, #0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    8  and       m5, m3, m4
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    9  need      m5

select id, word from words where word like 'p%' and price < 10
----
id INTEGER | word VARCHAR
6 | pear
8 | pear
12 | pear

select id from words where word in ('fig', 'kiwi') or word is null order by id
----
id INTEGER
4
5
9

select id, coalesce(word, 'none') as w, upper(word), length(word), word = 'fig' from words order by id
----
id INTEGER | w VARCHAR | upper(word) VARCHAR | length(word) BIGINT | word = 'fig' BOOLEAN
1 | apple | APPLE | 5 | false
2 | pear | PEAR | 4 | false
3 | apple | APPLE | 5 | false
4 | none | NULL | NULL | NULL
5 | fig | FIG | 3 | true
6 | pear | PEAR | 4 | false
7 | apple | APPLE | 5 | false
8 | pear | PEAR | 4 | false
9 | fig | FIG | 3 | true
10 | apple | APPLE | 5 | false
11 | apple | APPLE | 5 | false
12 | pear | PEAR | 4 | false

select id, case when word = 'fig' then 'F' when word is null then 'N' else word end from words order by id limit 5
----
id INTEGER | CASE WHEN word = 'fig' THEN 'F' WHEN word IS NULL THEN 'N' ELSE word END VARCHAR
1 | apple
2 | pear
3 | apple
4 | N
5 | F

explain select word, count(*), sum(price) from words group by word
----
addr INTEGER | opcode VARCHAR | p1 INTEGER | p2 INTEGER | p3 INTEGER | p4 VARCHAR | p5 INTEGER | comment VARCHAR
0 | Init | 1 | 0 | 0 |  | 0 | start at 1
1 | AggOpen | 0 | 0 | 0 | by (INTEGER) count(*),sum(DECIMAL(12,2)) | 0 | g0 = no groups
2 | OpenRead | 0 | 0 | 0 | words(word,price) | 0 | scan words
3 | Rewind | 0 | 7 | 0 |  | 0 | first batch; goto 7 if empty
4 |   Column | 0 | 0 | 0 | r0,r1 | 0 | word, price
5 |   Kernel | 0 | 0 | 0 | k0(r1,r0) -> () | 2 | filter + aggregate, fused
6 | Next | 0 | 4 | 0 |  | 0 | next batch, loop to 4
7 | AggMerge | 0 | 0 | 0 |  | 0 | accumulators of k0
8 | AggFinal | 1 | 0 | 0 | by (INTEGER) count(*),sum(DECIMAL(12,2)) | 0 | groups
9 | Rewind | 1 | 14 | 0 |  | 0 | first batch; goto 14 if empty
10 |   Column | 1 | 1 | 3 | r2,r3,r4 | 0 | word, count, sum
11 |   Lookup | 0 | 1 | 2 | r5 = u0[r2] of 3 | 0 | r5 = word
12 |   ResultRow | 1 | 4 | 0 | r5,r3,r4 | 0 | word, count(*), sum(price)
13 | Next | 1 | 10 | 0 |  | 0 | next batch, loop to 10
14 | Halt | 0 | 0 | 0 |  | 0 | done
NULL | NULL | NULL | NULL | NULL | NULL | NULL | kernel k0  aggregate  9 insns, at most 9 steps and 15 bytes a row, cannot trap
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c0.i16 nullable
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c1.i8 nullable
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #0.i32 = 0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #1.i32 = 2
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   acc    a0.mask count
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   acc    a1.i32 sum
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    0  ldvalid   m0, c0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    1  ld.i16    v0, c0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    2  ldvalid   m1, c1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    3  ld.i8     v1, c1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    4  digit.i32 v2, #0, v1, #0, #1, m1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    5  group     v2
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    6  true      m2
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    7  count     a0, m2
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    8  sum.i32   a1, v0, m0

select word, count(*), count(word), sum(price), min(day), max(day), avg(weight) from words group by word order by word
----
word VARCHAR | count(*) BIGINT | count(word) BIGINT | sum(price) DECIMAL(38,2) | min(day) DATE | max(day) DATE | avg(weight) DOUBLE
apple | 5 | 5 | 123.49 | 2024-01-01 | 2024-02-01 | 6.1
fig | 2 | 2 | 4.00 | 1999-12-31 | 2024-01-01 | 6.5
pear | 4 | 4 | 31.25 | 2024-01-01 | 2024-01-02 | 8.166666666666666
NULL | 1 | 0 | 0.01 | NULL | NULL | 3.5

select word || '!' as w, count(*) from words where word <> 'pear' group by 1 order by 1
----
w VARCHAR | count(*) BIGINT
apple! | 5
fig! | 2

select distinct word from words order by word desc
----
word VARCHAR
NULL
pear
fig
apple

select count(distinct word), min(word), max(word) from words
----
count(DISTINCT word) BIGINT | min(word) VARCHAR | max(word) VARCHAR
3 | apple | pear

select a.id, b.id from words a join words b on a.word = b.word and a.id < b.id where a.word = 'fig' or b.id = 3 order by 1, 2
----
id INTEGER | id INTEGER
1 | 3
5 | 9

select word, count(*) from (select word from words union all select word from words where word like '%p%') group by word order by word
----
word VARCHAR | count(*) BIGINT
apple | 10
fig | 2
pear | 8
NULL | 1

select id + 100, price * 2, -id, day + 1, price > 3, id % 5, abs(id - 6) from words where id <= 4 order by id
----
id + 100 INTEGER | price * 2 DECIMAL(13,2) | -id INTEGER | day + 1 DATE | price > 3 BOOLEAN | id % 5 INTEGER | abs(id - 6) INTEGER
101 | 21.00 | -1 | 2024-01-02 | true | 1 | 5
102 | 40.50 | -2 | 2024-01-03 | true | 2 | 4
103 | 199.98 | -3 | 2024-02-02 | true | 3 | 3
104 | 0.02 | -4 | NULL | false | 4 | 2

select id, price from words where price >= 5 and price <= 20.25 and id <> 11 order by id
----
id INTEGER | price DECIMAL(12,2)
1 | 10.50
2 | 20.25
10 | 5.00
12 | 7.00

select id from words where case when id > 5 then price else weight end > 6 order by id
----
id INTEGER
12

select nullif(word, 'fig'), greatest(id, 6), id between 3 and 5 from words where id in (3, 5, 9) order by id
----
nullif(word, 'fig') VARCHAR | greatest(id, 6) INTEGER | id BETWEEN 3 AND 5 BOOLEAN
apple | 6 | true
NULL | 6 | true
NULL | 9 | false

explain select a.id, b.word from words a join words b on a.id = b.id + 1 where b.word like 'p%'
----
addr INTEGER | opcode VARCHAR | p1 INTEGER | p2 INTEGER | p3 INTEGER | p4 VARCHAR | p5 INTEGER | comment VARCHAR
0 | Init | 1 | 0 | 0 |  | 0 | start at 1
1 | HashOpen | 0 | 0 | 0 | inner(INTEGER) keeps (INTEGER,INTEGER) | 0 | build side
2 | OpenRead | 0 | 0 | 0 | words(id,word) | 0 | scan words
3 | Rewind | 0 | 10 | 0 |  | 0 | first batch; goto 10 if empty
4 |   Column | 0 | 0 | 0 | r0,r1 | 0 | id, word
5 |   Kernel | 0 | 0 | 1 | k0(r1,r0) -> (r2) | 2 | filter + project, fused; u1 = word LIKE 'p%'
6 |   Gather | 1 | 0 | 3 |  | 0 | r3 = id
7 |   Gather | 1 | 1 | 4 |  | 0 | r4 = word
8 |   HashInsert | 0 | 1 | 3 | (r2) keeps r3,r4 | 0 | add w1 to h0
9 | Next | 0 | 4 | 0 |  | 0 | next batch, loop to 4
10 | HashSeal | 0 | 0 | 0 |  | 0 | h0 is complete
11 | OpenRead | 1 | 1 | 0 | words(id; id in h0..h0) | 0 | scan words
12 | Rewind | 1 | 21 | 0 |  | 0 | first batch; goto 21 if empty
13 |   Column | 1 | 2 | 5 | r5 | 0 | id
14 |   HashProbe | 0 | 2 | 3 | (r5) | 0 | look up
15 |     Gather | 3 | 5 | 6 |  | 0 | r6 = id
16 |     HashColumn | 0 | 3 | 1 |  | 0 | r7 = word
17 |     Lookup | 0 | 3 | 7 | r8 = u0[r7] of 3 | 0 | r8 = word
18 |     ResultRow | 3 | 7 | 0 | r6,r8 | 0 | id, word
19 |   HashNext | 0 | 3 | 15 |  | 0 | more pairs, loop to 15
20 | Next | 1 | 13 | 0 |  | 0 | next batch, loop to 13
21 | Halt | 0 | 0 | 0 |  | 0 | done
NULL | NULL | NULL | NULL | NULL | NULL | NULL | kernel k0  filter+projection  8 insns, at most 8 steps and 19 bytes a row, cannot trap, simplified from 9
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c0.i8 nullable
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c1.i8
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #0.i32 = 1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   table  t0.mask = u1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   output o0.i32
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    0  ldvalid   m0, c0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    1  ld.i8     v0, c0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    2  testbit   m1, t0, v0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    3  and       m2, m0, m1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    4  need      m2
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    5  ld.i8     v1, c1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    6  add.i32   v2, v1, #0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    7  st.i32    o0, v2

select a.id, b.word, a.word = b.word from words a join words b on a.id = b.id + 1 where b.word like 'p%' order by 1
----
id INTEGER | word VARCHAR | a.word = b.word BOOLEAN
3 | pear | false
7 | pear | false
9 | pear | false

select a.id, b.word from words a left join words b on a.id = b.id - 6 and b.word <> 'fig' order by 1
----
id INTEGER | word VARCHAR
1 | apple
2 | pear
3 | NULL
4 | apple
5 | apple
6 | pear
7 | NULL
8 | NULL
9 | NULL
10 | NULL
11 | NULL
12 | NULL

select id from words where id in (select id + 3 from words where word = 'fig') order by id
----
id INTEGER
8
12

select id from words where id not in (select id from words where word <> 'fig') order by id
----
id INTEGER
4
5
9

-- a range behind what may fail
explain select id from words where 10 / (id - 5) > 2 and id > 8
----
addr INTEGER | opcode VARCHAR | p1 INTEGER | p2 INTEGER | p3 INTEGER | p4 VARCHAR | p5 INTEGER | comment VARCHAR
0 | Init | 1 | 0 | 0 |  | 0 | start at 1
1 | OpenRead | 0 | 0 | 0 | words(id) | 0 | scan words
2 | Rewind | 0 | 8 | 0 |  | 0 | first batch; goto 8 if empty
3 |   Column | 0 | 0 | 0 | r0 | 0 | id
4 |   Kernel | 0 | 0 | 1 | k0(r0) -> () | 2 | filter
5 |   Gather | 1 | 0 | 1 |  | 0 | r1 = id
6 |   ResultRow | 1 | 3 | 0 | r1 | 0 | id
7 | Next | 0 | 3 | 0 |  | 0 | next batch, loop to 3
8 | Halt | 0 | 0 | 0 |  | 0 | done
NULL | NULL | NULL | NULL | NULL | NULL | NULL | kernel k0  filter  8 insns, at most 8 steps and 15 bytes a row, may trap, simplified from 8
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c0.i8
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #0.i32 = 5
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #1.i32 = 10
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #2.i32 = 2
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #3.i32 = 8
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    0  ld.i8     v0, c0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    1  sub.i32   v1, v0, #0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    2  true      m0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    3  div?.i32  v2, #1, v1, m0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    4  gt.i32    m1, v2, #2
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    5  need      m1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    6  gt.i32    m2, v0, #3
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    7  need      m2

explain select id from words where id > 8 and 10 / (id - 5) > 2
----
addr INTEGER | opcode VARCHAR | p1 INTEGER | p2 INTEGER | p3 INTEGER | p4 VARCHAR | p5 INTEGER | comment VARCHAR
0 | Init | 1 | 0 | 0 |  | 0 | start at 1
1 | OpenRead | 0 | 0 | 0 | words(id; id in 8..) | 0 | scan words
2 | Rewind | 0 | 8 | 0 |  | 0 | first batch; goto 8 if empty
3 |   Column | 0 | 0 | 0 | r0 | 0 | id
4 |   Kernel | 0 | 0 | 1 | k0(r0) -> () | 2 | filter
5 |   Gather | 1 | 0 | 1 |  | 0 | r1 = id
6 |   ResultRow | 1 | 3 | 0 | r1 | 0 | id
7 | Next | 0 | 3 | 0 |  | 0 | next batch, loop to 3
8 | Halt | 0 | 0 | 0 |  | 0 | done
NULL | NULL | NULL | NULL | NULL | NULL | NULL | kernel k0  filter  8 insns, at most 8 steps and 15 bytes a row, may trap, simplified from 8
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c0.i8
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #0.i32 = 8
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #1.i32 = 5
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #2.i32 = 10
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    0  ld.i8     v0, c0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    1  gt.i32    m0, v0, #0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    2  need      m0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    3  sub.i32   v1, v0, #1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    4  true      m1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    5  div?.i32  v2, #2, v1, m1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    6  false     m2
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    7  need      m2

insert into words values (40000, 'a word that nobody has said so far', 123456789.25, date '4000-01-01', null), (-1, null, null, null, 0.1);
----
ok, 2 changes

select id, word, price, day, weight from words where id > 10 or id < 2 order by id
----
id INTEGER | word VARCHAR | price DECIMAL(12,2) | day DATE | weight DECIMAL(3,1)
-1 | NULL | NULL | NULL | 0.1
1 | apple | 10.50 | 2024-01-01 | 1.5
11 | apple | 6.00 | 2024-01-01 | 10.5
12 | pear | 7.00 | 2024-01-01 | 11.5
40000 | a word that nobody has said so far | 123456789.25 | 4000-01-01 | NULL

select word, count(*), max(id) from words group by word order by word
----
word VARCHAR | count(*) BIGINT | max(id) INTEGER
a word that nobody has said so far | 1 | 40000
apple | 5 | 11
fig | 2 | 9
pear | 4 | 12
NULL | 2 | 4

select id from words where word like '%nobody%'
----
id INTEGER
40000

create table more as select id::bigint as id, word, price, day, weight from words;
insert into more select id + 5000000000, word || id, price, day, weight from words;
----
ok, 14 changes
ok, 14 changes

select count(*), count(distinct word), min(id), max(id) from more
----
count(*) BIGINT | count(DISTINCT word) BIGINT | min(id) BIGINT | max(id) BIGINT
28 | 16 | -1 | 5000040000

select id, word from more where word like 'fig%' or word like '%nobody%' order by id
----
id BIGINT | word VARCHAR
5 | fig
9 | fig
40000 | a word that nobody has said so far
5000000005 | fig5
5000000009 | fig9
5000040000 | a word that nobody has said so far40000

create table none as select * from words where false;
insert into none values (1, 'x', 1, null, null);
----
ok, 0 changes
ok, 1 changes

select * from none
----
id INTEGER | word VARCHAR | price DECIMAL(12,2) | day DATE | weight DECIMAL(3,1)
1 | x | 1.00 | NULL | NULL
