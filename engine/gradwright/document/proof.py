"""The page of a proof: what is given, each claim, its proof in steps, and how it was checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from gradwright.derive.proof.line import Grid, Item, Line, Linear, Proved, Say, Side
from gradwright.derive.proof.prove import Proof
from gradwright.document.blocks import Block, Document, Entry, Equation, Row, Steps, Table, Text
from gradwright.document.proof_given import given_blocks
from gradwright.document.proof_notation import ProofNotation, notation_of
from gradwright.document.writing import DETAILS
from gradwright.errors import UsageError, nearest
from gradwright.messages import Filling, Math, Messages, choose, messages

QUESTIONS = ("find", "solve", "maximise", "minimise")


def proof_page(
    proof: Proof,
    detail: str = "normal",
    lang: str = "en",
    checked: Mapping[str, Mapping[str, Filling]] | None = None,
) -> Document:
    """The page.

    Args:
        proof: What is shown.
        detail: ``brief`` has no reasons, ``normal`` a reason a step, ``full`` explains each rule once.
        lang: The language of prose.
        checked: How the proof was checked: keys of messages under ``proof`` and what they name.

    Raises:
        UsageError: There is no such detail or language.
    """
    if detail not in DETAILS:
        raise UsageError(f"{detail!r} is none of {', '.join(DETAILS)}", hint=nearest(detail, DETAILS))
    say = messages(lang)
    points = proof.statement.points
    names = () if points is None else (*points.inputs, points.label)
    page = _Page(say, notation_of(proof.statement, names), detail)
    blocks = given_blocks(proof.statement, page.notation, say)
    for number, part in enumerate(proof.parts, 1):
        blocks += page.part(part, number if len(proof.parts) > 1 else None, lang)
    blocks += [Text(say.line(f"proof.{key}", **values), "note") for key, values in (checked or {}).items()]
    title = choose(proof.statement.title, lang)
    return Document((title,), lang, tuple(blocks), say.line("proof.subtitle"))


@dataclass
class _Page:
    """A page being written; ``explained`` holds the rules that were explained already."""

    say: Messages
    notation: ProofNotation
    detail: str
    explained: set[str] = field(default_factory=set)

    def part(self, part: Proved, number: int | None, lang: str) -> list[Block]:
        """A claim and its proof, or a question and its answer."""
        asks = part.kind in QUESTIONS
        blocks: list[Block] = [Text(self._heading(part, number, asks, lang), "section")]
        blocks += [block for item in part.claim for block in self._claimed(item)]
        blocks.append(Text(self.say.line("proof.derivation" if asks else "proof.proof"), "subsection"))
        blocks += self._blocks(part.proof)
        if asks:
            rows = tuple(self._row(line, False) for line in part.result if isinstance(line, Line))
            blocks += [Text(self.say.line("proof.answer"), "subsection"), Equation(rows, boxed=True)]
        else:
            blocks.append(Text(self.say.line("proof.qed")))
        return blocks

    def _heading(self, part: Proved, number: int | None, asks: bool, lang: str) -> tuple[str | Math, ...]:
        word = "question" if asks else "claim"
        if number is None:
            head = self.say.text(f"proof.{word}")
        else:
            head = self.say.text(f"proof.{word}-numbered", number=number)
        title = choose(part.title, lang) if part.title else ""
        return (f"{head}: {title}" if title else head,)

    def _claimed(self, item: Item) -> list[Block]:
        """A claim, whole: no subscript is put to what its author wrote."""
        if isinstance(item, Line):
            left, right = (self.notation.side(side, whole=True) for side in (item.left, item.right))
            return [Equation((Row(left, right, relation=item.relation),))]
        return self._blocks((item,))

    def _blocks(self, items: Sequence[Item]) -> list[Block]:
        """Lines gathered into steps; sentences and tables between them."""
        blocks: list[Block] = []
        lines: list[Line] = []
        for item in items:
            if isinstance(item, Line):
                lines.append(item)
                continue
            blocks += self._lines(lines)
            lines = []
            blocks.append(self._other(item))
        return blocks + self._lines(lines)

    def _lines(self, lines: Sequence[Line]) -> list[Block]:
        if not lines:
            return []
        if self.detail == "brief":
            return [Equation(tuple(self._row(line, line.goes_on) for line in lines))]
        return [Steps(tuple(self._entry(line) for line in lines))]

    def _entry(self, line: Line) -> Entry:
        """A step: the rule's name and reason, and the equation."""
        because = self.say.line(f"rule.{line.rule}.because", **self._filled(line.because))
        title = self.say.line("proof.rule", rule=self.say.raw(f"rule.{line.rule}.name"), because=because)
        blocks: list[Block] = [Equation((self._row(line, line.goes_on),))]
        if self.detail == "full" and line.rule not in self.explained:
            self.explained.add(line.rule)
            blocks.append(Text(self.say.line(f"rule.{line.rule}.explanation"), "note"))
        return Entry(title, tuple(blocks), line.rule)

    def _row(self, line: Line, goes_on: bool) -> Row:
        left = Math("", "") if goes_on else self.notation.side(line.left)
        return Row(left, self.notation.side(line.right), relation=line.relation)

    def _other(self, item: Say | Grid | Linear) -> Block:
        match item:
            case Say():
                return Text(self.say.line(f"proof.{item.key}", **self._filled(item.values, whole=True)))
            case Grid():
                heading = tuple((self.notation.side(side),) for side in item.heading)
                rows = tuple(tuple((self.notation.side(side),) for side in row) for row in item.rows)
                return Table(heading, rows)
            case Linear():
                left, right = (
                    _column([self.notation.side(one) for one in part]) for part in (item.left, item.right)
                )
                matrix = _matrix([[self.notation.side(one) for one in row] for row in item.matrix])
                product = Math(f"{matrix.latex} {right.latex}", f"{matrix.text} @ {right.text}")
                return Equation((Row(left, product),), boxed=True)

    def _filled(self, values: Mapping[str, str | Side], whole: bool = False) -> dict[str, Filling]:
        """What a message names, as formulas."""
        filled: dict[str, Filling] = {}
        for key, value in values.items():
            if isinstance(value, Side):
                filled[key] = self.notation.side(value, whole)
            else:
                filled[key] = value if key in ("functions", "units") else self.notation.names(value)
        return filled


def _matrix(rows: Sequence[Sequence[Math]]) -> Math:
    latex = r" \\ ".join(" & ".join(one.latex for one in row) for row in rows)
    text = ", ".join("[" + ", ".join(one.text for one in row) + "]" for row in rows)
    return Math(f"\\begin{{pmatrix}} {latex} \\end{{pmatrix}}", f"[{text}]")


def _column(entries: Sequence[Math]) -> Math:
    return replace(
        _matrix([[one] for one in entries]), text="[" + ", ".join(one.text for one in entries) + "]"
    )
