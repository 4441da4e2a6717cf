"""What every application of a process is made of and need be compiled but once: builders of addresses, templates.

Flask takes its class of rules and the options of its templates from these two attributes. What is kept is code alone:
it reads all that one application has and another has not from that application.
"""

from collections.abc import Callable
from types import CodeType
from typing import Any

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule

_builders: dict[tuple[object, ...], Callable[..., tuple[str, str]]] = {}


class KeptRule(Rule):
    """A rule that takes the builder of an equal one."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        if self.defaults:  # they stand in the code
            return super()._compile_builder(append_unknown)
        equal = (self.rule, tuple(self._trace), append_unknown)
        if equal not in _builders:
            _builders[equal] = super()._compile_builder(append_unknown)
        return _builders[equal]


class KeptTemplates(BytecodeCache):
    """The code of templates, by their file and the sum of what stands in it."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, CodeType]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the code of this very text."""
        checksum, code = self._kept.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it."""
        assert bucket.code is not None
        self._kept[bucket.key] = (bucket.checksum, bucket.code)


def compile_once() -> None:
    """Let every application that is made from now on share what is the same in all."""
    Flask.url_rule_class = KeptRule
    options: dict[str, Any] = {**Flask.jinja_options, "bytecode_cache": KeptTemplates()}
    Flask.jinja_options = options
