"""What a day of a cow costs to send, against sending the raw samples: a table with its assumptions.

`python -m models.cattle.energy` prints it; `--publish` writes it into card.md.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from orchestrator.card import write_block
from orchestrator.project import ROOT

# Damle 2022: a segment of 3 s is 876 B raw and 20 B of features; LoRa costs 0.5 to 10 mJ a byte.
SEGMENTS_A_DAY = 24 * 3600 // 3
RAW_BYTES = 876
FEATURE_BYTES = 20
MJ_A_BYTE = (0.5, 10.0)
# The same source: EU868 allows 1 % of the time on the air; 51 B at SF7 take 118 ms.
PACKET_BYTES, PACKET_S, DUTY = 51, 0.118, 0.01
CLASS_BITS = 3  # six classes and `unknown`
HEADER_BYTES = 4  # of each packet: sequence number and time


@dataclass(frozen=True)
class Row:
    """One way to send a day."""

    name: str
    bytes_a_day: float

    @property
    def energy_j(self) -> tuple[float, float]:
        """Joules a day, at the cheapest and the dearest byte."""
        return self.bytes_a_day * MJ_A_BYTE[0] / 1000, self.bytes_a_day * MJ_A_BYTE[1] / 1000

    @property
    def airtime_share(self) -> float:
        """Share of the day on the air, in full packets."""
        return self.bytes_a_day / PACKET_BYTES * PACKET_S / 86400


def rows() -> list[Row]:
    """From raw samples to packed classes."""
    packed = (PACKET_BYTES - HEADER_BYTES) * 8 // CLASS_BITS  # decisions in one packet
    return [
        Row("raw samples", SEGMENTS_A_DAY * RAW_BYTES),
        Row("20 B of features a segment (variant `small`)", SEGMENTS_A_DAY * FEATURE_BYTES),
        Row("one class byte a segment (Damle)", SEGMENTS_A_DAY),
        Row(f"{packed} classes in a packet of {PACKET_BYTES} B", SEGMENTS_A_DAY / packed * PACKET_BYTES),
    ]


def table() -> str:
    """The rows as Markdown."""
    raw = rows()[0]
    lines = [
        "| what is sent | bytes a day | energy a day | against raw | time on the air |",
        "|---|---:|---:|---:|---:|",
    ]
    for row in rows():
        low, high = row.energy_j
        fits = "" if row.airtime_share <= DUTY else ", above the 1 % allowed"
        lines.append(
            f"| {row.name} | {row.bytes_a_day:,.0f} | {low:,.1f} – {high:,.0f} J | "
            f"{raw.bytes_a_day / row.bytes_a_day:,.0f}× less | {row.airtime_share:.2%}{fits} |"
        )
    return "\n".join(lines).replace("1× less", "–", 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--publish", action="store_true")
    if parser.parse_args().publish:
        write_block(ROOT / "models" / "cattle" / "card.md", "transmission", table())
    print(table())
