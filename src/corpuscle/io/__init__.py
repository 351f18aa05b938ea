"""Files: one file a format, read into a table with roles and written from one."""
