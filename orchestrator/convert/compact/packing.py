"""Trees as the tables of lib/compact/compact_trees.h: the narrowest form that holds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator.convert.compact.binary import Tree
from orchestrator.convert.ctext import array, literal, rows, smallest
from orchestrator.convert.errors import TooLargeError

LEFT_LEAF, RIGHT_LEAF, FLAGS = 1, 2, 2
MAX_FEATURE = 2**14 - 1
PAIR_TYPES = {1: "uint8_t", 2: "uint16_t"}


@dataclass(frozen=True)
class Packed:
    """Tables as C. `bytes` a split; `pair` as compact_trees_leaf wants it; `size` is the bytes of all tables."""

    code: str
    bytes: int
    pair: int
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


def head(feature: int, left: int, right: int) -> int:
    """What `head` of a split is."""
    return feature << FLAGS | (LEFT_LEAF if left < 0 else 0) | (RIGHT_LEAF if right < 0 else 0)


def _grown(tree: Tree) -> Tree:
    """A tree that is one leaf, as a split with twice that leaf."""
    return tree if len(tree) else Tree(0, [0], [0], [tree.root], [tree.root])


def pack(name: str, trees: Sequence[Tree], counting: bool = False) -> Packed:
    """The tables `<name>_nodes` and `<name>_roots`, and `<name>_pairs` where a split of two leaves needs it.

    A root is told in bytes, or in splits with `counting`. With `counting` no split names a leaf: compact_trees_place finds it. Raises TooLargeError beyond 16,384 features or 65,535 leaves in one
    subtree.
    """
    trees = [_grown(tree) for tree in trees]
    heads, thresholds, links, roots = [], [], [], []
    pairs: dict[tuple[int, int], int] = {}
    nibbles = not counting and all(leaf < 16 for tree in trees for leaf in tree.leaves())
    for tree in trees:
        roots.append(len(heads))
        for feature, threshold, left, right, count in zip(
            tree.feature, tree.threshold, tree.left, tree.right, left_leaves(tree), strict=True
        ):
            heads.append(head(feature, left, right))
            thresholds.append(threshold)
            if counting or (left >= 0 and right >= 0):
                links.append(count)
            elif left < 0 and right < 0:
                pair = (~left, ~right)
                links.append(pair[0] << 4 | pair[1] if nibbles else pairs.setdefault(pair, len(pairs)))
            else:
                links.append(~left if left < 0 else ~right)
    if max(heads) >> FLAGS > MAX_FEATURE:
        raise TooLargeError(f"it splits feature {max(heads) >> FLAGS}, and {MAX_FEATURE} is the last")
    if max(links) > 0xFFFF:
        raise TooLargeError(f"a subtree has {max(links)} leaves, and 65535 are the most")
    narrow = max(heads) <= 255 and max(links) <= 255
    size = 6 if not narrow else 3 if min(thresholds) >= 0 and max(thresholds) <= 255 else 4
    first = [
        (h, t, k) if size == 3 else (literal(t, "int16_t"), h, k)
        for t, h, k in zip(thresholds, heads, links, strict=True)
    ]
    where = [at if counting else at * size for at in roots]
    kind = smallest(where)
    code = f"static const ROM compact_node{size}_t {name}_nodes[] = {{\n"
    code += rows([f"{{{a}, {b}, {c}}}" for a, b, c in first]) + "};\n"
    code += array(f"{name}_roots", kind, where)
    total = size * len(heads) + {"uint8_t": 1, "uint16_t": 2}.get(kind, 4) * len(roots)
    pair = 0
    if pairs:
        flat = [leaf for both in pairs for leaf in both]
        pair = 1 if max(flat) <= 255 else 2
        code += array(f"{name}_pairs", PAIR_TYPES[pair], flat)
        total += pair * len(flat)
    return Packed(code, size, pair, total, len(heads))
