"""The report: tables, curves and a page from the lines of results."""
