create table t (id integer not null, g varchar, x double);
insert into t values (1, 'a', 1.5), (2, 'a', 2.5), (3, 'b', null), (4, null, 4.5);
create view v as select g, sum(x) as total from t group by g;
select * from v order by g
----
ok, 0 changes
ok, 4 changes
ok, 0 changes
g VARCHAR | total DOUBLE
a | 4
b | NULL
NULL | 4.5

create view named (key) as select g, id from t;
select key, id from named where id > 2 order by id;
select n.key from named n where n.id = 1
----
ok, 0 changes
key VARCHAR | id INTEGER
b | 3
NULL | 4
key VARCHAR
a

-- a view sees the table as it is when it is read
insert into t values (5, 'b', 1);
select total from v where g = 'b'
----
ok, 1 changes
total DOUBLE
1

create view v as select 1;
create view if not exists v as select 1;
create or replace view v as select 1 as one;
select * from v
----
name error: view 'v' is there already
LINE 1: create view v as select 1
                    ^
hint: CREATE OR REPLACE VIEW replaces it, CREATE VIEW IF NOT EXISTS keeps it
ok, 0 changes
ok, 0 changes
one INTEGER
1

-- views over views, joined with tables
create view w as select id, one from t, v where id < 3;
select w.id, t.g from w join t on w.id = t.id order by 1
----
ok, 0 changes
id INTEGER | g VARCHAR
1 | a
2 | a

show tables;
describe t;
describe w;
describe select 1 as a, 'x' as b, 1.5 as c;
show w
----
name VARCHAR
named
t
v
w
column_name VARCHAR | column_type VARCHAR | null VARCHAR | key VARCHAR | default VARCHAR | extra VARCHAR
id | INTEGER | NO | NULL | NULL | NULL
g | VARCHAR | YES | NULL | NULL | NULL
x | DOUBLE | YES | NULL | NULL | NULL
column_name VARCHAR | column_type VARCHAR | null VARCHAR | key VARCHAR | default VARCHAR | extra VARCHAR
id | INTEGER | YES | NULL | NULL | NULL
one | INTEGER | YES | NULL | NULL | NULL
column_name VARCHAR | column_type VARCHAR | null VARCHAR | key VARCHAR | default VARCHAR | extra VARCHAR
a | INTEGER | YES | NULL | NULL | NULL
b | VARCHAR | YES | NULL | NULL | NULL
c | DECIMAL(2,1) | YES | NULL | NULL | NULL
column_name VARCHAR | column_type VARCHAR | null VARCHAR | key VARCHAR | default VARCHAR | extra VARCHAR
id | INTEGER | YES | NULL | NULL | NULL
one | INTEGER | YES | NULL | NULL | NULL

show tabels;
set threads = 1;
show threads
----
name error: no setting and no table "tabels"
LINE 1: show tabels
             ^^^^^^
hint: SHOW ALL lists the settings, SHOW TABLES the tables
ok, 0 changes
threads VARCHAR
1

-- names are shared with tables
create table w (a integer);
create or replace view t as select 1;
drop table w;
drop view t;
insert into w values (1, 1);
drop view nothing;
drop view if exists nothing
----
name error: 'w' is a view already
LINE 1: create table w (a integer)
                     ^
hint: DROP VIEW takes it away
name error: 't' is a table already
LINE 1: create or replace view t as select 1
                               ^
hint: DROP TABLE takes it away
name error: "w" is a view
LINE 1: drop table w
                   ^
hint: use DROP VIEW
name error: "t" is a table
LINE 1: drop view t
                  ^
hint: use DROP TABLE
name error: "w" is a view, not a table
LINE 1: insert into w values (1, 1)
                    ^
name error: no view "nothing"
LINE 1: drop view nothing
                  ^^^^^^^
ok, 0 changes

drop view v;
select * from w;
drop view w;
select * from w
----
ok, 0 changes
name error: in view w: no table "v"
LINE 1: select * from w
                      ^
ok, 0 changes
name error: no table "w"
LINE 1: select * from w
                      ^

-- errors inside a view point to where it is read
create view broken as select 1 / (id - 2) as q from t;
select q from broken where q > 0;
create view wrong as select nothing from t;
create view wide (a, b) as select 1;
create view loop as select 1 as a;
create or replace view loop as select * from loop;
select * from loop
----
ok, 0 changes
runtime error: division by zero
LINE 1: select q from broken where q > 0
                      ^^^^^^
name error: no column "nothing"
LINE 1: create view wrong as select nothing from t
                                    ^^^^^^^
name error: "wide" has fewer columns (1) than names (2)
LINE 1: create view wide (a, b) as select 1
                    ^^^^
ok, 0 changes
ok, 0 changes
limit error: views are nested too deeply: more than 100 levels
LINE 1: select * from loop
                      ^^^^

create or replace table t (other integer);
select * from named
----
ok, 0 changes
name error: in view named: no column "g"
LINE 1: select * from named
                      ^^^^^

-- a common table expression does not reach into a view
create view reader as select * from base;
create table base (a integer);
create view reader as select * from base;
with base as (select 2 as a) select * from reader
----
name error: no table "base"
LINE 1: create view reader as select * from base
                                            ^^^^
ok, 0 changes
ok, 0 changes
a INTEGER
