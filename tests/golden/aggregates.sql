create table t (a integer, b integer, s varchar);
insert into t values (1, 10, 'x'), (2, null, 'y'), (3, 30, null), (4, 10, 'x');
----
ok, 0 changes
ok, 4 changes

select count(*), count(b), sum(b), avg(b), min(s), max(s) from t
----
count(*) BIGINT | count(b) BIGINT | sum(b) BIGINT | avg(b) DOUBLE | min(s) VARCHAR | max(s) VARCHAR
4 | 3 | 50 | 16.666666666666668 | x | y

select b, count(*) as n, sum(a) as s from t group by b order by b
----
b INTEGER | n BIGINT | s BIGINT
10 | 2 | 5
30 | 1 | 3
NULL | 1 | 2

select s, b, count(*) from t group by s, b order by s, b
----
s VARCHAR | b INTEGER | count(*) BIGINT
x | 10 | 2
y | NULL | 1
NULL | 30 | 1

select count(*), sum(a), min(a) from t where a > 100
----
count(*) BIGINT | sum(a) BIGINT | min(a) INTEGER
0 | NULL | NULL

select b, count(*) from t where a > 100 group by b
----
b INTEGER | count(*) BIGINT

select b, sum(a) as s from t group by b having sum(a) > 2 order by s
----
b INTEGER | s BIGINT
30 | 3
10 | 5

select b / 10 as k, max(a) from t group by k order by k
----
k INTEGER | max(a) INTEGER
1 | 4
3 | 3
NULL | 2

select b, max(a) from t group by 1 order by 2
----
b INTEGER | max(a) INTEGER
NULL | 2
30 | 3
10 | 4

select s, sum(a) from t group by all order by all
----
s VARCHAR | sum(a) BIGINT
x | 5
y | 2
NULL | 3

select sum(a) filter (where b = 10) as f, count(*) filter (where s = 'x') as g from t
----
f BIGINT | g BIGINT
5 | 2

select count(distinct b), sum(distinct b), count(distinct s) from t
----
count(DISTINCT b) BIGINT | sum(DISTINCT b) BIGINT | count(DISTINCT s) BIGINT
2 | 40 | 2

select avg(x), sum(x) from (values (0.1), (0.2), (0.3)) v(x)
----
avg(x) DOUBLE | sum(x) DECIMAL(38,1)
0.2 | 0.6

select sum(x), avg(x), min(x), max(x) from (values (1.5e0), (2.5e0), (null)) v(x)
----
sum(x) DOUBLE | avg(x) DOUBLE | min(x) DOUBLE | max(x) DOUBLE
4 | 2 | 1.5 | 2.5

select sum(9223372036854775807) as s from t
----
s DECIMAL(38,0)
36893488147419103228

select sum(a) + count(*) * 2 as x from t
----
x BIGINT
18

select bool_and(a > 0) as a, bool_or(a > 3) as o from t
----
a BOOLEAN | o BOOLEAN
true | true

create table ordered (id integer, g varchar, x double, s varchar, b boolean);
insert into ordered values (1, 'a', null, null, true), (2, 'a', 2.5, 'the second of them', false), (3, 'b', 3.5, 'three', null), (4, 'a', 4.5, 'the fourth in all', true), (5, 'b', null, null, true);
select g, first(x), last(x), any_value(x), first(s), last(s), any_value(s), first(b) from ordered group by g order by g;
select first(id), last(id), any_value(s), any_value(x) from ordered;
select first(id), any_value(s) from ordered where id > 9;
select last(id) filter (where x is not null), first(s) filter (where id > 3) from ordered
----
ok, 0 changes
ok, 5 changes
g VARCHAR | first(x) DOUBLE | last(x) DOUBLE | any_value(x) DOUBLE | first(s) VARCHAR | last(s) VARCHAR | any_value(s) VARCHAR | first(b) BOOLEAN
a | NULL | 4.5 | 2.5 | NULL | the fourth in all | the second of them | true
b | 3.5 | NULL | 3.5 | three | NULL | three | NULL
first(id) INTEGER | last(id) INTEGER | any_value(s) VARCHAR | any_value(x) DOUBLE
1 | 5 | the second of them | 2.5
first(id) INTEGER | any_value(s) VARCHAR
NULL | NULL
last(id) FILTER (WHERE x IS NOT NULL) INTEGER | first(s) FILTER (WHERE id > 3) VARCHAR
4 | the fourth in all

select count_if(x > 3), count_if(b), bit_and(id), bit_or(id), bit_xor(id), bit_and(cast(id as bigint)) from ordered;
select g, count_if(x > 3), bit_or(id) from ordered group by g order by g;
select bit_and(x) from ordered
----
count_if(x > 3) BIGINT | count_if(b) BIGINT | bit_and(id) INTEGER | bit_or(id) INTEGER | bit_xor(id) INTEGER | bit_and(CAST(id AS BIGINT)) BIGINT
2 | 3 | 0 | 7 | 1 | 0
g VARCHAR | count_if(x > 3) BIGINT | bit_or(id) INTEGER
a | 1 | 7
b | 1 | 7
type error: bit_and(DOUBLE) is not defined
LINE 1: select bit_and(x) from ordered
               ^^^^^^^^^^
hint: there is bit_and(integer)

select stddev(x), var_samp(x), variance(x), var_pop(x), stddev_pop(x) from ordered;
select var_samp(id), var_pop(id), stddev_samp(1.25), var_samp(x) from ordered where id = 2;
select var_samp(1e9 + id), var_pop(0.1), stddev(1e12 + id * 0.25), var_pop(cast(id as decimal(10, 2))) from ordered;
select covar_samp(id, x), covar_pop(id, x), corr(id, x), corr(id, 1), corr(id, id) from ordered;
select g, stddev(id), corr(id, x) from ordered group by g order by g
----
stddev(x) DOUBLE | var_samp(x) DOUBLE | variance(x) DOUBLE | var_pop(x) DOUBLE | stddev_pop(x) DOUBLE
1 | 1 | 1 | 0.6666666666666666 | 0.816496580927726
var_samp(id) DOUBLE | var_pop(id) DOUBLE | stddev_samp(1.25) DOUBLE | var_samp(x) DOUBLE
NULL | 0 | NULL | NULL
var_samp(1e9 + id) DOUBLE | var_pop(0.1) DOUBLE | stddev(1e12 + id * 0.25) DOUBLE | var_pop(CAST(id AS DECIMAL(10,2))) DOUBLE
2.5 | 0 | 0.39528470752104744 | 2
covar_samp(id, x) DOUBLE | covar_pop(id, x) DOUBLE | corr(id, x) DOUBLE | corr(id, 1) DOUBLE | corr(id, id) DOUBLE
1 | 0.6666666666666666 | 1 | NULL | 1
g VARCHAR | stddev(id) DOUBLE | corr(id, x) DOUBLE
a | 1.5275252316519468 | 1
b | 1.4142135623730951 | NULL

select string_agg(s), string_agg(s, ' / '), string_agg(g, '') filter (where id > 2), string_agg(s, null) from ordered;
select g, string_agg(s, '; '), group_concat(id::varchar) from ordered group by g order by g;
select string_agg(s) from ordered where id > 9;
select id, string_agg(g, '>') over (order by id) as so_far, string_agg(g) over (order by id rows between 1 preceding and current row) as two from ordered order by id
----
string_agg(s) VARCHAR | string_agg(s, ' / ') VARCHAR | string_agg(g, '') FILTER (WHERE id > 2) VARCHAR | string_agg(s, NULL) VARCHAR
the second of them,three,the fourth in all | the second of them / three / the fourth in all | bab | the second of themthreethe fourth in all
g VARCHAR | string_agg(s, '; ') VARCHAR | group_concat(id::VARCHAR) VARCHAR
a | the second of them; the fourth in all | 1,2,4
b | three | 3,5
string_agg(s) VARCHAR
NULL
id INTEGER | so_far VARCHAR | two VARCHAR
1 | a | a
2 | a>a | a,a
3 | a>a>b | a,b
4 | a>a>b>a | b,a
5 | a>a>b>a>b | a,b

create table spans (id integer, v interval);
insert into spans values (1, interval '1 month'), (2, interval '30 days'), (3, interval '2 hours'), (4, null), (5, '1 year 2 months 3 days 04:05:06'), (6, -interval '1 day');
select sum(v), avg(v), min(v), max(v), count(distinct v), first(v), any_value(v) from spans;
select v, count(*) from spans group by v order by v;
select id, sum(v) over (order by id) as running, lag(v) over (order by id) as before, rank() over (order by v) as r from spans order by id;
select a.id, b.id from spans a full join spans b on a.v = b.v order by 1, 2;
select sum(v) from spans where id > 9
----
ok, 0 changes
ok, 6 changes
sum(v) INTERVAL | avg(v) INTERVAL | min(v) INTERVAL | max(v) INTERVAL | count(DISTINCT v) BIGINT | first(v) INTERVAL | any_value(v) INTERVAL
1 year 3 mons 32 days 06:05:06 | 3 mons 6 days 10:49:01.2 | -1 days | 1 year 2 mons 3 days 04:05:06 | 4 | 1 mon | 1 mon
v INTERVAL | count(*) BIGINT
-1 days | 1
02:00:00 | 1
1 mon | 2
1 year 2 mons 3 days 04:05:06 | 1
NULL | 1
id INTEGER | running INTERVAL | before INTERVAL | r BIGINT
1 | 1 mon | NULL | 3
2 | 1 mon 30 days | 1 mon | 3
3 | 1 mon 30 days 02:00:00 | 30 days | 2
4 | 1 mon 30 days 02:00:00 | 02:00:00 | 6
5 | 1 year 3 mons 33 days 06:05:06 | NULL | 5
6 | 1 year 3 mons 32 days 06:05:06 | 1 year 2 mons 3 days 04:05:06 | 1
id INTEGER | id INTEGER
1 | 1
1 | 2
2 | 1
2 | 2
3 | 3
4 | NULL
5 | 5
6 | 6
NULL | 4
sum(v) INTERVAL
NULL
