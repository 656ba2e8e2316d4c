create table t (a integer, b integer, s varchar);
insert into t values (1, 10, 'x'), (2, 20, 'y'), (3, 30, 'z'), (null, 40, 'n'), (2, 50, 'y2');
create table u (k integer, v integer);
insert into u values (1, 100), (1, 200), (2, 5), (4, 7), (null, 8), (2, 60), (2, null);
create table w (k integer, x integer);
insert into w values (1, 1), (2, 2), (2, 60), (4, 3), (null, 4), (1, 200), (5, 100);
----
ok, 0 changes
ok, 5 changes
ok, 0 changes
ok, 7 changes
ok, 0 changes
ok, 7 changes

select a, (select max(v) from u where u.k = t.a) from t order by b
----
a INTEGER | (SELECT max(v) FROM u WHERE u.k = t.a) INTEGER
1 | 200
2 | 60
3 | NULL
NULL | NULL
2 | 60

select a, (select count(*) from u where u.k = t.a) from t order by b
----
a INTEGER | (SELECT count(*) FROM u WHERE u.k = t.a) BIGINT
1 | 2
2 | 3
3 | 0
NULL | 0
2 | 3

select a, (select count(*) + t.b from u where u.k = t.a) from t order by b
----
a INTEGER | (SELECT count(*) + t.b FROM u WHERE u.k = t.a) BIGINT
1 | 12
2 | 23
3 | 30
NULL | 40
2 | 53

select a, (select sum(v) from u where u.k = t.a having count(*) > 1) from t order by b
----
a INTEGER | (SELECT sum(v) FROM u WHERE u.k = t.a HAVING count(*) > 1) BIGINT
1 | 300
2 | 65
3 | NULL
NULL | NULL
2 | 65

select a, (select v from u where u.k = t.a and v > 50 order by v limit 1) from t order by b
----
a INTEGER | (SELECT v FROM u WHERE u.k = t.a AND v > 50 ORDER BY v LIMIT 1) INTEGER
1 | 100
2 | 60
3 | NULL
NULL | NULL
2 | 60

select a, (select v from u where u.k = t.a order by v desc nulls last limit 1 offset 1) from t order by b
----
a INTEGER | (SELECT v FROM u WHERE u.k = t.a ORDER BY v DESC NULLS LAST LIMIT 1 OFFSET 1) INTEGER
1 | 100
2 | 5
3 | NULL
NULL | NULL
2 | 5

select a, b from t where exists (select 1 from u where u.k = t.a and u.v > t.b) order by b
----
a INTEGER | b INTEGER
1 | 10
2 | 20
2 | 50

select a, b from t where not exists (select 1 from u where u.k = t.a and u.v > t.b) order by b
----
a INTEGER | b INTEGER
3 | 30
NULL | 40

select a, b from t where a in (select k from u where u.v > t.b) order by b
----
a INTEGER | b INTEGER
1 | 10
2 | 20
2 | 50

select a, b, a in (select k from u where u.v > t.b) from t order by b
----
a INTEGER | b INTEGER | a IN (SELECT k FROM u WHERE u.v > t.b) BOOLEAN
1 | 10 | true
2 | 20 | true
3 | 30 | false
NULL | 40 | NULL
2 | 50 | true

select a, b, a not in (select k from u where u.v > t.b) from t order by b
----
a INTEGER | b INTEGER | a NOT IN (SELECT k FROM u WHERE u.v > t.b) BOOLEAN
1 | 10 | false
2 | 20 | false
3 | 30 | true
NULL | 40 | NULL
2 | 50 | false

select a, b, a in (select k from u where u.v = t.b + 30 or k is null) from t order by b
----
a INTEGER | b INTEGER | a IN (SELECT k FROM u WHERE u.v = t.b + 30 OR k IS NULL) BOOLEAN
1 | 10 | NULL
2 | 20 | NULL
3 | 30 | NULL
NULL | 40 | NULL
2 | 50 | NULL

select a, b, exists (select 1 from u where k = a and v < b) from t order by b
----
a INTEGER | b INTEGER | EXISTS (SELECT 1 FROM u WHERE k = a AND v < b) BOOLEAN
1 | 10 | false
2 | 20 | true
3 | 30 | false
NULL | 40 | false
2 | 50 | true

select b from t where b > (select avg(v) from u where u.k = t.a) or exists (select 1 from u where k = 4 and t.a = 3) order by b
----
b INTEGER
30
50

select b from t where not (b > 25 and exists (select * from u where k = a)) order by b
----
b INTEGER
10
20
30
40

select b, case when a > 1 then (select min(v) from u where k = a) else -1 end from t order by b
----
b INTEGER | CASE WHEN a > 1 THEN (SELECT min(v) FROM u WHERE k = a) ELSE -1 END INTEGER
10 | -1
20 | 5
30 | NULL
40 | -1
50 | 5

select a, count(*), (select max(v) from u where u.k = t.a) from t group by a order by a
----
a INTEGER | count(*) BIGINT | (SELECT max(v) FROM u WHERE u.k = t.a) INTEGER
1 | 1 | 200
2 | 2 | 60
3 | 1 | NULL
NULL | 1 | NULL

select a + 1, sum(b), (select max(v) from u where u.k = t.a + 1) from t group by a + 1 order by 1
----
a + 1 INTEGER | sum(b) BIGINT | (SELECT max(v) FROM u WHERE u.k = t.a + 1) INTEGER
2 | 10 | 60
3 | 70 | NULL
4 | 30 | 7
NULL | 40 | NULL

select a from t group by a having count(*) >= (select count(*) from u where u.k = t.a) order by a
----
a INTEGER
3
NULL

select b from t order by (select max(v) from u where k = a) nulls first, b
----
b INTEGER
30
40
20
50
10

select t.a, l.v from t, lateral (select v from u where u.k = t.a) l order by b, v
----
a INTEGER | v INTEGER
1 | 100
1 | 200
2 | 5
2 | 60
2 | NULL
2 | 5
2 | 60
2 | NULL

select t.b, l.v, l.c from t left join lateral (select v, count(*) c from u where u.k = t.a group by v) l on true order by b, v
----
b INTEGER | v INTEGER | c BIGINT
10 | 100 | 1
10 | 200 | 1
20 | 5 | 1
20 | 60 | 1
20 | NULL | 1
30 | NULL | NULL
40 | NULL | NULL
50 | 5 | 1
50 | 60 | 1
50 | NULL | 1

select t.b, l.m from t cross join lateral (select max(v) m from u where u.k < t.a) l order by b
----
b INTEGER | m INTEGER
10 | NULL
20 | 200
30 | 200
40 | NULL
50 | 200

select t.b, l.x, m.y from t, lateral (select t.b + 1 as x) l, lateral (select l.x * 2 as y) m order by b
----
b INTEGER | x INTEGER | y INTEGER
10 | 11 | 22
20 | 21 | 42
30 | 31 | 62
40 | 41 | 82
50 | 51 | 102

select t.b, l.v from t join lateral (select v from u where u.v > t.b order by v limit 2) l on l.v <> 60 order by b, v
----
b INTEGER | v INTEGER
10 | 100
20 | 100
30 | 100
40 | 100
50 | 100

select b, (select count(*) from (select v from u where k = t.a union all select b from t t2 where t2.a < t.a) q) from t order by b
----
b INTEGER | (SELECT count(*) FROM (SELECT v FROM u WHERE k = t.a UNION ALL SELECT b FROM t t2 WHERE t2.a < t.a) q) BIGINT
10 | 2
20 | 4
30 | 3
40 | 0
50 | 4

select b, (select count(*) from (select v from u where k = t.a union select b from t t2 where t2.a <= t.a) q) from t order by b
----
b INTEGER | (SELECT count(*) FROM (SELECT v FROM u WHERE k = t.a UNION SELECT b FROM t t2 WHERE t2.a <= t.a) q) BIGINT
10 | 3
20 | 6
30 | 4
40 | 0
50 | 6

select b, (select count(*) from (select k from u intersect select a from t t2 where t2.b <= t.b) q) from t order by b
----
b INTEGER | (SELECT count(*) FROM (SELECT k FROM u INTERSECT SELECT a FROM t t2 WHERE t2.b <= t.b) q) BIGINT
10 | 1
20 | 2
30 | 2
40 | 3
50 | 3

select b, (select count(*) from (select k from u except select a from t t2 where t2.b <= t.b) q) from t order by b
----
b INTEGER | (SELECT count(*) FROM (SELECT k FROM u EXCEPT SELECT a FROM t t2 WHERE t2.b <= t.b) q) BIGINT
10 | 3
20 | 2
30 | 2
40 | 1
50 | 1

select b, (select count(*) from u where u.v > (select avg(b) from t t2 where t2.a = u.k and t2.b <> t.b)) from t order by b
----
b INTEGER | (SELECT count(*) FROM u WHERE u.v > (SELECT avg(b) FROM t t2 WHERE t2.a = u.k AND t2.b <> t.b)) BIGINT
10 | 1
20 | 3
30 | 3
40 | 3
50 | 3

select b from t where exists (select 1 from u where exists (select 1 from w where w.k = u.k and w.x = t.a)) order by b
----
b INTEGER
10
20
30
50

select b from t where exists (select 1 from u where u.k = t.a and not exists (select 1 from w where w.k = u.k and w.x > t.b)) order by b
----
b INTEGER

select b from t where a in (select k from u where v in (select x from w where w.x > t.b and w.k <> u.k)) order by b
----
b INTEGER
10

select b, (select max(x) from w where w.k in (select k from u where u.v < t.b or u.k = t.a)) from t order by b
----
b INTEGER | (SELECT max(x) FROM w WHERE w.k IN (SELECT k FROM u WHERE u.v < t.b OR u.k = t.a)) INTEGER
10 | 200
20 | 60
30 | 60
40 | 60
50 | 60

select b, (select sum(n) from (select count(*) n from u where u.k = t.a group by v) g) from t order by b
----
b INTEGER | (SELECT sum(n) FROM (SELECT count(*) AS n FROM u WHERE u.k = t.a GROUP BY v) g) DECIMAL(38,0)
10 | 2
20 | 3
30 | NULL
40 | NULL
50 | 3

select b, (select count(distinct v) from u left join w on u.k = w.k and w.x > t.b where u.k is not null and u.v > t.b) from t order by b
----
b INTEGER | (SELECT count(DISTINCT v) FROM u LEFT JOIN w ON u.k = w.k AND w.x > t.b WHERE u.k IS NOT NULL AND u.v > t.b) BIGINT
10 | 3
20 | 3
30 | 3
40 | 3
50 | 3

select b, (select count(w.k) from u left join w on u.k = w.k and w.x > t.b) from t order by b
----
b INTEGER | (SELECT count(w.k) FROM u LEFT JOIN w ON u.k = w.k AND w.x > t.b) BIGINT
10 | 5
20 | 5
30 | 5
40 | 5
50 | 5

select b, (select count(*) from (select * from u where v < t.b) u2 full join (select * from w where x > t.b) w2 on u2.k = w2.k) from t order by b
----
b INTEGER | (SELECT count(*) FROM (SELECT * FROM u WHERE v < t.b) u2 FULL JOIN (SELECT * FROM w WHERE x > t.b) w2 ON u2.k = w2.k) BIGINT
10 | 5
20 | 5
30 | 5
40 | 5
50 | 5

select b, (select string_agg(cast(rn as varchar), ',') from (select row_number() over (order by v) rn from u where u.k = t.a) q) from t order by b
----
b INTEGER | (SELECT string_agg(CAST(rn AS VARCHAR), ',') FROM (SELECT row_number() OVER (ORDER BY v) AS rn FROM u WHERE u.k = t.a) q) VARCHAR
10 | 1,2
20 | 1,2,3
30 | NULL
40 | NULL
50 | 1,2,3

select b, (select max(r) from (select rank() over (partition by k order by v) r from u where v > t.b) q) from t order by b
----
b INTEGER | (SELECT max(r) FROM (SELECT rank() OVER (PARTITION BY k ORDER BY v) AS r FROM u WHERE v > t.b) q) BIGINT
10 | 2
20 | 2
30 | 2
40 | 2
50 | 2

select b, (with c as (select v from u where k = t.a) select count(*) from c c1, c c2) from t order by b
----
b INTEGER | (WITH c AS (SELECT v FROM u WHERE k = t.a) SELECT count(*) FROM c c1, c c2) BIGINT
10 | 4
20 | 9
30 | 0
40 | 0
50 | 9

select b, (with recursive r(n) as (select 1 union all select n + 1 from r where n < t.a) select sum(n) from r) from t order by b
----
b INTEGER | (WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < t.a) SELECT sum(n) FROM r) BIGINT
10 | 1
20 | 3
30 | 6
40 | 1
50 | 3

select b, (select max(s.v) from (select v, k from u where v > t.b) s where s.k = t.a) from t order by b
----
b INTEGER | (SELECT max(s.v) FROM (SELECT v, k FROM u WHERE v > t.b) s WHERE s.k = t.a) INTEGER
10 | 200
20 | 60
30 | NULL
40 | NULL
50 | 60

select b, (select x.v from (values (1), (2)) as x(v) where x.v = t.a) from t order by b
----
b INTEGER | (SELECT x.v FROM (VALUES (1), (2)) AS x (v) WHERE x.v = t.a) INTEGER
10 | 1
20 | 2
30 | NULL
40 | NULL
50 | 2

select b, (select max(y) from (values (t.a), (t.b)) as x(y)) from t order by b
----
b INTEGER | (SELECT max(y) FROM (VALUES (t.a), (t.b)) AS x (y)) INTEGER
10 | 10
20 | 20
30 | 30
40 | 40
50 | 50

select b, (select t.b) from t order by b
----
b INTEGER | (SELECT t.b) INTEGER
10 | 10
20 | 20
30 | 30
40 | 40
50 | 50

select b, (select t.b where t.a > 1) from t order by b
----
b INTEGER | (SELECT t.b WHERE t.a > 1) INTEGER
10 | NULL
20 | 20
30 | 30
40 | NULL
50 | 50

select b, exists (select t.b where t.a > 1) from t order by b
----
b INTEGER | EXISTS (SELECT t.b WHERE t.a > 1) BOOLEAN
10 | false
20 | true
30 | true
40 | false
50 | true

select b, (select (select t.a + max(u.v) from u where u.k = t.a)) from t order by b
----
b INTEGER | (SELECT (SELECT t.a + max(u.v) FROM u WHERE u.k = t.a)) INTEGER
10 | 201
20 | 62
30 | NULL
40 | NULL
50 | 62

select b, b > any (select v from u where k = t.a) from t order by b
----
b INTEGER | b > ANY(SELECT v FROM u WHERE k = t.a) BOOLEAN
10 | false
20 | true
30 | false
40 | false
50 | true

select b, b > all (select v from u where k = t.a) from t order by b
----
b INTEGER | b > ALL(SELECT v FROM u WHERE k = t.a) BOOLEAN
10 | false
20 | false
30 | true
40 | true
50 | false

select b, b <> all (select v from u where k = t.a) from t order by b
----
b INTEGER | b <> ALL(SELECT v FROM u WHERE k = t.a) BOOLEAN
10 | true
20 | NULL
30 | true
40 | true
50 | NULL

select b, b = any (select v from u where k = t.a or k is null) from t order by b
----
b INTEGER | b = ANY(SELECT v FROM u WHERE k = t.a OR k IS NULL) BOOLEAN
10 | false
20 | NULL
30 | false
40 | false
50 | NULL

select b, a <> any (select k from u) from t order by b
----
b INTEGER | a <> ANY(SELECT k FROM u) BOOLEAN
10 | true
20 | true
30 | true
40 | NULL
50 | true

select b, a = all (select k from u where v > 1000) from t order by b
----
b INTEGER | a = ALL(SELECT k FROM u WHERE v > 1000) BOOLEAN
10 | true
20 | true
30 | true
40 | true
50 | true

select b, a <= all (select k from u) from t order by b
----
b INTEGER | a <= ALL(SELECT k FROM u) BOOLEAN
10 | NULL
20 | false
30 | false
40 | NULL
50 | false

select b from t where (a, b) in (select k, v * 10 from u where u.v < t.b) order by b
----
b INTEGER
50

select b, (a, b) = (select k, v from u where u.k = t.a and v = 5) from t order by b
----
b INTEGER | (a, b) = (SELECT k, v FROM u WHERE u.k = t.a AND v = 5) BOOLEAN
10 | NULL
20 | false
30 | NULL
40 | NULL
50 | false

select a, sum(b) filter (where exists (select 1 from u where k = a)) from t group by a order by a
----
a INTEGER | sum(b) FILTER (WHERE EXISTS (SELECT 1 FROM u WHERE k = a)) BIGINT
1 | 10
2 | 70
3 | NULL
NULL | NULL

select a, sum((select max(v) from u where k = a)) from t group by a order by a
----
a INTEGER | sum((SELECT max(v) FROM u WHERE k = a)) BIGINT
1 | 200
2 | 120
3 | NULL
NULL | NULL

select distinct (select max(v) from u where k = a) m from t order by m
----
m INTEGER
60
200
NULL

select b, (select k from u where v = t.b * 10 group by k, t.a) from t order by b
----
b INTEGER | (SELECT k FROM u WHERE v = t.b * 10 GROUP BY k, t.a) INTEGER
10 | 1
20 | 1
30 | NULL
40 | NULL
50 | NULL

select t.b, (select max(v) from u join t t3 on u.k = t3.a and t3.b = t.b) from t order by b
----
b INTEGER | (SELECT max(v) FROM u JOIN t t3 ON u.k = t3.a AND t3.b = t.b) INTEGER
10 | 200
20 | 60
30 | NULL
40 | NULL
50 | 60

select b from t where 2 = (select count(*) from u where u.k = t.a) order by b
----
b INTEGER
10

select t.b, q.c from t, (select k, count(*) c from u group by k) q where q.k = t.a and q.c > (select count(*) from w where w.k = q.k) order by b
----
b INTEGER | c BIGINT
20 | 3
50 | 3

select t.b, u.v from t left join u on u.k = t.a and u.v > (select min(x) from w where w.k = u.k) order by b, v
----
b INTEGER | v INTEGER
10 | 100
10 | 200
20 | 5
20 | 60
30 | NULL
40 | NULL
50 | 5
50 | 60

select t.b, u.v from t left join u on u.k = t.a and exists (select 1 from w where w.x = t.b * 20) order by b, v
----
b INTEGER | v INTEGER
10 | 100
10 | 200
20 | NULL
30 | NULL
40 | NULL
50 | NULL

select t.b, u.v from t left join u on u.k = t.a and u.v in (select x from w where w.k = t.a) order by b, v
----
b INTEGER | v INTEGER
10 | 200
20 | 60
30 | NULL
40 | NULL
50 | 60

select t.b, u.v from u right join t on u.k = t.a and u.v > (select avg(x) from w where w.k = t.a or w.k = u.k) order by b, v
----
b INTEGER | v INTEGER
10 | 200
20 | 60
30 | NULL
40 | NULL
50 | 60

select t.b, u.v from t left join u on u.k = t.a and u.v > (select min(x) from w) order by b, v
----
b INTEGER | v INTEGER
10 | 100
10 | 200
20 | 5
20 | 60
30 | NULL
40 | NULL
50 | 5
50 | 60

select t.b, u.v from t join u on u.k = t.a and u.v > (select min(x) from w where w.k = u.k) order by b, v
----
b INTEGER | v INTEGER
10 | 100
10 | 200
20 | 5
20 | 60
50 | 5
50 | 60

select b, case when a > 1 then (select 10 / (t.a - 1)) end from t order by b
----
b INTEGER | CASE WHEN a > 1 THEN (SELECT 10 / (t.a - 1)) END INTEGER
10 | NULL
20 | 10
30 | 5
40 | NULL
50 | 10

select b, case when a = 1 then 0 when a is null then -1 else (select 10 / (t.a - 1) from u where k = t.a limit 1) end from t order by b
----
b INTEGER | CASE WHEN a = 1 THEN 0 WHEN a IS NULL THEN -1 ELSE (SELECT 10 / (t.a - 1) FROM u WHERE k = t.a LIMIT 1) END INTEGER
10 | 0
20 | 10
30 | NULL
40 | -1
50 | 10

select b, a <> 1 and (select 10 / (t.a - 1)) > 5 from t order by b
----
b INTEGER | a <> 1 AND (SELECT 10 / (t.a - 1)) > 5 BOOLEAN
10 | false
20 | true
30 | false
40 | NULL
50 | true

select b, a = 1 or (select 10 / (t.a - 1)) > 5 from t order by b
----
b INTEGER | a = 1 OR (SELECT 10 / (t.a - 1)) > 5 BOOLEAN
10 | true
20 | true
30 | false
40 | NULL
50 | true

select b, coalesce(s, (select cast(1 / 0 as varchar))) from t order by b
----
b INTEGER | coalesce(s, (SELECT CAST(1 / 0 AS VARCHAR))) VARCHAR
10 | x
20 | y
30 | z
40 | n
50 | y2

select b, case when b > 1000 then (select v from u where u.k = t.a) end from t order by b
----
b INTEGER | CASE WHEN b > 1000 THEN (SELECT v FROM u WHERE u.k = t.a) END INTEGER
10 | NULL
20 | NULL
30 | NULL
40 | NULL
50 | NULL

select b, case when b > 1000 then (select 1 / 0) else 0 end from t order by b
----
b INTEGER | CASE WHEN b > 1000 THEN (SELECT 1 / 0) ELSE 0 END INTEGER
10 | 0
20 | 0
30 | 0
40 | 0
50 | 0

select b, if(b > 1000, (select sum(1 / (v - v)) from u), b) from t order by b
----
b INTEGER | if(b > 1000, (SELECT sum(1 / (v - v)) FROM u), b) BIGINT
10 | 10
20 | 20
30 | 30
40 | 40
50 | 50

select b, case when b < 15 then exists (select 1 from u where 10 / (t.b - 50) > v) else false end from t order by b
----
b INTEGER | CASE WHEN b < 15 THEN EXISTS (SELECT 1 FROM u WHERE 10 / (t.b - 50) > v) ELSE false END BOOLEAN
10 | false
20 | false
30 | false
40 | false
50 | false

select b, case when b < 15 then a in (select 10 / (t.b - 50) + k from u) end from t order by b
----
b INTEGER | CASE WHEN b < 15 THEN a IN (SELECT 10 / (t.b - 50) + k FROM u) END BOOLEAN
10 | true
20 | NULL
30 | NULL
40 | NULL
50 | NULL

select a, sum(b), case when sum(b) > 35 then (select 1 / (sum(v) - 265) from u where k = t.a) end from t group by a order by a
----
a INTEGER | sum(b) BIGINT | CASE WHEN sum(b) > 35 THEN (SELECT 1 / (sum(v) - 265) FROM u WHERE k = t.a) END BIGINT
1 | 10 | NULL
2 | 70 | 0
3 | 30 | NULL
NULL | 40 | NULL

select q2.k, q2.x, (select count(*) from w q3 where q3.k = any (select q4.v from u q4 where q2.x not in (select q5.v from u q5 where q3.x = q5.v))) from w q2 order by k, x
----
k INTEGER | x INTEGER | (SELECT count(*) FROM w q3 WHERE q3.k = ANY(SELECT q4.v FROM u q4 WHERE q2.x NOT IN (SELECT q5.v FROM u q5 WHERE q3.x = q5.v))) BIGINT
1 | 1 | 1
1 | 200 | 1
2 | 2 | 1
2 | 60 | 1
4 | 3 | 1
5 | 100 | 0
NULL | 4 | 1

select b, (select v from u where u.k = t.a) from t
----
runtime error: more than one row returned by a subquery that stands for a value
LINE 1: select b, (select v from u where u.k = t.a) from t
                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
hint: add LIMIT 1, or aggregate

select b from t where exists (select 1 / (b - 10) from u)
----
b INTEGER
10
20
30
40
50

select a, (select 100 / (v - 5) from u where u.k = t.a and v > 50 order by v limit 1) from t order by b
----
a INTEGER | (SELECT 100 / (v - 5) FROM u WHERE u.k = t.a AND v > 50 ORDER BY v LIMIT 1) INTEGER
1 | 1
2 | 1
3 | NULL
NULL | NULL
2 | 1

select a from t where (select 1 / (v - 5) from u where u.k = t.a and v = 200) = 0
----
a INTEGER
1

select a, (select 100 / (v - 5) from u where u.k = t.a and v < 50) from t order by b
----
runtime error: division by zero
LINE 1: select a, (select 100 / (v - 5) from u where u.k = t.a and v < 50) from t order by b
                          ^^^^^^^^^^^^

select a, (select 1 / count(*) from u where u.k = t.a) from t order by b
----
runtime error: division by zero
LINE 1: select a, (select 1 / count(*) from u where u.k = t.a) from t order by b
                          ^^^^^^^^^^^^

select (select b from t where t.a = u.k) from u right join lateral (select u.k) l on true
----
type error: LATERAL cannot read the left side of a join that keeps rows of the right side
LINE 1: …elect b from t where t.a = u.k) from u right join lateral (select u.k) l on true
                                                                    ^^^^^^^^^^^^^
hint: use INNER JOIN or LEFT JOIN

select b, (select k, v from u where u.k = t.a) from t
----
type error: the subquery gives 2 columns where one is wanted
LINE 1: select b, (select k, v from u where u.k = t.a) from t
                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

select b, (select nothing from u where u.k = t.a) from t
----
name error: no column "nothing"
LINE 1: select b, (select nothing from u where u.k = t.a) from t
                          ^^^^^^^

select b, (select t.nothing from u where u.k = t.a) from t
----
name error: no table "t" in FROM
LINE 1: select b, (select t.nothing from u where u.k = t.a) from t
                          ^

select b, (select a + k from u, t t2 where k = 4) from t
----
runtime error: more than one row returned by a subquery that stands for a value
LINE 1: select b, (select a + k from u, t t2 where k = 4) from t
                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
hint: add LIMIT 1, or aggregate

select b, sum(b), (select max(v) from u where u.k = t.a) from t group by b
----
type error: column "a" must appear in GROUP BY, or be inside an aggregate
LINE 1: select b, sum(b), (select max(v) from u where u.k = t.a) from t group by b
                                                            ^^^
hint: add it to GROUP BY or use any_value(a)

explain query plan select a, (select max(v) from u where u.k = t.a) from t
----
plan VARCHAR | expected_rows BIGINT
Join left on a = k | 5
  Scan t(a) | 5
  Aggregate by k: max(v) AS max | 2
    Filter k IS NOT NULL | 6
      Scan u(k, v) | 7

explain query plan select b from t where exists (select 1 from u where u.k = t.a and u.v <> t.b)
----
plan VARCHAR | expected_rows BIGINT
Join semi on a = k where v <> b | 5
  Scan t(a, b) | 5
  Scan u(k, v) | 7

explain query plan select b from t where a not in (select k from u where u.v > t.b)
----
plan VARCHAR | expected_rows BIGINT
Filter NOT in | 3
  Join mark on a = k AND b#1 IS NOT DISTINCT FROM b#7 AS in | 5
    Scan t(a, b#1) | 5
    Project k, b#7 | 12
      Join inner where v > b#7 | 12
        Scan u(k, v) | 7
        Scan t(b#7) | 5

explain query plan select b, (select v from u where u.k = t.a and v > 50 order by v limit 1) from t
----
plan VARCHAR | expected_rows BIGINT
Join single on a = k | 5
  Scan t(a, b) | 5
  Project k, v | 2
    Filter row_number <= 1 | 2
      Window partition by k order by v: row_number() AS row_number | 5
        Filter k IS NOT NULL AND v > 50 | 5
          Scan u(k, v) | 7

explain query plan select b from t where exists (select 1 from u where exists (select 1 from w where w.k = u.k and w.x = t.a))
----
plan VARCHAR | expected_rows BIGINT
Join semi on a = x | 5
  Scan t(a, b) | 5
  Project x | 3
    Join inner on k#3 = k#5 | 3
      Scan u(k#3) | 7
      Aggregate by k#5, x | 2
        Scan w(k#5, x) | 7

explain query plan select 1 from t t1 where exists (select 1 from u u1 where u1.k = t1.a and exists (select 1 from w w1 where w1.k = u1.k and w1.x > t1.b and exists (select 1 from t t2 where t2.a = w1.x and t2.b <> u1.v and exists (select 1 from u u2 where u2.k = t2.a and u2.v > w1.k and exists (select 1 from w w2 where w2.k = u2.k and w2.x < t2.b + u1.v and exists (select 1 from t t3 where t3.a = w2.x and t3.b > u2.v + t2.a))))))
----
plan VARCHAR | expected_rows BIGINT
Share s1 subplan("1") of (k#35, v#36, a#45, b#46) | 2
  Project k AS k#35, v#36, a AS a#45, b#46 | 3
    Aggregate by v#36, b#46: first(k#35) AS k, first(a#45) AS a | 3
      Join inner on k#35 = a#45 | 12
        Scan u(k#35, v#36) | 7
        Scan t(a#45, b#46) | 5
  Share s0 subplan("1") of (k#29, x#30, k#35, v#36, a#45, b#46) | 2
    Project k#55 AS k#29, x#30, k#56 AS k#35, v#36, a AS a#45, b#46 | 1
      Aggregate by x#30, v#36, b#46: first(k#29) AS k#55, first(k#35) AS k#56, first(a#45) AS a | 1
        Join inner on k#29 = k#35 where x#30 > b#46 | 2
          Scan w(k#29, x#30) | 7
          Stored s1(k#35, v#36, a#45, b#46) | 3
    Project 1 AS "1" | 2
      Join semi on a#0 IS NOT DISTINCT FROM a#39 AND b#1 = b#40 AND a#0 = k#3 | 2
        Scan t(a#0, b#1) | 5
        Project k#3, a#39, b#40 | 2
          Join inner on k#3 = k#5 AND k#3 IS NOT DISTINCT FROM k#33 AND v#4 IS NOT DISTINCT FROM v#34 | 2
            Scan u(k#3, v#4) | 7
            Project k#33, v#34, k#5, a AS a#39, b#40 | 1
              Aggregate by k#33, v#34, k#5, b#40: first(a#39) AS a | 1
                Join inner on x = a#7 AND k#5 IS NOT DISTINCT FROM k#29 where x > b#40 | 1
                  Scan w(k#5, x) | 7
                  Project a#39, b#40, k#29, a#7, k#33, v#34 | 2
                    Join inner on b#40 = b#43 AND a#39 IS NOT DISTINCT FROM a#42 | 2
                      Scan t(a#39, b#40) | 5
                      Project k#29, a#7, k#33, v#34, a#42, b#43 | 1
                        Filter a#7 = x#30 | 1
                          Project k#29, x#30, a#7, k#78 AS k#33, v#34, a#79 AS a#42, b#43 | 1
                            Aggregate by k#29, x#30, a#7, v#34, b#43: first(k#33) AS k#78, first(a#42) AS a#79 | 1
                              Join inner on b#8 = b#27 AND a#7 = k#10 AND a#7 IS NOT DISTINCT FROM a#26 where b#8 <> v#34 | 3
                                Scan t(a#7, b#8) | 5
                                Project k#33, v#34, a#42, b#43, a#26, b#27, k#10, k#29, x#30 | 3
                                  Join inner on b#43 = b#46 AND k#33 IS NOT DISTINCT FROM k#35 AND v#34 IS NOT DISTINCT FROM v#36 AND a#42 IS NOT DISTINCT FROM a#45 | 3
                                    Stored s1(k#33, v#34, a#42, b#43) | 3
                                    Project a#26, b#27, k#10, k#75 AS k#29, x#30, k#76 AS k#35, v#36, a#77 AS a#45, b#46 | 1
                                      Aggregate by a#26, b#27, k#10, x#30, v#36, b#46: first(k#29) AS k#75, first(k#35) AS k#76, first(a#45) AS a#77 | 1
                                        Join inner on k#10 IS NOT DISTINCT FROM k#24 AND v#11 IS NOT DISTINCT FROM v#25 where v#11 > k#29 | 1
                                          Scan u(k#10, v#11) | 7
                                          Project k#29, x#30, k#35, v#36, a#45, b#46, k#24, v#25, a#26, b#27 | 1
                                            Join inner on x#30 = x#32 AND b#46 = b#49 AND k#29 IS NOT DISTINCT FROM k#31 AND k#35 IS NOT DISTINCT FROM k#37 AND v#36 IS NOT DISTINCT FROM v#38 AND a#45 IS NOT DISTINCT FROM a#48 | 1
                                              Stored s0(k#29, x#30, k#35, v#36, a#45, b#46) | 1
                                              Project k#69 AS k#24, v#25, a#70 AS a#26, b#27, k#71 AS k#31, x AS x#32, k#73 AS k#37, v#38, a#74 AS a#48, b#49 | 1
                                                Aggregate by v#25, b#27, v#38, b#49: first(k#24) AS k#69, first(a#26) AS a#70, first(k#31) AS k#71, first(x#32) AS x, first(k#37) AS k#73, first(a#48) AS a#74 | 1
                                                  Join semi on x#13 = a#14 where b#15 > v#25 + a#26 | 1
                                                    Join inner on k#12 = k#24 where x#13 < b#27 + v#38 | 2
                                                      Scan w(k#12, x#13) | 7
                                                      Project k#63 AS k#24, v#25, a#64 AS a#26, b#27, k#65 AS k#31, x AS x#32, k#67 AS k#37, v#38, a#68 AS a#48, b#49 | 1
                                                        Aggregate by v#25, b#27, v#38, b#49: first(k#24) AS k#63, first(a#26) AS a#64, first(k#31) AS k#65, first(x#32) AS x, first(k#37) AS k#67, first(a#48) AS a#68 | 1
                                                          Join inner on k#24 = a#26 where v#25 > k#31 | 4
                                                            Scan u(k#24, v#25) | 7
                                                            Join inner on a#26 = x#32 where b#27 <> v#38 | 5
                                                              Scan t(a#26, b#27) | 5
                                                              Stored s0(k#31, x#32, k#37, v#38, a#48, b#49) | 1
                                                    Scan t(a#14, b#15) | 5

explain (rules) select b from t where exists (select 1 from u where u.k = t.a and u.v <> t.b)
----
rule VARCHAR | plan VARCHAR
bind | Join semi
NULL |   Scan t(a, b, s)
NULL |   Project
NULL |     Limit 1
NULL |       Project 1 AS "1"
NULL |         Filter k = a AND v <> b
NULL |           Scan u(k, v)
decorrelate | Join semi on a = k where v <> b
NULL |   Scan t(a, b, s)
NULL |   Scan u(k, v)
prune | Join semi on a = k where v <> b
NULL |   Scan t(a, b)
NULL |   Scan u(k, v)

set disabled_rules = 'decorrelate';
explain (rules) select b from t where exists (select 1 from u where u.k = t.a and u.v <> t.b);
select b from t where exists (select 1 from u where u.k = t.a and u.v <> t.b) order by b;
select b, (select count(*) from u where u.k = t.a), a not in (select k from u where u.v > t.b) from t order by b
----
ok, 0 changes
rule VARCHAR | plan VARCHAR
bind | Join semi
NULL |   Scan t(a, b, s)
NULL |   Project
NULL |     Limit 1
NULL |       Project 1 AS "1"
NULL |         Filter k = a AND v <> b
NULL |           Scan u(k, v)
unnest | Join semi on a#0 IS NOT DISTINCT FROM a#6 AND b#1 = b#7
NULL |   Scan t(a#0, b#1, s)
NULL |   Filter k = a#6 AND v <> b#7
NULL |     Join inner on k = a#6
NULL |       Scan u(k, v)
NULL |       Aggregate by a#6, b#7
NULL |         Scan t(a#6, b#7, s)
pushdown | Join semi on a#0 IS NOT DISTINCT FROM a#6 AND b#1 = b#7
NULL |   Scan t(a#0, b#1, s)
NULL |   Join inner on k = a#6 AND k = a#6 where v <> b#7
NULL |     Scan u(k, v)
NULL |     Aggregate by a#6, b#7
NULL |       Scan t(a#6, b#7, s)
distinct | Join semi on a#0 IS NOT DISTINCT FROM a#6 AND b#1 = b#7
NULL |   Scan t(a#0, b#1, s)
NULL |   Join inner on k = a#6 AND k = a#6 where v <> b#7
NULL |     Scan u(k, v)
NULL |     Project a#6, b#7
NULL |       Scan t(a#6, b#7, s)
join_order | Join semi on a#0 IS NOT DISTINCT FROM a#6 AND b#1 = b#7
NULL |   Scan t(a#0, b#1, s)
NULL |   Join inner on k = a#6 where v <> b#7
NULL |     Scan u(k, v)
NULL |     Project a#6, b#7
NULL |       Scan t(a#6, b#7, s)
prune | Join semi on a#0 IS NOT DISTINCT FROM a#6 AND b#1 = b#7
NULL |   Scan t(a#0, b#1)
NULL |   Project a#6, b#7
NULL |     Join inner on k = a#6 where v <> b#7
NULL |       Scan u(k, v)
NULL |       Scan t(a#6, b#7)
b INTEGER
10
20
50
b INTEGER | (SELECT count(*) FROM u WHERE u.k = t.a) BIGINT | a NOT IN (SELECT k FROM u WHERE u.v > t.b) BOOLEAN
10 | 2 | false
20 | 3 | false
30 | 0 | true
40 | 0 | NULL
50 | 3 | false

reset disabled_rules
----
ok, 0 changes

-- With no rule that makes joins of them, subqueries run for one row after the other.
set disabled_rules = 'decorrelate, unnest';
explain (rules) select b from t where exists (select 1 from u where u.k = t.a and u.v <> t.b);
explain query plan select a, (select count(*) from u where u.k = t.a and u.v > (select min(x) from w where w.k = u.k and w.x < t.b)) from t;
select b from t where exists (select 1 from u where u.k = t.a and u.v <> t.b) order by b;
select b, (select count(*) from u where u.k = t.a), a not in (select k from u where u.v > t.b) from t order by b;
select b, (select v from u where u.k <= t.a order by v desc limit 1) from t order by b;
select t.a, x.v, x.n from t left join lateral (select v, row_number() over (order by v) as n from u where u.k = t.a) x on true order by 1, 2;
select a, (select sum(i) from (with recursive r(i) as (select t.a union all select i - 1 from r where i > t.a - 3) select i from r) z) from t order by b;
select a, case when a = 1 then (select 1 / (t.a - 1) from u limit 1) when a = 2 then (select 1 / t.a from u limit 1) end from t where a = 2;
select (select 10 / (t.a - 1) from u limit 1) from t;
reset disabled_rules
----
ok, 0 changes
rule VARCHAR | plan VARCHAR
bind | Join semi
NULL |   Scan t(a, b, s)
NULL |   Project
NULL |     Limit 1
NULL |       Project 1 AS "1"
NULL |         Filter k = a AND v <> b
NULL |           Scan u(k, v)
apply | Join semi on a#0 IS NOT DISTINCT FROM a#11 AND b#1 = b#12
NULL |   Scan t(a#0, b#1, s)
NULL |   Apply s0 subquery(k, v, a#9, b#10, a#11, b#12) of (a#6, b#7)
NULL |     Aggregate by a#6, b#7
NULL |       Scan t(a#6, b#7, s)
NULL |     Join cross
NULL |       Filter k = a#9 AND v <> b#10
NULL |         Join cross
NULL |           Scan u(k, v)
NULL |           Stored s0(a#9, b#10)
NULL |       Stored s0(a#11, b#12)
pushdown | Join semi on a#0 IS NOT DISTINCT FROM a#11 AND b#1 = b#12
NULL |   Scan t(a#0, b#1, s)
NULL |   Apply s0 subquery(k, v, a#9, b#10, a#11, b#12) of (a#6, b#7)
NULL |     Aggregate by a#6, b#7
NULL |       Scan t(a#6, b#7, s)
NULL |     Join cross
NULL |       Join inner on k = a#9 where v <> b#10
NULL |         Scan u(k, v)
NULL |         Stored s0(a#9, b#10)
NULL |       Stored s0(a#11, b#12)
distinct | Join semi on a#0 IS NOT DISTINCT FROM a#11 AND b#1 = b#12
NULL |   Scan t(a#0, b#1, s)
NULL |   Apply s0 subquery(k, v, a#9, b#10, a#11, b#12) of (a#6, b#7)
NULL |     Project a#6, b#7
NULL |       Scan t(a#6, b#7, s)
NULL |     Join cross
NULL |       Join inner on k = a#9 where v <> b#10
NULL |         Scan u(k, v)
NULL |         Stored s0(a#9, b#10)
NULL |       Stored s0(a#11, b#12)
join_order | Join semi on a#0 IS NOT DISTINCT FROM a#11 AND b#1 = b#12
NULL |   Scan t(a#0, b#1, s)
NULL |   Apply s0 subquery(k, v, a#9, b#10, a#11, b#12) of (a#6, b#7)
NULL |     Project a#6, b#7
NULL |       Scan t(a#6, b#7, s)
NULL |     Join cross
NULL |       Join inner on a#9 = k where v <> b#10
NULL |         Stored s0(a#9, b#10)
NULL |         Scan u(k, v)
NULL |       Stored s0(a#11, b#12)
prune | Join semi on a#0 IS NOT DISTINCT FROM a#11 AND b#1 = b#12
NULL |   Scan t(a#0, b#1)
NULL |   Apply s0 subquery(a#11, b#12) of (a#6, b#7)
NULL |     Scan t(a#6, b#7)
NULL |     Join cross
NULL |       Join inner on a#9 = k where v <> b#10
NULL |         Stored s0(a#9, b#10)
NULL |         Scan u(k, v)
NULL |       Stored s0(a#11, b#12)
plan VARCHAR | expected_rows BIGINT
Join single on a#0 IS NOT DISTINCT FROM a#22 AND b#1 = b#23 | 5
  Scan t(a#0, b#1) | 5
  Apply s1 subquery(count, a#22, b#23) of (a#13, b#14) | 5
    Scan t(a#13, b#14) | 5
    Join cross | 1
      Stored s1(a#22, b#23) | 1
      Aggregate: count(*) AS count | 1
        Filter v > min | 2
          Join single on k#3 IS NOT DISTINCT FROM k#12 | 7
            Join inner on a = k#3 | 7
              Stored s1(a, b) | 1
              Scan u(k#3, v) | 7
            Apply s0 subquery(min, k#12) of (k#9) | 2
              Aggregate by k#9 | 2
                Join inner on a = k#9 | 7
                  Stored s1(a, b) | 1
                  Scan u(k#9) | 7
              Join cross | 1
                Stored s0(k#12) | 1
                Aggregate: min(x) AS min | 1
                  Join inner where x < b | 2
                    Join inner on k#11 = k#5 | 7
                      Stored s0(k#11) | 1
                      Scan w(k#5, x) | 7
                    Project b | 1
                      Stored s1(a, b) | 1
b INTEGER
10
20
50
b INTEGER | (SELECT count(*) FROM u WHERE u.k = t.a) BIGINT | a NOT IN (SELECT k FROM u WHERE u.v > t.b) BOOLEAN
10 | 2 | false
20 | 3 | false
30 | 0 | true
40 | 0 | NULL
50 | 3 | false
b INTEGER | (SELECT v FROM u WHERE u.k <= t.a ORDER BY v DESC LIMIT 1) INTEGER
10 | 200
20 | NULL
30 | NULL
40 | NULL
50 | NULL
a INTEGER | v INTEGER | n BIGINT
1 | 100 | 1
1 | 200 | 2
2 | 5 | 1
2 | 5 | 1
2 | 60 | 2
2 | 60 | 2
2 | NULL | 3
2 | NULL | 3
3 | NULL | NULL
NULL | NULL | NULL
a INTEGER | (SELECT sum(i) FROM (WITH RECURSIVE r (i) AS (SELECT t.a UNION ALL SELECT i - 1 FROM r WHERE i > t.a - 3) SELECT i FROM r) z) BIGINT
1 | -2
2 | 2
3 | 6
NULL | NULL
2 | 2
a INTEGER | CASE WHEN a = 1 THEN (SELECT 1 / (t.a - 1) FROM u LIMIT 1) WHEN a = 2 THEN (SELECT 1 / t.a FROM u LIMIT 1) END INTEGER
2 | 0
2 | 0
runtime error: division by zero
LINE 1: select (select 10 / (t.a - 1) from u limit 1) from t
                       ^^^^^^^^^^^^^
ok, 0 changes

-- An aggregate that reads columns of one outer query only is that query's own.
select (select max(t.a)) as m, (select count(t.a) + count(*) from u) as n from t;
select s, (select count(*) from u where u.k = max(t.a)) as n, sum(b) from t group by s order by s;
select s from t group by s having exists (select 1 from u where u.v > sum(t.b)) order by s;
select (select (select max(t.a) from w limit 1) + max(u.k) from u) as m from t;
select count(*), (select sum(u.v) from u where u.v > min(t.b) and u.k in (select x.k from u x where x.v <> max(t.b))) as v from t;
select a, (select sum(u.v + t.a) from u) as v from t order by 1, 2;
select max(b) over () as w, (select min(t.b)) as m from t group by b order by m
----
m INTEGER | n BIGINT
3 | 11
s VARCHAR | n BIGINT | sum(b) BIGINT
n | 0 | 40
x | 2 | 10
y | 3 | 20
y2 | 3 | 50
z | 0 | 30
s VARCHAR
n
x
y
y2
z
m INTEGER
7
count(*) BIGINT | v BIGINT
5 | 360
a INTEGER | v BIGINT
1 | 386
2 | 392
2 | 392
3 | 398
NULL | NULL
w INTEGER | m INTEGER
50 | 10
50 | 20
50 | 30
50 | 40
50 | 50

select a from t where b = (select max(t.b) from u)
----
type error: aggregates are not allowed in WHERE
LINE 1: select a from t where b = (select max(t.b) from u)
                                          ^^^^^^^^
hint: filter groups with HAVING

select a, (select sum(t.b) from u) from t
----
type error: column "a" must appear in GROUP BY, or be inside an aggregate
LINE 1: select a, (select sum(t.b) from u) from t
               ^
hint: add it to GROUP BY or use any_value(a)

select sum((select max(t.b) from u)) from t
----
type error: aggregates are not allowed in the argument of an aggregate
LINE 1: select sum((select max(t.b) from u)) from t
                           ^^^^^^^^

select x.m from t, lateral (select max(t.a) as m) x
----
type error: aggregates are not allowed in FROM
LINE 1: select x.m from t, lateral (select max(t.a) as m) x
                                           ^^^^^^^^

-- Subqueries in the condition of a full join read one of its sides.
select t.a, t.b, u.k, u.v from t full join u on t.a = u.k and u.v > 5 and exists (select 1 from w where w.k = t.a and w.x < t.b) order by 1, 2, 3, 4;
select t.a, u.k, u.v from t full join u on t.a = u.k and u.v = (select max(x.v) from u x where x.k = u.k) order by 1, 2, 3;
select t.a, u.k from t full join u on t.a = u.k and u.v not in (select v from u where v < 10) order by 1, 2
----
a INTEGER | b INTEGER | k INTEGER | v INTEGER
1 | 10 | 1 | 100
1 | 10 | 1 | 200
2 | 20 | 2 | 60
2 | 50 | 2 | 60
3 | 30 | NULL | NULL
NULL | 40 | NULL | NULL
NULL | NULL | 2 | 5
NULL | NULL | 2 | NULL
NULL | NULL | 4 | 7
NULL | NULL | NULL | 8
a INTEGER | k INTEGER | v INTEGER
1 | 1 | 200
2 | 2 | 60
2 | 2 | 60
3 | NULL | NULL
NULL | 1 | 100
NULL | 2 | 5
NULL | 2 | NULL
NULL | 4 | 7
NULL | NULL | 8
NULL | NULL | NULL
a INTEGER | k INTEGER
1 | 1
1 | 1
2 | 2
2 | 2
3 | NULL
NULL | 2
NULL | 2
NULL | 4
NULL | NULL
NULL | NULL

select t.a, u.k from t full join u on t.a = u.k and exists (select 1 from w where w.k = t.a and w.x = u.v)
----
unsupported error: a subquery that reads both sides in the condition of a full join is not supported yet
LINE 1: select t.a, u.k from t full join u on t.a = u.k and exists (select 1 from w where w.k = t.a and w.x = u.v)
                                                                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
