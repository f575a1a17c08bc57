"""Prints what a table of features holds, as DuckDB reads it: FILE -> JSON."""

import json
import sys

import duckdb

path = sys.argv[1]
found = duckdb.execute("SELECT * FROM read_parquet(?)", [path])
names = [column[0] for column in found.description]
rows = [dict(zip(names, row)) for row in found.fetchall()]
told = duckdb.execute("SELECT key, value FROM parquet_kv_metadata(?)", [path]).fetchall()
json.dump({
    "rows": rows,
    "types": dict(duckdb.execute("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet(?))", [path]).fetchall()),
    "about": {key.decode(): value.decode() for key, value in told if key != b"ARROW:schema"},
    "created_by": duckdb.execute("SELECT created_by FROM parquet_file_metadata(?)", [path]).fetchone()[0],
}, sys.stdout)
