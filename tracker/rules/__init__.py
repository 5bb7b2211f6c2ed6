"""Pure rules of the method: no Flask, no database, no clock, no files."""
