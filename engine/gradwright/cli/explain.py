"""``gradwright explain``: what a rule of a derivation says, why it holds, and an example."""

from __future__ import annotations

import click

from gradwright.cli.options import json_option, language_option
from gradwright.cli.output import as_json, deliver
from gradwright.errors import UsageError, nearest


@click.command(short_help="Explain a rule that a step names.")
@click.argument("rule")
@language_option
@json_option
def command(rule: str, lang: str, as_json_text: bool) -> None:
    """Explain RULE, the name that a step of a derivation carries, such as `sift` or `lemma`."""
    from gradwright.messages import messages

    catalogue = messages(lang)
    known = {catalogue.text(f"rule.{key}.name").casefold(): key for key in catalogue.keys("rule")}
    known.update({key: key for key in catalogue.keys("rule")})
    key = known.get(rule.strip().casefold())
    if key is None:
        hint = nearest(rule, known) or "see gradwright list rules"
        raise UsageError(f"there is no rule {rule!r}", hint=hint)
    name, plain, explanation, example = (
        catalogue.text(f"rule.{key}.{part}") if catalogue.has(f"rule.{key}.{part}") else ""
        for part in ("name", "plain", "explanation", "example")
    )
    if as_json_text:
        deliver(
            as_json(
                {"rule": key, "name": name, "plain": plain, "explanation": explanation, "example": example}
            )
        )
    else:
        paragraphs = (plain, explanation, example and f"    {example}")
        deliver("\n\n".join([f"{name} ({key})", *(click.wrap_text(p, 96) for p in paragraphs if p)]))
