create table n (a integer, b integer);
insert into n values (1, 3), (null, 1), (2, null), (null, 2);
show default_null_order;
----
ok, 0 changes
ok, 4 changes
default_null_order VARCHAR
nulls_last_on_asc_first_on_desc

select * from n order by a, b
----
a INTEGER | b INTEGER
1 | 3
2 | NULL
NULL | 1
NULL | 2

set default_null_order = 'nulls_first';
select * from n order by a desc, b
----
ok, 0 changes
a INTEGER | b INTEGER
NULL | 1
NULL | 2
2 | NULL
1 | 3

select * from n order by a nulls last, b desc
----
a INTEGER | b INTEGER
1 | 3
2 | NULL
NULL | 2
NULL | 1

select a, b, row_number() over (order by b) as r from n order by r
----
a INTEGER | b INTEGER | r BIGINT
2 | NULL | 1
NULL | 1 | 2
NULL | 2 | 3
1 | 3 | 4

set default_null_order = 'NULLS_LAST';
select * from n order by a desc, b desc
----
ok, 0 changes
a INTEGER | b INTEGER
2 | NULL
1 | 3
NULL | 2
NULL | 1

set default_null_order = 'nulls_first_on_asc_last_on_desc';
select * from n order by a, b desc
----
ok, 0 changes
a INTEGER | b INTEGER
NULL | 2
NULL | 1
1 | 3
2 | NULL

set default_null_order = 'middle'
----
type error: setting default_null_order cannot be 'middle': it takes 'nulls_last_on_asc_first_on_desc', 'nulls_first_on_asc_last_on_desc', 'nulls_first' or 'nulls_last'
LINE 1: set default_null_order = 'middle'
            ^^^^^^^^^^^^^^^^^^

reset default_null_order;
select * from n order by a desc, b
----
ok, 0 changes
a INTEGER | b INTEGER
NULL | 1
NULL | 2
2 | NULL
1 | 3
