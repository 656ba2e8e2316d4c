select count(*) from 'tests/data/zones.csv'
----
count(*) BIGINT
418

select * from 'tests/data/zones.csv' where country_code = 'NZ' order by zone
----
country_code VARCHAR | country VARCHAR | zone VARCHAR | latitude DOUBLE | longitude DOUBLE | comments VARCHAR
NZ | New Zealand | Pacific/Auckland | -36.8667 | 174.7667 | most of New Zealand
NZ | New Zealand | Pacific/Chatham | -43.95 | -176.55 | Chatham Islands

select country, count(*) as zones, max(latitude) as north from 'tests/data/zones.csv' group by country having count(*) > 8 order by zones desc, country
----
country VARCHAR | zones BIGINT | north DOUBLE
United States | 29 | 64.5011
Russia | 26 | 67.4667
Canada | 23 | 74.6956
Brazil | 16 | 2.8167
Argentina | 12 | -24.1833
Australia | 12 | -12.4667
Mexico | 12 | 32.5333
Antarctica | 10 | -64.8

select z.country from 'tests/data/zones.csv' z join 'tests/data/zones.parquet' p on z.zone = p.zone where z.latitude > 70 order by 1
----
country VARCHAR
Canada
Greenland
Greenland
Greenland
Svalbard & Jan Mayen

create table z as select * from 'tests/data/zones.csv'
----
ok, 418 changes

select count(*), count(comments), count(distinct country) from z
----
count(*) BIGINT | count(comments) BIGINT | count(DISTINCT country) BIGINT
418 | 202 | 247

show stats for "tests/data/zones.parquet"
----
column_name VARCHAR | column_type VARCHAR | rows VARCHAR | nulls VARCHAR | distinct VARCHAR | min VARCHAR | max VARCHAR | sorted VARCHAR | ascending VARCHAR
country_code | VARCHAR | 418 | 0 | 247 | AD | ZW | NO | NO
country | VARCHAR | 418 | 0 | 247 | Afghanistan | Åland Islands | NO | NO
zone | VARCHAR | 418 | 0 | 418 | Africa/Abidjan | Pacific/Wallis | NO | NO
latitude | DOUBLE | 418 | 0 | NULL | -78.4 | NULL | NO | NO
longitude | DOUBLE | 418 | 0 | NULL | -177.3667 | NULL | NO | NO
comments | VARCHAR | 418 | 216 | 202 | AST - QC (Lower North Shore) | most of Ukraine | NO | NO

explain query plan select zone from 'tests/data/zones.parquet' where latitude > 60 and longitude < -20
----
plan VARCHAR | expected_rows BIGINT
Filter latitude > 60 AND longitude < -20 | 46
  Scan tests/data/zones.parquet(zone, latitude, longitude) | 418
