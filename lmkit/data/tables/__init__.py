"""Rows of tables: delimited text, JSON and Parquet. Knows columns and cells, but no files."""
