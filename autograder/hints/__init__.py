"""Makes the tables from which checks give hints: what each known mistake gives on the calls of the visible tests."""

from .make import (
    MAX_BYTES,
    UNSTEADY,
    Recorded,
    hint_table,
    record_bank,
    record_versions,
    same_table,
    table_bytes,
    write_table,
)
from .record import Recording

__all__ = [
    "MAX_BYTES",
    "UNSTEADY",
    "Recorded",
    "Recording",
    "hint_table",
    "record_bank",
    "record_versions",
    "same_table",
    "table_bytes",
    "write_table",
]
