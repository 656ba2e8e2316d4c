create table t (a integer, b integer, s varchar);
insert into t values (1, 10, 'x'), (2, null, 'y'), (3, 30, null), (4, 10, 'x');
----

explain select a + 1, b from t where b > 10 and a < 7
----

explain query plan select s, sum(a) from t where b > 5 group by s order by 2 desc limit 3
----

explain select t.a, u.b from t join t u on t.a = u.b where t.s like 'x%'
----

explain select count(*), sum(b) from t where a < 3
----
