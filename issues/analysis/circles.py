"""Find where links run in a circle. Pure Python."""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)


def circles(edges: Iterable[tuple[Node, Node]]) -> list[list[Node]]:
    """Return circles among directed edges, each as its nodes in order with the first again at the end.

    There is one for every edge that a depth-first search finds to lead back, so a graph without circles gives none
    and one with any gives at least one. Takes time in proportion to the edges, and no recursion.
    """
    onward: dict[Node, list[Node]] = defaultdict(list)
    for source, target in edges:
        onward[source].append(target)
    found: list[list[Node]] = []
    done: set[Node] = set()
    for start in list(onward):
        path: list[Node] = []
        place: dict[Node, int] = {}  # where on the path a node stands
        waiting = [iter([start])]
        while waiting:
            node = next(waiting[-1], None)
            if node is None:
                waiting.pop()
                if path:
                    done.add(path[-1])
                    del place[path.pop()]
            elif node in place:
                found.append([*path[place[node] :], node])
            elif node not in done:
                place[node] = len(path)
                path.append(node)
                waiting.append(iter(onward.get(node, ())))
    return found
