"""The table: on a terminal, and as Markdown for docs/performance.md."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.bench import Figure, Row
from benchmarks.rows import NAMES

#: Between these two lines docs/performance.md is written by `--report`.
BEGIN: Final = "<!-- benchmarks: begin -->"
END: Final = "<!-- benchmarks: end -->"


def shown(value: float, unit: str) -> str:
    """A figure with its unit."""
    if unit == "x":
        return f"{value:.2f}x"
    return f"{value:,.1f} {unit}"


def goal(target: float, unit: str, *, at_least: bool) -> str:
    """A target in words."""
    return f"{'≥' if at_least else '≤'} {shown(target, unit)}"


def line(name: str, row: Row, figure: Figure) -> str:
    """One figure on a terminal."""
    met = "ok  " if figure.is_met else "MISS"
    target = goal(figure.target, figure.unit, at_least=figure.at_least)
    value = shown(figure.value, figure.unit)
    return f"{met} {name:<15} {figure.name:<28} {value:>10}  {target:<12} {figure.detail}"


def heading() -> str:
    return f"     {'row':<15} {'figure':<28} {'value':>10}  {'target':<12} from"


def markdown(path: Path) -> str:
    """Every row of a results file, with the machine and the commands."""
    told = json.loads(path.read_text(encoding="utf-8"))
    return "\n".join(_markdown(told))


def _markdown(told: dict[str, Any]) -> Iterator[str]:
    machine = told["machine"]
    yield (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['system']}, Python {machine['python']}, "
        f"Textual {machine['textual']}, websockets {machine['websockets']}, pydantic {machine['pydantic']}."
    )
    yield ""
    yield "| row | goal | against | figure | value | target | | from | taken (load) |"
    yield "|---|---|---|---|---:|---:|---|---|---|"
    for name in NAMES:
        row = told["rows"].get(name)
        if row is None:
            yield f"| `{name}` | not run | | | | | | | |"
            continue
        figures: Sequence[dict[str, Any]] = row["figures"]
        for at, each in enumerate(figures):
            first = f"`{name}` | {row['goal']} | {row['against']}" if at == 0 else " | | "
            taken = f"{row['taken']} ({row['load']})" if at == 0 else ""
            yield (
                f"| {first} | {each['name']} | {shown(each['value'], each['unit'])} | "
                f"{goal(each['target'], each['unit'], at_least=each['at_least'])} | "
                f"{'met' if each['met'] else '**missed**'} | {each['detail']} | {taken} |"
            )
    yield ""
    commands = dict.fromkeys(row["command"] for row in told["rows"].values())
    yield f"Taken by {', '.join(f'`{command}`' for command in commands)}."


def put_into(document: Path, results: Path) -> None:
    """Renew the table in a document. Raises ValueError when it has no place for one."""
    text = document.read_text(encoding="utf-8")
    begin, end = text.find(BEGIN), text.find(END)
    if begin < 0 or end < begin:
        raise ValueError(f"{document} has no lines {BEGIN} and {END}")
    table = markdown(results)
    document.write_text(f"{text[: begin + len(BEGIN)]}\n\n{table}\n\n{text[end:]}", encoding="utf-8")
