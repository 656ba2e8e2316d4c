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
