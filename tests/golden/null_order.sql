create table n (a integer, b integer);
insert into n values (1, 3), (null, 1), (2, null), (null, 2);
show default_null_order;
----

select * from n order by a, b
----

set default_null_order = 'nulls_first';
select * from n order by a desc, b
----

select * from n order by a nulls last, b desc
----

select a, b, row_number() over (order by b) as r from n order by r
----

set default_null_order = 'NULLS_LAST';
select * from n order by a desc, b desc
----

set default_null_order = 'nulls_first_on_asc_last_on_desc';
select * from n order by a, b desc
----

set default_null_order = 'middle'
----

reset default_null_order;
select * from n order by a desc, b
----
