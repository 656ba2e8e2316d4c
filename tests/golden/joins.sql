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
