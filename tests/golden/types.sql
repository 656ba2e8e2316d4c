select 1 as i, 3000000000 as b, 1.50 as d, 1e3 as f, 'x' as s, true as t, null as n, date '2024-02-29' as dd, timestamp '2024-01-31 13:45:00.5' as ts
----

select 7 / 2 as a, 7 % 3 as b, -7 / 2 as c, -7 % 3 as d, 7 // 2 as e, 7 / 2.0 as f
----

select 0.1 + 0.2 = 0.3 as exact, 0.1 + 0.2 as s, 1.5 * 1.5 as p, 1.00 - 0.1 as m
----

select cast(2.5 as integer) as a, cast(3.5e0 as integer) as b, cast(2.5e0 as integer) as c, cast(-2.5 as integer) as d, cast('12' as bigint) as e, '5' + 1 as f
----

select 1.005::decimal(10,2) as a, -1.005::decimal(10,2) as b, 2::decimal(5,3) as c, 1.5::double as d, 1::varchar || 'x' as e
----

select try_cast('zz' as integer) as a, try_cast('2024-13-01' as date) as b, try_cast(300 as tinyint) as c
----

select 1.0e0 / 0 as a, -1.0e0 / 0 as b, 0e0 / 0 as c
----

select 'ABC' like 'a%' as a, 'ABC' ilike 'a%' as b, 'a%c' like 'a!%c' escape '!' as c, 'abc' not like '_b_' as d
----

select extract(year from date '2024-02-29') as y, extract(month from date '2024-02-29') as m, date '2024-01-31' + interval '1' month as n, date '2024-02-01' - date '2024-01-01' as d, date '2024-01-01' + 31 as e
----

select date '2024-01-31' < '2024-02-01' as a, date '2024-01-31' - interval '1 day 2 hours' as b
----

select upper('abc') as u, length('héllo') as l, substring('hello', 2, 3) as s, trim('  x ') as t, replace('aXbX', 'X', '-') as r, 'a' || 'b' || null as n, concat('a', null, 1) as c
----

select abs(-5) as a, round(2.567, 2) as r, floor(-1.5e0) as f, greatest(1, 3, 2) as g, sqrt(16e0) as s, power(2, 10) as p
----

select interval '1 year 2 months 3 days 04:05:06' as i
----

select 123456789012345678901234567890 as big, 99999999999999999999999999999999999999 as widest
----
