create table n (a bigint, b varchar not null, c decimal(5,2))
----
ok, 0 changes

insert into n values (1, 'x', 1.5), (2, 'y', null)
----
ok, 2 changes

insert into n (b, a) values ('z', 3)
----
ok, 1 changes

insert into n select a + 10, b || '!', c from n where a < 3
----
ok, 2 changes

select * from n order by a
----
a BIGINT | b VARCHAR | c DECIMAL(5,2)
1 | x | 1.50
2 | y | NULL
3 | z | NULL
11 | x! | 1.50
12 | y! | NULL

insert into n values (4, null, 1)
----
constraint error: column n.b is NOT NULL, but a value is NULL
LINE 1: insert into n values (4, null, 1)
                    ^

insert into n values (5, 'big', 12345.6)
----
runtime error: value 12345.6 is out of range for DECIMAL(5,2)
LINE 1: insert into n values (5, 'big', 12345.6)
                                        ^^^^^^^

select count(*) from n
----
count(*) BIGINT
5

create table m as select a, c * 2 as d from n
----
ok, 5 changes

select * from m order by a
----
a BIGINT | d DECIMAL(6,2)
1 | 3.00
2 | NULL
3 | NULL
11 | 3.00
12 | NULL

create table if not exists m (z integer)
----
ok, 0 changes

create or replace table m as select 1 as one
----
ok, 1 changes

select * from m
----
one INTEGER
1

drop table m
----
ok, 0 changes

drop table if exists m
----
ok, 0 changes

select * from m
----
name error: no table "m"
LINE 1: select * from m
                      ^

-- RETURNING gives the rows as they are stored.
create table r (a smallint, b varchar, c decimal(5,2));
insert into r values (1, 'x', 1.239), (2, null, null) returning *;
insert into r (c, a) select a + 0.5, a from r returning a, c * 2 as twice, r.b is null as none;
insert into r as x values (1 + 1, upper('q'), 3) returning x.b, (select count(*) from r) as before;
insert into r values (1, 'x', 1) returning nobody;
select count(*) from r;
----
ok, 0 changes
a SMALLINT | b VARCHAR | c DECIMAL(5,2)
1 | x | 1.24
2 | NULL | NULL
a SMALLINT | twice DECIMAL(6,2) | none BOOLEAN
1 | 3.00 | true
2 | 5.00 | true
b VARCHAR | before BIGINT
Q | 4
name error: no column "nobody"
LINE 1: insert into r values (1, 'x', 1) returning nobody
                                                   ^^^^^^
count(*) BIGINT
5
