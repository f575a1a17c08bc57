"""Prints what a table of features holds, as DuckDB reads it, and holds pandas and polars to the same: FILE -> JSON."""

import json
import sys

import duckdb
import pandas
import polars

path = sys.argv[1]
found = duckdb.execute("SELECT * FROM read_parquet(?)", [path])
names = [column[0] for column in found.description]
rows = [dict(zip(names, row)) for row in found.fetchall()]
told = duckdb.execute("SELECT key, value FROM parquet_kv_metadata(?)", [path]).fetchall()


def plain(value):
    """A value of pandas as Python's own: what is missing is None, and an array a list."""
    if value is pandas.NA:
        return None
    value = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


for reader, read in [
    ("polars", polars.read_parquet(path).to_dicts()),
    ("pandas", plain(pandas.read_parquet(path, dtype_backend="pyarrow").to_dict("records"))),
]:
    if read != rows:
        other = next(((n, key) for n, (one, two) in enumerate(zip(read, rows)) for key in two if one.get(key) != two[key]), (len(read), len(rows)))
        sys.exit(f"{reader} reads other rows than DuckDB: {other}")

json.dump({
    "rows": rows,
    "types": dict(duckdb.execute("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet(?))", [path]).fetchall()),
    "about": {key.decode(): value.decode() for key, value in told if key != b"ARROW:schema"},
    "created_by": duckdb.execute("SELECT created_by FROM parquet_file_metadata(?)", [path]).fetchone()[0],
}, sys.stdout)
