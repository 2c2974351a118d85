"""What no source file of psdash may contain: the rules behind the threat table that can be read off the syntax."""

# ruff: noqa: E501 - tables

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "psdash"
SOURCES = {str(path.relative_to(PACKAGE)): path for path in sorted(PACKAGE.rglob("*.py"))}
TREES = {name: ast.parse(path.read_text()) for name, path in SOURCES.items()}

#: Rooms that do no I/O, have no clock and roll no dice of their own (DESIGN §2).
CORES = ("wire/", "market/", "account/", "simulator/exchange/", "simulator/actors/")


def dotted(node: ast.expr) -> str:
    """`a.b.c` of a call's function, with `?` for what is no name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return "?"


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield dotted(node.func), node


def imported(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield str(node.module), node.lineno
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((each.value for each in call.keywords if each.arg == name), None)


# markup ---------------------------------------------------------------------------------------------------------

#: Constructors and methods that read a plain `str` as markup, and the arguments in which they do: positions, names.
MARKUP_SINKS = {
    "Static": ((0,), ("content", "renderable")), "Label": ((0,), ("content",)), "Button": ((0,), ("label",)),
    "Checkbox": ((0,), ("label",)), "RadioButton": ((0,), ("label",)), "Collapsible": ((), ("title",)),
    "Tab": ((0,), ("label",)), "TabPane": ((0,), ("title",)), "Link": ((0,), ("text",)), "Option": ((0,), ("prompt",)),
    "OptionList": (tuple(range(9)), ()), "ListItem": ((), ()), "Digits": ((0,), ("value",)),
    ".add_row": (tuple(range(30)), ()), ".add_rows": ((0,), ("rows",)), ".add_column": ((0,), ("label",)),
    ".add_columns": (tuple(range(30)), ()), ".update_cell": ((2,), ("value",)), ".add_option": ((0,), ()),
    ".update": ((0,), ("content",)), ".notify": ((0,), ("message", "title")), ".add_leaf": ((0,), ("label",)),
    ".with_tooltip": ((0,), ("tooltip",)),
}  # fmt: skip
#: Attributes that read a plain `str` as markup.
MARKUP_ATTRIBUTES = {"border_title", "border_subtitle", "tooltip"}
#: Never, whatever the argument.
MARKUP_READERS = {
    "Content.from_markup", "Text.from_markup", "Console", "console.print", "rich.print", "escape", "markup.escape",
    "render_markup", "to_content", "Visual.visualize", "visualize",
}  # fmt: skip
#: What turns any string into text that nobody reads as markup.
SAFE_WRAPPERS = {"Content", "Text", "rich.text.Text", "textual.content.Content"}
#: Of f-strings: names whose values are our own glyphs or numbers, so that the sentence is ours.
OWN_WORDS = {"more", "self.glyphs.down", "self.glyphs.up"}
#: `.update` of these is no widget's.
NOT_WIDGETS = {"hashlib", "digest", "hasher", "seen", "kept", "levels", "values", "limit_headers", "columns"}


def is_own(node: ast.expr | None) -> bool:
    """Whether an argument is wrapped, or is a sentence of this source alone."""
    if node is None or isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.Name) and node.id.isupper():
        return True  # a constant of the module
    if isinstance(node, ast.Call) and dotted(node.func) in SAFE_WRAPPERS:
        return True
    if isinstance(node, ast.IfExp):
        return is_own(node.body) and is_own(node.orelse)
    if isinstance(node, ast.JoinedStr):
        holes = [part for part in node.values if isinstance(part, ast.FormattedValue)]
        return all(dotted(hole.value) in OWN_WORDS for hole in holes)
    return False


def markup_faults(tree: ast.AST) -> list[str]:
    """Every place where a plain string of unknown origin would be read as markup."""
    faults = []
    ours = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    ours |= {name.rpartition(".")[2] for name, _ in imported(tree) if name.startswith("psdash.")}
    for name, call in calls(tree):
        if name in ours:
            continue
        last = name.rpartition(".")[2]
        if name in MARKUP_READERS or any(name.endswith(f".{reader}") for reader in MARKUP_READERS):
            faults.append(f"{call.lineno}: {name} reads markup")
        markup = keyword(call, "markup")
        if isinstance(markup, ast.Constant) and markup.value is False:
            continue
        sink = MARKUP_SINKS.get(name) or (MARKUP_SINKS.get(f".{last}") if "." in name else None)
        if sink is None or (name.split(".")[-2:-1] and name.split(".")[-2] in NOT_WIDGETS):
            continue
        positions, names = sink
        given = [call.args[at] for at in positions if at < len(call.args)]
        given += [value for each in names if (value := keyword(call, each)) is not None]
        if any(not is_own(each) for each in given):
            faults.append(f"{call.lineno}: {name}(...) without markup=False, Content or Text")
    for node in ast.walk(tree):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign | ast.AugAssign):
            targets = [node.target]
        for target in targets:
            if isinstance(target, ast.Attribute) and target.attr in MARKUP_ATTRIBUTES:
                assert isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign)
                if not is_own(node.value):
                    faults.append(f"{node.lineno}: {target.attr} of a plain str")
    return faults


#: Only these may know a screen (the import contracts say so), so only these can have such a sink.
WITH_A_SCREEN = [
    name for name, tree in TREES.items() if any(m.startswith(("textual", "rich")) for m, _ in imported(tree))
]


@pytest.mark.parametrize("name", WITH_A_SCREEN)
def test_no_plain_string_reaches_a_sink_that_reads_markup(name: str) -> None:
    assert markup_faults(TREES[name]) == []


@pytest.mark.parametrize(
    "source",
    [
        "Static(title)", "Label(f'{title}')", "self.query_one(Static).update(title)", "w.border_title = market.title",
        "w.border_subtitle = f'{market.title} more'", "w.tooltip = words", "table.add_row(a, b)", "app.notify(text)",
        "app.notify(text, markup=True)", "self.notify('ours', title=theirs)", "Content.from_markup(x)",
        "Text.from_markup('x')", "console.print(x)", "self.console.print(x)", "escape(x)", "Static('a' + title)",
        "Button(label=title)", "table.update_cell(r, c, title)", "Static(title if title else 'x')",
        "w.border_title = 'x'; w.border_title += title",
    ],
)  # fmt: skip
def test_the_markup_rule_sees(source: str) -> None:
    assert markup_faults(ast.parse(source))


@pytest.mark.parametrize(
    "source",
    [
        "Static(Content(title))", "Static(title, markup=False)", "Label('ours')", "app.notify(text, markup=False)",
        "w.border_title = 'Help'", "w.border_title = Content(title)", "table.add_row(Text(a), Text(b))",
        "seen.update(others)",
    ],
)  # fmt: skip
def test_the_markup_rule_lets_pass(source: str) -> None:
    assert markup_faults(ast.parse(source)) == []


# bans -----------------------------------------------------------------------------------------------------------

DESERIALISERS = {
    "pickle",
    "marshal",
    "shelve",
    "dill",
    "yaml",
    "ruamel",
    "jsonpickle",
    "cPickle",
    "dbm",
    "xml",
    "ctypes",
}
RUNNERS = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "subprocess.getoutput", "pty.spawn"}
SHELLS = {"asyncio.create_subprocess_shell", "subprocess.getstatusoutput", "commands.getoutput"}


def ban_faults(tree: ast.AST) -> list[str]:
    """Deserialisers, evaluators, shells, TLS without a check."""
    faults = [f"{line}: import {name}" for name, line in imported(tree) if name.split(".")[0] in DESERIALISERS]
    for name, call in calls(tree):
        if name in RUNNERS | SHELLS:
            faults.append(f"{call.lineno}: {name}")
        shell = keyword(call, "shell")
        if shell is not None and not (isinstance(shell, ast.Constant) and shell.value is False):
            faults.append(f"{call.lineno}: shell=")
        verify = keyword(call, "verify")
        if isinstance(verify, ast.Constant) and verify.value is not True:
            faults.append(f"{call.lineno}: verify={verify.value!r}")
        if keyword(call, "follow_redirects") is not None:
            allowed = keyword(call, "follow_redirects")
            if not (isinstance(allowed, ast.Constant) and allowed.value is False):
                faults.append(f"{call.lineno}: follow_redirects")
        if name.rpartition(".")[2] == "_create_unverified_context":
            faults.append(f"{call.lineno}: {name}")
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("CERT_NONE", "check_hostname", "export_text"):
            faults.append(f"{node.lineno}: {node.attr}")
        if isinstance(node, ast.keyword) and node.arg == "show_locals":
            faults.append(f"{node.value.lineno}: show_locals")
    return faults


@pytest.mark.parametrize("name", SOURCES)
def test_nothing_is_unpickled_evaluated_or_given_to_a_shell(name: str) -> None:
    assert ban_faults(TREES[name]) == []


@pytest.mark.parametrize(
    "source",
    [
        "import pickle", "from marshal import loads", "import yaml", "from yaml import safe_load", "eval(x)", "exec(x)",
        "os.system(x)", "subprocess.run(x, shell=True)", "asyncio.create_subprocess_shell(x)", "Client(verify=False)",
        "Client(follow_redirects=True)", "ssl._create_unverified_context()", "c.verify_mode = ssl.CERT_NONE",
        "Traceback(show_locals=True)", "c.check_hostname = False",
    ],
)  # fmt: skip
def test_the_bans_see(source: str) -> None:
    assert ban_faults(ast.parse(source))


#: Who may import what: the key is the library, the values are files or rooms.
HOMES = {
    "httpx": ("gateway/rest.py", "gateway/shuriken/session.py"),
    "websockets": ("gateway/dialling.py", "gateway/connection.py", "gateway/streaming.py", "gateway/liveness.py", "gateway/probe.py", "simulator/"),
    "ssl": ("gateway/rest.py", "gateway/dialling.py", "gateway/probe.py", "gateway/doctor.py", "headless/"),
    "socket": ("headless/", "gateway/dialling.py", "gateway/probe.py", "simulator/", "logs.py"),
    "subprocess": ("embedded.py",),
    "requests": (), "urllib.request": (), "http.client": (), "ftplib": (), "telnetlib": (), "smtplib": (), "aiohttp": (),
    "http.cookiejar": (), "webbrowser": (), "keyring": (),
}  # fmt: skip


@pytest.mark.parametrize("name", SOURCES)
def test_only_the_rooms_for_it_open_a_socket_or_a_process(name: str) -> None:
    for module, line in imported(TREES[name]):
        for library, homes in HOMES.items():
            if module == library or module.startswith(f"{library}."):
                assert name.startswith(homes), f"{name}:{line} imports {module}"


CLOCKS = {
    "time.time", "time.time_ns", "time.monotonic", "time.monotonic_ns", "time.perf_counter", "datetime.now",
    "datetime.utcnow", "datetime.datetime.now", "date.today", "datetime.today",
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name in SOURCES if name.startswith(CORES)])
def test_a_core_has_no_clock_and_no_dice_of_its_own(name: str) -> None:
    """Both are handed in, so that the same seed gives the same run."""
    for called, call in calls(TREES[name]):
        assert called not in CLOCKS, f"{name}:{call.lineno} {called}"
        is_dice = called.startswith("random.") and called.removeprefix("random.").islower()
        assert not is_dice, f"{name}:{call.lineno} {called}"
        assert called not in ("uuid.uuid4", "os.urandom", "secrets.token_bytes"), f"{name}:{call.lineno} {called}"


# secrets --------------------------------------------------------------------------------------------------------


def test_a_secret_is_taken_out_of_its_wrapping_in_few_places() -> None:
    """Each `get_secret_value` is a place to look at: a header, a form check, the redaction."""
    places = {name for name, tree in TREES.items() if any(n.endswith("get_secret_value") for n, _ in calls(tree))}
    # Prediction Hunt's key is said in the first frame of a socket, so its wire is such a place.
    assert places <= {
        *("credentials.py", "logs.py", "gateway/dialling.py", "gateway/keychain.py"),
        "wire/predictionhunt/commands.py",
    }


def test_every_dependency_is_pinned_by_hash() -> None:
    for lock in ("requirements.lock", "requirements-dev.lock"):
        text = (PACKAGE.parent / lock).read_text()
        pins = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
        blocks = text.split("\n\n") if "\n\n" in text else [text]
        assert pins
        assert all("==" in line for line in pins)
        assert "".join(blocks).count("--hash=sha256:") >= len(pins)
    assert "--require-hashes" in (PACKAGE.parent / "Makefile").read_text()
