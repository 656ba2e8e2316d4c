create table l (x boolean, y boolean);
insert into l values (true, true), (true, false), (true, null), (false, true), (false, false), (false, null), (null, true), (null, false), (null, null);
----

select x, y, x and y as a, x or y as o, not x as n from l
----

select x is true as t, x is false as f, x is unknown as u, x is not true as nt from l
----

select x = y as eq, x is distinct from y as d, x is not distinct from y as nd from l
----

select count(*) from l where x
----

select count(*) from l where not (x and y)
----

select coalesce(x, y, false) as c, case when x then 1 when y then 2 else 3 end as k from l
----

select 1 in (1, null) as a, 2 in (1, null) as b, 2 not in (1, null) as c, null in (1, 2) as d, 2 not in (1, 3) as e
----

select null = null as a, null is null as b, null + 1 as c, nullif(1, 1) as d, nullif(1, 2) as e, ifnull(null, 5) as f
----

select case when 1 = 0 then 1 / 0 else 7 end as guarded, coalesce(1, 1 / 0) as c, (1 = 0 and 1 / 0 = 1) as a, (1 = 1 or 1 / 0 = 1) as o
----
