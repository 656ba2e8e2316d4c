-- Aggregates of few groups: where all values of the keys are known to lie close together, the kernel that filters adds to
-- accumulators of each group. What comes out is what a hash table gives.
create table events as with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000)
  select i, case when i % 11 = 0 then null when i % 3 = 0 then 'red' when i % 3 = 1 then 'green' else 'blue' end as colour,
    case when i % 7 = 0 then null else i % 4 = 1 end as flag, case when i % 13 = 0 then null else (i * 7) % 5 - 2 end as level,
    date '2024-01-01' + i % 40 as day, (i * 7919 % 10007)::decimal(12,2) / 100 as price,
    (i * 104729 % 1000003)::bigint * 9000000000000 as big, ((i * 31) % 1009)::double / 7 as weight,
    case when i % 5 = 0 then null else (i * 17) % 101 end as points from n;
----
ok, 3000 changes

explain select colour, flag, count(*), sum(price), avg(points), max(weight) from events where i > 100 group by colour, flag
----
addr INTEGER | opcode VARCHAR | p1 INTEGER | p2 INTEGER | p3 INTEGER | p4 VARCHAR | p5 INTEGER | comment VARCHAR
0 | Init | 1 | 0 | 0 |  | 0 | start at 1
1 | AggOpen | 0 | 0 | 0 | by (INTEGER,BOOLEAN) count(*),sum(DOUBLE),avg(INTEGER),max(DOUBLE) | 0 | g0 = no groups
2 | OpenRead | 0 | 0 | 0 | events(i,colour,flag,price,weight,points; i in 100..) | 0 | scan events
3 | Rewind | 0 | 7 | 0 |  | 0 | first batch; goto 7 if empty
4 |   Column | 0 | 0 | 0 | r0,r1,r2,r3,r4,r5 | 0 | i, colour, flag, price, weight, points
5 |   Kernel | 0 | 0 | 1 | k0(r0,r3,r5,r4,r1,r2) -> () | 2 | filter + aggregate, fused
6 | Next | 0 | 4 | 0 |  | 0 | next batch, loop to 4
7 | AggMerge | 0 | 0 | 0 |  | 0 | accumulators of k0
8 | AggFinal | 1 | 0 | 0 | by (INTEGER,BOOLEAN) count(*),sum(DOUBLE),avg(INTEGER),max(DOUBLE) | 0 | groups
9 | Rewind | 1 | 14 | 0 |  | 0 | first batch; goto 14 if empty
10 |   Column | 1 | 2 | 3 | r6,r7,r8,r9,r10,r11 | 0 | colour, flag, count, sum, avg, max
11 |   Lookup | 0 | 2 | 6 | r12 = u0[r6] of 3 | 0 | r12 = colour
12 |   ResultRow | 2 | 4 | 0 | r12,r7,r8,r9,r10,r11 | 0 | colour, flag, count(*), sum(price), avg(points), max(weight)
13 | Next | 1 | 10 | 0 |  | 0 | next batch, loop to 10
14 | Halt | 0 | 0 | 0 |  | 0 | done
NULL | NULL | NULL | NULL | NULL | NULL | NULL | kernel k0  filter+aggregate  20 insns, at most 20 steps and 46 bytes a row, cannot trap
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c0.i16
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c1.f64
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c2.i8 nullable
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c3.f64
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c4.i8 nullable
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c5.bits nullable
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #0.i32 = 100
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #1.i32 = 1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #2.i32 = 0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #3.i32 = 2
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   acc    a0.mask count
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   acc    a1.f64 sum
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   acc    a2.i32 sum
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   acc    a3.f64 max
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    0  ld.i16    v0, c0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    1  gt.i32    m0, v0, #0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    2  need      m0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    3  ld.f64    v1, c1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    4  ldvalid   m1, c2
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    5  ld.i8     v2, c2
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    6  ld.f64    v3, c3
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    7  ldvalid   m2, c4
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    8  ld.i8     v4, c4
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    9  ldvalid   m3, c5
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   10  ldbits    m4, c5
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   11  select.i32 v5, m4, #1, #2
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   12  digit.i32 v6, #2, v4, #2, #3, m2
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   13  digit.i32 v7, v6, v5, #2, #1, m3
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   14  group     v7
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   15  true      m5
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   16  count     a0, m5
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   17  sum.f64   a1, v1, m5
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   18  sum.i32   a2, v2, m1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   19  accmax.f64 a3, v3, m5

select colour, flag, count(*), count(points), sum(price), avg(points), min(points), max(weight) from events group by colour, flag
----
colour VARCHAR | flag BOOLEAN | count(*) BIGINT | count(points) BIGINT | sum(price) DOUBLE | avg(points) DOUBLE | min(points) INTEGER | max(weight) DOUBLE
green | true | 195 | 155 | 9701.789999999999 | 50.30967741935484 | 0 | 142.57142857142858
blue | false | 583 | 468 | 29187.39 | 50.13461538461539 | 0 | 144
red | false | 586 | 468 | 29358.25 | 49.23717948717949 | 0 | 143.71428571428572
green | false | 584 | 467 | 29418.87 | 50.53319057815846 | 0 | 144
blue | true | 196 | 156 | 9653.94 | 50.58974358974359 | 0 | 143.71428571428572
green | NULL | 130 | 105 | 6370.09 | 47.46666666666667 | 0 | 143.14285714285714
red | true | 194 | 156 | 9845.42 | 49.94230769230769 | 0 | 143.85714285714286
NULL | false | 176 | 140 | 8770.43 | 49.81428571428572 | 0 | 144
blue | NULL | 130 | 103 | 6397.59 | 47.57281553398058 | 0 | 141.57142857142858
red | NULL | 130 | 104 | 6583.9800000000005 | 50.96153846153846 | 0 | 140.14285714285714
NULL | true | 58 | 47 | 2860.58 | 48.170212765957444 | 2 | 143.42857142857142
NULL | NULL | 38 | 31 | 1984.5900000000001 | 59.29032258064516 | 5 | 140

select level, count(*) filter (where flag), sum(points) filter (where points > 50), sum(big), min(big), max(big), avg(price), max(day), min(price) from events where points < 90 group by level
----
level INTEGER | count(*) FILTER (WHERE flag) BIGINT | sum(points) FILTER (WHERE points > 50) BIGINT | sum(big) DECIMAL(38,0) | min(big) BIGINT | max(big) BIGINT | avg(price) DOUBLE | max(day) DATE | min(price) DOUBLE
0 | 104 | 15080 | 2243751237000000000000 | 14706000000000000 | 8997246000000000000 | 49.85834008097166 | 2024-02-06 | 0.26
2 | 106 | 15003 | 2164444182000000000000 | 11925000000000000 | 8994465000000000000 | 50.33249492900608 | 2024-02-07 | 0.07
-1 | 106 | 14829 | 2296134900000000000000 | 23049000000000000 | 8991684000000000000 | 50.422995951417 | 2024-02-08 | 0.36
1 | 106 | 15279 | 2196104229000000000000 | 6363000000000000 | 8988903000000000000 | 49.82325252525252 | 2024-02-09 | 0.17
NULL | 36 | 4738 | 731206485000000000000 | 20268000000000000 | 8943606000000000000 | 50.53932926829269 | 2024-02-09 | 1.23

select flag, sum(weight), min(weight), avg(weight), sum(price * (1 - points)), sum(-big), avg(big) from events group by flag
----
flag BOOLEAN | sum(weight) DOUBLE | min(weight) DOUBLE | avg(weight) DOUBLE | sum(price * (1 - points)) DOUBLE | sum(-big) DECIMAL(38,0) | avg(big) DOUBLE
true | 46172.57142857143 | 0 | 71.80804265718729 | -1245099.9 | -2909178684000000000000 | 4.524383645412131e+18
false | 138990.42857142858 | 0 | 72.05309931126416 | -3781587.55 | -8647999731000000000000 | 4.4831517527216174e+18
NULL | 30587.714285714286 | 0.14285714285714285 | 71.46662216288385 | -822680.3400000001 | -1944474813000000000000 | 4.543165450934579e+18

select day, count(*), sum(points) from events where i % 10 = 3 group by day order by day limit 5
----
day DATE | count(*) BIGINT | sum(points) BIGINT
2024-01-04 | 75 | 3741
2024-01-14 | 75 | 3765
2024-01-24 | 75 | 3789
2024-02-03 | 75 | 3712

select distinct colour, level from events where i < 30
----
colour VARCHAR | level INTEGER
green | 0
blue | 2
red | -1
green | 1
blue | -2
red | 0
green | 2
blue | -1
red | 1
green | -2
NULL | 0
red | 2
green | NULL
blue | 1
red | -2
NULL | 2
blue | NULL
green | -1

select flag and points > 50 as high, count(*) from events group by 1
----
high BOOLEAN | count(*) BIGINT
false | 2363
NULL | 382
true | 255

select colour, count(*) from events where i < 0 group by colour
----
colour VARCHAR | count(*) BIGINT

select colour, sum(points) as points from events group by colour having sum(points) > 30000 order by points
----
colour VARCHAR | points BIGINT
red | 36134
blue | 36255
green | 36381

select e.level, count(*), sum(o.points) from events as e join events as o on e.i = o.i + 1 group by e.level
----
level INTEGER | count(*) BIGINT | sum(o.points) BIGINT
2 | 554 | 27702
-1 | 554 | 27596
1 | 554 | 27665
-2 | 554 | 27734
0 | 553 | NULL
NULL | 230 | 9149

-- Of other aggregates, and of a key with more values.
select colour, count(distinct flag), count(distinct level) from events group by colour
----
colour VARCHAR | count(DISTINCT flag) BIGINT | count(DISTINCT level) BIGINT
green | 2 | 5
blue | 2 | 5
red | 2 | 5
NULL | 2 | 5

explain select i, count(*) from events group by i
----
addr INTEGER | opcode VARCHAR | p1 INTEGER | p2 INTEGER | p3 INTEGER | p4 VARCHAR | p5 INTEGER | comment VARCHAR
0 | Init | 1 | 0 | 0 |  | 0 | start at 1
1 | AggOpen | 0 | 0 | 0 | by (INTEGER) count(*) | 0 | g0 = no groups
2 | OpenRead | 0 | 0 | 0 | events(i) | 0 | scan events
3 | Rewind | 0 | 7 | 0 |  | 0 | first batch; goto 7 if empty
4 |   Column | 0 | 0 | 0 | r0 | 0 | i
5 |   Kernel | 0 | 0 | 0 | k0(r0) -> () | 2 | filter + aggregate, fused
6 | Next | 0 | 4 | 0 |  | 0 | next batch, loop to 4
7 | AggMerge | 0 | 0 | 0 |  | 0 | accumulators of k0
8 | AggFinal | 1 | 0 | 0 | by (INTEGER) count(*) | 0 | groups
9 | Rewind | 1 | 13 | 0 |  | 0 | first batch; goto 13 if empty
10 |   Column | 1 | 1 | 3 | r1,r2 | 0 | i, count
11 |   ResultRow | 1 | 4 | 0 | r1,r2 | 0 | i, count(*)
12 | Next | 1 | 10 | 0 |  | 0 | next batch, loop to 10
13 | Halt | 0 | 0 | 0 |  | 0 | done
NULL | NULL | NULL | NULL | NULL | NULL | NULL | kernel k0  aggregate  5 insns, at most 5 steps and 9 bytes a row, cannot trap
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c0.i16
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #0.i32 = 0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #1.i32 = 1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #2.i32 = 3000
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   acc    a0.mask count
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    0  ld.i16    v0, c0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    1  true      m0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    2  digit.i32 v1, #0, v0, #1, #2, m0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    3  group     v1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    4  count     a0, m0

-- The same by a hash table.
select count(*) from (
  select colour, flag, level, count(*), count(points), sum(price), sum(points), min(big), max(big), sum(big), sum(weight), avg(points), max(weight) from events where i % 3 < 2 group by colour, flag, level
  except all
  select colour || '', case when flag then true when not flag then false end, level + 0, count(*), count(points), sum(price), sum(points), min(big), max(big), sum(big), sum(weight), avg(points), max(weight) from events where i % 3 < 2 group by 1, 2, 3) as t
----
count(*) BIGINT
0

-- What is inserted later is among the groups too.
insert into events select 5000 + i, 'violet', null, 77, date '2030-01-01', 1.5, 1, 2.5, 3 from events where i < 4;
----
ok, 3 changes

select colour, level, count(*), sum(points) from events where i > 2990 group by colour, level
----
colour VARCHAR | level INTEGER | count(*) BIGINT | sum(points) BIGINT
red | 0 | 1 | 44
NULL | 2 | 1 | 61
blue | -1 | 1 | 78
red | 1 | 1 | 95
green | -2 | 1 | NULL
blue | 0 | 1 | 28
red | 2 | 1 | 45
green | -1 | 1 | 62
blue | 1 | 1 | 79
red | -2 | 1 | NULL
violet | 77 | 3 | 9
