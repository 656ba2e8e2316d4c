create table p (id integer, name varchar);
insert into p values (1, 'one'), (2, 'two'), (3, 'three'), (null, 'none');
create table c (pid integer, v integer);
insert into c values (1, 100), (1, 101), (3, 300), (9, 900), (null, 0);
----

select p.id, name, v from p join c on p.id = c.pid order by p.id, v
----

select p.id, name, v from p left join c on p.id = c.pid order by p.id, name, v
----

select p.id, v from p left join c on p.id = c.pid and v > 100 order by p.id, v
----

select c.pid, v, name from p right join c on p.id = c.pid order by v
----

select count(*) from p, c
----

select count(*) from p cross join c where p.id < c.pid
----

select name, v from p, c where id = pid and v > 100 order by v
----

select a.id, b.id from p a join p b on a.id = b.id + 1 order by 1
----

select id, v from p join (select pid as id, v from c) q using (id) order by v
----

select p.id from p where p.id in (select pid from c) order by 1
----

select p.id from p where p.id not in (select pid from c where pid is not null) order by 1
----

select p.id from p where p.id not in (select pid from c)
----

select id, id in (select pid from c) as m from p order by name
----
