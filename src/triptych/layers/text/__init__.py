"""The prompt and its coder."""

WIDE, NARROW = "text", "text_narrow"  # the networks that model texts, in coding 1 and 2, by the names of their tables
