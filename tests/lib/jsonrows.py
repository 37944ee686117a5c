# Copyright (c) 2026 The alpnd authors
#
# Permission to use, copy, modify, and distribute this software for any
# purpose with or without fee is hereby granted, provided that the above
# copyright notice and this permission notice appear in all copies.
#
# THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
# WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
# MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
# ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
# WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
# ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
# OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
"""jsonrows: the lines of alpnd-check -j, and the schema (JSON Schema) that they have."""
import json

SCHEMA = {
    "type": "object",
    "required": ["name", "address", "port", "tls", "ms", "digest", "age", "result", "findings"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string"},
        "address": {"type": ["string", "null"]},
        "port": {"type": ["integer", "null"], "minimum": 1, "maximum": 65535},
        "tls": {"enum": [None, "TLSv1.2", "TLSv1.3"]},
        "ms": {"type": ["integer", "null"], "minimum": 0},
        "digest": {"type": ["string", "null"]},
        "age": {"type": ["integer", "null"], "minimum": 0},
        "result": {"enum": ["ok", "warning", "error"]},
        "findings": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["code", "severity", "message", "remedy"],
                "additionalProperties": False,
                "properties": {
                    "code": {"type": "string"},
                    "severity": {"enum": ["note", "warning", "error"]},
                    "message": {"type": "string"},
                    "remedy": {"type": "string"},
                },
            },
        },
    },
}
TYPES = {"object": dict, "array": list, "string": str, "integer": int, "null": type(None)}


def problems(value, schema=SCHEMA, path="row"):
    """What of it is not as the schema says."""
    if "enum" in schema:
        return [] if value in schema["enum"] else [f"{path}: {value!r}"]
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(isinstance(value, TYPES[t]) for t in types):
        return [f"{path}: {value!r}"]
    if isinstance(value, int) and not (
        schema.get("minimum", 0) <= value <= schema.get("maximum", 1 << 62)
    ):
        return [f"{path}: {value!r}"]
    out = []
    if isinstance(value, dict):
        known = schema["properties"]
        out += [f"{path}: no {k}" for k in schema["required"] if k not in value]
        out += [f"{path}: {k}?" for k in value if k not in known]
        for k in known:
            if k in value:
                out += problems(value[k], known[k], f"{path}.{k}")
    for i, item in enumerate(value if isinstance(value, list) else []):
        out += problems(item, schema["items"], f"{path}[{i}]")
    return out


def parse(output):
    """The rows of an output; ValueError: one is not as it should be."""
    rows = [json.loads(line) for line in output.splitlines()]
    for row in rows:
        if wrong := problems(row):
            raise ValueError(f"{wrong} in {row}")
        worst = {f["severity"] for f in row["findings"]}
        if row["result"] != (
            "error" if "error" in worst else "warning" if "warning" in worst else "ok"
        ):
            raise ValueError(f"result of {row}")
    return rows
