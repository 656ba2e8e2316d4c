create table t (id integer, name varchar, price decimal(8,2));
insert into t values (1, 'a', 1.50), (2, 'b', 2.50), (3, null, null), (4, 'd', 4.50), (5, 'e', 5.50), (6, 'f', 6.50);
----
ok, 0 changes
ok, 6 changes

delete from t where id = 2
----
ok, 1 changes

-- A deleted row is gone for everything that reads.
select * from t;
select count(*), min(id), max(id), sum(price) from t;
select id from t where id >= 2 order by id desc limit 2;
select a.id, b.id from t as a join t as b on a.id = b.id + 1 order by 1;
----
id INTEGER | name VARCHAR | price DECIMAL(8,2)
1 | a | 1.50
3 | NULL | NULL
4 | d | 4.50
5 | e | 5.50
6 | f | 6.50
count(*) BIGINT | min(id) INTEGER | max(id) INTEGER | sum(price) DECIMAL(38,2)
5 | 1 | 6 | 18.00
id INTEGER
6
5
id INTEGER | id INTEGER
4 | 3
5 | 4
6 | 5

-- NULL is not true.
delete from t where price > 5
----
ok, 2 changes

delete from t where name is null or id = 1 returning *
----
id INTEGER | name VARCHAR | price DECIMAL(8,2)
1 | a | 1.50
3 | NULL | NULL

select * from t
----
id INTEGER | name VARCHAR | price DECIMAL(8,2)
4 | d | 4.50

-- Names of the target, expressions, subqueries and aliases in RETURNING.
delete from t as x where x.id = 4 returning x.id + 100 as more, upper(name), (select count(*) from t) as before
----
more INTEGER | upper(name) VARCHAR | before BIGINT
104 | D | 1

select count(*) from t;
delete from t;
----
count(*) BIGINT
0
ok, 0 changes

insert into t values (7, 'g', 7), (8, 'h', 8);
delete from t where id = 7;
insert into t (id) values (9);
select * from t;
----
ok, 2 changes
ok, 1 changes
ok, 1 changes
id INTEGER | name VARCHAR | price DECIMAL(8,2)
8 | h | 8.00
9 | NULL | NULL

-- Other rows may decide; they are as they were before the statement.
create table gone (id integer, why varchar);
insert into gone values (8, 'old'), (8, 'broken'), (10, 'none'), (null, 'unknown');
insert into t values (10, 'j', null);
delete from t where id in (select max(id) from t);
delete from t using gone where t.id = gone.id returning t.id, why;
select * from t;
----
ok, 0 changes
ok, 4 changes
ok, 1 changes
ok, 1 changes
id INTEGER | why VARCHAR
8 | old
id INTEGER | name VARCHAR | price DECIMAL(8,2)
9 | NULL | NULL

delete from t using gone as g join gone as h on g.id = h.id where t.id = g.id + 1;
select count(*) from t;
----
ok, 1 changes
count(*) BIGINT
0

-- Deleting while numbers, dictionaries and NULLs are as they are; blocks of many rows.
create table big as with recursive n(i) as (select 0 union all select i + 1 from n where i < 9999) select i, 'word ' || i % 7 as word, case when i % 5 > 0 then i * 1000 end as v from n;
delete from big where i % 3 = 1;
select count(*), sum(i), count(v), sum(v) from big;
select word, count(*), min(i), max(i) from big group by word order by word;
----
ok, 10000 changes
ok, 3333 changes
count(*) BIGINT | sum(i) BIGINT | count(v) BIGINT | sum(v) BIGINT
6667 | 33333333 | 5333 | 26666668000
word VARCHAR | count(*) BIGINT | min(i) INTEGER | max(i) INTEGER
word 0 | 953 | 0 | 9996
word 1 | 952 | 8 | 9990
word 2 | 953 | 2 | 9998
word 3 | 953 | 3 | 9999
word 4 | 952 | 11 | 9993
word 5 | 952 | 5 | 9987
word 6 | 952 | 6 | 9995

delete from big where word = 'word 3' or v is null;
select word, count(*), min(i), max(i) from big group by word order by word;
select i, word, v from big where i between 100 and 120;
select count(*) from (select i from big order by i limit 1000 offset 4400) as rest;
----
ok, 2097 changes
word VARCHAR | count(*) BIGINT | min(i) INTEGER | max(i) INTEGER
word 0 | 762 | 14 | 9996
word 1 | 761 | 8 | 9983
word 2 | 763 | 2 | 9998
word 4 | 762 | 11 | 9993
word 5 | 761 | 12 | 9987
word 6 | 761 | 6 | 9981
i INTEGER | word VARCHAR | v INTEGER
102 | word 4 | 102000
104 | word 6 | 104000
107 | word 2 | 107000
111 | word 6 | 111000
113 | word 1 | 113000
114 | word 2 | 114000
116 | word 4 | 116000
117 | word 5 | 117000
119 | word 0 | 119000
count(*) BIGINT
170

explain select i from big where v < 100
----
addr INTEGER | opcode VARCHAR | p1 INTEGER | p2 INTEGER | p3 INTEGER | p4 VARCHAR | p5 INTEGER | comment VARCHAR
0 | Init | 1 | 0 | 0 |  | 0 | start at 1
1 | OpenRead | 0 | 0 | 0 | big(i,v; v in ..100) | 0 | scan big
2 | Rewind | 0 | 8 | 0 |  | 0 | first batch; goto 8 if empty
3 |   Column | 0 | 0 | 0 | r0,r1 | 0 | i, v
4 |   Kernel | 0 | 0 | 1 | k0(r1) -> () | 2 | filter
5 |   Gather | 1 | 0 | 2 |  | 0 | r2 = i
6 |   ResultRow | 1 | 3 | 0 | r2 | 0 | i
7 | Next | 0 | 3 | 0 |  | 0 | next batch, loop to 3
8 | Halt | 0 | 0 | 0 |  | 0 | done
NULL | NULL | NULL | NULL | NULL | NULL | NULL | kernel k0  filter  2 insns, at most 2 steps and 1 bytes a row, cannot trap, simplified from 3
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c0.i32
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    0  false     m0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    1  need      m0

insert into big values (1, 'new', null), (1, 'newer', 3);
select * from big where i = 1;
delete from big where i = 1 and v is null;
select * from big where i = 1;
select count(*) from big;
----
ok, 2 changes
i INTEGER | word VARCHAR | v INTEGER
1 | new | NULL
1 | newer | 3
ok, 1 changes
i INTEGER | word VARCHAR | v INTEGER
1 | newer | 3
count(*) BIGINT
4571

-- A statement that fails leaves everything as it was.
delete from big where 1 / (i - 9002) < 5
----
runtime error: division by zero
LINE 1: delete from big where 1 / (i - 9002) < 5
                              ^^^^^^^^^^^^^

select count(*) from big
----
count(*) BIGINT
4571

delete from big where i < 100 returning 1 / (i - 14)
----
runtime error: division by zero
LINE 1: delete from big where i < 100 returning 1 / (i - 14)
                                                ^^^^^^^^^^^

select count(*) from big;
delete from big where i >= 0;
select count(*) from big;
----
count(*) BIGINT
4571
ok, 4571 changes
count(*) BIGINT
0

insert into big values (5, 'again', 1);
select * from big;
truncate big;
select count(*) from big;
truncate table t, gone;
select count(*) from t;
----
ok, 1 changes
i INTEGER | word VARCHAR | v INTEGER
5 | again | 1
ok, 0 changes
count(*) BIGINT
0
ok, 0 changes
count(*) BIGINT
0

-- What is refused.
create view v as select 1 as one;
delete from v;
delete from nobody;
delete from t where nobody = 1;
delete from t where id;
delete from t returning count(*);
truncate t, nobody;
delete from t using nobody;
delete from t using t;
delete from t where id = 1 limit 1;
----
ok, 0 changes
name error: "v" is a view, not a table
LINE 1: delete from v
                    ^
name error: no table "nobody"
LINE 1: delete from nobody
                    ^^^^^^
name error: no column "nobody"
LINE 1: delete from t where nobody = 1
                            ^^^^^^
type error: WHERE needs BOOLEAN, found INTEGER
LINE 1: delete from t where id
                            ^^
hint: compare it: … <> 0
type error: aggregates are not allowed in RETURNING
LINE 1: delete from t returning count(*)
                                ^^^^^^^^
name error: no table "nobody"
LINE 1: truncate t, nobody
                    ^^^^^^
name error: no table "nobody"
LINE 1: delete from t using nobody
                            ^^^^^^
name error: "t" stands in FROM twice
LINE 1: delete from t using t
                            ^
hint: give one of them another name: AS …
unsupported error: this clause of DELETE is not supported yet
LINE 1: delete from t where id = 1 limit 1
        ^^^^^^

-- What a plan and a program look like.
explain query plan delete from t where id > 1 + 1
----
plan VARCHAR | expected_rows BIGINT
Delete from t | NULL
  Filter id > 2 | 1
    Scan t(id, "row number") | 1

explain delete from t where id > 2 returning name
----
addr INTEGER | opcode VARCHAR | p1 INTEGER | p2 INTEGER | p3 INTEGER | p4 VARCHAR | p5 INTEGER | comment VARCHAR
0 | Init | 1 | 0 | 0 |  | 0 | start at 1
1 | OpenRead | 0 | 0 | 0 | t(id,name,row number; id in 2..) | 0 | scan t
2 | Rewind | 0 | 9 | 0 |  | 0 | first batch; goto 9 if empty
3 |   Column | 0 | 0 | 0 | r0,r1,r2 | 0 | id, name, row number
4 |   Kernel | 0 | 0 | 1 | k0(r0) -> () | 2 | filter
5 |   Gather | 1 | 2 | 3 |  | 0 | r3 = row number
6 |   Gather | 1 | 1 | 4 |  | 0 | r4 = name
7 |   Delete | 1 | 3 | 0 | r3,r4 | 0 | row number, name
8 | Next | 0 | 3 | 0 |  | 0 | next batch, loop to 3
9 | Halt | 0 | 0 | 0 |  | 0 | done
NULL | NULL | NULL | NULL | NULL | NULL | NULL | kernel k0  filter  3 insns, at most 3 steps and 5 bytes a row, cannot trap
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c0.i32
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #0.i32 = 2
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    0  ld.i32    v0, c0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    1  gt.i32    m0, v0, #0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    2  need      m0

explain query plan delete from t using gone where t.id = gone.id
----
plan VARCHAR | expected_rows BIGINT
Delete from t | NULL
  Join inner on id#0 = id#4 | 1
    Scan t(id#0, "row number") | 1
    Scan gone(id#4) | 1

insert into t values (1, 'a', 1), (2, 'b', 2);
explain query plan insert into t select id + 10, name, price from t where id > 1;
explain query plan insert into t values (5, 'x', 1);
select count(*) from t;
----
ok, 2 changes
plan VARCHAR | expected_rows BIGINT
Insert into t | NULL
  Project id + 10 AS "id + 10", name, price | 2
    Filter id > 1 | 2
      Scan t(id, name, price) | 2
plan VARCHAR | expected_rows BIGINT
Insert into t | NULL
  Values (id, name, price): (5, 'x', 1.00) | 1
count(*) BIGINT
2

-- WITH stands before changes too.
with ones(i) as (values (1), (7)) delete from t using ones where t.id = i returning id;
with two as (select 2 as i) update t set price = price + (select i from two) where id in (select i from two) returning *;
with three as (select 3 as i) insert into t select i, 'c', i * 1.5 from three returning *;
with unused as (select nobody) delete from t;
select count(*) from t;
----
id INTEGER
1
id INTEGER | name VARCHAR | price DECIMAL(8,2)
2 | b | 4.00
id INTEGER | name VARCHAR | price DECIMAL(8,2)
3 | c | 4.50
name error: no column "nobody"
LINE 1: with unused as (select nobody) delete from t
                               ^^^^^^
count(*) BIGINT
2

explain analyze query plan delete from t where id = 3;
explain query plan with gone as (select 2 as i) delete from t where id in (select i from gone);
select id from t;
----
plan VARCHAR | expected_rows BIGINT | rows BIGINT
Delete from t | NULL | 1
  Filter id = 3 | 1 | 1
    Scan t(id, "row number") | 2 | 2
plan VARCHAR | expected_rows BIGINT
Delete from t | NULL
  Join semi on id = i | 1
    Scan t(id, "row number") | 1
    Project 2 AS i | 1
      Values (): () | 1
id INTEGER
2
