create table t (i integer, k integer, w decimal(38, 2), x double, s varchar, f boolean, v interval);
insert into t values (1, 5, 10.50, 1.5, 'pear', true, interval 1 day), (2, null, null, null, null, null, null), (3, -3, -99999999999999999999.25, 'nan'::double, 'a long text that goes on', false, interval 1 month), (4, 5, 99999999999999999999.25, -0.0, 'a long text that goes off', true, interval 30 days), (5, 7, 99999999999999999999.50, 0.0, '', false, interval 31 days), (6, -3, 10.50, -1e300, 'pea', null, interval -1 hour), (7, null, 0.00, 'infinity'::double, 'a long', true, null), (8, 2147483647, 7.00, 3.25, 'a long text', false, interval 24 hours), (9, -2147483648, 7.01, 2.5, 'peach', true, interval 2 months), (10, 0, null, null, 'zebra', null, interval 1 second), (11, 5, 5.00, 1.5, 'pear', false, interval 720 hours)
----
ok, 0 changes
ok, 11 changes

-- the first rows are those of the whole order
select i, k from t order by k, i;
select i, k from t order by k, i limit 3;
select i, k from t order by k desc, i limit 4;
select i, k from t order by k nulls first, i desc limit 4;
select i, k from t order by k desc nulls last, i limit 5 offset 2
----
i INTEGER | k INTEGER
9 | -2147483648
3 | -3
6 | -3
10 | 0
1 | 5
4 | 5
11 | 5
5 | 7
8 | 2147483647
2 | NULL
7 | NULL
i INTEGER | k INTEGER
9 | -2147483648
3 | -3
6 | -3
i INTEGER | k INTEGER
2 | NULL
7 | NULL
8 | 2147483647
5 | 7
i INTEGER | k INTEGER
7 | NULL
2 | NULL
9 | -2147483648
6 | -3
i INTEGER | k INTEGER
1 | 5
4 | 5
11 | 5
10 | 0
3 | -3

-- wide numbers that differ beyond 64 bits
select i, w from t order by w, i;
select i, w from t order by w, i limit 2;
select i, w from t order by w desc nulls last, i limit 3
----
i INTEGER | w DECIMAL(38,2)
3 | -99999999999999999999.25
7 | 0.00
11 | 5.00
8 | 7.00
9 | 7.01
1 | 10.50
6 | 10.50
4 | 99999999999999999999.25
5 | 99999999999999999999.50
2 | NULL
10 | NULL
i INTEGER | w DECIMAL(38,2)
3 | -99999999999999999999.25
7 | 0.00
i INTEGER | w DECIMAL(38,2)
5 | 99999999999999999999.50
4 | 99999999999999999999.25
1 | 10.50

-- NaN, infinities and zeros
select i, x from t order by x, i;
select i, x from t order by x, i limit 3;
select i, x from t order by x desc nulls last, i limit 3
----
i INTEGER | x DOUBLE
6 | -1e+300
4 | 0
5 | 0
1 | 1.5
11 | 1.5
9 | 2.5
8 | 3.25
7 | Infinity
3 | NaN
2 | NULL
10 | NULL
i INTEGER | x DOUBLE
6 | -1e+300
4 | 0
5 | 0
i INTEGER | x DOUBLE
3 | NaN
7 | Infinity
8 | 3.25

-- text that is equal at its beginning
select i, s from t order by s, i;
select i, s from t order by s, i limit 4;
select i, s from t order by s desc nulls last, i limit 4
----
i INTEGER | s VARCHAR
5 |
7 | a long
8 | a long text
4 | a long text that goes off
3 | a long text that goes on
6 | pea
9 | peach
1 | pear
11 | pear
10 | zebra
2 | NULL
i INTEGER | s VARCHAR
5 |
7 | a long
8 | a long text
4 | a long text that goes off
i INTEGER | s VARCHAR
10 | zebra
1 | pear
11 | pear
9 | peach

-- truth values and intervals, rows that are equal stay in order
select i, f from t order by f limit 4;
select i, v from t order by v, i limit 6;
select i, k from t order by k = 5 desc limit 3
----
i INTEGER | f BOOLEAN
3 | false
5 | false
8 | false
11 | false
i INTEGER | v INTERVAL
6 | -01:00:00
10 | 00:00:01
1 | 1 day
8 | 24:00:00
3 | 1 mon
4 | 30 days
i INTEGER | k INTEGER
2 | NULL
7 | NULL
1 | 5

-- no row is wanted, or more than there are
select i from t order by k limit 0;
select count(*) from (select i from t order by k limit 100);
select i from t order by i desc limit 1
----
i INTEGER
count(*) BIGINT
11
i INTEGER
11
