create table many as with recursive r(n) as (select 0 union all select n + 1 from r where n < 29999) select n % 10007 as k, n % 7 as v from r;
create table few (k integer, v integer);
insert into few values (1, 0), (2, 100), (null, 3), (20000, 1), (10006, 2), (2, 6);
----
ok, 30000 changes
ok, 0 changes
ok, 6 changes

explain query plan select * from few where exists (select 1 from many where many.k = few.k and many.v <> few.v)
----
plan VARCHAR | expected_rows BIGINT
Join right semi on k#2 = k#0 where v#3 <> v#1 | 3
  Scan many(k#2, v#3) | 30000
  Scan few(k#0, v#1) | 6

select * from few where exists (select 1 from many where many.k = few.k and many.v <> few.v) order by few.k, v
----
k INTEGER | v INTEGER
1 | 0
2 | 6
2 | 100
10006 | 2

select * from few where not exists (select 1 from many where many.k = few.k and many.v <> few.v) order by few.k, v
----
k INTEGER | v INTEGER
20000 | 1
NULL | 3

select * from few where k in (select k from many where v < 3) order by few.k, v
----
k INTEGER | v INTEGER
1 | 0
2 | 6
2 | 100
10006 | 2

select count(*), sum(v) from few where not exists (select 1 from many where many.k = few.k)
----
count(*) BIGINT | sum(v) BIGINT
2 | 4

explain query plan select * from few where not exists (select 1 from many where many.k = few.k)
----
plan VARCHAR | expected_rows BIGINT
Join right anti on k#2 = k#0 | 3
  Scan many(k#2) | 30000
  Scan few(k#0, v) | 6

select * from few f where exists (select 1 from many where many.k = f.k) and not exists (select 1 from many where many.k = f.k and many.v = f.v) order by k, v
----
k INTEGER | v INTEGER
1 | 0
2 | 100
10006 | 2

select * from few where exists (select 1 from many where many.k = few.k and 10 / many.v > few.v) order by few.k, v
----
runtime error: division by zero
LINE 1: … where exists (select 1 from many where many.k = few.k and 10 / many.v > few.v) order by few.k, v
                                                                    ^^^^^^^^^^^
