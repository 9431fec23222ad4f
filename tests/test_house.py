"""The house itself: imports run downwards, and no room is nobody's."""

import ast
from pathlib import Path

import pytest

ISSUES = Path(__file__).parent.parent / "issues"

FLOORS = {
    "choices": 0,
    "codebook": 0.5,  # a landing: what the values of `choices` mean
    "analysis": 0,
    "htmx": 0,
    "files": 0,
    "uploads": 0,
    "problems": 0,
    "models": 1,
    "drafts": 3,
    "people": 3,
    "tokens": 3,
    "keeping": 3,
    "editing": 3,
    "reverting": 3,
    "upkeep": 3,
    "freezing": 3,
    "saving": 3,
    "suggesting": 3,
    "search": 1.5,  # a landing: the write door keeps what is looked through
    "permissions": 2,
    "history": 2,
    "families": 2,
    "forms": 3,
    "queries": 3,
    "documents": 3,
    "imports": 3.5,  # a landing: rows of a file go by the rules of documents
    "exports": 3.5,  # the same: files are made of what pages ask for, and documents write one of them
    "safekeeping": 3,
    "views": 4,
    "admin": 4,
    "desk": 4,
    "api": 4.5,  # a landing: it asks and sends what the pages’ own forms and filters do
    "management": 4,
    "urls": 5,
}
# Neither floor nor door: Django loads these by itself.
OUTSIDE = {"__init__", "adapters", "apps", "migrations", "templatetags", "middleware", "stored", "backends"}


def room(path: Path) -> str:
    return path.relative_to(ISSUES).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """Return the rooms of `issues` that a module imports, relative imports resolved."""
    package = ("issues", *path.relative_to(ISSUES).parts[:-1])
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            names = [module] if module.count(".") else [f"{module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        found |= {name.split(".")[1] for name in names if name.startswith("issues.")}
    return found


MODULES = sorted(path for path in ISSUES.rglob("*.py") if room(path) not in OUTSIDE)


def faults(path: Path, rooms: set[str]) -> set[str]:
    """Return the rooms that a module at `path` may not import."""
    own = room(path)
    return {other for other in rooms - {own} if FLOORS.get(other, 0) >= FLOORS[own]}


def test_every_room_stands_on_a_floor():
    assert {room(path) for path in ISSUES.rglob("*.py")} <= FLOORS.keys() | OUTSIDE


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ISSUES)))
def test_imports_run_downwards(path):
    assert not faults(path, imported(path))


def test_an_import_upwards_or_of_a_neighbour_is_found():
    assert faults(ISSUES / "queries" / "board.py", {"views", "forms", "models"}) == {"views", "forms"}


def test_the_pure_room_knows_no_django():
    for path in (ISSUES / "analysis").glob("*.py"):
        assert "django" not in path.read_text(), path.name


def test_models_import_only_what_stands_above_them():
    order = [
        "base",
        "writing",
        "rules",
        "process",
        "invitation",
        "token",
        "draft",
        "side",
        "issue",
        "briefing",
        "compromise",
        "position",
        "citation",
        "changeset",
        "task",
        "imported",
        "suggestion",
        "saved",
        "brief",
        "searched",
        "guards",
        "indexes",
        "shadows",
    ]
    for path in (ISSUES / "models").glob("*.py"):
        if path.stem == "__init__":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level == 1 and node.module:
                assert order.index(node.module) < order.index(path.stem), path.name


def test_nothing_in_the_code_knows_these_talks():
    root, words = ISSUES.parent, ("ukrain", "russia", "donbas", "zaporizh", "korybko")
    files = [*ISSUES.rglob("*.py"), *(root / "templates").rglob("*.html"), *(root / "peacetracker").glob("*.py")]
    # The demo may say which file it loads.
    texts = {path: path.read_text().lower().replace("us-russia-talks.json", "") for path in files}
    assert not [(path.name, word) for path, text in texts.items() for word in words if word in text]
