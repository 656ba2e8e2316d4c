select 1 as i, 3000000000 as b, 1.50 as d, 1e3 as f, 'x' as s, true as t, null as n, date '2024-02-29' as dd, timestamp '2024-01-31 13:45:00.5' as ts
----
i INTEGER | b BIGINT | d DECIMAL(3,2) | f DOUBLE | s VARCHAR | t BOOLEAN | n INTEGER | dd DATE | ts TIMESTAMP
1 | 3000000000 | 1.50 | 1000 | x | true | NULL | 2024-02-29 | 2024-01-31 13:45:00.5

select 7 / 2 as a, 7 % 3 as b, -7 / 2 as c, -7 % 3 as d, 7 // 2 as e, 7 / 2.0 as f
----
a INTEGER | b INTEGER | c INTEGER | d INTEGER | e INTEGER | f DOUBLE
3 | 1 | -3 | -1 | 3 | 3.5

select 0.1 + 0.2 = 0.3 as exact, 0.1 + 0.2 as s, 1.5 * 1.5 as p, 1.00 - 0.1 as m
----
exact BOOLEAN | s DECIMAL(2,1) | p DECIMAL(4,2) | m DECIMAL(4,2)
true | 0.3 | 2.25 | 0.90

select cast(2.5 as integer) as a, cast(3.5e0 as integer) as b, cast(2.5e0 as integer) as c, cast(-2.5 as integer) as d, cast('12' as bigint) as e, '5' + 1 as f
----
a INTEGER | b INTEGER | c INTEGER | d INTEGER | e BIGINT | f INTEGER
3 | 4 | 2 | -3 | 12 | 6

select 1.005::decimal(10,2) as a, -1.005::decimal(10,2) as b, 2::decimal(5,3) as c, 1.5::double as d, 1::varchar || 'x' as e
----
a DECIMAL(10,2) | b DECIMAL(10,2) | c DECIMAL(5,3) | d DOUBLE | e VARCHAR
1.01 | -1.01 | 2.000 | 1.5 | 1x

select try_cast('zz' as integer) as a, try_cast('2024-13-01' as date) as b, try_cast(300 as tinyint) as c
----
a INTEGER | b DATE | c TINYINT
NULL | NULL | NULL

select 1.0e0 / 0 as a, -1.0e0 / 0 as b, 0e0 / 0 as c
----
a DOUBLE | b DOUBLE | c DOUBLE
Infinity | -Infinity | NaN

select 'ABC' like 'a%' as a, 'ABC' ilike 'a%' as b, 'a%c' like 'a!%c' escape '!' as c, 'abc' not like '_b_' as d
----
a BOOLEAN | b BOOLEAN | c BOOLEAN | d BOOLEAN
false | true | true | false

select extract(year from date '2024-02-29') as y, extract(month from date '2024-02-29') as m, date '2024-01-31' + interval '1' month as n, date '2024-02-01' - date '2024-01-01' as d, date '2024-01-01' + 31 as e
----
y BIGINT | m BIGINT | n TIMESTAMP | d BIGINT | e DATE
2024 | 2 | 2024-02-29 00:00:00 | 31 | 2024-02-01

select date '2024-01-31' < '2024-02-01' as a, date '2024-01-31' - interval '1 day 2 hours' as b
----
a BOOLEAN | b TIMESTAMP
true | 2024-01-29 22:00:00

select upper('abc') as u, length('héllo') as l, substring('hello', 2, 3) as s, trim('  x ') as t, replace('aXbX', 'X', '-') as r, 'a' || 'b' || null as n, concat('a', null, 1) as c
----
u VARCHAR | l BIGINT | s VARCHAR | t VARCHAR | r VARCHAR | n VARCHAR | c VARCHAR
ABC | 5 | ell | x | a-b- | NULL | a1

select abs(-5) as a, round(2.567, 2) as r, floor(-1.5e0) as f, greatest(1, 3, 2) as g, sqrt(16e0) as s, power(2, 10) as p
----
a INTEGER | r DECIMAL(5,3) | f DOUBLE | g INTEGER | s DOUBLE | p DOUBLE
5 | 2.570 | -2 | 3 | 4 | 1024

select interval '1 year 2 months 3 days 04:05:06' as i
----
i INTERVAL
1 year 2 mons 3 days 04:05:06

select 123456789012345678901234567890 as big, 99999999999999999999999999999999999999 as widest
----
big DECIMAL(30,0) | widest DECIMAL(38,0)
123456789012345678901234567890 | 99999999999999999999999999999999999999

select 1::integer + 1::varchar
----
type error: cannot add INTEGER and VARCHAR
LINE 1: select 1::integer + 1::varchar
               ^^^^^^^^^^^^^^
hint: write CAST(… AS …) if the text holds a number, or || to concatenate

select '%' like '%' escape '%'
----
runtime error: the pattern of LIKE ends with its escape character
LINE 1: select '%' like '%' escape '%'
               ^^^^^^^^^^^^^^^^^^^^^^^

select '10%' like '10!%' escape '!', 'a!' like 'a!!' escape '!'
----
'10%' LIKE '10!%' ESCAPE '!' BOOLEAN | 'a!' LIKE 'a!!' ESCAPE '!' BOOLEAN
true | true

select extract(julian from time '10:00:00')
----
runtime error: a TIME has no part 'julian'
LINE 1: select extract(julian from time '10:00:00')
                                        ^^^^^^^^^^

select date_part('epoch', time '10:00:00.5'), date_part('hour', time '10:00:00.5')
----
date_part('epoch', TIME '10:00:00.5') DOUBLE | date_part('hour', TIME '10:00:00.5') BIGINT
36000.5 | 10

select cast(0.5::double as hugeint), cast(-0.5::double as hugeint), typeof(-42::utinyint), -42::utinyint
----
CAST(0.5::DOUBLE AS HUGEINT) DECIMAL(38,0) | CAST(-0.5::DOUBLE AS HUGEINT) DECIMAL(38,0) | typeof(-42::UTINYINT) VARCHAR | -42::UTINYINT INTEGER
1 | -1 | INTEGER | -42

select split_part('a,b,c', '', 1), split_part('a,b,c', '', 3)
----
split_part('a,b,c', '', 1) VARCHAR | split_part('a,b,c', '', 3) VARCHAR
a,b,c |
