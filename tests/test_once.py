"""What applications of the tests share is what each would have made itself."""

from pathlib import Path

from flask import Flask
from jinja2 import Environment, FileSystemLoader
from werkzeug.routing import Map, Rule

from plugin.web.app import create_app
from plugin.wiring import House
from tests.kit.once import KeptRule, KeptTemplates


def test_a_kept_builder_builds_what_a_new_one_does(house: House) -> None:
    ours = list(create_app(house).url_map.iter_rules())
    assert {type(rule) for rule in ours} == {KeptRule}
    of_each = [
        Map([kind(rule.rule, endpoint=rule.endpoint, defaults=rule.defaults) for rule in ours], merge_slashes=False)
        for kind in (Rule, KeptRule, KeptRule)  # the second of them takes what the first has kept
    ]
    for rule in ours:
        given = {name: f"{name} 山/?&1" for name in rule.arguments if name not in (rule.defaults or {})}
        built = {
            tuple(each.bind("a.example").build(rule.endpoint, given | more) for more in ({}, {"of": "b c"}))
            for each in of_each
        }
        assert len(built) == 1, rule
    assert len({rule.rule for rule in ours}) > 100


def test_a_rule_with_other_defaults_has_a_builder_of_its_own() -> None:
    rules = [KeptRule("/of/<day>", endpoint="page", defaults={"day": day}) for day in ("mon", "tue")]
    built = [Map([rule]).bind("a.example").build("page") for rule in rules]
    assert built == ["/of/mon", "/of/tue"]


def test_a_template_that_has_changed_is_compiled_anew(tmp_path: Path) -> None:
    kept = KeptTemplates()

    def read(text: str) -> str:
        (tmp_path / "page.html").write_text(text, "utf-8")
        return Environment(loader=FileSystemLoader(tmp_path), bytecode_cache=kept).get_template("page.html").render()

    assert [read("a{{ 1 }}"), read("b{{ 1 }}"), read("b{{ 1 }}")] == ["a1", "b1", "b1"]


def test_a_template_is_compiled_once(tmp_path: Path) -> None:
    class Counted(Environment):
        compiled = 0

        def _compile(self, source: str, filename: str) -> object:  # type: ignore[override]
            Counted.compiled += 1
            return super()._compile(source, filename)

    (tmp_path / "page.html").write_text("a", "utf-8")
    kept = KeptTemplates()
    for _ in range(3):
        Counted(loader=FileSystemLoader(tmp_path), bytecode_cache=kept).get_template("page.html")
    assert Counted.compiled == 1
    assert Flask("one").jinja_env.bytecode_cache is Flask("two").jinja_env.bytecode_cache is not None
