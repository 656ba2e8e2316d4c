create table t (a integer, b integer, s varchar);
insert into t values (1, 10, 'x'), (2, null, 'y'), (3, 30, null), (4, 10, 'x');
----

selct 1
----

select * form t
----

select 1 +
----

select a from nothing
----

select aa from t
----

select length(a, b, s) from t
----

select nofunction(1)
----

select x.a from t x, t y where a = 1
----

select a, count(*) from t
----

select a from t where count(*) > 1
----

select a + s from t
----

select 9223372036854775807 + 1
----

select a, 10 / (a - 3) from t
----

select 2147483647 + a from t
----

select cast('abc' as integer)
----

select cast(s as integer) from t
----

select cast(300 as tinyint)
----

select cast(1e30 as bigint)
----

select * from 'tests/data/no_such_file.csv'
----

select * from 'tests/data'
----

insert into t values (1, 2)
----

insert into t values ('a', 1, 'x')
----

insert into t select 1, 2 / (a - 1), 'q' from t
----

select count(*) from t
----

create table t (a integer)
----

drop table nothing
----

create table u as select 1 / (a - 1) as x from t
----

select * from u
----

set no_such_setting = 1
----

select (select a from t)
----

select 'unterminated
----

select a from t limit -1
----

select sum(s) from t
----

select -(-9223372036854775808) as x
----

select abs(-2147483648)
----

select case when a then 1 end from t
----
