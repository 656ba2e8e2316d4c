create table t (a integer, b integer, s varchar);
insert into t values (1, 10, 'x'), (2, null, 'y'), (3, 30, null), (4, 10, 'x');
----

select * from t
----

select a, b + 1 as c from t where b > 5 order by a desc
----

select a from t where b is null
----

select distinct b from t order by b
----

select distinct b from t order by b desc nulls last
----

select a from t order by a limit 2
----

select a from t order by a limit 2 offset 1
----

select a from t limit 0
----

select t.*, a * 2 as d from t where s = 'x' order by 1
----

select x.a from (select a, b from t where a > 1) x where x.b = 10
----

with w as (select a, s from t), v(p) as (select a + 100 from w where s is not null)
select p from v order by p
----

values (1, 'one'), (2, 'two')
----

select * from (values (1, 'one'), (2, null)) v(n, name) order by n
----

select a as "Mixed Case", A from T where A = 1
----

select 1 as x union all select 2 union all select 1
----

select 1 as x union select 2 union select 1 order by x
----

select a from t intersect select b / 10 from t order by 1
----

select a from t except select 1 order by 1
----

select (select max(a) from t) as m, a from t where a > (select avg(a) from t) order by a
----

select a from t where b in (select b from t where a = 1) order by a
----

select a from t where b not in (select b from t where a = 1) order by a
----

select exists (select 1 from t where a = 9) as e, exists (select 1 from t) as f
----
