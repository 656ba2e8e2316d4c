-- integer division
select 7/2, -7/2, 7//2, 7/2.0
----

-- overflow
select 9223372036854775807 + 1
----

select cast(300 as tinyint)
----

-- types of sums
select cast(100 as tinyint) + cast(100 as tinyint) as small, 1 + cast(1 as bigint) as wide
----

-- sum of bigint
select sum(x) as total from (values (9223372036854775807), (9223372036854775807)) as t(x)
----

-- division by zero
select 1/0
----

select 5 % 0
----

select 1.0 % 0.0
----

-- doubles
select 1e0/0 as positive, -1e0/0 as negative, 0e0/0 as neither, 1e308 * 10 as large
----

-- decimals
select 0.1 + 0.2 = 0.3 as exact, 1e-1 + 2e-1 = 3e-1 as binary
----

select 1.50 + 2.5 as sum, 1.50 * 2.5 as product, 1.5 / 2 as quotient
----

select cast(99999999999999999999999999999999999999 as decimal(38,0)) * 10.0
----

select avg(x) as mean from (values (1.50), (2.25)) as t(x)
----

-- rounding
select cast(2.5 as integer) as up, cast(-2.5 as integer) as down, cast(1.005 as decimal(3,2)) as cents
----

-- like
select 'ABC' like 'a%' as exact, 'ABC' ilike 'a%' as folded
----

-- untyped literals
select '5' + 1 as six, date '2024-02-01' > '2024-01-31' as later
----

-- text and numbers
select name + 1 from (values ('x')) as t(name)
----

-- not grouped
select name, count(*) from (values ('x')) as t(name)
----

-- identifiers
select NAME, "Name" from (values ('x')) as t(nAmE)
----

-- order of nulls
select x from (values (1), (null), (2)) as t(x) order by x
----

select x from (values (1), (null), (2)) as t(x) order by x desc
----

-- nan
select x, x = x as same from (values (1e0), (0e0/0), (1e0/0), (-1e0)) as t(x) order by x
----

-- join kinds
select * from (values (1)) as a(x) positional join (values (2)) as b(y)
----

