"""The vectors notice every rule: a reader with one rule changed fails on at least one of them.

Each mutation changes one place in the text of `conformance/reader.py`, which is SPEC.md as a program, and names a
vector that notices it.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

FOLDER = Path(__file__).parents[2] / "conformance"
SOURCE = FOLDER / "reader.py"
VECTORS = FOLDER / "vectors"


class Mutation(NamedTuple):
    """`old`, which stands in the reader exactly once, becomes `new`; `vector` is one that fails then."""

    old: str
    new: str
    vector: str


MUTATIONS = [
    Mutation(*rule)
    for rule in [
        # §7.7 detail
        (
            ' and (layer["kind"] < 6 or layer["coding"] in KINDS[layer["kind"]][1])',
            "",
            "detail_of_tomorrow",
        ),
        ("if len(payload) < 3 or payload[1] > 63:", "if payload[1] > 63:", "invalid_still_empty"),
        ("payload[1] > 63", "payload[1] > 255", "invalid_still_unknown_tools"),
        ("if 4 * payload[0] >= m:", "if 4 * payload[0] > m:", "invalid_still_too_large"),
        ("k = min(4 * (payload[0] + 1), m)", "k = 4 * payload[0]", "still"),
        ("box[0] + box[2] > working[0]", "box[0] + box[2] > 9999", "invalid_regions_outside"),
        ("box[1] + box[3] > working[1]", "box[1] + box[3] > 9999", "invalid_regions_below"),
        ("or area > working[0] * working[1]", "", "invalid_regions_large"),
        ("area += box[2] * box[3]", "area = box[2] * box[3]", "invalid_regions_large"),
        ("if not 1 <= len(regions) <= 64:", "if not 1 <= len(regions):", "invalid_regions_65"),
        ("if not 1 <= len(regions) <= 64:", "if not len(regions) <= 64:", "invalid_regions_none"),
        ("if not 1 <= len(regions) <= 64:", "if not 1 <= len(regions) < 64:", "still_with_64_regions"),
        (
            "box = [4 * left, 4 * top, 4 * (w + 1), 4 * (h + 1)]",
            "box = [4 * left, 4 * top, 4 * w, 4 * h]",
            "still_with_a_region",
        ),
        ("box = [4 * left, 4 * top,", "box = [4 * top, 4 * left,", "still_with_regions"),
        (
            "frame(cursor.take(cursor.number()), box[2:])",
            "frame(cursor.take(cursor.number()), working)",
            "invalid_regions_still_too_large",
        ),
        ("max((2 * length * k + m) // (2 * m), 1)", "(2 * length * k + m) // (2 * m)", "still_of_a_small_strip"),
        ("if f >= 96 or", "if f > 96 or", "invalid_detail_too_fine"),
        ("not 1 <= count <= 96", "not 0 <= count <= 96", "invalid_detail_no_channels"),
        ("side = clamp(longer, 256, 1024)", "side = clamp(longer, 128, 1024)", "detail_one_channel"),
        ("if (i + j) % 2 == half", "if (i + j) % 2 != half", "detail"),
        ("ring(total, i, j) >> 2", "ring(total, i, j) >> 1", "detail_all_channels"),
        ("m[max(c - 8, 0) : c]", "m[max(c - 7, 0) : c]", "detail_all_channels"),
        ("((1, 64), (2, 64), (4, 16), (8, 8))", "((1, 64), (2, 64), (4, 32), (8, 8))", "detail_all_channels"),
        # §2 numbers
        ("if b0 < 224:", "if b0 < 223:", "length_one_byte"),
        ("return 224 + (b0 - 224) * 256 + self.byte()", "return (b0 - 224) * 256 + self.byte()", "size_largest"),
        ("if b0 < 255:", "if b0 < 254:", "length_two_bytes_longest"),
        ("return 8160 + int.from_bytes", "return int.from_bytes", "invalid_size_too_large"),
        ('int.from_bytes(self.take(3), "big")', 'int.from_bytes(self.take(3), "little")', "size_four_byte_numbers"),
        # §3 header
        (
            'if cursor.take(3) != b"\\xb7\\x54\\x50":',
            'if cursor.take(3)[1:] != b"\\x54\\x50":',
            "invalid_signature_only",
        ),
        ("if version != 1:", "if version > 1:", "invalid_version_0"),
        ("    if version != 1:\n        raise", "    if version > 2:\n        raise", "invalid_version_2_cut"),
        ("if form > 7:", "if form > 8:", "invalid_size_form_8_cut"),
        (
            "((packed >> 4) + 1) * 64, ((packed & 15) + 1) * 64",
            "((packed & 15) + 1) * 64, ((packed >> 4) + 1) * 64",
            "size_form_0_mixed",
        ),
        ("(cursor.number() + 1) << form - 1", "cursor.number() << form - 1", "invalid_size_not_shortest_form_1"),
        ("if len(layers) == 64:", "if len(layers) == 65:", "invalid_layers_65"),
        ("    if len(layers) == 64:\n", "    if len(layers) == 63:\n", "layers_64"),
        ("kind = 7 + cursor.number()", "kind = 8 + cursor.number()", "unknown_ancillary_alone"),
        ("        if kind == 7:\n            kind = 7 + cursor.number()\n", "", "invalid_unknown_critical_cut"),
        ("coding = 7 + cursor.number()", "coding = 8 + cursor.number()", "large_kinds"),
        ("        if coding == 7:\n            coding = 7 + cursor.number()\n", "", "invalid_unknown_coding_texture"),
        ('kind <= layers[-1]["kind"]', 'kind < layers[-1]["kind"]', "invalid_kind_twice"),
        (
            'if layers and kind <= layers[-1]["kind"]:',
            'if layers and kind == layers[-1]["kind"]:',
            "invalid_large_kinds_out_of_order",
        ),
        ("if cursor.take(1) != checksum:", "if cursor.take(1) == b'':", "invalid_header_checksum"),
        ("if max(width, height) > 65536:", "if max(width, height) > 65537:", "invalid_size_too_large"),
        ("    if max(width, height) > 65536:\n", "    if max(width, height) > 65535:\n", "size_largest"),
        (
            "if form != shortest_form(width, height):",
            "if form < shortest_form(width, height):",
            "invalid_size_not_shortest_form_7",
        ),
        (
            "if width % 64 == height % 64 == 0 and max(width, height) <= 1024:",
            "if width % 64 == height % 64 == 0 and max(width, height) <= 960:",
            "size_form_0_largest",
        ),
        ("return max(f for f", "return min(f for f", "size_largest"),
        ("value = (1 << bits) - 1", "value = 0", "invalid_length_huge"),
        (
            "if kind in (0, 1, 2, 3) and ancillary:",
            "if kind in (1, 2, 3) and ancillary:",
            "invalid_known_marked_ancillary",
        ),
        (
            "if kind in (4, 5, 6, 7) and not ancillary:",
            "if kind in (4, 6, 7) and not ancillary:",
            "invalid_seed_critical",
        ),
        ("if kind in (4, 5, 6, 7) and not", "if kind in (5, 6, 7) and not", "invalid_recipe_critical"),
        ("(4, 5, 6, 7)", "(4, 5, 7)", "invalid_detail_critical"),
        ("if kind > 7 and not ancillary:", "if kind > 8 and not ancillary:", "invalid_unknown_critical"),
        ("if kind > 7 and not", "if kind == 7 and not", "invalid_unknown_critical_cut"),
        # §4 payloads
        (
            "entry = bytes([tag & 0x7F]) + data[start : cursor.at]",
            "entry = bytes([tag]) + data[start : cursor.at]",
            "invalid_unknown_coding_texture",
        ),
        (
            'crc(size + layer["entry"] + data[start:end], 0x1021, 16)',
            'crc(layer["entry"] + data[start:end], 0x1021, 16)',
            "invalid_cut_in_checksum",
        ),
        (
            "    if data[end : end + 2] != crc",
            "    if data[end : end + 2] == b'' != crc",
            "invalid_payload_bit_texture",
        ),
        ('raise Refused("truncated")\n    if data[end', "damaged()\n    if data[end", "invalid_length_huge"),
        ('+ layers[-1]["bytes"] + 2:', '+ layers[-1]["bytes"] + 3:', "invalid_trailing_byte"),
        # §6.1 to §6.3 range coder
        (
            '        if data.endswith(b"\\0"):\n            damaged()\n        self.data',
            "        self.data",
            "invalid_texture_zero_end",
        ),
        ("2**32 - 1\n\n    def symbol", "2**31 - 1\n\n    def symbol", "invalid_texture_escape_too_long"),
        ("target = min(self.code // part, 65535)", "target = self.code // part", "pose_corners"),
        (
            "part * (end - start) if end < 65536 else self.range - part * start",
            "part * (end - start)",
            "semantic_scripts",
        ),
        (
            "self.range = bound if one else self.range - bound",
            "self.range = bound if one else bound // p * (65536 - p)",
            "pose_no_joints",
        ),
        ("while self.range < 2**24:", "while self.range < 2**23:", "semantic_marks"),
        ("if self.at < len(self.data) else 0", "if self.at < len(self.data) else 255", "semantic_tie"),
        ("        if self.at < len(self.data):\n            damaged()\n", "        pass\n", "invalid_edges_left_over"),
        # §6.4 network
        ("group]) >> 2, 0, 127)", "group]) >> 2, 0, 1023)", "size_four_byte_numbers"),
        ('t["b2"]) >> 6, 0, 127)', 't["b2"]) >> 6, 0, 1023)', "size_four_byte_numbers"),
        ('t["b2"]) >> 6, 0, 127)', 't["b2"]) >> 6, -128, 127)', "texture_longest_escape"),
        ('t["b3"]) >> 3, -1536, 1535)', '(t["b3"]) >> 3), -1280, 1279)', "texture_extremes"),
        # §6.5 grids
        ("(2 * s * n + m) // (2 * m)", "s * n // m", "size_four_byte_numbers"),
        ("max(1, (2 * s", "max(2, (2 * s", "invalid_texture_escape_too_long"),
        # §7.1 semantic
        ("    if len(text) > 4096:\n", "    if len(text) > 4097:\n", "invalid_text_too_long"),
        ("if len(text) > 4096:", "if len(payload) > 4096:", "length_two_bytes_longest"),
        ('return data.decode("utf-8")', 'return data.decode("utf-8", "surrogatepass")', "invalid_text_surrogate"),
        ("if characters > 4096:", "if characters > 4097:", "invalid_text_modelled_too_long"),
        ("if characters > 4096:", "if characters > 4095:", "semantic_longest"),
        ("not 0x80 <= byte <= 0xBF and byte < 0xFD for", "not 0x80 <= byte <= 0xBF for", "invalid_text_modelled_marks"),
        (
            "if len(folded) > 4 * (characters + 1):",
            "if len(folded) > 4 * (characters + 2):",
            "invalid_text_modelled_marks",
        ),
        ("if len(folded) > 4 * (characters + 1):", "if len(folded) > 4 * characters:", "semantic_many_marks"),
        ("mark, in_run = byte, False", "mark = byte", "semantic_marks"),
        (
            "if byte in (0xFE, 0xFD):\n            mark, in_run = byte, False",
            "if byte in (0xFE, 0xFD):\n            mark, in_run = mark or byte, False",
            "semantic_marks",
        ),
        (
            "            in_run = True\n            if mark == 0xFE:",
            "            in_run = True\n            if mark:",
            "semantic_marks",
        ),
        ("            in_run = True\n", "", "semantic_marks"),
        ("            if in_run:\n                mark = 0\n", "            mark = 0\n", "semantic_marks"),
        ("2**15) >> 16", "2**14) >> 16", "invalid_text_modelled_not_utf8"),
        ('log, "text_narrow")', 'log, "text")', "semantic_quick"),
        ("x[2 * n : 3 * n] + 4 * r * u", "x[2 * n : 3 * n] + 2 * r * u", "semantic_scripts"),
        ("(z * (self.h - f) + 2**13) >> 14", "(z * (self.h - f)) >> 14", "invalid_text_modelled_marks"),
        ("return (v + 32) >> 6", "return v >> 6", "invalid_text_modelled_left_over"),
        ("((v + 2**18) >> 19) + 4096, 0, 8191", "(v >> 19) + 4096, 0, 8191", "invalid_text_modelled_left_over"),
        ("4096, 0, 8191)", "4096, 8, 8183)", "semantic_scripts"),
        ("+ 2**23) >> 24", ") >> 24", "invalid_text_modelled_marks"),
        ("np.minimum(d >> 8, 31)", "(d >> 8 & 31)", "semantic_unlikely"),
        ("np.minimum(d >> 8, 31)", "np.minimum(d >> 8, 15)", "invalid_text_modelled_marks"),
        ("(65536 - (b - a)) // e.sum() + 1", "65536 // e.sum() + 1", "invalid_text_modelled_left_over"),
        ("q[d.tolist().index(0)] +=", "q[b - a - 1 - d.tolist()[::-1].index(0)] +=", "semantic_tie"),
        # §7.2 texture
        ("if len(payload) < 2 or", "if len(payload) < 1 or", "invalid_texture_grid_only"),
        ("payload[0] > 63", "payload[0] > 64", "invalid_texture_grid_65"),
        ("payload[1] > 47", "payload[1] > 48", "invalid_texture_index_48"),
        ("return sign * k", "return k", "size_four_byte_numbers"),
        ("    length = 2\n", "    length = 1\n", "invalid_texture_escape_too_long"),
        ("        if 2 ** (length - 1) > 16384:\n            damaged()\n", "", "invalid_texture_escape_too_long"),
        (
            "        if 2 ** (length - 1) > 16384:\n",
            "        if 2 ** (length - 1) >= 16384:\n",
            "texture_longest_escape",
        ),
        ("coder.uniform(2 ** (length - 1)) + 5", "coder.uniform(2 ** (length - 1)) + 6", "texture_escapes"),
        ("return min(abs(at(plane, y, x)), 15)", "return abs(at(plane, y, x))", "texture_escapes"),
        ("for back in (1, 2)", "for back in (1,)", "size_four_byte_numbers"),
        ("4 * e // max(1, 2 * d - 1)", "4 * e // max(1, 2 * d)", "size_four_byte_numbers"),
        (
            "for y in range(min(rows, 8)) for x in range(min(columns, 8))",
            "for y in range(rows) for x in range(columns)",
            "texture_every_frequency",
        ),
        ("min(columns, 8)) if y + x < d]", "min(columns, 8)) if y + x < d - 1]", "size_four_byte_numbers"),
        ("for y, x in corner), -15, 15)", "for y, x in corner), -31, 31)", "texture_agreement"),
        (
            "2 * (rows * columns).bit_length()",
            "2 * (rows * columns - 1).bit_length()",
            "invalid_texture_escape_too_long",
        ),
        ("values += [y >= r for r in RUNGS]", "values += [y > r for r in RUNGS]", "size_four_byte_numbers"),
        ("values += [x >= r for r in RUNGS]", "values += [x > r for r in RUNGS]", "size_four_byte_numbers"),
        ("8, 11, 15, 20)", "8, 11, 15, 21)", "texture_high_frequencies"),
        ("(-2, 1), (1, -2), (-2, -1)", "(1, -2), (-2, 1), (-2, -1)", "size_four_byte_numbers"),
        ("clamp(at(o, y, x), -3, 3)", "clamp(at(o, y, x), -4, 4)", "size_four_byte_numbers"),
        ("clamp(at(o, y, x), -15, 15)", "clamp(at(o, y, x), -16, 16)", "texture_escapes"),
        ("(32, 36, 40, 45, 51, 57)", "(32, 36, 40, 45, 50, 57)", "texture_high_frequencies"),
        ("np.clip(levels * step, -(2**20), 2**20)", "levels * step", "texture_clamped"),
        ("2**25) >> 26", "2**26) >> 26", "texture_one_row"),
        ("(65536 * luma + 91881 * cr + 2**19) >> 20", "(65536 * luma + 91881 * cr) >> 20", "size_four_byte_numbers"),
        ("22554 * cb", "22500 * cb", "size_four_byte_numbers"),
        ("116130 * cb", "116131 * cb", "texture_wide"),
        # §7.3 pose
        ("while len(people) < 64 and", "while len(people) < 65 and", "pose_64_people"),
        ("(256, 304, 362, 431)", "(256, 304, 361, 431)", "pose_missing_joints"),
        ("<< k // 4 >> 7) * max(width, height)", "<< k // 4) * max(width, height) >> 7", "pose_64_people"),
        ("<< k // 4 >> 7) * max", "<< k // 4 >> 7) * min", "pose_wide"),
        ("parent in known else 32768\n", "parent in known else seen\n", "pose_no_joints"),
        ("if mirror and all(", "if mirror and any(", "pose_no_right_shoulder"),
        (
            "known[parent][axis] + o * tall // (1024 * side)",
            "known[parent][axis] + int(o * tall / (1024 * side))",
            "pose_missing_joints",
        ),
        ("(1024 * side), 85)", "(1024 * side), 84)", "pose_corners"),
        ("(2 * (v - centre) - 1)", "(2 * (v - centre))", "pose_missing_joints"),
        ("16384 // spread, -1536, 1535)", "16384 // spread, -1280, 1279)", "pose_wide"),
        ("* 61440 >> 16) + 16 * v", "* 61439 >> 16) + 16 * v", "pose_missing_joints"),
        # §7.4 edges
        ("if not payload:\n        damaged()", "if not payload:\n        return {}", "invalid_edges_empty"),
        (
            "for dy in range(-10, -4) for dx in range(-9, 10)",
            "for dy in range(-10, -4) for dx in range(9, -10, -1)",
            "edges_tall",
        ),
        (
            "for dy in range(-4, 0) for dx in range(-12, 13)",
            "for dx in range(-12, 13) for dy in range(-4, 0)",
            "edges_tall",
        ),
        ("for dx in range(-16, 0)]", "for dx in range(-1, -17, -1)]", "invalid_edges_left_over"),
        ("density = coder.uniform(16)", "density = 15 - coder.uniform(16)", "size_line"),
        ("ys = [y for y in range(rows)", "ys = [y for y in range(rows)[::-1]", "edges"),
        ("columns + 13 * (rows - 1)", "columns + 13 * (rows - 1) - 1", "edges_one_cell"),
        # §7.2.4, §7.4.1 and §7.8: steps, scans, finer colours
        (
            "1 <= payload[2] <= rows + columns + 1",
            "1 <= payload[2] <= rows + columns + 2",
            "invalid_texture_steps_many",
        ),
        (
            "1 <= payload[2] <= rows + columns + 1",
            "0 <= payload[2] <= rows + columns + 1",
            "invalid_texture_steps_none",
        ),
        ("            d = k - p\n", "            d = k\n", "texture_steps_all"),
        ("if below is None or below[0] != 1:", "if below is None or below[0] == 1:", "finer"),
        ("below[1][2] != first or stop", "below[1][2] == first or stop", "finer"),
        (" or stop > levels.shape[1] + levels.shape[2] + 1:", ":", "invalid_finer_many"),
        (
            "if len(payload) <= 1 or not payload[0] or not payload[1]:",
            "if len(payload) <= 1:",
            "invalid_finer_no_steps",
        ),
        (
            "for _ in range(16):\n        if not coder.bit",
            "for _ in range(17):\n        if not coder.bit",
            "edges_scans_sixteen",
        ),
        ("        if not scan.any():\n            damaged()\n", "", "invalid_edges_scans_empty_scan"),
        ("for y in range(3) for x in range(3)) > 0", "for y in (1,) for x in (1,)) > 0", "edges_scans_two"),
        ("(4, 5, 6, 7)", "(4, 5, 6)", "invalid_finer_critical"),
        # §7.5 recipe
        ("if coded_characters > 4096:", "if coded_characters > 4097:", "invalid_recipe_coded_4097"),
        ("if coded_characters > 4096:", "if coded_characters > 4095:", "recipe_coded_4096"),
        ("coded_characters += coded", "coded_characters = coded", "invalid_recipe_coded_4097"),
        ("if field <= last and not", "if field < last and not", "invalid_recipe_field_twice"),
        ("(field == 9 and last in (9, 10))", "(field == 9 and last == 10)", "recipe_loras_128"),
        ("(field == 9 and last in (9, 10))", "(field == 9 and last == 9)", "recipe_core_all"),
        ("if field in (2, 3, 11):", "if field in (2, 3, 11, 12):", "recipe_reserved_fields"),
        (
            "                if not isinstance(content, int):\n                    damaged()\n",
            "                pass\n",
            "invalid_recipe_seed_is_text",
        ),
        (
            "elif field < 11 and not isinstance(content, str):",
            "elif field < 14 and not isinstance(content, str):",
            "recipe_reserved_fields",
        ),
        ("elif field < 11 and not isinstance(content, str):", "elif False:", "invalid_recipe_tool_is_number"),
        ("if len(loras) > 128:", "if len(loras) > 129:", "invalid_recipe_loras_129"),
        ("if len(loras) > 128:", "if len(loras) > 127:", "recipe_loras_128"),
        ("if not 0 <= content < 2**32:", "if not content < 2**32:", "invalid_recipe_size_negative"),
        ("if not 0 <= content < 2**32:", "if not 0 <= content <= 2**32:", "invalid_recipe_size_of_five_bytes"),
        (
            "[content % 65536 + 1, content // 65536 + 1]",
            "[content // 65536 + 1, content % 65536 + 1]",
            "recipe_core_all",
        ),
        ('found["seed" if field == 2', 'found["seed" if field == 3', "seed_and_recipe"),
        ("    if form <= 8:", "    if form < 8:", "recipe_largest_numbers"),
        ("        if count > 8:\n            damaged()\n", "", "invalid_recipe_minus_of_nine_bytes"),
        ("return -1 - whole(cursor, count)", "return -whole(cursor, count)", "invalid_recipe_size_negative"),
        ("if len(text) > 64 or", "if len(text) > 65 or", "invalid_recipe_digits_65"),
        ("if len(text) > 64 or", "if len(text) > 63 or", "recipe_digits_64"),
        ('not in ("f", "ff")', 'not in ("f", "ff", "f3ff")', "invalid_recipe_digits_end_in_front"),
        ('"abcde", ".-+eE"', '"abcde", ".+-eE"', "recipe_digits"),
        ("if number >= len(known_names()):", "if number > len(known_names()):", "invalid_recipe_unknown_name"),
        (
            'if digits[count:] not in ("", "f"):',
            'if digits[count:] not in ("", "f", "0"):',
            "invalid_recipe_hex_not_filled",
        ),
        (
            "return digits[:count].upper() if upper else",
            "return digits[:count].upper() if not upper else",
            "recipe_hex",
        ),
        (
            '    if content.endswith(b"\\0"):\n        damaged()\n    return int',
            "    return int",
            "invalid_recipe_long_number",
        ),
        (
            'return int.from_bytes(content, "little")',
            'return int.from_bytes(content, "big")',
            "invalid_recipe_size_of_five_bytes",
        ),
        ("if count > 1024 or", "if count > 1025 or", "invalid_recipe_blocks_too_many"),
        ("if count > 1024 or", "if count > 1023 or", "recipe_blocks_1024"),
        ("or total > 2**24:", "or total > 2**24 + 1:", "invalid_recipe_blocks_too_large"),
        (
            "if max(len(name), len(form)) > 255 or",
            "if max(len(name), len(form)) > 256 or",
            "invalid_recipe_block_form_long",
        ),
        ("if max(len(name), len(form)) > 255 or", "if max(len(name), len(form)) > 254 or", "recipe_longest_name"),
        ("if max(len(name), len(form)) > 255 or", "if len(name) > 255 or", "invalid_recipe_block_form_long"),
        ('b"\\0" in name + form', 'b"\\0" in name', "invalid_recipe_block_form_nul"),
        ('b"\\0" in name + form', 'b"\\0" in form', "invalid_recipe_block_name_nul"),
        ("            if kind > 8:\n                continue\n", "", "invalid_recipe_blocks_too_many"),
        ("if kind > 8:", "if kind > 5:", "recipe_blocks_of_every_kind"),
        ("if kind in (7, 8):", "if kind == 7:", "recipe_full"),
        ("if kind in (7, 8):", "if kind == 8:", "recipe_full"),
        ("if kind in (7, 8):", "if False:", "invalid_recipe_block_head_cut"),
        ('"utf-16-be" if kind == 7', '"utf-16-be" if kind == 8', "recipe_full"),
        ("total + len(content)", "total + len(before) + len(text)", "invalid_recipe_blocks_wide_too_large"),
        ("{0x20: 1, 0x60: 2, 0xA0: 4}", "{0x20: 1, 0x60: 2, 0xA0: 4, 0x24: 1}", "invalid_recipe_frame_checksum"),
        ("{0x20: 1, 0x60: 2, 0xA0: 4}", "{0x20: 1, 0x60: 2}", "recipe_frame_of_four_bytes"),
        ("(256 if width == 2 else 0)", "0", "recipe_blocks_1024"),
        ("or inflater.unused_data or", "or", "invalid_recipe_two_frames"),
        ('zstd.ZstdDecompressor(zstd.ZstdDict(table_bytes("dictionary")))', "zstd.ZstdDecompressor()", "recipe_full"),
        ("if not 10 <= form <= 14:", "if not 10 <= form <= 15:", "invalid_recipe_joined_twice"),
        ("if not 10 <= form <= 14:", "if not 9 <= form <= 14:", "invalid_recipe_joined_number"),
        ("len(text) if form == 12 else 0", "len(name + text) if form == 12 else 0", "recipe_coded_4096"),
        # §7.6 seed
        ("if len(payload) > 4 or", "if len(payload) > 5 or", "invalid_seed_five_bytes"),
        (
            'or payload.endswith(b"\\0"):\n        damaged()\n    return {"seed"',
            'or False:\n        damaged()\n    return {"seed"',
            "invalid_seed_zero_end",
        ),
        ("byte << 8 * place", "byte << 8 * (len(payload) - 1 - place)", "seed_256"),
    ]
]


@cache
def vector(name: str) -> tuple[bytes, dict[str, Any]]:
    """(bytes, dump)"""
    data = bytes.fromhex((VECTORS / f"{name}.hex").read_text(encoding="ascii"))
    return data, json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


def mutant(old: str, new: str) -> ModuleType:
    """The reader with one place changed."""
    source = SOURCE.read_text(encoding="utf-8")
    assert source.count(old) == 1, f"{old!r} stands {source.count(old)} times in the reader"
    module = ModuleType("mutant")
    module.__file__ = str(SOURCE)
    exec(compile(source.replace(old, new), str(SOURCE), "exec"), module.__dict__)
    return module


def agrees(reader: ModuleType, name: str) -> bool:
    """Whether a reader finds in a vector what its dump says."""
    data, expected = vector(name)
    try:
        found = reader.read(data)
    except reader.Refused as refused:
        return not expected["valid"] and refused.condition == expected["condition"]
    except Exception:
        return False
    return bool(expected["valid"]) and all(found[key] == expected[key] for key in found)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=range(len(MUTATIONS)))
def test_a_vector_notices(mutation: Mutation) -> None:
    """The named vector has another outcome when this rule is changed."""
    assert not agrees(mutant(mutation.old, mutation.new), mutation.vector), f"{mutation.old!r} -> {mutation.new!r}"
