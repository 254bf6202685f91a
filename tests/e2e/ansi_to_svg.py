#!/usr/bin/env python3
"""Draws a terminal's screen as a self-contained SVG.

    tmux capture-pane -e -p | tests/e2e/ansi_to_svg.py COLUMNS ROWS [TITLE] > screen.svg

Reads lines of text with SGR sequences (ECMA-48, 8.3.117; colours also as 38;5;N and
38;2;R;G;B).  Every run of cells with one look becomes a background rectangle and a text
element; block and box characters become shapes, so that they join whatever font is there.
"""

import re
import sys
import unicodedata
from typing import NamedTuple, Optional
from xml.sax.saxutils import escape, quoteattr

CELL_W, CELL_H, FONT_PX, BASELINE = 8.4, 18.0, 14, 13.4
MARGIN, TITLE_BAR = 14.0, 30.0
FOREGROUND, BACKGROUND, FRAME = "#d8dee9", "#14171f", "#2a2f3a"
FONTS = "'JetBrains Mono','DejaVu Sans Mono','Liberation Mono',Menlo,Consolas,monospace"
PALETTE = [
    "#2b303b", "#e0606b", "#98c379", "#e5c07b", "#61a0ef", "#c678dd", "#56b6c2", "#c5cbd6",
    "#5c6370", "#f0808a", "#b5e08f", "#f5d896", "#82b8ff", "#dd9cf0", "#7fd5e0", "#ffffff",
]
# The eight colours behind text: darker, so that light text on them can be read.
BEHIND = ["#14171f", "#8f3a42", "#3f6b34", "#80682f", "#2c5a94", "#71407f", "#2d6f78", "#c5cbd6"]
SGR = re.compile(r"\x1b\[([0-9;:]*)m")
OTHER_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][0-9A-B]|.)|[\x0e\x0f]")


class Look(NamedTuple):
    fg: Optional[str] = None
    bg: Optional[str] = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False
    reverse: bool = False

    def colours(self):
        """Foreground, and background or None where the screen's own shows."""
        fg, bg = self.fg or FOREGROUND, self.bg
        if self.reverse:
            fg, bg = bg or BACKGROUND, fg
        return fg, bg


def indexed(n):
    if n < 16:
        return PALETTE[n]
    if n < 232:
        steps = (0, 95, 135, 175, 215, 255)
        n -= 16
        return "#%02x%02x%02x" % (steps[n // 36], steps[n // 6 % 6], steps[n % 6])
    grey = 8 + 10 * (min(n, 255) - 232)
    return "#%02x%02x%02x" % (grey, grey, grey)


def extended(codes):
    """The colour of 38 or 48: consumes what belongs to it from the list of codes."""
    kind = codes.pop(0) if codes else None
    if kind == 5 and codes:
        return indexed(codes.pop(0) & 255)
    if kind == 2 and len(codes) >= 3:
        rgb = [min(codes.pop(0), 255) for _ in range(3)]
        return "#%02x%02x%02x" % tuple(rgb)
    return None


SWITCHES = {
    1: {"bold": True}, 2: {"dim": True}, 3: {"italic": True}, 4: {"underline": True},
    7: {"reverse": True}, 9: {"strike": True}, 21: {"underline": True},
    22: {"bold": False, "dim": False}, 23: {"italic": False}, 24: {"underline": False},
    27: {"reverse": False}, 29: {"strike": False}, 39: {"fg": None}, 49: {"bg": None},
}


def apply_sgr(look, parameters):
    codes = []
    for word in parameters.split(";"):
        parts = word.split(":")
        if parts[0] == "4":  # 4:3 is a curly line; 4:0 none
            codes.append(24 if parts[1:2] == ["0"] else 4)
        elif parts[0] in ("38", "48") and parts[1:2] == ["2"] and len(parts) > 5:
            codes += [int(p or 0) for p in parts[:2] + parts[-3:]]  # with a colour space
        else:
            codes += [int(p or 0) for p in parts]
    while codes:
        code = codes.pop(0)
        if code == 0:
            look = Look()
        elif code in SWITCHES:
            look = look._replace(**SWITCHES[code])
        elif 30 <= code <= 37 or 90 <= code <= 97:
            look = look._replace(fg=PALETTE[code - 30 if code < 90 else code - 82])
        elif 40 <= code <= 47 or 100 <= code <= 107:
            look = look._replace(bg=BEHIND[code - 40] if code < 100 else PALETTE[code - 92])
        elif code == 38:
            look = look._replace(fg=extended(codes))
        elif code == 48:
            look = look._replace(bg=extended(codes))
    return look


def width_of(char):
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def parse_line(line, look):
    """Cells of a line as (column, text, width, look), and the look that goes on."""
    cells, column, at = [], 0, 0
    while at < len(line):
        match = SGR.match(line, at)
        if match:
            look, at = apply_sgr(look, match.group(1)), match.end()
            continue
        match = OTHER_ESCAPE.match(line, at)
        if match:
            at = match.end()
            continue
        char, at = line[at], at + 1
        width = width_of(char)
        if width == 0 and cells:
            last = cells[-1]
            cells[-1] = (last[0], last[1] + char, last[2], last[3])
        elif char >= " " and char != "\x7f" and width:
            cells.append((column, char, width, look))
            column += width
    return cells, look


# Box drawing: which of left, right, up, down have a line, and how heavy (1 or 2 pixels).
BOX = {
    "─": (1, 1, 0, 0), "│": (0, 0, 1, 1), "┌": (0, 1, 0, 1), "┐": (1, 0, 0, 1),
    "└": (0, 1, 1, 0), "┘": (1, 0, 1, 0), "├": (0, 1, 1, 1), "┤": (1, 0, 1, 1),
    "┬": (1, 1, 0, 1), "┴": (1, 1, 1, 0), "┼": (1, 1, 1, 1), "╭": (0, 1, 0, 1),
    "╮": (1, 0, 0, 1), "╰": (0, 1, 1, 0), "╯": (1, 0, 1, 0), "╴": (1, 0, 0, 0),
    "╶": (0, 1, 0, 0), "╵": (0, 0, 1, 0), "╷": (0, 0, 0, 1), "━": (2, 2, 0, 0),
    "┃": (0, 0, 2, 2), "┏": (0, 2, 0, 2), "┓": (2, 0, 0, 2), "┗": (0, 2, 2, 0),
    "┛": (2, 0, 2, 0), "┣": (0, 2, 2, 2), "┫": (2, 0, 2, 2), "┳": (2, 2, 0, 2),
    "┻": (2, 2, 2, 0), "╋": (2, 2, 2, 2),
}


def block_of(char):
    """A block element as a part (x, y, width, height) of its cell, in fractions."""
    code = ord(char)
    if 0x2581 <= code <= 0x2588:  # lower eighths
        part = (code - 0x2580) / 8
        return 0, 1 - part, 1, part
    if 0x2589 <= code <= 0x258F:  # left eighths
        return 0, 0, (0x2590 - code) / 8, 1
    return {"▀": (0, 0, 1, 0.5), "▐": (0.5, 0, 0.5, 1)}.get(char)


def number(value):
    return ("%.2f" % value).rstrip("0").rstrip(".")


def rect(x, y, w, h, fill, more=""):
    return '<rect x="%s" y="%s" width="%s" height="%s" fill="%s"%s/>' % (
        number(x), number(y), number(w), number(h), fill, more)


def shape(cell, row):
    """A block or box character drawn; None when it is a letter."""
    column, char, _, look = cell
    x, y, (fg, _) = column * CELL_W, row * CELL_H, look.colours()
    faded = ' opacity="0.6"' if look.dim else ""
    block = block_of(char) if len(char) == 1 else None
    if block:
        return rect(x + block[0] * CELL_W, y + block[1] * CELL_H,
                    block[2] * CELL_W, block[3] * CELL_H, fg, faded)
    if char not in BOX:
        return None
    left, right, up, down = BOX[char]
    middle_x, middle_y, lines = x + CELL_W / 2, y + CELL_H / 2, []
    for weight, (x1, x2) in ((left, (x, middle_x)), (right, (middle_x, x + CELL_W))):
        if weight:
            lines.append(rect(x1 - 0.5, middle_y - weight / 2, x2 - x1 + 0.5, weight, fg, faded))
    for weight, (y1, y2) in ((up, (y, middle_y)), (down, (middle_y, y + CELL_H))):
        if weight:
            lines.append(rect(middle_x - weight / 2, y1 - 0.5, weight, y2 - y1 + 0.5, fg, faded))
    return "".join(lines)


def text_element(run, row):
    column, text, width, look = run
    fg, _ = look.colours()
    attributes = ['x="%s" y="%s"' % (number(column * CELL_W), number(row * CELL_H + BASELINE))]
    attributes.append('fill="%s"' % fg)
    # Whatever font is there, a run keeps to the columns of the screen.
    attributes.append('textLength="%s"' % number(width * CELL_W))
    decorations = ["underline"] * look.underline + ["line-through"] * look.strike
    attributes += ['font-weight="bold"'] * look.bold + ['opacity="0.6"'] * look.dim
    attributes += ['font-style="italic"'] * look.italic
    if decorations:
        attributes.append('text-decoration="%s"' % " ".join(decorations))
    return "<text %s>%s</text>" % (" ".join(attributes), escape(text))


def runs_of(cells, same):
    """Neighbouring cells put together while same(run, cell) holds."""
    run = None
    for column, text, width, look in cells:
        if run and run[0] + run[2] == column and same(run, (column, text, width, look)):
            run = (run[0], run[1] + text, run[2] + width, look)
            continue
        if run:
            yield run
        run = (column, text, width, look)
    if run:
        yield run


def draw_row(cells, row):
    backs, fronts, letters = [], [], []
    same_back = lambda run, cell: run[3].colours()[1] == cell[3].colours()[1]
    for column, _, width, look in runs_of(cells, same_back):
        back = look.colours()[1]
        if back:
            backs.append(rect(column * CELL_W, row * CELL_H, width * CELL_W, CELL_H, back))
    for cell in cells:
        drawn = shape(cell, row)
        if drawn:
            fronts.append(drawn)
        else:
            letters.append(cell)
    # A wide or non-ASCII character stands alone: fonts disagree about its width.
    plain = lambda text: text.isascii()
    same_text = lambda run, cell: run[3] == cell[3] and plain(run[1]) and plain(cell[1])
    for run in runs_of(letters, same_text):
        for piece in re.finditer(r"\S+(?: \S+)*", run[1]) if not run[3].underline else [None]:
            if piece is None:
                fronts.append(text_element(run, row))
            elif run[1].isascii():
                part = (run[0] + piece.start(), piece.group(), len(piece.group()), run[3])
                fronts.append(text_element(part, row))
            else:
                fronts.append(text_element(run, row))
    return backs + fronts


def draw(lines, columns, rows, title):
    width = columns * CELL_W + 2 * MARGIN
    height = rows * CELL_H + MARGIN + TITLE_BAR
    out = [
        '<svg xmlns="http://www.w3.org/2000/svg" width="%s" height="%s" viewBox="0 0 %s %s" '
        'role="img" aria-label=%s>' % ((number(width), number(height)) * 2 + (quoteattr(title),)),
        rect(0.5, 0.5, width - 1, height - 1, BACKGROUND, ' rx="9" stroke="%s"' % FRAME),
    ]
    for n, fill in enumerate(("#e0606b", "#e5c07b", "#98c379")):
        out.append('<circle cx="%d" cy="16" r="5.5" fill="%s"/>' % (20 + 18 * n, fill))
    out.append('<text x="%s" y="20.5" fill="#7f8795" text-anchor="middle" font-size="13" '
               'font-family="%s">%s</text>' % (number(width / 2), FONTS, escape(title)))
    out.append('<g transform="translate(%s %s)" font-family="%s" font-size="%d" '
               'xml:space="preserve" shape-rendering="crispEdges">'
               % (number(MARGIN), number(TITLE_BAR), FONTS, FONT_PX))
    look = Look()
    for row, line in enumerate(lines[:rows]):
        cells, look = parse_line(line, look)
        out += draw_row([c for c in cells if c[0] + c[2] <= columns], row)
    return "\n".join(out + ["</g>", "</svg>", ""])


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    columns, rows = int(sys.argv[1]), int(sys.argv[2])
    title = sys.argv[3] if len(sys.argv) > 3 else "terminal"
    screen = sys.stdin.buffer.read().decode("utf-8", "replace").split("\n")
    sys.stdout.buffer.write(draw(screen, columns, rows, title).encode())


if __name__ == "__main__":
    main()
