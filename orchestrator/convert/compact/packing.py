"""Trees as the tables of lib/compact/compact_trees.h: the narrowest form that holds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator.convert.compact.binary import Tree
from orchestrator.convert.ctext import TYPES, array, literal, rows, smallest
from orchestrator.convert.errors import TooLargeError

LEFT_LEAF, RIGHT_LEAF, FLAGS = 1, 2, 2
MAX_FEATURE = 2**14 - 1


@dataclass(frozen=True)
class Packed:
    """Tables as C. `bytes` a split; `size` is the bytes of all tables."""

    code: str
    bytes: int
    size: int
    splits: int


def left_leaves(tree: Tree) -> list[int]:
    """Leaves below the left child of each split."""
    below = [0] * len(tree)
    lefts = [0] * len(tree)
    for at in reversed(range(len(tree))):
        lefts[at] = below[tree.left[at]] if tree.left[at] >= 0 else 1
        below[at] = lefts[at] + (below[tree.right[at]] if tree.right[at] >= 0 else 1)
    return lefts


def grown(tree: Tree) -> Tree:
    """A tree that is one leaf, as a split with twice that leaf."""
    return tree if len(tree) else Tree(0, [0], [0], [tree.root], [tree.root], [1.0])


def head(tree: Tree, at: int) -> int:
    """A split's feature and flags."""
    return (
        tree.feature[at] << FLAGS | (LEFT_LEAF if tree.left[at] < 0 else 0) | (RIGHT_LEAF if tree.right[at] < 0 else 0)
    )


def split_bytes(trees: Sequence[Tree]) -> int:
    """The narrowest split that holds these trees, were no leaf named by more than a byte."""
    most = max((max(left_leaves(tree)) for tree in trees if len(tree)), default=0)
    if max((max(tree.feature) for tree in trees if len(tree)), default=0) << FLAGS > 255 or most > 255:
        return 6
    thresholds = [threshold for tree in trees for threshold in tree.threshold]
    return 3 if min(thresholds, default=0) >= 0 and max(thresholds, default=0) <= 255 else 4


def pack(name: str, trees: Sequence[Tree], links: Sequence[int] | None = None, size: int = 0) -> Packed:
    """The tables `<name>_nodes` and `<name>_roots`.

    `links` are of the splits in their order, used for those with a leaf; the others, and without `links` all, have their left leaves: then
    compact_trees_place finds a leaf, and a root is told in splits, not in bytes. `size` is of a split, the narrowest by itself. Raises
    TooLargeError beyond 16,384 features or 65,535 leaves in one subtree.
    """
    trees = [grown(tree) for tree in trees]
    roots, found = [], []
    for tree in trees:
        roots.append(len(found))
        for at, count in enumerate(left_leaves(tree)):
            leaf = tree.left[at] < 0 or tree.right[at] < 0
            link = links[len(found)] if leaf and links is not None else count
            found.append((head(tree, at), tree.threshold[at], link))
    most, last = max(link for *_, link in found), max(found)[0] >> FLAGS
    if last > MAX_FEATURE:
        raise TooLargeError(f"it splits feature {last}, and {MAX_FEATURE} is the last")
    if most > 0xFFFF:
        raise TooLargeError(f"a subtree has {most} leaves, and 65535 are the most")
    size = size or split_bytes(trees)
    where = [at if links is None else at * size for at in roots]
    kind = smallest(where)
    words = [f"{{{h}, {t}, {k}}}" if size == 3 else f"{{{literal(t, 'int16_t')}, {h}, {k}}}" for h, t, k in found]
    code = f"static const ROM compact_node{size}_t {name}_nodes[] = {{\n{rows(words)}}};\n" + array(
        f"{name}_roots", kind, where
    )
    return Packed(code, size, size * len(found) + TYPES[kind][2] * len(roots), len(found))
