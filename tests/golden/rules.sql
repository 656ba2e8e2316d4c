-- The optimizer: what its rules do, switching them off, and what it expects.
create table t as select * from (values (1, 10, 'x'), (2, null, 'y'), (3, 30, null), (4, 10, 'x')) as v(a, b, s);
create table u as select * from (values (1, 'p'), (3, 'q'), (3, 'r')) as v(a, c);
----
ok, 4 changes
ok, 3 changes

explain (rules)
select t.b, u.c from t, u where t.a = u.a and (t.b = 10 and u.c = 'p' or t.b = 30 and u.c = 'p') and 1 + 1 = 2
----
rule VARCHAR | plan VARCHAR
bind | Filter a#0 = a#3 AND (b = 10 AND c = 'p' OR b = 30 AND c = 'p') AND 1 + 1 = 2
NULL |   Join cross
NULL |     Scan t(a#0, b, s)
NULL |     Scan u(a#3, c)
fold | Filter a#0 = a#3 AND (b = 10 AND c = 'p' OR b = 30 AND c = 'p')
NULL |   Join cross
NULL |     Scan t(a#0, b, s)
NULL |     Scan u(a#3, c)
factor | Filter a#0 = a#3 AND c = 'p' AND (b = 10 OR b = 30)
NULL |   Join cross
NULL |     Scan t(a#0, b, s)
NULL |     Scan u(a#3, c)
pushdown | Join inner on a#0 = a#3
NULL |   Filter b = 10 OR b = 30
NULL |     Scan t(a#0, b, s)
NULL |   Filter c = 'p'
NULL |     Scan u(a#3, c)
prune | Join inner on a#0 = a#3
NULL |   Filter b = 10 OR b = 30
NULL |     Scan t(a#0, b)
NULL |   Filter c = 'p'
NULL |     Scan u(a#3, c)

set disabled_rules = 'pushdown, join_order';
show disabled_rules;
explain query plan select t.b, u.c from t, u where t.a = u.a;
select t.b, u.c from t, u where t.a = u.a order by t.b, u.c;
reset disabled_rules;
explain query plan select t.b, u.c from t, u where t.a = u.a
----
ok, 0 changes
disabled_rules VARCHAR
pushdown,join_order
plan VARCHAR | expected_rows BIGINT
Filter a#0 = a#3 | 1
  Join cross | 12
    Scan t(a#0, b) | 4
    Scan u(a#3, c) | 3
b INTEGER | c VARCHAR
10 | p
30 | q
30 | r
ok, 0 changes
plan VARCHAR | expected_rows BIGINT
Join inner on a#0 = a#3 | 4
  Scan t(a#0, b) | 4
  Scan u(a#3, c) | 3

set disabled_rules = 'all';
explain query plan select b, count(*) from (select * from t where a > 1) as d where b is not null group by b order by 1 limit 2;
select b, count(*) from (select * from t where a > 1) as d where b is not null group by b order by 1 limit 2;
explain (rules) select b + 1 from t where a > 1;
reset disabled_rules
----
ok, 0 changes
plan VARCHAR | expected_rows BIGINT
Limit 2 | 1
  Sort b | 1
    Aggregate by b: count(*) AS count | 1
      Filter b IS NOT NULL | 4
        Filter a > 1 | 4
          Scan t(a, b, s) | 4
b INTEGER | count(*) BIGINT
10 | 1
30 | 1
rule VARCHAR | plan VARCHAR
bind | Project b + 1 AS "b + 1"
NULL |   Filter a > 1
NULL |     Scan t(a, b, s)
ok, 0 changes

set disabled_rules = 'join_odrer'
----
type error: setting disabled_rules cannot be 'join_odrer': it takes names of rules, separated by commas, or 'all'
LINE 1: set disabled_rules = 'join_odrer'
            ^^^^^^^^^^^^^^
hint: there is no rule join_odrer: did you mean join_order?

set disabled_rules = 'xyz'
----
type error: setting disabled_rules cannot be 'xyz': it takes names of rules, separated by commas, or 'all'
LINE 1: set disabled_rules = 'xyz'
            ^^^^^^^^^^^^^^
hint: there is no rule xyz: the rules are decorrelate, unnest, rename, fold, unwrap_cast, simplify, factor, outer_to_inner, pushdown, transitive, empty, unordered, distinct, unused_joins, group_keys, join_order, group_join, eager_aggregation, unequal, build_side, top_n, push_limit, merge_projects, share, prune

set disabled_rules = 7
----
type error: setting disabled_rules cannot be 7: it takes names of rules, separated by commas, or 'all'
LINE 1: set disabled_rules = 7
            ^^^^^^^^^^^^^^

explain analyze query plan
select u.c, t.b from t left join u on t.a = u.a where t.a > 1 order by t.b, u.c limit 3
----
plan VARCHAR | expected_rows BIGINT | rows BIGINT
Sort b, c limit 3 | 3 | 3
  Project b, c | 4 | 4
    Join left on a#0 = a#3 | 4 | 4
      Filter a#0 > 1 | 4 | 3
        Scan t(a#0, b) | 4 | 4
      Filter a#3 > 1 | 3 | 2
        Scan u(a#3, c) | 3 | 3

explain analyze query plan
select s, count(*) from t where a < 4 group by s having count(*) > 0
----
plan VARCHAR | expected_rows BIGINT | rows BIGINT
Filter count > 0 | 1 | 3
  Aggregate by s: count(*) AS count | 1 | 3
    Filter a < 4 | 4 | 3
      Scan t(a, s) | 4 | 4

explain analyze query plan
select count(*) from t full join u on t.a = u.a where t.a in (select a from u where c > 'a')
----
plan VARCHAR | expected_rows BIGINT | rows BIGINT
Aggregate: count(*) AS count | 1 | 1
  Join left on a#0 = a#3 | 1 | 3
    Join semi on a#0 = a#5 | 1 | 2
      Scan t(a#0) | 4 | 3
      Project a#5 | 1 | 3
        Filter c > 'a' | 1 | 3
          Scan u(a#5, c) | 3 | 3
    Scan u(a#3) | 3 | 3

explain analyze query plan
with recursive n(i) as (select 1 union all select i + 1 from n where i < 5) select i from n, t where i = a
----
plan VARCHAR | expected_rows BIGINT | rows BIGINT
Join inner on i = a | 100000 | 4
  Recursive s0 n(i) of ("1"), ("i + 1") | 100000 | 5
    Project 1 AS "1" | 1 | 1
      Values (): () | 1 | 1
    Project i + 1 AS "i + 1" | 333333333333 | 4
      Filter i < 5 | 333333333333 | 4
        Stored s0(i) | 1000000000000 | 5
  Scan t(a) | 4 | 4

explain analyze query plan select a from t union all select a from u where c > 'p'
----
plan VARCHAR | expected_rows BIGINT | rows BIGINT
Append (a) of (a#0), (a#3) | 5 | 6
  Scan t(a#0) | 4 | 4
  Filter c > 'p' | 1 | 2
    Scan u(a#3, c) | 3 | 3

explain (rules, verbose) select 1
----
unsupported error: this option of EXPLAIN is not supported yet
LINE 1: explain (rules, verbose) select 1
                        ^^^^^^^
hint: there are ANALYZE, PLAN, RULES, VERIFY, ASM, FORMAT JSON and FORMAT TEXT

explain (select a from t)
----
addr INTEGER | opcode VARCHAR | p1 INTEGER | p2 INTEGER | p3 INTEGER | p4 VARCHAR | p5 INTEGER | comment VARCHAR
0 | Init | 1 | 0 | 0 |  | 0 | start at 1
1 | OpenRead | 0 | 0 | 0 | t(a) | 0 | scan t
2 | Rewind | 0 | 6 | 0 |  | 0 | first batch; goto 6 if empty
3 |   Column | 0 | 0 | 0 | r0 | 0 | a
4 |   ResultRow | 0 | 1 | 0 | r0 | 0 | a
5 | Next | 0 | 3 | 0 |  | 0 | next batch, loop to 3
6 | Halt | 0 | 0 | 0 |  | 0 | done

-- A column that no name reaches is filled with NULLs by an outer join like the others.
create table keyed (k integer not null, a integer);
insert into keyed values (1, 1), (2, null);
set disabled_rules = 'all';
select x.a from keyed x left join (select k from keyed order by 1) y on x.a = y.k where not exists (select 1 from keyed where k > 5) order by 1 limit 3;
select a, (select k from keyed where a > 0 order by 1 limit 1) as k from keyed order by 1, 2;
reset disabled_rules;
with w as (select k, k + 1 as l from keyed group by k, k + 1) select x.a, w.k from keyed x left join w on x.a = w.k order by 1
----
ok, 0 changes
ok, 2 changes
ok, 0 changes
a INTEGER
1
NULL
a INTEGER | k INTEGER
1 | 1
NULL | 1
ok, 0 changes
a INTEGER | k INTEGER
1 | 1
NULL | NULL

-- simplify
explain query plan select a from t where a = 1 and a = 2;
explain query plan select a from t where a > 1 and a > 3 and a <= 9 and a < 9 and a <> 12 and a is not null;
explain query plan select k from keyed where k is not null and k = k and (a = 1 or a = 1 and k > 5);
explain query plan select k from keyed where a = a and (a > 2 or a > 2);
select a from t where a > 1 and a > 3 or b = b and a is not null and a < 3 order by a;
select a from t where a >= 3 and a <= 3 and a <> 3;
select a, b = b, a = null from t where (b = b) is null
----
plan VARCHAR | expected_rows BIGINT
Values (a): no rows | 1
plan VARCHAR | expected_rows BIGINT
Filter a > 3 AND a < 9 | 1
  Scan t(a) | 4
plan VARCHAR | expected_rows BIGINT
Filter a = 1 | 2
  Scan keyed(k, a) | 2
plan VARCHAR | expected_rows BIGINT
Filter a > 2 | 1
  Scan keyed(k, a) | 2
a INTEGER
1
4
a INTEGER
a INTEGER | b = b BOOLEAN | a = NULL BOOLEAN
2 | NULL | NULL

-- outer_to_inner
explain query plan select t.a, u.c from t left join u on t.a = u.a where u.c > 'p';
explain query plan select t.a, u.c from t full join u on t.a = u.a where u.c > 'p';
explain query plan select t.a, u.c from t full join u on t.a = u.a where u.c > 'p' and t.b > 0;
explain query plan select t.a, u.c from t full join u on t.a = u.a where coalesce(u.c, 'x') > 'p';
explain query plan select t.a, u.c, v.a from t left join u on t.a = u.a join u v on u.c = v.c;
explain query plan select t.a, d.c from t left join (select x.a, u.c from t x left join u on x.a = u.a) d on t.s = d.c;
select t.a, u.c from t full join u on t.a = u.a where u.c > 'p' order by 1, 2;
select t.a, u.c, v.a from t left join u on t.a = u.a join u v on u.c = v.c order by 1, 2;
select t.a, d.c from t left join (select x.a, u.c from t x left join u on x.a = u.a) d on t.s = d.c order by 1, 2
----
plan VARCHAR | expected_rows BIGINT
Join inner on a#0 = a#3 | 1
  Scan t(a#0) | 4
  Filter c > 'p' | 1
    Scan u(a#3, c) | 3
plan VARCHAR | expected_rows BIGINT
Join left on a#3 = a#0 | 1
  Filter c > 'p' | 1
    Scan u(a#3, c) | 3
  Scan t(a#0) | 4
plan VARCHAR | expected_rows BIGINT
Join inner on a#0 = a#3 | 1
  Filter b > 0 | 4
    Scan t(a#0, b) | 4
  Filter c > 'p' | 1
    Scan u(a#3, c) | 3
plan VARCHAR | expected_rows BIGINT
Filter coalesce(c, 'x') > 'p' | 2
  Join full on a#0 = a#3 | 7
    Scan t(a#0) | 4
    Scan u(a#3, c) | 3
plan VARCHAR | expected_rows BIGINT
Join inner on a#0 = a#3 | 4
  Scan t(a#0) | 4
  Project a#3, c#4, a#5 | 3
    Join inner on c#4 = c#6 | 3
      Scan u(a#3, c#4) | 3
      Scan u(a#5, c#6) | 3
plan VARCHAR | expected_rows BIGINT
Join left on s = c | 5
  Scan t(a, s) | 4
  Project c | 4
    Join inner on a#3 = a#6 | 4
      Scan t(a#3) | 4
      Scan u(a#6, c) | 3
a INTEGER | c VARCHAR
3 | q
3 | r
a INTEGER | c VARCHAR | a INTEGER
1 | p | 1
3 | q | 3
3 | r | 3
a INTEGER | c VARCHAR
1 | NULL
2 | NULL
3 | NULL
4 | NULL

-- transitive
explain query plan select t.b, u.c from t join u on t.a = u.a where t.a > 2;
explain query plan select t.b, u.c from t left join u on t.a = u.a where t.a in (1, 3);
explain query plan select t.b from t where t.a in (select a from u where a < 3);
explain query plan select x.a from t x, t y, u z where x.a = y.a and y.a = z.a and z.a = 3;
select x.a from t x, t y, u z where x.a = y.a and y.a = z.a and z.a = 3;
select t.b, u.c from t left join u on t.a = u.a where t.a in (1, 3) order by 1, 2
----
plan VARCHAR | expected_rows BIGINT
Join inner on a#0 = a#3 | 1
  Filter a#0 > 2 | 3
    Scan t(a#0, b) | 4
  Filter a#3 > 2 | 2
    Scan u(a#3, c) | 3
plan VARCHAR | expected_rows BIGINT
Join left on a#0 = a#3 | 2
  Filter a#0 IN (1, 3) | 2
    Scan t(a#0, b) | 4
  Filter a#3 IN (1, 3) | 2
    Scan u(a#3, c) | 3
plan VARCHAR | expected_rows BIGINT
Join semi on a#0 = a#3 | 2
  Filter a#0 < 3 | 3
    Scan t(a#0, b) | 4
  Filter a#3 < 3 | 3
    Scan u(a#3) | 3
plan VARCHAR | expected_rows BIGINT
Join inner on a#0 = a#3 | 1
  Filter a#0 = 3 | 1
    Scan t(a#0) | 4
  Project a#3 | 1
    Join inner on a#3 = a#6 | 1
      Filter a#3 = 3 | 1
        Scan t(a#3) | 4
      Filter a#6 = 3 | 1
        Scan u(a#6) | 3
a INTEGER
3
3
b INTEGER | c VARCHAR
10 | p
30 | q
30 | r

-- empty
explain query plan select t.a, d.c from t left join (select * from u where false) d on t.a = d.a;
explain query plan select a from t union all select a from u where 1 = 2;
explain query plan select count(*) from t where a in (select a from u where 1 = 2);
explain query plan select a from t where a not in (select a from u where 1 = 2);
select t.a, d.c from t left join (select * from u where false) d on t.a = d.a order by 1;
select count(*) from t where a in (select a from u where 1 = 2);
select a, a in (select a from u where 1 = 2) as is_in from t order by 1
----
plan VARCHAR | expected_rows BIGINT
Project a, NULL AS c | 4
  Scan t(a) | 4
plan VARCHAR | expected_rows BIGINT
Project a AS a | 4
  Scan t(a) | 4
plan VARCHAR | expected_rows BIGINT
Aggregate: count(*) AS count | 1
  Values (): no rows | 1
plan VARCHAR | expected_rows BIGINT
Filter NOT in | 3
  Project a, FALSE AS in | 4
    Scan t(a) | 4
a INTEGER | c VARCHAR
1 | NULL
2 | NULL
3 | NULL
4 | NULL
count(*) BIGINT
0
a INTEGER | is_in BOOLEAN
1 | false
2 | false
3 | false
4 | false

-- join_order: semi-, anti- and left joins take part.
create table big as select * from (values (1, 1), (2, 2), (3, 3), (4, 1), (5, 2), (6, 3), (7, 1), (8, 2), (9, 3), (10, 1), (11, 2), (12, 3)) v(id, g);
explain query plan select big.id from big join t on big.id = t.a where big.g in (select a from u where c = 'p');
explain query plan select x.id, u.c from big x left join u on x.id = u.a join t on x.id = t.a where t.b = 10;
explain query plan select x.id from big x, big y, t where x.id = y.id and y.g = t.a and not exists (select a from u where a > 7) and x.id in (select a from t);
select big.id from big join t on big.id = t.a where big.g in (select a from u where c = 'p') order by 1;
select x.id, u.c from big x left join u on x.id = u.a join t on x.id = t.a where t.b = 10 order by 1, 2;
select x.id from big x, big y, t where x.id = y.id and y.g = t.a and not exists (select a from u where a > 7) and x.id in (select a from t) order by 1
----
ok, 12 changes
plan VARCHAR | expected_rows BIGINT
Join inner on id = a | 4
  Join semi on g = a | 4
    Scan big(id, g) | 12
    Project a | 1
      Filter c = 'p' | 1
        Scan u(a, c) | 3
  Scan t(a) | 4
plan VARCHAR | expected_rows BIGINT
Join left on id = a#2 | 3
  Join inner on id = a#4 | 3
    Scan big(id) | 12
    Project a#4 | 1
      Filter b = 10 | 1
        Scan t(a#4, b) | 4
  Scan u(a#2, c) | 3
plan VARCHAR | expected_rows BIGINT
Join inner on a = g | 1
  Scan t(a) | 4
  Project g, id#0 | 1
    Join inner on id#2 = id#0 | 1
      Scan big(id#2, g) | 12
      Join semi on id#0 = a | 1
        Join anti | 1
          Scan big(id#0) | 12
          Project  | 1
            Limit 1 | 1
              Filter a > 7 | 1
                Scan u(a) | 3
        Scan t(a) | 4
id INTEGER
1
4
id INTEGER | c VARCHAR
1 | p
4 | NULL
id INTEGER
1
2
3
4

-- unordered
explain query plan select count(*) from (select a from t order by b) x;
explain query plan select b from t where a in (select a from u order by c);
explain query plan select a, b from (select a, b from t order by b) x order by a;
explain query plan select first(a) from (select a from t order by b) x;
select first(a) from (select a from t order by b desc nulls last, a) x
----
plan VARCHAR | expected_rows BIGINT
Aggregate: count(*) AS count | 1
  Scan t() | 4
plan VARCHAR | expected_rows BIGINT
Join semi on a#0 = a#3 | 3
  Scan t(a#0, b) | 4
  Scan u(a#3) | 3
plan VARCHAR | expected_rows BIGINT
Sort a | 4
  Scan t(a, b) | 4
plan VARCHAR | expected_rows BIGINT
Aggregate: first(a) AS first | 1
  Sort b | 4
    Scan t(a, b) | 4
first(a) INTEGER
3

-- distinct, group_keys: ids ascend, so a table knows that none comes twice.
create table p as select * from (values (1, 'a', 5), (2, 'b', 5), (3, 'c', 7)) v(id, name, size);
explain query plan select distinct id, name from p;
explain query plan select distinct size from p;
explain query plan select distinct a, n from (select a, count(*) as n from t group by a) x;
explain query plan select p.id, p.name, p.size + 1, count(*) from p join t on p.id = t.a group by p.id, p.name, p.size + 1;
explain query plan select t.a, p.name, count(*) from t left join p on p.id = t.a group by p.name, t.a;
explain query plan select size, size + 1, 'x', count(*) from p group by size, size + 1, 'x';
explain query plan select name, size from p where size = 5 group by name, size;
select p.id, p.name, p.size + 1, count(*) from p join t on p.id = t.a group by p.id, p.name, p.size + 1 order by 1;
select t.a, p.name, count(*) from t left join p on p.id = t.a group by p.name, t.a order by 1;
select size, size + 1, 'x', count(*) from p group by size, size + 1, 'x' order by 1;
insert into p values (3, 'd', 9);
explain query plan select distinct id, name from p
----
ok, 3 changes
plan VARCHAR | expected_rows BIGINT
Scan p(id, name) | 3
plan VARCHAR | expected_rows BIGINT
Aggregate by size | 1
  Scan p(size) | 3
plan VARCHAR | expected_rows BIGINT
Aggregate by a: count(*) AS count | 1
  Scan t(a) | 4
plan VARCHAR | expected_rows BIGINT
Project id, name, size + 1 AS "p.size + 1", count AS count | 1
  Join inner on id = a | 1
    Scan p(id, name, size) | 3
    Aggregate by a: count(*) AS count | 1
      Scan t(a) | 4
plan VARCHAR | expected_rows BIGINT
Project name AS name, a, count | 1
  Aggregate by a: count(*) AS count, first(name) AS name | 1
    Join left on a = id | 4
      Scan t(a) | 4
      Scan p(id, name) | 3
plan VARCHAR | expected_rows BIGINT
Project size, size + 1 AS "size + 1", 'x' AS "'x'", count | 1
  Aggregate by size: count(*) AS count | 1
    Scan p(size) | 3
plan VARCHAR | expected_rows BIGINT
Project name, size AS size | 1
  Aggregate by name: first(size) AS size | 1
    Filter size = 5 | 1
      Scan p(name, size) | 3
id INTEGER | name VARCHAR | p.size + 1 INTEGER | count(*) BIGINT
1 | a | 6 | 1
2 | b | 6 | 1
3 | c | 8 | 1
a INTEGER | name VARCHAR | count(*) BIGINT
1 | a | 1
2 | b | 1
3 | c | 1
4 | NULL | 1
size INTEGER | size + 1 INTEGER | 'x' VARCHAR | count(*) BIGINT
5 | 6 | x | 2
7 | 8 | x | 1
ok, 1 changes
plan VARCHAR | expected_rows BIGINT
Aggregate by id, name | 1
  Scan p(id, name) | 4

-- unused_joins
delete from p where name = 'd';
explain query plan select t.a from t left join p on t.a = p.id;
explain query plan select t.a from t left join u on t.a = u.a;
explain query plan select t.a from t left join (select a, count(*) as n from u group by a) g on t.a = g.a where t.b > 1;
explain query plan select t.a, n from t left join (select a, count(*) as n from u group by a) g on t.a = g.a;
select t.a from t left join p on t.a = p.id order by 1;
select t.a from t left join u on t.a = u.a order by 1
----
ok, 1 changes
plan VARCHAR | expected_rows BIGINT
Scan t(a) | 4
plan VARCHAR | expected_rows BIGINT
Join left on a#0 = a#3 | 4
  Scan t(a#0) | 4
  Scan u(a#3) | 3
plan VARCHAR | expected_rows BIGINT
Filter b > 1 | 4
  Scan t(a, b) | 4
plan VARCHAR | expected_rows BIGINT
Join left on a#0 = a#3 | 4
  Scan t(a#0) | 4
  Aggregate by a#3: count(*) AS count | 1
    Scan u(a#3) | 3
a INTEGER
1
2
3
4
a INTEGER
1
2
3
3
4

-- push_limit
explain query plan select a from t union all select a from u limit 2;
explain query plan select a from t union all select a from u order by a desc limit 2 offset 1;
explain query plan select t.a, u.c from t left join u on t.a = u.a order by t.a limit 2;
explain query plan select t.a, u.c from t left join u on t.a = u.a order by u.c limit 2;
select a from t union all select a from u order by a desc limit 2 offset 1;
select t.a, u.c from t left join u on t.a = u.a order by t.a, u.c limit 2
----
plan VARCHAR | expected_rows BIGINT
Limit 2 | 2
  Append (a) of (a#0), (a#3) | 4
    Limit 2 | 2
      Scan t(a#0) | 4
    Limit 2 | 2
      Scan u(a#3) | 3
plan VARCHAR | expected_rows BIGINT
Limit 2 offset 1 | 2
  Sort a DESC limit 3 | 3
    Append (a) of (a#0), (a#3) | 6
      Sort a#0 DESC limit 3 | 3
        Scan t(a#0) | 4
      Sort a#3 DESC limit 3 | 3
        Scan u(a#3) | 3
plan VARCHAR | expected_rows BIGINT
Sort a#0 limit 2 | 2
  Project a#0, c | 2
    Join left on a#0 = a#3 | 2
      Sort a#0 limit 2 | 2
        Scan t(a#0) | 4
      Scan u(a#3, c) | 3
plan VARCHAR | expected_rows BIGINT
Sort c limit 2 | 2
  Project a#0, c | 4
    Join left on a#0 = a#3 | 4
      Scan t(a#0) | 4
      Scan u(a#3, c) | 3
a INTEGER
3
3
a INTEGER | c VARCHAR
1 | p
2 | NULL

-- SHOW STATS
show stats for t;
show stats for p;
show stats for no_such_table
----
column_name VARCHAR | column_type VARCHAR | rows VARCHAR | nulls VARCHAR | distinct VARCHAR | min VARCHAR | max VARCHAR | sorted VARCHAR | ascending VARCHAR
a | INTEGER | 4 | 0 | 4 | 1 | 4 | YES | YES
b | INTEGER | 4 | 1 | 4 | 10 | 30 | NO | NO
s | VARCHAR | 4 | 1 | NULL | NULL | NULL | NO | NO
column_name VARCHAR | column_type VARCHAR | rows VARCHAR | nulls VARCHAR | distinct VARCHAR | min VARCHAR | max VARCHAR | sorted VARCHAR | ascending VARCHAR
id | INTEGER | 3 | 0 | 3 | 1 | 3 | YES | YES
name | VARCHAR | 3 | 0 | NULL | NULL | NULL | NO | NO
size | INTEGER | 3 | 0 | 3 | 5 | 7 | YES | NO
name error: no table "no_such_table"
LINE 1: show stats for no_such_table
                       ^^^^^^^^^^^^^

-- A column that a group's first row gives may be NULL for all that the plan knows, wherever else it stands.
create table repeated as select * from (values (1), (1), (2)) v(d);
select distinct case when not true then d else d end as c, d from repeated order by 1
----
ok, 3 changes
c INTEGER | d INTEGER
1 | 1
2 | 2

-- What stands in a plan several times is computed once, if that costs less than to store it.
explain (rules)
with s as (select a, count(*) as n from u group by a) select x.a, y.n from s x join s y on x.a = y.n where x.n = (select max(n) from s)
----
rule VARCHAR | plan VARCHAR
bind | Filter count#2 = max
NULL |   Join single
NULL |     Join inner on CAST(a#0 AS BIGINT) = count#5
NULL |       Aggregate by a#0: count(*) AS count#2
NULL |         Scan u(a#0, c)
NULL |       Aggregate by a#3: count(*) AS count#5
NULL |         Scan u(a#3, c)
NULL |     Aggregate: max(count) AS max
NULL |       Aggregate by a: count(*) AS count
NULL |         Scan u(a, c)
share | Share s0 subplan(a#0, count#2, a#3, count#5, max) of (a#0, count#2)
NULL |   Aggregate by a#0: count(*) AS count#2
NULL |     Scan u(a#0, c)
NULL |   Filter count#2 = max
NULL |     Join single
NULL |       Join inner on CAST(a#0 AS BIGINT) = count#5
NULL |         Stored s0(a#0, count#2)
NULL |         Stored s0(a#3, count#5)
NULL |       Aggregate: max(count) AS max
NULL |         Stored s0(a, count)
prune | Share s0 subplan(a, count#5) of (a, count#2)
NULL |   Aggregate by a: count(*) AS count#2
NULL |     Scan u(a)
NULL |   Filter count#2 = max
NULL |     Join single
NULL |       Join inner on CAST(a AS BIGINT) = count#5
NULL |         Stored s0(a, count#2)
NULL |         Project count#5
NULL |           Stored s0(a, count#5)
NULL |       Aggregate: max(count) AS max
NULL |         Stored s0(a, count)

with s as (select a, count(*) as n from u group by a) select x.a, y.n from s x join s y on x.a = y.n where x.n = (select min(n) from s) order by 1, 2;
with s as (select a, count(*) as n from u group by a) select * from s where a = 1 union all select * from s where a = 3
----
a INTEGER | n BIGINT
1 | 1
a INTEGER | n BIGINT
1 | 1
3 | 2

-- Where one of the places is filled with NULLs, all of them may hold NULLs.
with s as (select a, count(*) as n from u group by a)
select x.a, x.n, y.a, y.n from s x left join s y on x.a = y.n left join (select max(n) as m, min(a) as l from s) z on z.m = x.n order by 1
----
a INTEGER | n BIGINT | a INTEGER | n BIGINT
1 | 1 | 1 | 1
3 | 2 | NULL | NULL

-- Where groups are rows of one side of a join, the other side is aggregated first.
create table parent as select * from (values (1, 'one'), (2, 'two'), (3, 'three')) as v(id, name);
create table child as select * from (values (1, 10), (1, 11), (1, null), (2, 20), (4, 40), (null, 50)) as v(parent, x);
explain (rules) select p.id, p.name, count(c.x) as n, sum(c.x) as s from parent p left join child c on c.parent = p.id group by p.id, p.name;
select p.id, p.name, count(c.x) as n, sum(c.x) as s from parent p left join child c on c.parent = p.id group by p.id, p.name order by p.id;
select p.id, count(*) as n, count(distinct c.x) as d, max(p.name) as m from parent p join child c on c.parent = p.id group by p.id order by p.id;
select p.id, count(*) as n from parent p left join child c on c.parent = p.id group by p.id order by p.id;
select p.id, count(c.x) filter (where c.x is null) as n, min(coalesce(c.x, 7)) as m from parent p left join child c on c.parent = p.id group by p.id order by p.id
----
ok, 3 changes
ok, 6 changes
rule VARCHAR | plan VARCHAR
bind | Aggregate by id, name: count(x) AS count, sum(x) AS sum
NULL |   Join left on id = parent
NULL |     Scan parent(id, name)
NULL |     Scan child(parent, x)
group_keys | Project id, name AS name, count, sum
NULL |   Aggregate by id: count(x) AS count, sum(x) AS sum, first(name) AS name
NULL |     Join left on id = parent
NULL |       Scan parent(id, name)
NULL |       Scan child(parent, x)
group_join | Project id, name AS name, count, sum
NULL |   Project id, name AS name, coalesce(count, 0) AS count, sum AS sum
NULL |     Join left on id = parent
NULL |       Scan parent(id, name)
NULL |       Aggregate by parent: count(x) AS count, sum(x) AS sum
NULL |         Scan child(parent, x)
merge_projects | Project id, name, coalesce(count, 0) AS count, sum AS sum
NULL |   Join left on id = parent
NULL |     Scan parent(id, name)
NULL |     Aggregate by parent: count(x) AS count, sum(x) AS sum
NULL |       Scan child(parent, x)
id INTEGER | name VARCHAR | n BIGINT | s BIGINT
1 | one | 2 | 21
2 | two | 1 | 20
3 | three | 0 | NULL
id INTEGER | n BIGINT | d BIGINT | m VARCHAR
1 | 3 | 2 | one
2 | 1 | 1 | two
id INTEGER | n BIGINT
1 | 3
2 | 1
3 | 1
id INTEGER | n BIGINT | m INTEGER
1 | 0 | 7
2 | 0 | 20
3 | 0 | 7

-- A side that has many rows for each value of its keys is aggregated before the join, join by join, and its groups after it.
create table sales as select i % 50 as shop, i % 7 as amount, case when i % 11 > 0 then i % 5 end as discount from (with recursive n(i) as (select 0 union all select i + 1 from n where i < 19999) select i from n) z;
create table shops as select i as id, i % 10 as town, 'shop ' || i as name from (with recursive n(i) as (select 0 union all select i + 1 from n where i < 44) select i from n) z;
create table towns as select i as id, 'town ' || (i % 4) as name from (with recursive n(i) as (select 0 union all select i + 1 from n where i < 9) select i from n) z;
explain (rules) select t.name, sum(amount), count(*), count(discount), min(s.name), max(discount) from sales join shops s on shop = s.id join towns t on town = t.id group by t.name;
select t.name, sum(amount), count(*), count(discount), min(s.name), max(discount) from sales join shops s on shop = s.id join towns t on town = t.id group by t.name order by t.name;
select s.name, sum(amount) filter (where discount = 3), count(distinct s.town) from sales left join shops s on shop = s.id group by s.name order by 2, 1 limit 3;
select town % 2 as side, sum(amount) as amount from sales, shops s where shop = s.id group by side order by side;
set disabled_rules = 'eager_aggregation';
select t.name, sum(amount), count(*), count(discount), min(s.name), max(discount) from sales join shops s on shop = s.id join towns t on town = t.id group by t.name order by t.name;
select s.name, sum(amount) filter (where discount = 3), count(distinct s.town) from sales left join shops s on shop = s.id group by s.name order by 2, 1 limit 3;
select town % 2 as side, sum(amount) as amount from sales, shops s where shop = s.id group by side order by side;
set disabled_rules = ''
----
ok, 20000 changes
ok, 45 changes
ok, 10 changes
rule VARCHAR | plan VARCHAR
bind | Aggregate by name#7: sum(amount) AS sum, count(*) AS count#9, count(discount) AS count#10, min(name#5) AS min, max(discount) AS max
NULL |   Join inner on town = id#6
NULL |     Join inner on shop = id#3
NULL |       Scan sales(shop, amount, discount)
NULL |       Scan shops(id#3, town, name#5)
NULL |     Scan towns(id#6, name#7)
join_order | Aggregate by name#7: sum(amount) AS sum, count(*) AS count#9, count(discount) AS count#10, min(name#5) AS min, max(discount) AS max
NULL |   Join inner on shop = id#3
NULL |     Scan sales(shop, amount, discount)
NULL |     Join inner on town = id#6
NULL |       Scan shops(id#3, town, name#5)
NULL |       Scan towns(id#6, name#7)
eager_aggregation | Project CAST(sum#14 AS BIGINT) AS sum, CAST(sum#16 AS BIGINT) AS count#9, CAST(sum#18 AS BIGINT) AS count#10, min AS min, max AS max, name#7
NULL |   Aggregate by name#7: sum(sum) AS sum#14, sum(count#15) AS sum#16, sum(count#17) AS sum#18, min(name#5) AS min, max(max) AS max
NULL |     Join inner on shop = id#3
NULL |       Aggregate by shop: sum(amount) AS sum, count(*) AS count#15, count(discount) AS count#17, max(discount) AS max
NULL |         Scan sales(shop, amount, discount)
NULL |       Join inner on town = id#6
NULL |         Scan shops(id#3, town, name#5)
NULL |         Scan towns(id#6, name#7)
prune | Project CAST(sum#14 AS BIGINT) AS sum, CAST(sum#16 AS BIGINT) AS count#9, CAST(sum#18 AS BIGINT) AS count#10, min AS min, max AS max, name#7
NULL |   Aggregate by name#7: sum(sum) AS sum#14, sum(count#15) AS sum#16, sum(count#17) AS sum#18, min(name#5) AS min, max(max) AS max
NULL |     Join inner on shop = id#3
NULL |       Aggregate by shop: sum(amount) AS sum, count(*) AS count#15, count(discount) AS count#17, max(discount) AS max
NULL |         Scan sales(shop, amount, discount)
NULL |       Project id#3, name#5, name#7
NULL |         Join inner on town = id#6
NULL |           Scan shops(id#3, town, name#5)
NULL |           Scan towns(id#6, name#7)
name VARCHAR | sum(amount) BIGINT | count(*) BIGINT | count(discount) BIGINT | min(s.name) VARCHAR | max(discount) INTEGER
town 0 | 16797 | 5600 | 5091 | shop 0 | 4
town 1 | 15597 | 5200 | 4728 | shop 1 | 4
town 2 | 10799 | 3600 | 3272 | shop 12 | 2
town 3 | 10801 | 3600 | 3272 | shop 13 | 3
name VARCHAR | sum(amount) FILTER (WHERE discount = 3) BIGINT | count(DISTINCT s.town) BIGINT
shop 28 | 1089 | 1
shop 23 | 1090 | 1
shop 33 | 1090 | 1
side INTEGER | amount BIGINT
0 | 27596
1 | 26398
ok, 0 changes
name VARCHAR | sum(amount) BIGINT | count(*) BIGINT | count(discount) BIGINT | min(s.name) VARCHAR | max(discount) INTEGER
town 0 | 16797 | 5600 | 5091 | shop 0 | 4
town 1 | 15597 | 5200 | 4728 | shop 1 | 4
town 2 | 10799 | 3600 | 3272 | shop 12 | 2
town 3 | 10801 | 3600 | 3272 | shop 13 | 3
name VARCHAR | sum(amount) FILTER (WHERE discount = 3) BIGINT | count(DISTINCT s.town) BIGINT
shop 28 | 1089 | 1
shop 23 | 1090 | 1
shop 33 | 1090 | 1
side INTEGER | amount BIGINT
0 | 27596
1 | 26398
ok, 0 changes

-- Where a key comes many times, its least and greatest value say whether there is another one.
create table many as select i % 3 as k, case when i % 3 = 0 then 5 else i % 7 end as x from (with recursive n(i) as (select 0 union all select i + 1 from n where i < 199) select i from n) z;
explain (rules) select count(*) from many a where exists (select 1 from many b where b.k = a.k and b.x <> a.x);
select k, count(*) from many a where exists (select 1 from many b where b.k = a.k and b.x <> a.x) group by k order by k;
select k, count(*) from many a where not exists (select 1 from many b where b.k = a.k and a.x <> b.x) group by k order by k
----
ok, 200 changes
rule VARCHAR | plan VARCHAR
bind | Aggregate: count(*) AS count
NULL |   Join semi
NULL |     Scan many(k, x)
NULL |     Project
NULL |       Limit 1
NULL |         Project 1 AS "1"
NULL |           Filter k = k AND x <> x
NULL |             Scan many(k, x)
decorrelate | Aggregate: count(*) AS count
NULL |   Join semi on k#0 = k#2 where x#3 <> x#1
NULL |     Scan many(k#0, x#1)
NULL |     Scan many(k#2, x#3)
unequal | Aggregate: count(*) AS count
NULL |   Join semi on k = key where x <> min OR x <> max
NULL |     Scan many(k, x)
NULL |     Aggregate by k AS key: min(x) AS min, max(x) AS max
NULL |       Scan many(k, x)
k INTEGER | count(*) BIGINT
1 | 67
2 | 66
k INTEGER | count(*) BIGINT
0 | 67

-- A constant of a side that a full join fills with NULLs is none above it.
select x.c, u.c as d, count(*) as n from (select a, false as c from t) x full join u on u.a = x.a + 2 group by x.c, u.c order by 1, 2
----
c BOOLEAN | d VARCHAR | n BIGINT
false | q | 1
false | r | 1
false | NULL | 3
NULL | p | 1
