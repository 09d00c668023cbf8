"""A flame graph: a profile as an SVG file that any browser shows.

Width is instructions; what stands on a box was called by it. A click on a box gives it the
whole width, a click on the lowest box gives the whole back.
"""

from html import escape

_WIDTH, _ROW, _LETTER = 1200, 18, 7.0
_SMALLEST = 0.4  # narrower than this, in pixels, a box is left out

_SCRIPT = """
function zoom(x, width) {
  document.querySelectorAll('g').forEach(function (box) {
    var left = (box.dataset.x - x) / width * %d, size = box.dataset.w / width * %d;
    var all = +box.dataset.x <= x + 0.01 && +box.dataset.x + +box.dataset.w >= x + width - 0.01;
    if (all) { left = 0; size = %d; }
    box.style.display = left + size <= 0 || left >= %d ? 'none' : '';
    var rectangle = box.children[1], label = box.children[2];
    rectangle.setAttribute('x', left); rectangle.setAttribute('width', size);
    label.setAttribute('x', Math.max(left, 0) + 3);
    label.textContent = box.dataset.n.slice(0, Math.max(0, Math.floor((size - 6) / %g)));
  });
}
""" % (_WIDTH, _WIDTH, _WIDTH, _WIDTH, _LETTER)


class _Box:
    def __init__(self):
        self.own = 0
        self.children = {}

    def total(self):
        return self.own + sum(child.total() for child in self.children.values())

    def depth(self):
        return 1 + max((child.depth() for child in self.children.values()), default=0)


def flame_graph(profile, title):
    """The SVG text of a Profile."""
    root = _Box()
    for path, (instructions, _) in profile.paths.items():
        box = root
        for name in path:
            box = box.children.setdefault(name, _Box())
        box.own += instructions
    total = root.total() or 1
    height = (root.depth() + 1) * _ROW
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
           f'viewBox="0 0 {_WIDTH} {height}" font-family="monospace" font-size="11">',
           f"<script><![CDATA[{_SCRIPT}]]></script>",
           f'<text x="{_WIDTH // 2}" y="13" text-anchor="middle">{escape(title)}</text>']

    def draw(name, box, left, level, colour):
        width = box.total() * _WIDTH / total
        if width < _SMALLEST:
            return
        top = height - (level + 1) * _ROW
        share = 100 * box.total() / total
        label = name[:max(0, int((width - 6) / _LETTER))]
        out.append(
            f'<g data-x="{left:.2f}" data-w="{width:.2f}" data-n="{escape(name)}" '
            f'onclick="zoom({left:.2f},{width:.2f})"><title>{escape(name)}: {box.total():,} '
            f'instructions, {share:.2f} %</title><rect x="{left:.2f}" y="{top}" '
            f'width="{width:.2f}" height="{_ROW - 1}" rx="1" fill="{colour}"/>'
            f'<text x="{left + 3:.2f}" y="{top + 13}">{escape(label)}</text></g>')
        for child in sorted(box.children):
            draw(child, box.children[child], left, level + 1, _colour(child, level))
            left += box.children[child].total() * _WIDTH / total

    draw("all", root, 0.0, 0, "#d0d0d0")
    out.append("</svg>")
    return "\n".join(out) + "\n"


def _colour(name, level):
    """The same name has the same colour in every graph; images are blue, functions warm."""
    value = sum(ord(letter) * (index + 7) for index, letter in enumerate(name))
    if level == 0:
        return f"hsl({200 + value % 40},55%,{70 + value % 12}%)"
    return f"hsl({15 + value % 40},80%,{62 + value % 14}%)"
