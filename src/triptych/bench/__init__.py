"""Evaluation: any codec, any folder of pictures, whole files, many measures; and the report of what was found.

`originals` and `codecs/` give what is measured, `metrics` what it is measured by, `measure` a line for each picture,
codec and size, `results` the file of these lines, `protocols` what others agreed on, `report/` the page.
"""
