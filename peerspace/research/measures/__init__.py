"""Measures of dosage, modality and interactivity: SQL files with a codebook entry each, run by DuckDB.

The formulas are the `.sql` files beside this one; `engine` runs them, `load` fills their input, `headers` reads their
headers, `codebook` writes them out for a person to read.
"""
