create table t (id integer, g varchar, x double, n bigint, d date, s varchar);
insert into t values
  (1, 'a', 1.5, 10, '2024-01-01', 'one'),
  (2, 'a', 2.5, 10, '2024-01-02', 'the second one of them'),
  (3, 'b', 3.5, 30, '2024-02-01', 'three'),
  (4, 'b', null, 5, '2024-03-05', null),
  (5, null, 5.5, 30, '2024-04-01', 'the fifth one of them all'),
  (6, 'a', -1, 20, '2024-01-02', 'six');
select id, row_number() over (partition by g order by id) as rn, rank() over (order by g) as r, dense_rank() over (order by n desc) as dr from t order by id
----
ok, 0 changes
ok, 6 changes
id INTEGER | rn BIGINT | r BIGINT | dr BIGINT
1 | 1 | 1 | 3
2 | 2 | 1 | 3
3 | 1 | 4 | 1
4 | 2 | 4 | 4
5 | 1 | 6 | 1
6 | 3 | 1 | 2

select id, percent_rank() over (order by n) as pr, cume_dist() over (order by n) as cd, ntile(4) over (order by id) as nt, ntile(2) over (partition by g order by id) as ng from t order by id
----
id INTEGER | pr DOUBLE | cd DOUBLE | nt BIGINT | ng BIGINT
1 | 0.2 | 0.5 | 1 | 1
2 | 0.2 | 0.5 | 1 | 1
3 | 0.8 | 1 | 2 | 1
4 | 0 | 0.16666666666666666 | 2 | 2
5 | 0.8 | 1 | 3 | 1
6 | 0.6 | 0.6666666666666666 | 4 | 2

-- running aggregates take in all rows that are equal in the order
select id, n, sum(n) over (order by n) as s, count(*) over (order by n) as c, min(x) over (order by n) as lo, max(s) over (order by n) as hi, avg(x) over (order by n, id) as a from t order by n, id
----
id INTEGER | n BIGINT | s DECIMAL(38,0) | c BIGINT | lo DOUBLE | hi VARCHAR | a DOUBLE
4 | 5 | 5 | 1 | NULL | NULL | NULL
1 | 10 | 25 | 3 | 1.5 | the second one of them | 1.5
2 | 10 | 25 | 3 | 1.5 | the second one of them | 2
6 | 20 | 45 | 4 | -1 | the second one of them | 1
3 | 30 | 105 | 6 | -1 | three | 1.625
5 | 30 | 105 | 6 | -1 | three | 2.4

select id, sum(x) over (partition by g) as s, count(x) over (partition by g) as c, max(d) over () as d, min(s) over (partition by g) as lo from t order by id
----
id INTEGER | s DOUBLE | c BIGINT | d DATE | lo VARCHAR
1 | 3 | 3 | 2024-04-01 | one
2 | 3 | 3 | 2024-04-01 | one
3 | 3.5 | 1 | 2024-04-01 | three
4 | 3.5 | 1 | 2024-04-01 | three
5 | 5.5 | 1 | 2024-04-01 | the fifth one of them all
6 | 3 | 3 | 2024-04-01 | one

select id, lag(x) over (order by id) as a, lag(x, 2) over (order by id) as b, lead(s, 1, 'none') over (partition by g order by id) as c, lag(id, -1, 0) over (order by id) as d, lead(n, id) over (order by id) as e, lag(x, null, 9) over (order by id) as f from t order by id
----
id INTEGER | a DOUBLE | b DOUBLE | c VARCHAR | d INTEGER | e BIGINT | f DOUBLE
1 | NULL | NULL | the second one of them | 2 | 10 | NULL
2 | 1.5 | NULL | six | 3 | 5 | NULL
3 | 2.5 | 1.5 | NULL | 4 | 20 | NULL
4 | 3.5 | 2.5 | none | 5 | NULL | NULL
5 | NULL | 3.5 | none | 6 | NULL | NULL
6 | 5.5 | NULL | none | 0 | NULL | NULL

select id, sum(n) over (order by id rows between 1 preceding and 1 following) as a, count(*) over (order by id rows between 2 following and 4 following) as b, sum(n) over (order by id rows between current row and unbounded following) as c, max(s) over (order by id rows between 2 preceding and 1 preceding) as d, sum(n) over (order by id rows unbounded preceding) as e, avg(x) over (order by id rows 1 preceding) as f from t order by id
----
id INTEGER | a DECIMAL(38,0) | b BIGINT | c DECIMAL(38,0) | d VARCHAR | e DECIMAL(38,0) | f DOUBLE
1 | 20 | 3 | 105 | NULL | 10 | 1.5
2 | 50 | 3 | 95 | one | 20 | 2
3 | 45 | 2 | 85 | the second one of them | 50 | 3
4 | 65 | 1 | 55 | three | 55 | 3.5
5 | 55 | 0 | 50 | three | 85 | 5.5
6 | 50 | 0 | 20 | the fifth one of them all | 105 | 2.25

select id, n, sum(id) over (order by n groups between 1 preceding and current row) as a, count(*) over (order by n range between current row and unbounded following) as b, sum(id) over (order by n groups between 1 following and 1 following) as c from t order by n, id
----
id INTEGER | n BIGINT | a BIGINT | b BIGINT | c BIGINT
4 | 5 | 4 | 6 | 3
1 | 10 | 7 | 5 | 6
2 | 10 | 7 | 5 | 6
6 | 20 | 9 | 3 | 8
3 | 30 | 14 | 2 | NULL
5 | 30 | 14 | 2 | NULL

select id, first_value(s) over w as a, last_value(s) over w as b, nth_value(id, 2) over w as c, first_value(id) over (partition by g order by id desc) as d, last_value(id) over (partition by g order by id rows between unbounded preceding and unbounded following) as e from t window w as (partition by g order by id) order by id
----
id INTEGER | a VARCHAR | b VARCHAR | c INTEGER | d INTEGER | e INTEGER
1 | one | one | NULL | 6 | 6
2 | one | the second one of them | 2 | 6 | 6
3 | three | three | NULL | 4 | 4
4 | three | NULL | 4 | 4 | 4
5 | the fifth one of them all | the fifth one of them all | NULL | 5 | 5
6 | one | six | 2 | 6 | 6

select id, sum(n) over (w order by id) as a, count(*) over w as b from t window w as (partition by g), v as (w) order by id;
select id, sum(n) over v as a from t window w as (partition by g), v as (w order by id) order by id
----
id INTEGER | a DECIMAL(38,0) | b BIGINT
1 | 10 | 3
2 | 20 | 3
3 | 30 | 2
4 | 35 | 2
5 | 30 | 1
6 | 40 | 3
id INTEGER | a DECIMAL(38,0)
1 | 10
2 | 20
3 | 30
4 | 35
5 | 30
6 | 40

-- QUALIFY, in expressions, over aggregates, with DISTINCT and LIMIT
select id, g from t qualify row_number() over (partition by g order by id desc) = 1 order by id;
select g, sum(n) as total, rank() over (order by sum(n) desc) as r, sum(sum(n)) over (order by g) as running from t group by g order by g;
select id, n * 100.0 / sum(n) over () as share from t where g is not null order by share desc, id limit 3;
select distinct count(*) over (partition by g) as c from t order by c;
select id, case when lag(id) over (order by id) is null then 'first' else 'later' end as w from t order by id limit 2;
select id, row_number() over (order by x desc) as rn, rn + 1 as more from t qualify rn <= 2 order by rn
----
id INTEGER | g VARCHAR
4 | b
5 | NULL
6 | a
g VARCHAR | total DECIMAL(38,0) | r BIGINT | running DECIMAL(38,0)
a | 40 | 1 | 40
b | 35 | 2 | 75
NULL | 30 | 3 | 105
id INTEGER | share DOUBLE
3 | 40
6 | 26.666666666666668
1 | 13.333333333333334
c BIGINT
1
2
3
id INTEGER | w VARCHAR
1 | first
2 | later
id INTEGER | rn BIGINT | more BIGINT
4 | 1 | 2
5 | 2 | 3

select id, sum(n) filter (where x > 2) over (order by id) as s, count(*) filter (where g = 'a') over (partition by d) as c, any_value(s) over (order by id) as v, bool_and(x > 0) over (order by id) as b, stddev(n) over (order by id) as sd from t order by id
----
id INTEGER | s DECIMAL(38,0) | c BIGINT | v VARCHAR | b BOOLEAN | sd DOUBLE
1 | NULL | 1 | one | true | NULL
2 | 10 | 2 | one | true | 0
3 | 40 | 0 | one | true | 11.547005383792516
4 | 40 | 0 | one | true | 11.086778913041726
5 | 70 | 0 | one | true | 12.041594578792296
6 | 70 | 2 | one | false | 10.8397416943394

select id, row_number() over () as rn from t order by rn limit 2;
select id, sum(id) over (order by 1) as s from t order by id limit 2;
select sum(a) over (partition by b) from (select 1 as a, 2 as b where false);
select count(*) over () as c, row_number() over (order by i) as n from (values (interval '1 month'), (interval '30 days'), (interval '2 days')) v(i) order by n;
select rank() over (partition by i order by z) as r from (values (interval '1 month', 0.0::double), (interval '30 days', -0.0::double), (interval '2 days', 'NaN'::double)) v(i, z) order by r
----
id INTEGER | rn BIGINT
1 | 1
2 | 2
id INTEGER | s BIGINT
1 | 21
2 | 21
sum(a) OVER (PARTITION BY b) BIGINT
c BIGINT | n BIGINT
3 | 1
3 | 2
3 | 3
r BIGINT
1
1
1

-- a filter on the partition goes below the window, others do not
explain query plan select g, id from (select g, id, row_number() over (partition by g order by id) as rn, count(*) over (partition by g order by id) as unused from t) w where g = 'a' and rn = 1;
explain select id, sum(n * 2) over (partition by g order by id) as s from t
----
plan VARCHAR | expected_rows BIGINT
Filter row_number = 1 | 1
  Window partition by g order by id: row_number() AS row_number | 1
    Filter g = 'a' | 1
      Scan t(id, g) | 6
addr INTEGER | opcode VARCHAR | p1 INTEGER | p2 INTEGER | p3 INTEGER | p4 VARCHAR | p5 INTEGER | comment VARCHAR
0 | Init | 1 | 0 | 0 |  | 0 | start at 1
1 | SortOpen | 0 | 0 | 0 | by 1 asc,0 asc | 0 | window
2 | OpenRead | 0 | 0 | 0 | t(id,g,n) | 0 | scan t
3 | Rewind | 0 | 8 | 0 |  | 0 | first batch; goto 8 if empty
4 |   Column | 0 | 0 | 0 | r0,r1,r2 | 0 | id, g, n
5 |   Kernel | 0 | 0 | 0 | k0(r2) -> (r3) | 2 | project
6 |   SortInsert | 0 | 0 | 3 | r0,r1,r2,r3 | 0 | add w0 to s0
7 | Next | 0 | 4 | 0 |  | 0 | next batch, loop to 4
8 | WindowFinal | 1 | 0 | 0 | sum(3) in partitions by 1 keys | 0 | sort, then window functions
9 | Rewind | 1 | 13 | 0 |  | 0 | first batch; goto 13 if empty
10 |   Column | 1 | 1 | 4 | r4,r5,r6,r7 | 0 | id, g, n, sum
11 |   ResultRow | 1 | 5 | 0 | r4,r7 | 0 | id, s
12 | Next | 1 | 10 | 0 |  | 0 | next batch, loop to 10
13 | Halt | 0 | 0 | 0 |  | 0 | done
NULL | NULL | NULL | NULL | NULL | NULL | NULL | kernel k0  projection  3 insns, at most 3 steps and 24 bytes a row, cannot trap, simplified from 4
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c0.i64
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #0.i64 = 2
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   output o0.i64
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    0  ld.i64    v0, c0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    1  mul.i64   v1, v0, #0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    2  st.i64    o0, v1

select id from t where row_number() over () = 1;
select g from t group by g having row_number() over () = 1;
select sum(row_number() over ()) from t;
select rank() from t;
select upper(s) over () from t;
select lag(distinct x) over () from t;
select row_number(*) over () from t;
select nothing() over () from t;
select sum(n) over nowhere from t;
select ntile(0) over (order by id) from t;
select nth_value(id, 0) over (order by id) from t;
select sum(n) over (order by id rows between current row and 1 preceding) from t;
select sum(n) over (order by id rows between -1 preceding and current row) from t;
select sum(n) over (order by id range between 1 preceding and current row) from t;
select row_number() over () filter (where true) from t;
select lag(id, 1, 'x') over (order by id) from t;
select id, rank() over (order by id) from t group by g
----
type error: window functions are not allowed in WHERE
LINE 1: select id from t where row_number() over () = 1
                               ^^^^^^^^^^^^
hint: filter by their results with QUALIFY
type error: window functions are not allowed in HAVING
LINE 1: select g from t group by g having row_number() over () = 1
                                          ^^^^^^^^^^^^
hint: filter by their results with QUALIFY
type error: window functions are not allowed in the argument of an aggregate
LINE 1: select sum(row_number() over ()) from t
                   ^^^^^^^^^^^^
type error: rank is a window function, which needs OVER
LINE 1: select rank() from t
               ^^^^^^
hint: rank(…) OVER (ORDER BY …)
type error: OVER is for aggregates and window functions, and upper is none
LINE 1: select upper(s) over () from t
               ^^^^^
unsupported error: DISTINCT in a window function is not supported yet
LINE 1: select lag(distinct x) over () from t
               ^^^^^^^^^^^^^^^
type error: row_number(*) is not defined
LINE 1: select row_number(*) over () from t
               ^^^^^^^^^^^^^
name error: no function "nothing"
LINE 1: select nothing() over () from t
               ^^^^^^^
name error: no window "nowhere" in WINDOW
LINE 1: select sum(n) over nowhere from t
                           ^^^^^^^
runtime error: ntile(0): the number of buckets must be positive
LINE 1: select ntile(0) over (order by id) from t
               ^^^^^^^^
runtime error: nth_value(…, 0): rows are counted from 1
LINE 1: select nth_value(id, 0) over (order by id) from t
               ^^^^^^^^^^^^^^^^
syntax error: a frame cannot end before it starts
LINE 1: select sum(n) over (order by id rows between current row and 1 preceding) from t
               ^^^^^^
type error: a frame's distance cannot be negative: -1
LINE 1: select sum(n) over (order by id rows between -1 preceding and current row) from t
               ^^^^^^
unsupported error: RANGE with a distance is not supported yet
LINE 1: select sum(n) over (order by id range between 1 preceding and current row) from t
               ^^^^^^
syntax error: expected end of statement, found "("
LINE 1: select row_number() over () filter (where true) from t
                                           ^
runtime error: could not convert 'x' to INTEGER
LINE 1: select lag(id, 1, 'x') over (order by id) from t
                          ^^^
type error: column "id" must appear in GROUP BY, or be inside an aggregate
LINE 1: select id, rank() over (order by id) from t group by g
               ^^
hint: add it to GROUP BY or use any_value(id)
