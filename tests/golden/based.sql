-- Numbers that need eight bytes are held as steps from a base where they lie close together; nothing shows of it.
create table far as
select * from (values
    (9223372036854775807, timestamp '2024-03-01 12:00:00', 12345678901234.56, 1),
    (9223372036854775800, timestamp '2024-03-01 12:00:07', null, 2),
    (9223372036854775801, null, 12345678901234.99, 3),
    (9223372036854775807, timestamp '2025-03-01 00:00:00', 12345678900000.00, 4)) v(id, at, price, n);
select * from far order by n;
select * from far where id > 9223372036854775800 and at >= timestamp '2024-03-01 12:00:00' order by n;
select id, count(*), min(at), max(price), sum(price) from far group by id order by id;
select a.n, b.n from far a join far b on a.id = b.id order by 1, 2;
select n from far where price = 12345678901234.99;
update far set id = id - 9223372036854775800, at = at + interval '1 second' where n = 1;
delete from far where n = 2;
select * from far order by n;
select id + 1 from far where n = 4;
show stats for far
----
ok, 4 changes
id BIGINT | at TIMESTAMP | price DECIMAL(16,2) | n INTEGER
9223372036854775807 | 2024-03-01 12:00:00 | 12345678901234.56 | 1
9223372036854775800 | 2024-03-01 12:00:07 | NULL | 2
9223372036854775801 | NULL | 12345678901234.99 | 3
9223372036854775807 | 2025-03-01 00:00:00 | 12345678900000.00 | 4
id BIGINT | at TIMESTAMP | price DECIMAL(16,2) | n INTEGER
9223372036854775807 | 2024-03-01 12:00:00 | 12345678901234.56 | 1
9223372036854775807 | 2025-03-01 00:00:00 | 12345678900000.00 | 4
id BIGINT | count(*) BIGINT | min(at) TIMESTAMP | max(price) DECIMAL(16,2) | sum(price) DECIMAL(38,2)
9223372036854775800 | 1 | 2024-03-01 12:00:07 | NULL | NULL
9223372036854775801 | 1 | NULL | 12345678901234.99 | 12345678901234.99
9223372036854775807 | 2 | 2024-03-01 12:00:00 | 12345678901234.56 | 24691357801234.56
n INTEGER | n INTEGER
1 | 1
1 | 4
2 | 2
3 | 3
4 | 1
4 | 4
n INTEGER
3
ok, 1 changes
ok, 1 changes
id BIGINT | at TIMESTAMP | price DECIMAL(16,2) | n INTEGER
7 | 2024-03-01 12:00:01 | 12345678901234.56 | 1
9223372036854775801 | NULL | 12345678901234.99 | 3
9223372036854775807 | 2025-03-01 00:00:00 | 12345678900000.00 | 4
runtime error: BIGINT overflow: 9223372036854775807 + 1 does not fit
LINE 1: select id + 1 from far where n = 4
               ^^^^^^
column_name VARCHAR | column_type VARCHAR | rows VARCHAR | nulls VARCHAR | distinct VARCHAR | min VARCHAR | max VARCHAR | sorted VARCHAR | ascending VARCHAR
id | BIGINT | 3 | 0 | 3 | 7 | 9223372036854775807 | NO | NO
at | TIMESTAMP | 3 | 1 | 3 | 2024-03-01 12:00:01 | 2025-03-01 00:00:00 | NO | NO
price | DECIMAL(16,2) | 3 | 0 | 3 | 12345678900000.00 | 12345678901234.99 | NO | NO
n | INTEGER | 3 | 0 | 3 | 1 | 4 | NO | NO

-- The ends of the range: one step apart, and with 0 between them.
create table ends as select * from (values (-9223372036854775807 - 1), (9223372036854775807)) v(x);
select x, x = 9223372036854775807 as is_max, x < 0 as is_negative from ends order by x;
create table three as select * from (values (-9223372036854775807 - 1), (0), (9223372036854775807)) v(x);
select x from three where x >= 0 order by x;
show stats for three
----
ok, 2 changes
x BIGINT | is_max BOOLEAN | is_negative BOOLEAN
-9223372036854775808 | false | true
9223372036854775807 | true | false
ok, 3 changes
x BIGINT
0
9223372036854775807
column_name VARCHAR | column_type VARCHAR | rows VARCHAR | nulls VARCHAR | distinct VARCHAR | min VARCHAR | max VARCHAR | sorted VARCHAR | ascending VARCHAR
x | BIGINT | 3 | 0 | 3 | -9223372036854775808 | 9223372036854775807 | YES | YES

-- Values that rise over all rows, with repeats.
create table noted as select * from (values
    (timestamp '2024-01-01 00:00:00', 5), (timestamp '2024-01-01 00:00:00', 4), (timestamp '2024-01-01 00:00:01', 6)) v(at, k);
show stats for noted;
insert into noted values (timestamp '2024-01-01 00:00:01', 7);
show stats for noted;
insert into noted values (timestamp '2023-01-01 00:00:00', 8);
show stats for noted;
select k from noted where at between timestamp '2024-01-01 00:00:01' and timestamp '2024-01-02 00:00:00' order by k
----
ok, 3 changes
column_name VARCHAR | column_type VARCHAR | rows VARCHAR | nulls VARCHAR | distinct VARCHAR | min VARCHAR | max VARCHAR | sorted VARCHAR | ascending VARCHAR
at | TIMESTAMP | 3 | 0 | 3 | 2024-01-01 00:00:00 | 2024-01-01 00:00:01 | YES | NO
k | INTEGER | 3 | 0 | 3 | 4 | 6 | NO | NO
ok, 1 changes
column_name VARCHAR | column_type VARCHAR | rows VARCHAR | nulls VARCHAR | distinct VARCHAR | min VARCHAR | max VARCHAR | sorted VARCHAR | ascending VARCHAR
at | TIMESTAMP | 4 | 0 | 4 | 2024-01-01 00:00:00 | 2024-01-01 00:00:01 | YES | NO
k | INTEGER | 4 | 0 | 4 | 4 | 7 | NO | NO
ok, 1 changes
column_name VARCHAR | column_type VARCHAR | rows VARCHAR | nulls VARCHAR | distinct VARCHAR | min VARCHAR | max VARCHAR | sorted VARCHAR | ascending VARCHAR
at | TIMESTAMP | 5 | 0 | 5 | 2023-01-01 00:00:00 | 2024-01-01 00:00:01 | NO | NO
k | INTEGER | 5 | 0 | 5 | 4 | 8 | NO | NO
k INTEGER
6
7
