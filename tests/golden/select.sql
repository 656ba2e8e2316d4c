create table t (a integer, b integer, s varchar);
insert into t values (1, 10, 'x'), (2, null, 'y'), (3, 30, null), (4, 10, 'x');
----
ok, 0 changes
ok, 4 changes

select * from t
----
a INTEGER | b INTEGER | s VARCHAR
1 | 10 | x
2 | NULL | y
3 | 30 | NULL
4 | 10 | x

select a, b + 1 as c from t where b > 5 order by a desc
----
a INTEGER | c INTEGER
4 | 11
3 | 31
1 | 11

select a from t where b is null
----
a INTEGER
2

select distinct b from t order by b
----
b INTEGER
10
30
NULL

select distinct b from t order by b desc nulls last
----
b INTEGER
30
10
NULL

select a from t order by a limit 2
----
a INTEGER
1
2

select a from t order by a limit 2 offset 1
----
a INTEGER
2
3

select a from t order by a limit 4 / 2 offset 2 - 1
----
a INTEGER
2
3

select a from t order by a limit 1.6; select a from t order by a limit 1 + null
----
a INTEGER
1
2
a INTEGER
1
2
3
4

select a from t order by a limit 1 / 0
----
runtime error: division by zero
LINE 1: select a from t order by a limit 1 / 0
                                         ^^^^^

select a from t limit 0
----
a INTEGER

select t.*, a * 2 as d from t where s = 'x' order by 1
----
a INTEGER | b INTEGER | s VARCHAR | d INTEGER
1 | 10 | x | 2
4 | 10 | x | 8

select x.a from (select a, b from t where a > 1) x where x.b = 10
----
a INTEGER
4

with w as (select a, s from t), v(p) as (select a + 100 from w where s is not null)
select p from v order by p
----
p INTEGER
101
102
104

values (1, 'one'), (2, 'two')
----
column1 INTEGER | column2 VARCHAR
1 | one
2 | two

select * from (values (1, 'one'), (2, null)) v(n, name) order by n
----
n INTEGER | name VARCHAR
1 | one
2 | NULL

select a as "Mixed Case", A from T where A = 1
----
Mixed Case INTEGER | a INTEGER
1 | 1

select 1 as x union all select 2 union all select 1
----
x INTEGER
1
2
1

select 1 as x union select 2 union select 1 order by x
----
x INTEGER
1
2

select a from t intersect select b / 10 from t order by 1
----
a INTEGER
1
3

select a from t except select 1 order by 1
----
a INTEGER
2
3
4

select (select max(a) from t) as m, a from t where a > (select avg(a) from t) order by a
----
m INTEGER | a INTEGER
4 | 3
4 | 4

select a from t where b in (select b from t where a = 1) order by a
----
a INTEGER
1
4

select a from t where b not in (select b from t where a = 1) order by a
----
a INTEGER
3

select exists (select 1 from t where a = 9) as e, exists (select 1 from t) as f
----
e BOOLEAN | f BOOLEAN
false | true
