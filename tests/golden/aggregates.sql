create table t (a integer, b integer, s varchar);
insert into t values (1, 10, 'x'), (2, null, 'y'), (3, 30, null), (4, 10, 'x');
----

select count(*), count(b), sum(b), avg(b), min(s), max(s) from t
----

select b, count(*) as n, sum(a) as s from t group by b order by b
----

select s, b, count(*) from t group by s, b order by s, b
----

select count(*), sum(a), min(a) from t where a > 100
----

select b, count(*) from t where a > 100 group by b
----

select b, sum(a) as s from t group by b having sum(a) > 2 order by s
----

select b / 10 as k, max(a) from t group by k order by k
----

select b, max(a) from t group by 1 order by 2
----

select s, sum(a) from t group by all order by all
----

select sum(a) filter (where b = 10) as f, count(*) filter (where s = 'x') as g from t
----

select count(distinct b), sum(distinct b), count(distinct s) from t
----

select avg(x), sum(x) from (values (0.1), (0.2), (0.3)) v(x)
----

select sum(x), avg(x), min(x), max(x) from (values (1.5e0), (2.5e0), (null)) v(x)
----

select sum(9223372036854775807) as s from t
----

select sum(a) + count(*) * 2 as x from t
----

select bool_and(a > 0) as a, bool_or(a > 3) as o from t
----
