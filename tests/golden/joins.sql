create table p (id integer, name varchar);
insert into p values (1, 'one'), (2, 'two'), (3, 'three'), (null, 'none');
create table c (pid integer, v integer);
insert into c values (1, 100), (1, 101), (3, 300), (9, 900), (null, 0);
----
ok, 0 changes
ok, 4 changes
ok, 0 changes
ok, 5 changes

select p.id, name, v from p join c on p.id = c.pid order by p.id, v
----
id INTEGER | name VARCHAR | v INTEGER
1 | one | 100
1 | one | 101
3 | three | 300

select p.id, name, v from p left join c on p.id = c.pid order by p.id, name, v
----
id INTEGER | name VARCHAR | v INTEGER
1 | one | 100
1 | one | 101
2 | two | NULL
3 | three | 300
NULL | none | NULL

select p.id, v from p left join c on p.id = c.pid and v > 100 order by p.id, v
----
id INTEGER | v INTEGER
1 | 101
2 | NULL
3 | 300
NULL | NULL

select c.pid, v, name from p right join c on p.id = c.pid order by v
----
pid INTEGER | v INTEGER | name VARCHAR
NULL | 0 | NULL
1 | 100 | one
1 | 101 | one
3 | 300 | three
9 | 900 | NULL

select count(*) from p, c
----
count(*) BIGINT
20

select count(*) from p cross join c where p.id < c.pid
----
count(*) BIGINT
5

select name, v from p, c where id = pid and v > 100 order by v
----
name VARCHAR | v INTEGER
one | 101
three | 300

select a.id, b.id from p a join p b on a.id = b.id + 1 order by 1
----
id INTEGER | id INTEGER
2 | 1
3 | 2

select id, v from p join (select pid as id, v from c) q using (id) order by v
----
id INTEGER | v INTEGER
1 | 100
1 | 101
3 | 300

select p.id from p where p.id in (select pid from c) order by 1
----
id INTEGER
1
3

select p.id from p where p.id not in (select pid from c where pid is not null) order by 1
----
id INTEGER
2

select p.id from p where p.id not in (select pid from c)
----
id INTEGER

select id, id in (select pid from c) as m from p order by name
----
id INTEGER | m BOOLEAN
NULL | NULL
1 | true
3 | true
2 | NULL

select p.id, name, v from p full join c on p.id = c.pid order by p.id, name, v;
select p.id, c.pid from p full outer join c on p.id = c.pid and v > 100 order by p.id, v, name;
select count(*), count(p.id), count(c.v) from p full join c on false;
select p.id, c.v from p full join c on p.id > c.pid order by 1, 2
----
id INTEGER | name VARCHAR | v INTEGER
1 | one | 100
1 | one | 101
2 | two | NULL
3 | three | 300
NULL | none | NULL
NULL | NULL | 0
NULL | NULL | 900
id INTEGER | pid INTEGER
1 | 1
2 | NULL
3 | 3
NULL | NULL
NULL | 1
NULL | 9
NULL | NULL
count(*) BIGINT | count(p.id) BIGINT | count(c.v) BIGINT
9 | 3 | 5
id INTEGER | v INTEGER
1 | NULL
2 | 100
2 | 101
3 | 100
3 | 101
NULL | 0
NULL | 300
NULL | 900
NULL | NULL

-- USING and NATURAL: the column of the side that has a row
create table q (id integer, w varchar);
insert into q values (1, 'x'), (5, 'y'), (null, 'z');
select id, name, w from p full join q using (id) order by id, name, w;
select * from p natural full join q order by id, name, w;
select p.id, q.id, id from p full join q using (id) order by id, p.name;
select id, count(*) from p full join q using (id) group by id order by id;
select id, w, v from p full join q using (id) full join c on c.pid = id order by id, v, w
----
ok, 0 changes
ok, 3 changes
id INTEGER | name VARCHAR | w VARCHAR
1 | one | x
2 | two | NULL
3 | three | NULL
5 | NULL | y
NULL | none | NULL
NULL | NULL | z
id INTEGER | name VARCHAR | w VARCHAR
1 | one | x
2 | two | NULL
3 | three | NULL
5 | NULL | y
NULL | none | NULL
NULL | NULL | z
id INTEGER | id INTEGER | id INTEGER
1 | 1 | 1
2 | NULL | 2
3 | NULL | 3
NULL | 5 | 5
NULL | NULL | NULL
NULL | NULL | NULL
id INTEGER | count(*) BIGINT
1 | 1
2 | 1
3 | 1
5 | 1
NULL | 2
id INTEGER | w VARCHAR | v INTEGER
1 | x | 100
1 | x | 101
2 | NULL | NULL
3 | NULL | 300
5 | y | NULL
NULL | NULL | 0
NULL | NULL | 900
NULL | z | NULL
NULL | NULL | NULL

-- full joins below filters, aggregates, limits and other joins
select p.id, v from p full join c on p.id = c.pid where v > 100 order by v;
select p.id, v from p full join c on p.id = c.pid where name = 'two';
select g, count(*) from (select coalesce(name, 'nobody') as g from p full join c on p.id = c.pid) s group by g order by g;
select count(*) from (select p.id from p full join c on p.id = c.pid limit 3) s;
select a.id, b.id, v from p a full join p b on a.id = b.id + 1 left join c on c.pid = b.id order by 1, 2, 3;
select sum(v), max(name) from p full join c on p.id = c.pid and name like 't%';
select x.id from (select id from p where id > 100) x full join (select pid from c where pid > 100) y on x.id = y.pid;
explain query plan select p.id, v from p full join c on p.id = c.pid where name = 'two';
explain query plan select p.id, v from p full join c on p.id = c.pid and v > 100 and name = 'one' where v > 0;
explain select name, v from p full join c on p.id = c.pid
----
id INTEGER | v INTEGER
1 | 101
3 | 300
NULL | 900
id INTEGER | v INTEGER
2 | NULL
g VARCHAR | count(*) BIGINT
nobody | 2
none | 1
one | 2
three | 1
two | 1
count(*) BIGINT
3
id INTEGER | id INTEGER | v INTEGER
1 | NULL | NULL
2 | 1 | 100
2 | 1 | 101
3 | 2 | NULL
NULL | 3 | 300
NULL | NULL | NULL
NULL | NULL | NULL
sum(v) BIGINT | max(name) VARCHAR
1401 | two
id INTEGER
plan VARCHAR | expected_rows BIGINT
Join left on id = pid | 1
  Filter name = 'two' | 1
    Scan p(id, name) | 4
  Scan c(pid, v) | 5
plan VARCHAR | expected_rows BIGINT
Join left on pid = id where v > 100 | 5
  Filter v > 0 | 5
    Scan c(pid, v) | 5
  Project id | 1
    Filter name = 'one' | 1
      Scan p(id, name) | 4
addr INTEGER | opcode VARCHAR | p1 INTEGER | p2 INTEGER | p3 INTEGER | p4 VARCHAR | p5 INTEGER | comment VARCHAR
0 | Init | 1 | 0 | 0 |  | 0 | start at 1
1 | HashOpen | 0 | 0 | 0 | full(INTEGER) keeps (INTEGER,INTEGER) | 0 | build side
2 | OpenRead | 0 | 0 | 0 | c(pid,v) | 0 | scan c
3 | Rewind | 0 | 7 | 0 |  | 0 | first batch; goto 7 if empty
4 |   Column | 0 | 0 | 0 | r0,r1 | 0 | pid, v
5 |   HashInsert | 0 | 0 | 1 | (r0) keeps r0,r1 | 0 | add w0 to h0
6 | Next | 0 | 4 | 0 |  | 0 | next batch, loop to 4
7 | HashSeal | 0 | 0 | 0 |  | 0 | h0 is complete
8 | OpenRead | 1 | 1 | 0 | p(id,name) | 0 | scan p
9 | Rewind | 1 | 18 | 0 |  | 0 | first batch; goto 18 if empty
10 |   Column | 1 | 1 | 3 | r2,r3 | 0 | id, name
11 |   HashProbe | 0 | 1 | 2 | (r2) | 0 | look up
12 |     HashMatch | 0 | 2 | 3 | full | 0 | full join
13 |     Gather | 3 | 3 | 5 |  | 0 | r5 = name
14 |     HashColumn | 0 | 3 | 1 |  | 0 | r6 = v
15 |     ResultRow | 3 | 5 | 0 | r5,r6 | 0 | name, v
16 |   HashNext | 0 | 2 | 12 |  | 0 | more pairs, loop to 12
17 | Next | 1 | 10 | 0 |  | 0 | next batch, loop to 10
18 | HashRest | 2 | 0 | 0 |  | 0 | rows without a partner
19 | Rewind | 2 | 24 | 0 |  | 0 | first batch; goto 24 if empty
20 |   Column | 2 | 4 | 6 | r7,r8 | 0 | pid, v
21 |   Function | 0 | 4 | 9 | constant(NULL) | 0 | r9 = constant
22 |   ResultRow | 4 | 7 | 0 | r9,r8 | 0 | name, v
23 | Next | 2 | 20 | 0 |  | 0 | next batch, loop to 20
24 | Halt | 0 | 0 | 0 |  | 0 | done

-- conditions without an equality, on every kind
select p.id, v from p left join c on p.id < c.pid order by 1, 2;
select p.id, v from p right join c on p.id < c.pid order by 2, 1;
select id from p semi join c on p.id < c.pid order by 1;
select id from p anti join c on p.id < c.pid order by 1;
select id from p left semi join c using (id);
select pid, v from p right anti join c on p.id = c.pid order by v;
select id from p semi join c on p.id = c.pid and v > 100;
select id from p anti join c on p.id = c.pid and v > 100 order by id
----
id INTEGER | v INTEGER
1 | 300
1 | 900
2 | 300
2 | 900
3 | 900
NULL | NULL
id INTEGER | v INTEGER
NULL | 0
NULL | 100
NULL | 101
1 | 300
2 | 300
1 | 900
2 | 900
3 | 900
id INTEGER
1
2
3
id INTEGER
NULL
name error: no column "id"
LINE 1: select id from p left semi join c using (id)
                                                 ^^
hint: did you mean pid?
pid INTEGER | v INTEGER
NULL | 0
9 | 900
id INTEGER
1
3
id INTEGER
2
NULL

-- Joins by ranges: what lies in a range is found in sorted rows.
create table spans as select * from (values (1, 10, 20), (2, 15, 15), (3, null, 30), (4, 30, 25), (5, 0, 100), (6, 20, null)) as v(id, lo, hi);
create table points as select * from (values (5), (10), (15), (15), (20), (null), (25), (101)) as v(x);
explain select id, x from spans join points on x between lo and hi;
select id, x from spans join points on x between lo and hi order by id, x;
select id, x from points, spans where lo < x and x < hi and id <> 5 order by id, x;
select id, x from spans left join points on x > lo and x <= hi order by id, x;
select id from spans where exists (select 1 from points where x between lo and hi) order by id;
select id from spans where not exists (select 1 from points where x >= lo and x < hi) order by id;
select id, (select count(*) from points where x between lo and hi) as n from spans order by id;
select x from points where exists (select 1 from spans where x between lo and hi and id <> 5) order by x;
select id, x from spans full join points on x between lo and hi order by id, x;
select a.x, b.x from points a join points b on a.x < b.x + 1 and b.x < a.x - 4 order by 1, 2;
select x, x not in (select lo from spans where lo < x) as n from points order by x
----
ok, 6 changes
ok, 8 changes
addr INTEGER | opcode VARCHAR | p1 INTEGER | p2 INTEGER | p3 INTEGER | p4 VARCHAR | p5 INTEGER | comment VARCHAR
0 | Init | 1 | 0 | 0 |  | 0 | start at 1
1 | HashOpen | 0 | 0 | 0 | inner band(INTEGER) keeps (INTEGER) | 0 | build side
2 | OpenRead | 0 | 0 | 0 | points(x) | 0 | scan points
3 | Rewind | 0 | 7 | 0 |  | 0 | first batch; goto 7 if empty
4 |   Column | 0 | 0 | 0 | r0 | 0 | x
5 |   HashInsert | 0 | 0 | 1 | (r0) keeps r0 | 0 | add w0 to h0
6 | Next | 0 | 4 | 0 |  | 0 | next batch, loop to 4
7 | HashSeal | 0 | 0 | 0 |  | 0 | h0 is complete
8 | OpenRead | 1 | 1 | 0 | spans(id,lo,hi) | 0 | scan spans
9 | Rewind | 1 | 17 | 0 |  | 0 | first batch; goto 17 if empty
10 |   Column | 1 | 1 | 3 | r1,r2,r3 | 0 | id, lo, hi
11 |   HashProbe | 0 | 1 | 2 | (r2,r3) | 0 | look up
12 |     Gather | 2 | 1 | 4 |  | 0 | r4 = id
13 |     HashColumn | 0 | 2 | 0 |  | 0 | r5 = x
14 |     ResultRow | 2 | 5 | 0 | r4,r5 | 0 | id, x
15 |   HashNext | 0 | 2 | 12 |  | 0 | more pairs, loop to 12
16 | Next | 1 | 10 | 0 |  | 0 | next batch, loop to 10
17 | Halt | 0 | 0 | 0 |  | 0 | done
id INTEGER | x INTEGER
1 | 10
1 | 15
1 | 15
1 | 20
2 | 15
2 | 15
5 | 5
5 | 10
5 | 15
5 | 15
5 | 20
5 | 25
id INTEGER | x INTEGER
1 | 15
1 | 15
id INTEGER | x INTEGER
1 | 15
1 | 15
1 | 20
2 | NULL
3 | NULL
4 | NULL
5 | 5
5 | 10
5 | 15
5 | 15
5 | 20
5 | 25
6 | NULL
id INTEGER
1
2
5
id INTEGER
2
3
4
6
id INTEGER | n BIGINT
1 | 4
2 | 2
3 | 0
4 | 0
5 | 6
6 | 0
x INTEGER
10
15
15
20
id INTEGER | x INTEGER
1 | 10
1 | 15
1 | 15
1 | 20
2 | 15
2 | 15
3 | NULL
4 | NULL
5 | 5
5 | 10
5 | 15
5 | 15
5 | 20
5 | 25
6 | NULL
NULL | 101
NULL | NULL
x INTEGER | x INTEGER
x INTEGER | n BOOLEAN
5 | true
10 | true
15 | true
15 | true
20 | true
25 | true
101 | true
NULL | true
