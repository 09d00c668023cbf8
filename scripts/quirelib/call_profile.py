"""A profile: instructions and calls by call path, as the plugin writes them."""

from collections import defaultdict


class Profile:
    """`paths`: {(image, function, ...): (instructions, calls)}, outermost first."""

    def __init__(self, text):
        self.paths = defaultdict(lambda: (0, 0))
        for line in text.splitlines():
            path, instructions, calls = line.rsplit(" ", 2)
            key = tuple(path.split(";"))
            before = self.paths[key]
            self.paths[key] = (before[0] + int(instructions), before[1] + int(calls))

    def total(self):
        return sum(instructions for instructions, _ in self.paths.values())

    def images(self):
        """[(image, instructions)], most first."""
        sums = defaultdict(int)
        for path, (instructions, _) in self.paths.items():
            sums[path[0]] += instructions
        return sorted(((name, count) for name, count in sums.items() if count),
                      key=lambda item: (-item[1], item[0]))

    def functions(self):
        """[(image, function, own instructions, with callees, calls)], most own first."""
        own, inclusive, called = defaultdict(int), defaultdict(int), defaultdict(int)
        for path, (instructions, calls) in self.paths.items():
            image = path[0]
            if len(path) > 1:
                own[image, path[-1]] += instructions
                called[image, path[-1]] += calls
            for function in set(path[1:]):
                inclusive[image, function] += instructions
        return sorted(((image, function, count, inclusive[image, function], called[image, function])
                       for (image, function), count in own.items() if inclusive[image, function]),
                      key=lambda row: (-row[2], row[0], row[1]))

    def table(self, top, per=1):
        """Text: the images, then the `top` functions; everything divided by `per`."""
        total = self.total() or 1

        def number(value):
            return f"{value:14,d}" if per == 1 else f"{value / per:14,.1f}"

        lines = [f"{'instructions':>14} {'share':>6}  image"]
        lines += [f"{number(count)} {100 * count / total:5.1f}%  {name}"
                  for name, count in self.images()]
        lines += [f"{number(self.total())} 100.0%  in all", "",
                  f"{'instructions':>14} {'share':>6} {'with callees':>14} {'calls':>14}  function"]
        lines += [f"{number(own)} {100 * own / total:5.1f}% {number(inclusive)} {number(calls)}"
                  f"  {image}: {function}"
                  for image, function, own, inclusive, calls in self.functions()[:top]]
        return "\n".join(lines)
