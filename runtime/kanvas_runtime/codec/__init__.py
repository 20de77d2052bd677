"""JSON on one side, records of a contract on the other. The only place that decodes JSON.

- `Codec(Input, Output)`: `decode`, `convert`, `encode`, `encode_input` of a machine
- `convert(value, type)`: any annotated type from decoded JSON, with errors that explain
- `decode_json(text)`, `encode_json(value)`: JSON without a contract
- `fields(Record)`: what a contract says, for forms and schemas (see `describe`)
"""

from kanvas_runtime.codec.codec import Codec
from kanvas_runtime.codec.convert import convert
from kanvas_runtime.codec.describe import FieldInfo, TypeInfo, fields, type_info
from kanvas_runtime.codec.json_text import decode_json, encode_json
from kanvas_runtime.codec.public import public

__all__ = [
    "Codec",
    "FieldInfo",
    "TypeInfo",
    "convert",
    "decode_json",
    "encode_json",
    "fields",
    "public",
    "type_info",
]
