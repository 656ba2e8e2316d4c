select count(*) from 'tests/data/zones.csv'
----

select * from 'tests/data/zones.csv' where country_code = 'NZ' order by zone
----

select country, count(*) as zones, max(latitude) as north from 'tests/data/zones.csv' group by country having count(*) > 8 order by zones desc, country
----

select z.country from 'tests/data/zones.csv' z join 'tests/data/zones.parquet' p on z.zone = p.zone where z.latitude > 70 order by 1
----

create table z as select * from 'tests/data/zones.csv'
----

select count(*), count(comments), count(distinct country) from z
----
