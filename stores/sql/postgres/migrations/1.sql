-- Keys are bytes: their order is that of bytes, whatever the collation, and NUL is one of them. Times are milliseconds since 1970; what
-- never expires has the largest bigint.
CREATE TABLE {items} (
	partition bytea  NOT NULL,
	sort      bytea  NOT NULL,
	version   bigint NOT NULL,
	expires   bigint NOT NULL,
	body      bytea  NOT NULL,
	PRIMARY KEY (partition, sort)
) WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05);

CREATE INDEX {items}_expires ON {items} (expires) WHERE expires < 9223372036854775807;
