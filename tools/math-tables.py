#!/usr/bin/env python3
"""Writes the constant tables of assembly/math (exp-table.ts, log-table.ts, erf-table.ts, trig-table.ts).

Usage: python3 tools/math-tables.py          (needs mpmath; run it from the root of the project)
"""
import struct
from mpmath import mp, mpf

mp.prec = 1400
HEADER = "/** {} Written by tools/math-tables.py. */\n"


def bits(x):
    return struct.unpack("<Q", struct.pack("<d", float(x)))[0]


def from_bits(b):
    return mpf(struct.unpack("<d", struct.pack("<Q", b))[0])


def single(x):
    """The bits of x as a float."""
    return struct.unpack("<I", struct.pack("<f", float(x)))[0]


def split(words):
    """Words of 64 bits as two of 32, the low one first."""
    return [part for word in words for part in (word & 0xFFFFFFFF, word >> 32)]


def write(name, title, constant, rows, size=64):
    with open(f"assembly/math/{name}.ts", "w") as file:
        file.write(HEADER.format(title))
        file.write("// @ts-ignore: decorator\n@lazy @inline\n")
        file.write(f"export const {constant}: usize = memory.data<u{size}>(\n  [\n")
        for row in rows:
            file.write("    " + " ".join(f"0x{word:0{size // 4}x}," for word in row) + "\n")
        file.write("  ],\n  16,\n);\n")


def pairs(words, width=4):
    return [words[i : i + width] for i in range(0, len(words), width)]


def exp_table(n=64):
    """(bits of 2^(i/n) less i<<46, tail as a float): adding k<<46 to the first gives 2^(k/n) for every k congruent to i."""
    words = []
    for i in range(n):
        exact = mpf(2) ** (mpf(i) / n)
        head = mpf(float(exact))
        words += split([(bits(head) - (i << 46)) % 2**64]) + [single(exact / head - 1)]
    return words


def log_table(n=128):
    """(1/c, -log(1/c) to 43 bits after the point, the rest as a float): 1/c is j/n or j/2n, so z/c - 1 is exact in two parts."""
    words, off = [], 0x3FE6955500000000
    for i in range(n):
        low, high = from_bits(off + (i << 45)), from_bits(off + ((i + 1) << 45))
        center = (low + high) / 2
        step = n if center < 1 else 2 * n
        inverse = mpf(1) if low <= 1 <= high else mp.nint(step / center) / step
        exact = -mp.log(inverse)
        head = mp.nint(exact * 2**43) / mpf(2) ** 43
        words += split([bits(inverse), bits(head)]) + [single(exact - head)]
    return words


def chebyshev_fit(f, a, b, degree):
    """Coefficients in powers of t of the interpolant of f at the Chebyshev nodes of [a, b]."""
    count = degree + 1
    nodes = [(a + b) / 2 + (b - a) / 2 * mp.cos(mp.pi * (2 * k + 1) / (2 * count)) for k in range(count)]
    matrix = mp.matrix([[t**j for j in range(count)] for t in nodes])
    return list(mp.lu_solve(matrix, mp.matrix([f(t) for t in nodes])))


def erf_table():
    """18 coefficients a region: 0 (|x| < 1/2) 0, erf(x)/x - 1 in powers of x²; region i erf(i + t)."""
    mp.prec = 300

    def near(u):
        return mp.erf(mp.sqrt(u)) / mp.sqrt(u) - 1

    words = [0] + [bits(c) for c in chebyshev_fit(near, mpf(0), mpf(1) / 4, 10)] + [0] * 6
    for i in range(1, 7):
        words += [bits(c) for c in chebyshev_fit(lambda t: mp.erf(i + t), -mpf(1) / 2, mpf(1) / 2, 17)]
    return words


def trig_table():
    """A zero word, then 19 words of the bits of 2/pi after the point."""
    mp.prec = 1400
    value = int(mp.floor(2 / mp.pi * mpf(2) ** (64 * 19)))
    return [0] + [(value >> (64 * (18 - i))) % 2**64 for i in range(19)]


def print_constants():
    """The parts of pi/2 that assembly/math/trig.ts quotes: three of 33 bits, each exact in a product with n < 2^20."""
    rest = mp.pi / 2
    for _ in range(3):
        exponent = mp.floor(mp.log(rest, 2))
        part = mp.floor(rest / mpf(2) ** (exponent - 32)) * mpf(2) ** (exponent - 32)
        print(f"pi/2 part 0x{bits(part):016x}, rest 0x{bits(rest - part):016x}")
        rest -= part
    half = mpf(float(mp.pi / 2))
    print(f"pi/2 0x{bits(half):016x} + 0x{bits(mp.pi / 2 - half):016x}; 2/pi 0x{bits(2 / mp.pi):016x}")
    ln2 = mp.log(2)
    print(f"log2(e) 0x{bits(1 / ln2):016x}; 64*log2(e) 0x{bits(64 / ln2):016x}; ln 2 0x{bits(ln2):016x}")
    reach = ln2 / 128
    powers = chebyshev_fit(lambda r: mp.hyp1f1(1, 3, r) / 2, -reach, reach, 4)  # (exp(r) − 1 − r)/r²
    print("exp(r) from r² on: " + " ".join(f"0x{bits(c):016x}" for c in powers))


write("exp-table", "Bits and tail of 2^(i/64), i = 0 … 63.", "EXP_TABLE", pairs(exp_table(), 6), 32)
write("log-table", "1/c, log c and its tail for the 128 intervals of log.", "LOG_TABLE", pairs(log_table(), 5), 32)
write("erf-table", "Coefficients of erf, 18 for each of 7 regions.", "ERF_TABLE", pairs(erf_table()))
write("trig-table", "The bits of 2/π.", "TWO_OVER_PI", pairs(trig_table()))
print_constants()
