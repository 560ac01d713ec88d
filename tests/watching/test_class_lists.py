"""Lists in the body of a class, which all of its objects write into."""

TEXT = """
import random
random.seed(1)

class Unit:
    weights = []

    def __init__(self, count):
        for _ in range(count):
            self.weights.append(random.gauss(0, 0.5))

    def answer(self, x):
        return sum(w * v for w, v in zip(self.weights, x))

units = [Unit(2) for _ in range(3)]
data = [(random.random(), random.random()) for _ in range(30)]
for epoch in range(6):
    for x in data:
        for unit in units:
            error = unit.answer(x) - x[0]
            for i in range(2):
                unit.weights[i] -= 0.1 * error * x[i]
"""


def aliased(seen):
    return [(one.line, one.text) for one in seen.seen if one.kind == "aliased-arrays"]


def test_a_list_of_a_class_is_one_for_all_of_its_objects(read):
    assert aliased(read(TEXT)) == [(6, "weights = []")]


def test_lists_of_objects_and_a_list_of_the_only_object_are_their_own(read):
    own = TEXT.replace("(self, count):\n", "(self, count):\n        self.weights = []\n")
    assert not aliased(read(own))
    assert not aliased(read(TEXT.replace("range(3)]", "range(1)]")))


COUNTED = TEXT.replace("    weights = []\n", "    made = [0]\n").replace(
    "(self, count):\n", "(self, count):\n        BY.made[0] += 1\n        self.weights = []\n"
)


def test_who_names_the_class_means_its_list(read):
    assert not aliased(read(COUNTED.replace("BY", "Unit")))
    assert not aliased(read(COUNTED.replace("BY", "type(self)")))
    assert aliased(read(COUNTED.replace("BY", "self"))) == [(6, "made = [0]")]
