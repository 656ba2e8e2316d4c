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
