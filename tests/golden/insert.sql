create table n (a bigint, b varchar not null, c decimal(5,2))
----

insert into n values (1, 'x', 1.5), (2, 'y', null)
----

insert into n (b, a) values ('z', 3)
----

insert into n select a + 10, b || '!', c from n where a < 3
----

select * from n order by a
----

insert into n values (4, null, 1)
----

insert into n values (5, 'big', 12345.6)
----

select count(*) from n
----

create table m as select a, c * 2 as d from n
----

select * from m order by a
----

create table if not exists m (z integer)
----

create or replace table m as select 1 as one
----

select * from m
----

drop table m
----

drop table if exists m
----

select * from m
----
