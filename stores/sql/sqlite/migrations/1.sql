-- Keys are bytes: their order is that of bytes, and NUL is one of them. Times are milliseconds since 1970; what never expires has the
-- largest integer.
CREATE TABLE {items} (
	partition BLOB    NOT NULL,
	sort      BLOB    NOT NULL,
	version   INTEGER NOT NULL,
	expires   INTEGER NOT NULL,
	body      BLOB    NOT NULL,
	PRIMARY KEY (partition, sort)
) STRICT;

CREATE INDEX {items}_expires ON {items} (expires) WHERE expires < 9223372036854775807;
