create table l (x boolean, y boolean);
insert into l values (true, true), (true, false), (true, null), (false, true), (false, false), (false, null), (null, true), (null, false), (null, null);
----
ok, 0 changes
ok, 9 changes

select x, y, x and y as a, x or y as o, not x as n from l
----
x BOOLEAN | y BOOLEAN | a BOOLEAN | o BOOLEAN | n BOOLEAN
true | true | true | true | false
true | false | false | true | false
true | NULL | NULL | true | false
false | true | false | true | true
false | false | false | false | true
false | NULL | false | NULL | true
NULL | true | NULL | true | NULL
NULL | false | false | NULL | NULL
NULL | NULL | NULL | NULL | NULL

select x is true as t, x is false as f, x is unknown as u, x is not true as nt from l
----
t BOOLEAN | f BOOLEAN | u BOOLEAN | nt BOOLEAN
true | false | false | false
true | false | false | false
true | false | false | false
false | true | false | true
false | true | false | true
false | true | false | true
false | false | true | true
false | false | true | true
false | false | true | true

select x = y as eq, x is distinct from y as d, x is not distinct from y as nd from l
----
eq BOOLEAN | d BOOLEAN | nd BOOLEAN
true | false | true
false | true | false
NULL | true | false
false | true | false
true | false | true
NULL | true | false
NULL | true | false
NULL | true | false
NULL | false | true

select count(*) from l where x
----
count(*) BIGINT
3

select count(*) from l where not (x and y)
----
count(*) BIGINT
5

select coalesce(x, y, false) as c, case when x then 1 when y then 2 else 3 end as k from l
----
c BOOLEAN | k INTEGER
true | 1
true | 1
true | 1
false | 2
false | 3
false | 3
true | 2
false | 3
false | 3

select 1 in (1, null) as a, 2 in (1, null) as b, 2 not in (1, null) as c, null in (1, 2) as d, 2 not in (1, 3) as e
----
a BOOLEAN | b BOOLEAN | c BOOLEAN | d BOOLEAN | e BOOLEAN
true | NULL | NULL | NULL | true

select null = null as a, null is null as b, null + 1 as c, nullif(1, 1) as d, nullif(1, 2) as e, ifnull(null, 5) as f
----
a BOOLEAN | b BOOLEAN | c INTEGER | d INTEGER | e INTEGER | f INTEGER
NULL | true | NULL | NULL | 1 | 5

select case when 1 = 0 then 1 / 0 else 7 end as guarded, coalesce(1, 1 / 0) as c, (1 = 0 and 1 / 0 = 1) as a, (1 = 1 or 1 / 0 = 1) as o
----
guarded INTEGER | c INTEGER | a BOOLEAN | o BOOLEAN
7 | 1 | false | true

-- row values: unknown where NULLs leave it open, by each column
create table pairs (a integer, b varchar);
insert into pairs values (1, 'one'), (2, null), (null, 'three'), (4, 'a longer string here');
create table probes (n integer, a integer, b varchar);
insert into probes values (1, 1, 'one'), (2, 1, 'two'), (3, 2, 'two'), (4, 3, 'three'), (5, 3, 'four'), (6, null, 'one'), (7, null, 'none'), (8, 4, null), (9, 5, null), (10, null, null), (11, 4, 'a longer string here'), (12, 4, 'another long string'), (13, 2, 'another long string');
select n, (a, b) in (select a, b from pairs) as found, (a, b) not in (select a, b from pairs) as missing from probes order by n;
select n from probes where (a, b) in (select a, b from pairs) order by n;
select n from probes where (a, b) not in (select a, b from pairs) order by n;
select n from probes where (a, b) not in (select a, b from pairs where a is not null and b is not null) order by n;
select n from probes where (a, b) not in (select a, b from pairs where false) order by n;
select n, (a, b, n) in (select a, b, 1 from pairs) as found from probes order by n
----
ok, 0 changes
ok, 4 changes
ok, 0 changes
ok, 13 changes
n INTEGER | found BOOLEAN | missing BOOLEAN
1 | true | false
2 | false | true
3 | NULL | NULL
4 | NULL | NULL
5 | false | true
6 | NULL | NULL
7 | NULL | NULL
8 | NULL | NULL
9 | NULL | NULL
10 | NULL | NULL
11 | true | false
12 | false | true
13 | NULL | NULL
n INTEGER
1
11
n INTEGER
2
5
12
n INTEGER
2
3
4
5
7
9
12
13
n INTEGER
1
2
3
4
5
6
7
8
9
10
11
12
13
n INTEGER | found BOOLEAN
1 | true
2 | false
3 | false
4 | false
5 | false
6 | false
7 | false
8 | false
9 | false
10 | false
11 | false
12 | false
13 | false

select n from probes where (a, b) in ((1, 'one'), (3, 'four')) order by n;
select n, (a, b) = (1, 'one') as e, (a, b) <> (1, 'one') as ne, (a, b) < (2, 'two') as lt, (a, b) >= (2, 'two') as ge from probes order by n;
select (1, 2) = (1, 2, 3);
select n from probes where (a, b) in (select a from pairs);
select n from probes where a in (select a, b from pairs);
select n from probes where (a, b) in (1, 2);
select (1, 2) + (3, 4)
----
n INTEGER
1
5
n INTEGER | e BOOLEAN | ne BOOLEAN | lt BOOLEAN | ge BOOLEAN
1 | true | false | true | false
2 | false | true | true | false
3 | false | true | false | true
4 | false | true | false | true
5 | false | true | false | true
6 | NULL | NULL | NULL | NULL
7 | false | true | NULL | NULL
8 | false | true | false | true
9 | false | true | false | true
10 | NULL | NULL | NULL | NULL
11 | false | true | false | true
12 | false | true | false | true
13 | false | true | true | false
type error: row values of 2 and 3 members are compared
LINE 1: select (1, 2) = (1, 2, 3)
                ^^^^^^^^^^^^^^^^
type error: the subquery gives 1 columns where 2 are wanted
LINE 1: select n from probes where (a, b) in (select a from pairs)
                                              ^^^^^^^^^^^^^^^^^^^
type error: the subquery gives 2 columns where one is wanted
LINE 1: select n from probes where a in (select a, b from pairs)
                                         ^^^^^^^^^^^^^^^^^^^^^^
type error: a row value is compared with one value
LINE 1: select n from probes where (a, b) in (1, 2)
                                              ^
unsupported error: the operator + between row values is not supported yet
LINE 1: select (1, 2) + (3, 4)
                ^^^^^^^^^^^^^
