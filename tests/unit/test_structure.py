# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Rules for the shape of the code; CONTRIBUTING.md explains them."""

import ast
import re
from collections import defaultdict

import pytest

from devtools.paths import ADDON, BARE, BRIDGE, ROOT

# Each layer imports from itself and from the layers before it, and never in a circle.
LAYERS = (
    ("tools",),
    ("callgear",),
    ("domain",),
    (
        "transaction",
        "api_messages",
        "api_guard",
        "clock",
        "client_input",
        "new_columns",
        "news",
        "seekable_stream",
        "ticket_entries",
    ),
    ("models",),
    ("services",),
    ("report", "wizards", "controllers"),
    ("__init__", "hooks"),
)
RANKS = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}
WITHOUT_ODOO = ("tools", "callgear", "domain")
ADDONS = (ADDON, BRIDGE, BARE)
# Folders whose files hold one model each.
MODEL_FOLDERS = ("models", "services", "report", "wizards")
MAX_FUNCTION_LINES = 50
# People are "they". The pattern is written so that it does not find itself.
PRONOUN = re.compile(r"\bh(e|im|is|imself)\b", re.IGNORECASE)
TEXT = {
    ".css",
    ".csv",
    ".html",
    ".js",
    ".json",
    ".md",
    ".mjs",
    ".pot",
    ".py",
    ".rst",
    ".scss",
    ".sh",
    ".sql",
    ".toml",
    ".txt",
    ".xml",
    ".yaml",
    ".yml",
}
NOT_OURS = {"LICENSE", "package-lock.json"}
LEFT_OUT = {"node_modules", "__pycache__", "build", "dist"}


def fail_with(rule, offenders):
    """Fails with all offenders, one a line, if there are any."""
    lines = "\n  ".join(sorted(offenders))
    assert not offenders, f"{rule}\n  {lines}\n({len(offenders)} found)"


def files(folder=ROOT):
    """Our files below a folder; hidden folders, and what tools leave, are not ours."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(ROOT).parts
        hidden = any(part.startswith(".") for part in parts[:-1])
        if path.is_file() and not hidden and not LEFT_OUT.intersection(parts):
            yield path


def sources(folder=ROOT):
    """(path, syntax tree) of the Python files below a folder."""
    for path in files(folder):
        if path.suffix == ".py":
            yield path, ast.parse(path.read_text(encoding="utf-8"), str(path))


def shown(path, node=None):
    """The place of a node, as editors understand it."""
    line = f":{node.lineno}" if node else ""
    return f"{path.relative_to(ROOT)}{line}"


# ------------------------------------------------------------------- the import graph


class Graph:
    """Who imports whom inside the addon, tests left out.

    Modules are named as Python names them inside of the addon, such as ``models.x``, and
    a package as its ``__init__``. Imports inside of functions count like any others.
    """

    def __init__(self, addon):
        self.addon = addon
        self.trees = {
            self._name(path): tree
            for path, tree in sources(addon)
            if path.relative_to(addon).parts[0] not in ("tests", "__manifest__.py")
        }
        self.imports = {
            name: set(self._imported(name, tree)) for name, tree in self.trees.items()
        }

    def _name(self, path):
        return ".".join(path.relative_to(self.addon).with_suffix("").parts)

    def _imported(self, name, tree):
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield from self._found(self._inside(alias.name))
            elif isinstance(node, ast.ImportFrom):
                base = self._base(name, node)
                for alias in node.names:
                    yield from self._found(base, alias.name)

    def _base(self, name, node):
        """What an import takes its names from, as parts inside of the addon, or None."""
        if not node.level:
            return self._inside(node.module)
        package = name.split(".")[: -node.level]
        return (*package, *(node.module or "").split(".")) if node.module else package

    def _inside(self, dotted):
        prefix = ("odoo", "addons", self.addon.name)
        parts = tuple(dotted.split("."))
        return parts[3:] if parts[:3] == prefix else None

    def _found(self, base, name=None):
        """The module that ``from base import name`` reads, if it is one of ours."""
        if base is None:
            return
        tries = [(*base, name), (*base, name, "__init__")] if name else []
        tries += [tuple(base), (*base, "__init__")]
        for parts in tries:
            if ".".join(parts) in self.trees:
                yield ".".join(parts)
                return

    def circle(self):
        """A list of modules, each importing the next one and the last the first, or []."""
        done = set()

        def search(name, path):
            if name in path:
                return path[path.index(name) :]
            if name in done:
                return []
            for imported in sorted(self.imports[name]):
                if found := search(imported, [*path, name]):
                    return found
            done.add(name)
            return []

        for name in sorted(self.imports):
            if found := search(name, []):
                return found
        return []


@pytest.fixture(scope="module")
def graph():
    return Graph(ADDON)


def layer(name):
    return name.partition(".")[0]


def test_graph_sees_the_imports(graph):
    """A graph without arrows would keep every rule."""
    assert "callgear.notification" in graph.imports["models.callgear_event"]
    assert "models.__init__" in graph.imports["__init__"]
    assert sum(map(len, graph.imports.values())) > 100


def test_every_module_has_a_layer(graph):
    fail_with(
        "Put these into a folder of a layer, or give them one in LAYERS:",
        {name for name in graph.trees if layer(name) not in RANKS},
    )


def test_imports_go_downwards(graph):
    fail_with(
        "A lower layer must not know a higher one; move what is imported down, or call "
        'a service through self.env["..."]:',
        {
            f"{name} imports {imported}"
            for name, found in graph.imports.items()
            for imported in found
            if RANKS.get(layer(imported), 0) > RANKS.get(layer(name), 99)
        },
    )


def test_no_module_imports_itself_in_a_circle(graph):
    circle = graph.circle()
    assert not circle, "Take out what two modules share: " + " -> ".join(
        [*circle, circle[0]]
    )


@pytest.mark.parametrize("folder", WITHOUT_ODOO)
def test_rules_and_wire_know_nothing_of_odoo(folder):
    def of_odoo(node):
        if isinstance(node, ast.Import):
            return any(alias.name.split(".")[0] == "odoo" for alias in node.names)
        return (
            isinstance(node, ast.ImportFrom)
            and not node.level
            and node.module.split(".")[0] == "odoo"
        )

    fail_with(
        f"{folder}/ must run without Odoo; take what you need as an argument:",
        {
            shown(path, node)
            for path, tree in sources(ADDON / folder)
            for node in ast.walk(tree)
            if of_odoo(node)
        },
    )


# -------------------------------------------------------------------------- the models


def model_of(node):
    """The name of the model that a class makes or extends, or None."""
    values = {}
    for statement in node.body:
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    values[target.id] = statement.value
    value = values.get("_name", values.get("_inherit"))
    if isinstance(value, ast.List | ast.Tuple) and len(value.elts) == 1:
        [value] = value.elts
    named = isinstance(value, ast.Constant) and isinstance(value.value, str)
    return value.value if named else None


def models(addon):
    """(model, path, class) of each model class of an addon."""
    for path, tree in sources(addon):
        if path.relative_to(addon).parts[0] == "tests":
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and (model := model_of(node)):
                yield model, path, node


@pytest.fixture(params=ADDONS, ids=lambda addon: addon.name)
def addon(request):
    return request.param


def test_models_are_found(addon):
    assert list(models(addon))


def test_a_model_is_one_class(addon):
    places = defaultdict(list)
    for model, path, node in models(addon):
        places[model].append(shown(path, node))
    fail_with(
        "Merge the classes of a model; take a *thing* out of it if it has too many jobs:",
        {f"{m}: {', '.join(found)}" for m, found in places.items() if len(found) > 1},
    )


def test_a_file_has_one_model(addon):
    found = defaultdict(list)
    for model, path, _node in models(addon):
        found[path].append(model)
    fail_with(
        "Give each model a file of its own:",
        {f"{shown(path)}: {', '.join(m)}" for path, m in found.items() if len(m) > 1},
    )


def test_a_file_is_named_after_its_model(addon):
    def misplaced(model, path):
        folder, name = path.relative_to(addon).parts[0], model.replace(".", "_")
        if folder == "services":  # callgear.settlement is services/settlement.py
            name = name.removeprefix("callgear_")
        return folder not in MODEL_FOLDERS or path.stem != name

    fail_with(
        "A model's file has its name, with underscores (in services/ without callgear_), "
        f"and lies in one of {', '.join(MODEL_FOLDERS)}:",
        {
            f"{shown(path)}: {model}"
            for model, path, _node in models(addon)
            if misplaced(model, path)
        },
    )


# ------------------------------------------------------------------ functions and prose


def test_functions_are_short():
    def lines(node):
        return node.end_lineno - node.lineno + 1

    fail_with(
        f"A function has at most {MAX_FUNCTION_LINES} lines; name its parts:",
        {
            f"{shown(path, node)} {node.name}: {lines(node)} lines"
            for path, tree in sources()
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            if lines(node) > MAX_FUNCTION_LINES
        },
    )


def is_text(path):
    is_ours = path.suffix in TEXT or path.parent.name == "bin"
    return is_ours and path.name not in NOT_OURS


def test_people_are_they():
    fail_with(
        "An agent, a caller, an admin is *they*, whoever it is:",
        {
            f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
            for path in files()
            if is_text(path)
            for number, line in enumerate(
                path.read_text(encoding="utf-8").splitlines(), start=1
            )
            if PRONOUN.search(line)
        },
    )


def test_the_pattern_finds_pronouns_and_nothing_else():
    assert PRONOUN.search("until H" + "e has called")
    assert not PRONOUN.search("the history of this helper")
