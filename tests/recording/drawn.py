"""Small programs, drawn from the parts of Python's grammar; each comes to its end.

Names of one letter have a type of their own (``BEGIN``). Numbers and lists stay small: whole
numbers are multiplied by what is written there, and each loop has few turns.
"""

from __future__ import annotations

import random
import re
import textwrap

BEGIN = """\
import contextlib
import random
import numpy as np

class Held:
    def __init__(self, x):
        self.x, self.w = x, np.ones(3) * x
    @property
    def double(self):
        print('double')
        return self.x + self.x
    def __repr__(self):
        return "held"
    def __enter__(self):
        print('enter')
        return self
    def __exit__(self, kind, error, where):
        print('exit', kind and kind.__name__)
        return kind is KeyError
    def add(self, y, /, *more, k=1):
        self.x += y
        return self.x
    def __getitem__(self, at):
        print('get', at)
        return at
    def __setitem__(self, at, value):
        print('set', at, value)

def f(x, *more, **named):
    print('f', x, more, named)
    return x

def count(n):
    for one in range(n):
        try:
            got = yield one
            print('sent', got)
        finally:
            print('next')

def shown(given):
    return [*given] if hasattr(given, 'send') else given

i, j, k = 0, 1, 2
x, y, z = 0.5, -1.5, 0.0
a, b = [1, 2, 3], [0.5, -2.0, 0.0]
d = {0: 1.0, 'k': 2}
o = Held(1.5)
v, u = np.array([1.0, -2.0, 0.5]), np.arange(3)
m = np.array([[1.0, 0.0, -1.0], [2.0, -0.5, 0.0], [0.0, 3.0, 1.0]])
"""
# What a thing may be written as, by its kind: as little as that where it is nested deep, or also
# as what is made of others. Two blanks part the ways; ``$kind`` stands for a thing of that kind.
EXPRESSIONS = {
    "int": (
        """
i  j  k  0  1  2  -1  i  j  k
""",
        """
($int + $int)  ($int - $int)  ($int * 2)  ($int % 3)  -$int  ($int // $int)  ($int & $int)  ~$int
len($seq)  f($int)  (i := $int)  (j := $int)  min($int, $int)  max($int, $int)  a[$int]
($int if $test else $int)  next(count($int), $int)  f(*[$int, $int], **{'n': $int})
sum([$int for p in a])  (lambda i: i + $int)($int)  v.argmax()  int($float) % 9  random.randrange(4)
f(k=$int, x=$int)  o.add($int) // 1  u[$int]
""",
    ),
    "float": (
        """
x  y  z  0.0  -0.0  2.5  i  o.x  x  y  z
""",
        """
($float + $float)  ($float - $float)  ($float * $half)  ($float / $float)  ($float // $float)
($float % $float)  -$float  f($float)  b[$int]  v[$int]  m[$int, $int]  m[$int][$int]  abs($float)
max($float, $float)  min($float, $float)  max(0, $float)  max(b)  v[$int:$int].sum()
($float if $test else $float)  (x := $float)  (y := $float)  np.random.rand()  random.random()
$array.sum()  o.double  o.add($float)  o.add($float, $float, k=$int)  d.get($int, $float)  d[$int]
sum($float for p in b)  sum(p * $float for p in b)  np.exp(-abs($float))  float($float)
np.dot(v, $array)  o[$int]  sum(p * q for p, q in zip(b, v))  (x and $float)  (y or $float)
(t := $float) + t  np.tanh($float)  $array.max()  sum([max(p, $float) for p in b])  m.item(0)
""",
    ),
    "half": ("0.5  -1.5  2.5  -0.0  v[0]", "float($float)"),
    "seq": ("a  b  v  u  m  d", "a  b  v"),
    "array": (
        """
v  u  v  m[i]  m[:, j]  v[::-1]  o.w  m
""",
        """
($array + $array)  ($array * $float)  ($array * $array)  -$array  (m @ $array)  -m @ $array
-$array @ m  $array.T  $array.copy()  np.maximum($array, 0)  np.where($array > $float, $array, 0.0)
$array[$int:]  $array[$array > 0]  np.random.randn(3)  ($array - $array)  $array.reshape(-1)
np.array([$float, $float, 1])  ($array > $array)  (v := $array)  np.zeros(3)  $array[[$int, 0]]
($array ** 2)  np.add($array, 1.0, out=v)  ($array / $array)  np.array([$float for p in b[:3]])
1 / (1 + np.exp(-$array))  np.array($list)  m[$int, :]  m[1:, $int]  np.dot(m, $array)
""",
    ),
    "test": (
        """
x < y  x > 0  i != 0  z == 0.0  y <= 0  x  not z
""",
        """
$float < $float  $float > $float  $float <= $float  $float >= $float  $float == $float  $float != 0
$float > 0  $float < 0.0  $int < $float <= $int  $float > $float < $float  not $float  $float in a
$float and $float > 0  $float or $test  'k' in d  (i := $int) < $float  any($float > p for p in a)
not $test  $array.any()  a is not b  $float > max(b)  v[$int] > 0  b[$int] <= $float
""",
    ),
    "list": (
        """
[x, 0.0]  a[:]  b[1:]  []
""",
        """
[$float for p in a[:4]]  [$float for p in a[:4] if $test]  [$float, *b[:2], $int]  v.tolist()
sorted([$float, $float])  [p + q for p, q in zip(a, b)]  list(map(f, [$float, $int]))
[[$float for p in b[:2]] for q in a[:2]]  [*count($int % 4)]  list({$int: $float}.values())
a[::-1][:4]  [$float if p > 0 else $float for p in b[:4]]  [p if p > 0 else 0 for p in b[:4]]
list(filter(None, b[:4]))  [*{$float, $int}]  list(enumerate(b[:2]))
""",
    ),
    "value": ("$int  $float  $array  $list", "$int  $float  $array  $list"),
    "number": (
        """
x  y  z  i  j  b[$int]  a[$int]  o.x  v[$int]
""",
        """
d[$int]  m[$int, $int]  m[$int][$int]  o[$int]  f(v)[f($int)]  o.w[$int]  m.flat[$int]
""",
    ),
    "rows": (
        """
v  v[:]  m[$int]  o.w
""",
        """
m[:, $int]  v[$array > 0]  m[:]  m.T[$int]  v[[0, $int]]  m[$int, 1:]
""",
    ),
    "op": ("+  -  +  -  /  //  %", "+  -"),
    "scope": ("x  i, x  z, i  v  y, b", "x"),
    "given": ("$float  $float, $int  v, u", "*a[:2]  x=$float  $float, **{'i': 1}  $float, *b[:1]"),
    "kind": (
        """
ValueError  IndexError  (TypeError, NameError)  Exception  ZeroDivisionError  KeyError
""",
        """
Exception
""",
    ),
    "over": (
        """
i in range(3)  p in b[:3]  i in range($int % 4)  x in v[:3]
""",
        """
i in [*a[:3]]  i, x in enumerate(b[:3])  x, y in zip(v[:3], b[:3])  i in count($int % 4)  v in m[:3]
a[0] in range(3)  o.x in b[:2]  i in reversed(a[:3])  i, *b in [(1, 2.0), (3, 4)]  v[0] in b[:2]
x in map(f, b[:3])  x in (f(p) for p in a[:3])  j in np.random.permutation(3)  i in $list[:3]
""",
    ),
    "held": (
        """
Held($float) as o  o as a[0], o  o
""",
        """
Held(i) as d[0]  contextlib.suppress(IndexError)
""",
    ),
    "case": (
        """
[i, *a]  {0: x, **d}  int(i)  float(x) if x > 0  Held(x=x)
""",
        """
[0, _] | [_, 0]  0 | 1 as j  'k'  [[x, *_], *_]  {'k': Held()}  float() | int() as x if $test
""",
    ),
    "leave": ("pass", "pass"),
    "leave loop": ("continue  break", "continue"),
    "leave body": ("return $float  yield $float  return  x = yield", "return $int"),
}
SIMPLE = """\
$number = $float
$number = $float
$rows = $array
$number $op= $float
$number $op= $float
$number *= $half
$rows $op= $array
$rows *= $float
$number, $number = $float, $float
$number, $number, $number = $float, $float, $float
$number, $rows = $float, $array
$number = $number = $float
$number, *a = $list
i, *[j, *b] = a
[$number, ($number, k)] = $float, [$int, 1]
a[i], i = $int, $int
t: int = $int
o.x: float = $float
print($value, $value)
print(f'{x!r:>5} {-y:+}', $test)
assert $test, $int
del a[i]
del d[0], z
del b[1:], k
$value
a.append($int)
b += $list[:2]
b.append($float)
a, b = b, a
a[0], a[1] = a[1], a[0]
v = m[$int]
u = v[1:]
v = v.T; v += $float
v.sort()
v.fill($float)
np.random.seed(i % 5)
a = $list
np.random.shuffle(v)
random.shuffle(a)
m += np.outer($array, v)
m -= $half * $array
o = Held($float)
d[$int] = $value
print([*map(lambda p: $float, a[:2])])
np.add.at(v, [0, 0], $float)
if $test: $leave
if $test: $leave
raise $kind
""".splitlines()
FORMS = """\
if $test:
    $block

if $test:
    $block
elif $test:
    $block
else:
    $block

if $test: $number += $float

if $test: $number -= $float

if $test: $number = $float
else: $number = $float

if x > 0: x = $float

if b[$int] < 0: b[$int] = $float

if $test: b.append($float)
else: b.append($float)

for i in range(len(b[:3])):
    if b[i] > 0: $number += $float

for i in range(3):
    if v[i] <= $float: continue
    $number -= $float
    $block

for i in range(3):
    if v[i] > 0:
        for j in range(3): m[i][j] += v[j] * $half

for $over:
    $turns

for $over:
    $turns
else:
    $block

turn# = 0
while turn# < 3 and ($test):
    turn# += 1
    $turns

turn# = 0
while turn# < 3:
    turn# += 1
    $turns
else:
    $block

try:
    $block
except $kind as error:
    print(type(error), error)
    $block

try:
    $block
except $kind:
    $block
else:
    $block
finally:
    $block

try:
    $block
finally:
    $block

with $held:
    $block

match $value:
    case $case:
        $block
    case $case:
        $block
    case _:
        $block

match a:
    case $case:
        $block

class C#(Held):
    x = y
    $simple
    $simple
    q = [x for one in range(2)]
o = C#($float)

def g#(x, y=$float):
    $body
print(shown(g#($given)))

def g#(x, *a, k=1):
    $body
print(shown(g#($given)))

def g#(x=1.0, /, i=2, **d):
    $body
    return x
print(shown(g#($given)))

def g#(v, u):
    v += $float
    u = v * $float
    $body
    return u @ v
print(shown(g#(v, $array)))

def g#():
    global $scope
    $body
print(shown(g#()))

def g#(x=0, i=1, v=v, y=y, b=b, z=z):
    def h#():
        nonlocal $scope
        $body
    print(shown(h#()))
    return x, i
print(shown(g#()))

g# = lambda x, *a: $value
print(shown(g#($given)))
"""
LARGE = FORMS.strip().split("\n\n")


class Writer:
    """Writes a program, each choice of which is drawn."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.new = 0

    def program(self) -> str:
        """A program."""
        end = "print(i, j, k, x, y, z, a, b, d, vars(o), v, u, m)"
        return f"{BEGIN}\n{self.block(3, '', 6)}\n{end}\n"

    def block(self, deep: int, where: str, most: int = 3) -> str:
        """Statements; where: in a loop, in the body of a function, or in neither."""
        several = range(self.dice.randint(1, most))
        return "\n".join(self.statement(deep, where) for _ in several)

    def statement(self, deep: int, where: str) -> str:
        """One statement, with all that stands in it."""
        if deep <= 0 or self.dice.random() < 0.5:
            return self.filled(self.dice.choice(SIMPLE), 2, where)
        form = self.dice.choice(LARGE)
        while where and "nonlocal" in form:  # what is bound around it is not known there
            form = self.dice.choice(LARGE)
        self.new += 1
        lines = form.replace("#", str(self.new)).split("\n")
        return "\n".join(self.line(one, deep - 1, where) for one in lines)

    def line(self, line: str, deep: int, where: str) -> str:
        """A line of a statement; it may stand for a block."""
        inner = line.strip()
        places = {"$block": where, "$turns": "loop", "$body": "body"}
        if inner == "$simple":
            made = self.filled(self.dice.choice(SIMPLE), 2, "")
        elif inner in places:
            made = self.block(deep, places[inner])
        else:
            made = self.filled(inner, 2, where)
        return textwrap.indent(made, line[: len(line) - len(line.lstrip())])

    def filled(self, form: str, deep: int, where: str) -> str:
        """A form with something for each ``$kind`` in it."""

        def fill(found: re.Match[str]) -> str:
            kind = found[1]
            if kind == "leave" and where:
                kind = f"leave {where}"
            least, more = EXPRESSIONS[kind]
            ways = least if deep <= 0 or self.dice.random() < 0.3 else more
            chosen = self.dice.choice(re.split(r"\s{2,}", ways.strip()))
            return self.filled(chosen, deep - 1, where)

        return re.sub(r"\$([a-z]+)", fill, form)
