-- integer division
select 7/2, -7/2, 7//2, 7/2.0
----
7 / 2 INTEGER | -7 / 2 INTEGER | 7 // 2 INTEGER | 7 / 2.0 DOUBLE
3 | -3 | 3 | 3.5

-- overflow
select 9223372036854775807 + 1
----
runtime error: BIGINT overflow: 9223372036854775807 + 1 does not fit
LINE 1: select 9223372036854775807 + 1
               ^^^^^^^^^^^^^^^^^^^^^^^

select cast(300 as tinyint)
----
runtime error: value 300 is out of range (-128 to 127)
LINE 1: select cast(300 as tinyint)
                    ^^^

-- types of sums
select cast(100 as tinyint) + cast(100 as tinyint) as small, 1 + cast(1 as bigint) as wide
----
small INTEGER | wide BIGINT
200 | 2

-- sum of bigint
select sum(x) as total from (values (9223372036854775807), (9223372036854775807)) as t(x)
----
total DECIMAL(38,0)
18446744073709551614

-- division by zero
select 1/0
----
runtime error: division by zero
LINE 1: select 1/0
               ^^^

select 5 % 0
----
runtime error: division by zero
LINE 1: select 5 % 0
               ^^^^^

select 1.0 % 0.0
----
runtime error: division by zero
LINE 1: select 1.0 % 0.0
               ^^^^^^^^^

-- doubles
select 1e0/0 as positive, -1e0/0 as negative, 0e0/0 as neither, 1e308 * 10 as large
----
positive DOUBLE | negative DOUBLE | neither DOUBLE | large DOUBLE
Infinity | -Infinity | NaN | Infinity

-- decimals
select 0.1 + 0.2 = 0.3 as exact, 1e-1 + 2e-1 = 3e-1 as binary
----
exact BOOLEAN | binary BOOLEAN
true | false

select 1.50 + 2.5 as sum, 1.50 * 2.5 as product, 1.5 / 2 as quotient
----
sum DECIMAL(4,2) | product DECIMAL(5,3) | quotient DOUBLE
4.00 | 3.750 | 0.75

select cast(99999999999999999999999999999999999999 as decimal(38,0)) * 10.0
----
runtime error: DECIMAL overflow: 99999999999999999999999999999999999999 * 100 does not fit
LINE 1: select cast(99999999999999999999999999999999999999 as decimal(38,0)) * 10.0
                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

select avg(x) as mean from (values (1.50), (2.25)) as t(x)
----
mean DOUBLE
1.875

-- rounding
select cast(2.5 as integer) as up, cast(-2.5 as integer) as down, cast(1.005 as decimal(3,2)) as cents
----
up INTEGER | down INTEGER | cents DECIMAL(3,2)
3 | -3 | 1.01

-- like
select 'ABC' like 'a%' as exact, 'ABC' ilike 'a%' as folded
----
exact BOOLEAN | folded BOOLEAN
false | true

-- untyped literals
select '5' + 1 as six, date '2024-02-01' > '2024-01-31' as later
----
six INTEGER | later BOOLEAN
6 | true

-- text and numbers
select name + 1 from (values ('x')) as t(name)
----
type error: cannot add VARCHAR and INTEGER
LINE 1: select name + 1 from (values ('x')) as t(name)
               ^^^^^^^^
hint: write CAST(… AS …) if the text holds a number, or || to concatenate

-- not grouped
select name, count(*) from (values ('x')) as t(name)
----
type error: column "name" must appear in GROUP BY, or be inside an aggregate
LINE 1: select name, count(*) from (values ('x')) as t(name)
               ^^^^
hint: add it to GROUP BY or use any_value(name)

-- identifiers
select NAME, "Name" from (values ('x')) as t(nAmE)
----
nAmE VARCHAR | nAmE VARCHAR
x | x

-- order of nulls
select x from (values (1), (null), (2)) as t(x) order by x
----
x INTEGER
1
2
NULL

select x from (values (1), (null), (2)) as t(x) order by x desc
----
x INTEGER
NULL
2
1

-- nan
select x, x = x as same from (values (1e0), (0e0/0), (1e0/0), (-1e0)) as t(x) order by x
----
x DOUBLE | same BOOLEAN
-1 | true
1 | true
Infinity | true
NaN | true

-- join kinds
select * from (values (1)) as a(x) positional join (values (2)) as b(y)
----
unsupported error: POSITIONAL JOIN is not supported yet
LINE 1: select * from (values (1)) as a(x) positional join (values (2)) as b(y)
                                           ^^^^^^^^^^

-- concat of NULL
select concat('a', NULL, 'b') as strings, 'a' || NULL as operator
----
strings VARCHAR | operator VARCHAR
ab | NULL

-- names of months
select monthname(date '2024-03-15') as month, dayname(date '2024-03-15') as day
----
month VARCHAR | day VARCHAR
March | Friday

-- intervals as text
select - interval '23 hours' as hours, interval '1 year 2 months -3 days' as parts
----
hours INTERVAL | parts INTERVAL
-23:00:00 | 1 year 2 mons -3 days

-- remainder of doubles
select mod(10.5::double, 0.0::double) as m, -7.5::double % 2 as n
----
m DOUBLE | n DOUBLE
NaN | -1.5

-- numbers of changed rows
create table counted (a integer);
insert into counted values (1), (2);
delete from counted where a = 1;
explain delete from counted
----
ok, 0 changes
ok, 2 changes
ok, 1 changes
addr INTEGER | opcode VARCHAR | p1 INTEGER | p2 INTEGER | p3 INTEGER | p4 VARCHAR | p5 INTEGER | comment VARCHAR
0 | Init | 1 | 0 | 0 |  | 0 | start at 1
1 | OpenRead | 0 | 0 | 0 | counted(row number,kept) | 0 | scan counted
2 | Rewind | 0 | 8 | 0 |  | 0 | first batch; goto 8 if empty
3 |   Column | 0 | 0 | 0 | r0,r1 | 0 | row number, kept
4 |   Kernel | 0 | 0 | 1 | k0(r1) -> () | 2 | filter
5 |   Gather | 1 | 0 | 2 |  | 0 | r2 = row number
6 |   Delete | 1 | 3 | 0 | r2 | 0 | row number
7 | Next | 0 | 3 | 0 |  | 0 | next batch, loop to 3
8 | Halt | 0 | 0 | 0 |  | 0 | done
NULL | NULL | NULL | NULL | NULL | NULL | NULL | kernel k0  filter  2 insns, at most 2 steps and 1 bytes a row, cannot trap
NULL | NULL | NULL | NULL | NULL | NULL | NULL |   input  c0.bits
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    0  ldbits    m0, c0
NULL | NULL | NULL | NULL | NULL | NULL | NULL |    1  need      m0
