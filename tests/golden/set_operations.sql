create table l (a integer, b varchar);
create table r (a integer, b varchar);
insert into l values (1, 'x'), (1, 'x'), (2, 'y'), (2, 'y'), (2, 'y'), (null, 'n'), (null, 'n'), (4, null);
insert into r values (1, 'x'), (2, 'y'), (2, 'y'), (null, 'n'), (5, 'z'), (4, null);
select a, b from l union select a, b from r order by 1, 2
----
ok, 0 changes
ok, 0 changes
ok, 8 changes
ok, 6 changes
a INTEGER | b VARCHAR
1 | x
2 | y
4 | NULL
5 | z
NULL | n

select a, b from l intersect select a, b from r order by 1, 2
----
a INTEGER | b VARCHAR
1 | x
2 | y
4 | NULL
NULL | n

select a, b from l except select a, b from r order by 1, 2
----
a INTEGER | b VARCHAR

select a, b from l intersect all select a, b from r order by 1, 2
----
a INTEGER | b VARCHAR
1 | x
2 | y
2 | y
4 | NULL
NULL | n

select a, b from l except all select a, b from r order by 1, 2
----
a INTEGER | b VARCHAR
1 | x
2 | y
NULL | n

-- INTERSECT binds tighter, and brackets decide
select 1 as n union select 2 intersect select 2 order by 1;
(select 1 as n union select 2) intersect select 2 order by 1;
(select a from l order by a limit 1) union all (select a from r order by a desc nulls last limit 1);
select n from ((select 1 as n) union all (select 2 as n)) order by n desc
----
n INTEGER
1
2
n INTEGER
2
a INTEGER
1
5
n INTEGER
2
1

select 1 as a, 2 as b union by name select 3 as b, 4 as c order by 1;
select a from l union all by name select b from r order by 1, 2 limit 3;
select 1 as a, 2 as a union by name select 3 as a
----
a INTEGER | b INTEGER | c INTEGER
1 | 2 | NULL
NULL | 3 | 4
a INTEGER | b VARCHAR
1 | NULL
1 | NULL
2 | NULL
name error: BY NAME: one side has two columns "a"
LINE 1: select 1 as a, 2 as a union by name select 3 as a
                                            ^^^^^^^^^^^^^
