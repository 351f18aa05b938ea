"""What `import corpuscle` gives: each verb on tables, in one line."""
