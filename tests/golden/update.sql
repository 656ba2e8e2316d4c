create table t (id integer, name varchar not null, price decimal(8,2));
insert into t values (1, 'a', 1.50), (2, 'b', 2.50), (3, 'c', null);
----
ok, 0 changes
ok, 3 changes

update t set price = price * 2, name = upper(name) where id <= 2
----
ok, 2 changes

select * from t order by id
----
id INTEGER | name VARCHAR | price DECIMAL(8,2)
1 | A | 3.00
2 | B | 5.00
3 | c | NULL

-- Rows that change stand behind those that do not.
select * from t
----
id INTEGER | name VARCHAR | price DECIMAL(8,2)
3 | c | NULL
1 | A | 3.00
2 | B | 5.00

-- Values are those of before, for all columns together.
update t set id = id + 10, price = id;
select * from t order by id;
----
ok, 3 changes
id INTEGER | name VARCHAR | price DECIMAL(8,2)
11 | A | 1.00
12 | B | 2.00
13 | c | 3.00

update t set (name, price) = (name || '!', null) where id = 11 returning *, id - 10 as old, name = 'a!' as changed
----
id INTEGER | name VARCHAR | price DECIMAL(8,2) | old INTEGER | changed BOOLEAN
11 | A! | NULL | 1 | false

update t as x set name = x.name || '?' where x.id in (select id from t where price is not null) returning x.id, name
----
id INTEGER | name VARCHAR
13 | c?
12 | B?

-- Values are cast as INSERT casts them.
update t set price = 1, id = '7' where id = 11;
update t set price = 2.345 where id = 7;
select * from t order by id;
----
ok, 1 changes
ok, 1 changes
id INTEGER | name VARCHAR | price DECIMAL(8,2)
7 | A! | 2.35
12 | B? | 2.00
13 | c? | 3.00

update t set price = 1234567.1
----
runtime error: value 1234567.1 is out of range for DECIMAL(8,2)
LINE 1: update t set price = 1234567.1
                             ^^^^^^^^^

update t set name = null where id = 7
----
constraint error: column t.name is NOT NULL, but a value is NULL
LINE 1: update t set name = null where id = 7
               ^

update t set price = 10 / (id - 12)
----
runtime error: division by zero
LINE 1: update t set price = 10 / (id - 12)
                             ^^^^^^^^^^^^^

-- Nothing of these has changed anything.
select * from t order by id
----
id INTEGER | name VARCHAR | price DECIMAL(8,2)
7 | A! | 2.35
12 | B? | 2.00
13 | c? | 3.00

-- FROM: the first partner of a row counts.
create table raise (id integer, by decimal(8,2));
insert into raise values (12, 1), (12, 2), (13, 5), (99, 9);
update t set price = price + raise.by from raise where t.id = raise.id returning t.*, raise.by;
select * from t order by id;
----
ok, 0 changes
ok, 4 changes
id INTEGER | name VARCHAR | price DECIMAL(8,2) | by DECIMAL(8,2)
12 | B? | 3.00 | 1.00
13 | c? | 8.00 | 5.00
id INTEGER | name VARCHAR | price DECIMAL(8,2)
7 | A! | 2.35
12 | B? | 3.00
13 | c? | 8.00

update t set price = (select max(by) from raise), id = (select count(*) from raise) where id = 7;
select * from t order by id;
----
ok, 1 changes
id INTEGER | name VARCHAR | price DECIMAL(8,2)
4 | A! | 9.00
12 | B? | 3.00
13 | c? | 8.00

update t set price = 0 where id > 1000
----
ok, 0 changes

-- Many rows, several times over.
create table big as with recursive n(i) as (select 0 union all select i + 1 from n where i < 9999) select i, 'word ' || i % 7 as word, i % 10 as ten from n;
update big set ten = ten + 100 where i % 2 = 0;
update big set word = 'odd' where i % 2 = 1;
select word, count(*), sum(i), min(ten), max(ten) from big group by word order by word;
select i, word, ten from big order by i limit 4;
----
ok, 10000 changes
ok, 5000 changes
ok, 5000 changes
word VARCHAR | count(*) BIGINT | sum(i) BIGINT | min(ten) INTEGER | max(ten) INTEGER
odd | 5000 | 25000000 | 1 | 9
word 0 | 715 | 3573570 | 100 | 108
word 1 | 714 | 3569286 | 100 | 108
word 2 | 715 | 3575000 | 100 | 108
word 3 | 714 | 3570714 | 100 | 108
word 4 | 714 | 3566430 | 100 | 108
word 5 | 714 | 3572142 | 100 | 108
word 6 | 714 | 3567858 | 100 | 108
i INTEGER | word VARCHAR | ten INTEGER
0 | word 0 | 100
1 | odd | 1
2 | word 2 | 102
3 | odd | 3

update big set i = i + 1, word = word || '!', ten = 5;
update big set ten = null where i > 9990;
delete from big where i <= 9000;
select word, count(*), sum(i), min(ten), count(ten) from big group by word order by word;
----
ok, 10000 changes
ok, 10 changes
ok, 9000 changes
word VARCHAR | count(*) BIGINT | sum(i) BIGINT | min(ten) INTEGER | count(ten) BIGINT
odd! | 500 | 4750500 | 5 | 495
word 0! | 72 | 684000 | 5 | 71
word 1! | 71 | 674571 | 5 | 70
word 2! | 72 | 684144 | 5 | 71
word 3! | 71 | 674713 | 5 | 70
word 4! | 71 | 674287 | 5 | 71
word 5! | 72 | 683856 | 5 | 71
word 6! | 71 | 674429 | 5 | 71

-- A type that holds the new values though the table's numbers were narrow.
update big set i = 2000000000 where i = 10000;
update big set word = 'a text that is longer than others ' || i where i < 9005;
select * from big where i > 100000 or i < 9005 order by i;
----
ok, 1 changes
ok, 4 changes
i INTEGER | word VARCHAR | ten INTEGER
9001 | a text that is longer than others 9001 | 5
9002 | a text that is longer than others 9002 | 5
9003 | a text that is longer than others 9003 | 5
9004 | a text that is longer than others 9004 | 5
2000000000 | odd! | NULL

-- What is refused.
update t set nobody = 1;
update t set id = 1, price = 2, id = 3;
update nobody set a = 1;
update t set (id, name) = (1, 'x', 3);
update t set id = 'x';
update t set id = name;
update t set id = count(*);
update t join raise on true set id = 1;
update t set t.id = 1;
update t set price = 1 returning nobody;
----
name error: no column "nobody" in t
LINE 1: update t set nobody = 1
                     ^^^^^^
name error: column "id" is set twice
LINE 1: update t set id = 1, price = 2, id = 3
                                        ^^
name error: no table "nobody"
LINE 1: update nobody set a = 1
               ^^^^^^
type error: SET of 2 columns needs as many values, found 3
LINE 1: update t set (id, name) = (1, 'x', 3)
                                   ^^^^^^^^^
runtime error: could not convert 'x' to INTEGER
LINE 1: update t set id = 'x'
                          ^^^
runtime error: could not convert 'B?' to INTEGER
LINE 1: update t set id = name
                          ^^^^
type error: aggregates are not allowed in SET
LINE 1: update t set id = count(*)
                          ^^^^^^^^
unsupported error: a change of a join is not supported yet
LINE 1: update t join raise on true set id = 1
               ^^^^^^^^^^^^^^^^^^^^
hint: put the other tables into FROM or USING
unsupported error: this form of column is not supported yet
LINE 1: update t set t.id = 1
                     ^^^^
hint: SET wants a column's bare name
name error: no column "nobody"
LINE 1: update t set price = 1 returning nobody
                                         ^^^^^^

explain query plan update t set price = price + 1, name = 'x' where id = 2 returning id, price
----
plan VARCHAR | expected_rows BIGINT
Update t | NULL
  Project id, "row number", 'x' AS name, CAST(price + 1.00 AS DECIMAL(8,2)) AS price | 1
    Filter id = 2 | 1
      Scan t(id, price, "row number") | 3

explain update t set price = price + 1 where id = 2
----
addr INTEGER | opcode VARCHAR | p1 INTEGER | p2 INTEGER | p3 INTEGER | p4 VARCHAR | p5 INTEGER | comment VARCHAR
0 | Init | 1 | 0 | 0 |  | 0 | start at 1
1 | OpenRead | 0 | 0 | 0 | t(id,name,price,row number,kept; id in 2..2) | 0 | scan t
2 | Rewind | 0 | 10 | 0 |  | 0 | first batch; goto 10 if empty
3 |   Column | 0 | 0 | 0 | r0,r1,r2,r3,r4 | 0 | id, name, price, row number, kept
4 |   Kernel | 0 | 0 | 1 | k0(r4,r0,r2) -> (r5) | 2 | filter + project, fused
5 |   Gather | 1 | 3 | 6 |  | 0 | r6 = row number
6 |   Gather | 1 | 0 | 7 |  | 0 | r7 = id
7 |   Gather | 1 | 1 | 8 |  | 0 | r8 = name
8 |   Update | 1 | 3 | 0 | r6,r7,r8,r5 | 0 | row number, id, name, price
9 | Next | 0 | 3 | 0 |  | 0 | next batch, loop to 3
10 | Halt | 0 | 0 | 0 |  | 0 | done
NULL | NULL | NULL | NULL | NULL | NULL | NULL | kernel k0  filter+projection  11 insns, at most 11 steps and 32 bytes a row, may trap
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c0.bits
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c1.i32
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c2.i64 nullable
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #0.i32 = 2
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #1.i64 = 100
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #2.i64 = -99999999
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   pool   #3.i64 = 99999999
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   output o0.i64 nullable
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    0  ldbits    m0, c0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    1  need      m0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    2  ld.i32    v0, c1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    3  eq.i32    m1, v0, #0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    4  need      m1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    5  ldvalid   m2, c2
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    6  ld.i64    v1, c2
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    7  add.i64   v2, v1, #1
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    8  range.i64 v2, #2, #3, m2
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    9  st.i64    o0, v2
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   10  stvalid   o0, m2

explain query plan update t set price = raise.by from raise where t.id = raise.id
----
plan VARCHAR | expected_rows BIGINT
Update t | NULL
  Join inner on id#4 = id#0 | 4
    Scan raise(id#4, by) | 4
    Scan t(id#0, name, "row number") | 3
