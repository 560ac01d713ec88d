"""Short programs, by the part of Python's grammar that each is about; a blank line parts them."""

BEGIN = """
import numpy as np
import random
said = []
def f(x, *more):
    print('f', x, *more)
    said.append(x)
    return x
"""
SNIPPETS = {
    "assignment": """
a = [0, 0, 0]; i = 0; a[i] = i = 2; print(a, i)

a = [0, 0, 0]; i = 0; i = a[i] = 2; print(a, i)

X = np.zeros(3); y = [0, 0, 0]; n = 0; X[n], y[n], n = 1.5, 7, n + 1; print(X, y, n)

d = {1: 2, 2: 3}; prev, cur = None, 1; d[cur], prev, cur = prev, cur, d[cur]; print(d, prev, cur)

a = [1, 2, 3]; a[0], a[1] = a[1], a[0]; print(a)

a = [0] * 3; a[f(0)], a[f(1)] = f(5), f(6); print(a)

a = [0] * 3; f(a)[f(1)] = f(6); print(a)

a = {}; a['x'] = b = a['y'] = f(3); print(a, b)

class O: pass
o = O(); o.a = o.b = f(1); o.a, o.c = o.b, f(2); print(vars(o))

a = [1, 2]; a[5], b = 1, 2

a = [1, 2]; a[0], b[0] = 3, 4

(a), [b, (c, d)] = 1, [2, (3, 4)]; print(a, b, c, d)

a = b = c = []; a.append(1); print(b is c, c)

x: int = f(4); y: 'list[int]'; print(x, __annotations__)

a = np.zeros((2, 2)); a[0], a[1, :] = [1, 2], f(3); print(a)

a = np.zeros(3); a[:], b = f(2.0), 3; print(a, b)

class L(list):
    def __setitem__(self, at, value):
        print('set', at, value); super().__setitem__(at, value)
    def __getitem__(self, at):
        print('get', at); return super().__getitem__(at)
a = L([1, 2, 3]); a[0] = a[1]; a[f(1)], a[f(2)] = a[0], 8; a[0] += f(3); print(list(a))

m = np.zeros((3, 3)); i = 0; m[i, i], i = 5.0, 1; m[i][i] = 2; print(m)
""",
    "augmented": """
a = [1]
def g():
    a[0] = 10
    return 5
a[0] += g(); print(a)

a = np.array([1.0, 2.0])
def g():
    a[0] = 10
    return 5
a[0] += g(); print(a)

class O: pass
o = O(); o.x = 1
def g():
    o.x = 10
    return 5
o.x += g(); print(o.x)

x = 1
def g():
    global x
    x = 10
    return 5
x += g(); print(x)

objects = []
class O:
    def __init__(self): self.w = 1.0
objects = [O(), O()]; i = 0
def g():
    global i
    i = 1
    return 5
objects[i].w += g(); print([o.w for o in objects], i)

class P:
    count = 0
    @property
    def inner(self):
        P.count += 1; print('inner'); return self
    w = 2
p = P(); p.inner.w += 1; print(p.w, P.count)

a = [[1], [2]]; a[f(0)] += f([3]); print(a)

a = ([1],)
try:
    a[0] += [2]
except TypeError as e:
    print(e, a)

class A:
    def __iadd__(self, o): print('iadd', o); return self
    def __add__(self, o): print('add', o); return 1
a = A(); a += f(1); b = a; a -= 1

x = [1]; y = x; x += [2]; x *= 2; print(y); x += (3,); print(x is y)

x = 7; x //= 2; x **= 3; x %= 5; x <<= 2; x |= 1; x ^= 3; x &= 14; x >>= 1; print(x)

a = np.arange(4); a += 1.5

a = np.arange(4.0); b = a; a += 1; a -= b; a *= 2; a /= 3; print(b, a is b)

a = np.arange(4.0); b = a[1:]; b += 10; b[0] -= 1; a[::2] *= 2; print(a)

d = {}; d['k'] += 1

from collections import defaultdict
d = defaultdict(int); d[f('k')] += f(1); d['l'] -= 2; print(dict(d))

class A:
    __w = 1
    def g(self): self.__w += 2; return self.__w
print(A().g(), vars(A()))

p = [0.1, 0.2, -0.0]; l = 2; p[l] -= 1; p[-3] += 1.0; print(p)

p = [0.1, 0.2]; p[5] -= 1

p = [1, 2]; p[0] -= 1.0; print(p)

a = np.zeros(3); i = [0, 0, 1]; a[i] += 1; np.add.at(a, i, 1); print(a)
""",
    "unpacking": """
a, *b, c = range(5); print(a, b, c)

a, b = 1, 2, 3

a, b = f(1),

[a, [b, *c]] = 1, 'xyz'; print(a, b, c)

*a, = 'ab'; print(a)

for a, (b, *c) in [(1, (2, 3, 4)), (5, (6,))]: print(a, b, c)

a, b = np.array([1.0, 2.0]); print(type(a), b)

x, y = y, x = 1, 2; print(x, y)

def g():
    yield f(1); yield f(2); yield f(3)
a = [0, 0]; a[0], a[1] = g()

def g(): yield f(1); yield f(2)
a = [0, 0]; i = 0; i, a[i] = g(); print(i, a)

print([*range(3), *'ab'], {**{'a': 1}, 'b': 2}, (*[1],), {*[1, 2]})
""",
    "named": """
print((y := f(3)) + y, y)

a = [z := 1, z + 1, z := 5]; print(a, z)

while (n := len(said)) < 3: f(n)

print([k := i * 2 for i in range(3)], k)

if (m := 4) > 3: print(m)

print(any((w := x) > 2 for x in [1, 3, 5]), w)

x = 1; print(x + (x := 5) * x)

a = [1, 2, 3]; i = 0; a[(i := i + 1)] += (i := i + 1); print(a, i)
""",
    "comprehensions": """
print([i for i in range(5) if i % 2], {i: -i for i in range(3)}, {i // 2 for i in range(4)})

print([(i, j) for i in f([1, 2]) for j in [i, f(i)]])

print([[j * 1.5 for j in range(i)] for i in range(3)])

x = 3; print([x for x in range(2)], x)

class A:
    n = 2; m = [i for i in range(n)]
print(A.m)

g = (f(i) for i in range(3)); print(next(g), next(g)); print(list(g))

print([a.tolist() for a in np.eye(2)], [float(v) for v in np.arange(3.0)])

print([a for a in np.matrix([[1, 2], [3, 4]])])

print([a for a in np.float64(3)])

print(sum(x * 1.5 for x in [1, 2]), max(f(x) for x in [3, 1]), min((x for x in []), default=4))

def g():
    yield 1
    raise ValueError('in')
print(sum(g()))

class N:
    def __init__(s, v): s.v = v
    def __radd__(s, o): print('add', s.v); return s.v
    def __lt__(s, o): print('lt'); return s.v < o.v
    def __gt__(s, o): print('gt'); return s.v > o.v
def g():
    for i in range(2): print('next'); yield N(i)
print(sum(g())); print(max(g()).v)
""",
    "conditional": """
from collections import defaultdict
d = defaultdict(float); x = 1.0; y = x if x > 0.5 else d['k']; print(dict(d))

class A:
    @property
    def w(self): print('w'); return 1.0
a = A(); x = 0.2; y = x if x < 0.5 else a.w; print(y)

class A:
    def __getattr__(self, name): print(name); return 2.0
a = A(); x = 0.2; y = x if x < 0.5 else a.w * 2; print(y)

class N(float):
    def __mul__(self, o): print('mul'); return 1.0
n = N(2); x = 0.2; y = x if x < 0.5 else n * 2; print(y)

def exp(x): print('exp'); return 1.0
x = 0.2; y = x if x < 0.5 else exp(x); print(y)

z = -1.5; h = z if z > 0 else 0; print(h, type(h), -h, [1, 2, 3][h:])

print(max(0, -0.5), min(1, 1.5), max(10**400, 1.0), max(2, 2.0), type(max(0, -1.0)))

print([1, 2, 3, 4][max(1, 0.5):], 'a' * max(2, 1.5), max(0, -0.5) == 0)

z = 0.5; print(1 if z > 0.2 else z, [5, 6][1 if z > 0.2 else z])

z = float('nan'); print(z if z > 0 else 0, 0 if z < 1 else z, max(0, z), max(z, 0))

x = 0.5; y = 1 / x if x > 0 else 1 / 0; print(y)

x = 0.5; y = x if x > 0 else undefined; print(y)

print(f(1) if f(0) < 1 else f(2), f(1) if f(3) < 1 else f(2))

s = -0.0; t = -0.0
for z in [0.5, -0.5]:
    if z > 1: s += z
    if z > 1: t -= z
print(s, t)

def total(s):
    for z in [-0.5, -1.0]:
        if z > 0:
            u = z * 2
            s += u
            for k in range(2): s += k * u
    return s
print(total(-0.0), total(0), total(1.5))

from collections import defaultdict
w = defaultdict(float); s = 0.0
for z in [0.5, -0.5]:
    if z > 0: s += w[z]
print(s, dict(w))

w = {0.5: 1.5}; s = 0.0
for z in [0.5, -0.5]:
    if z > 0: s += w[z]
    if z <= 0: continue
    s += w[z]
print(s)

class W:
    def __setattr__(self, n, v): print('set', n, v); object.__setattr__(self, n, v)
w = W(); w.s = 0.0
for z in [0.5, -0.5]:
    if z > 0: w.s += z * 2
print(w.s)

n = 0; x = 1.5
for z in [-0.5, 0.5]:
    if z > 0: n += z
    print(n, type(n))

h = []; z = 0.5
def g():
    global h
    h = [1]; return 1.0
if g() > 0: h.append(z)
else: h.append(0)
print(h)

x = -1.0
if x < 0: x = 0
print(x, type(x))

x = 2
if x > 1.5: x = 1.5
print(x)

def relu(z):
    if z > 0: return z
    return 0
print([relu(z) for z in [1.5, -1.5, 0.0, -0.0, 2, -2]], [type(relu(z)) for z in [-1.5, 1]])

class T:
    def __bool__(self): print('bool'); return True
class N:
    def __lt__(self, o): print('lt'); return T()
if N() < 1: print('yes')
x = 1 if N() < 2 else 3.0

g = 0.5; k = 'mine'
for z in [0.5, -0.5]:
    if z > 0:
        for k in range(2): g += z * k
print(g, k)
""",
    "control": """
for i in range(3):
    if i == 1: continue
    print(i)
else: print('else')

i = 5
while i:
    i -= 1
    if i == 2: break
else: print('never')
print(i)

for i in np.arange(3.0): print(i, type(i))

for a[0] in []: pass

a = [0]
for a[0] in range(3): print(a)

def g(x):
    for i in x:
        try:
            if i == 2: return i
        finally: print('finally', i)
print(g(range(4)))

class It:
    def __init__(s): s.n = 0
    def __len__(s): print('len'); return 2
    def __iter__(s): print('iter'); return s
    def __next__(s):
        s.n += 1
        if s.n > 2: raise StopIteration
        return s.n
for i in It(): print(i)
print(list(enumerate(It())), list(zip(It(), 'ab')))

for i in 5: pass

if not f(0) and f(1) or f(2): print('x')

for x in [0.5, -1.0, 2.0]:
    if x < 0: continue
    print(x)
    if x > 1: print('big'); break
""",
    "lengths": """
for i in range(10**30):
    if i > 2: break
print(i, [a for a, _ in zip(range(10**30), range(2))], next(enumerate(range(10**30))))
""",
    "match": """
match [1, 2, 3]:
    case [a, *b] if f(a) > 5: print('no')
    case [a, *b]: print(a, b)

class P:
    __match_args__ = ('x', 'y')
    def __init__(s, x, y): s.x, s.y = x, y
match P(1, 2):
    case P(1, y=z): print(z)

match {'a': 1, 'b': 2}:
    case {'a': 1, **rest}: print(rest)

match f(3):
    case 1 | 2: print('low')
    case -1: print('neg')
    case x: print(x)

match (1.5, np.float64(2)):
    case (float(a), float(b)): print(a + b)
""",
    "errors": """
try: f(1) + f(2) + f([]) + f(4)
except TypeError as e: print(e)

try: f(x=1)
except TypeError as e: print(e)

try: f()
except TypeError as e: print(e)

def g(a, b): pass
for bad in [lambda: g(*5), lambda: g(**5), lambda: g(**{'a': 1}, a=2), lambda: g(*[1], a=1)]:
    try: bad()
    except TypeError as e: print(e)

try: len(*5)
except TypeError as e: print(e)

try: 'x'.join(*5, *6)
except TypeError as e: print(e)

try: (1).nope(f(2))
except AttributeError as e: print(e, e.name)

try: None(f(2))
except TypeError as e: print(e)

try: [1][f(5)]
except IndexError as e: print(e)

try: np.zeros(3) @ np.zeros(4)
except ValueError as e: print(e)

try: np.zeros(2)[5] = f(1)
except IndexError as e: print(e)

try:
    try: 1 / 0
    finally: f('finally')
except ZeroDivisionError as e: print(e, e.__context__)

try: raise ValueError('a') from KeyError('b')
except ValueError as e: print(repr(e.__cause__))

assert f(1) == 2, f('no')

raise SystemExit(f(3))

try: raise ExceptionGroup('g', [ValueError(1), TypeError(2)])
except* ValueError as e: print(e.exceptions)
except* TypeError as e: print(e.exceptions)

m = np.matrix([[1.0, 2.0]]); m[0] = 5; print(m)
m[5] = 1

try: next(iter([]))
except StopIteration as e: print('stop')

def g(): raise StopIteration('mine')
try: g()
except StopIteration as e: print(e.value)

def g(n): return 1 + g(n + 1)
try: g(0)
except RecursionError as e: print('deep')

import traceback
def g(): return 1 / 0
try: g()
except ZeroDivisionError as e: print([x.name for x in traceback.extract_tb(e.__traceback__) if x.filename == 'snippet.py'])
""",
    "with": """
from contextlib import contextmanager
@contextmanager
def c(x):
    print('in'); yield x; print('out')
with c(1) as a, c(f(2)) as b: print(a, b)

a = [0]
from contextlib import nullcontext
with nullcontext(4) as a[0]: print(a)

class C:
    def __enter__(s): return s
    def __exit__(s, *e): print(e[0]); return True
with C(): 1 / 0

with np.errstate(all='ignore'): print(np.float64(1) / 0)
""",
    "generators": """
def g():
    x = yield 1
    print('got', x)
    try: yield x * 2
    finally: print('closed')
a = g(); print(next(a), a.send(5)); a.close()

def g(): r = yield from h(); print('r', r)
def h(): yield f(1); return 7
print(list(g()))

def g():
    while True:
        try: yield
        except ValueError as e: print('threw', e)
a = g(); next(a); a.throw(ValueError('v'))

import asyncio
async def h(x: 'int' = f(2)): await asyncio.sleep(0); return x + 1
async def g():
    print(await h(), [await h(i) for i in range(2)])
    async for i in ag(): print(i)
    print([i async for i in ag() if i])
    async with ac() as x: print(x)
async def ag():
    for i in range(2): yield i
class ac:
    async def __aenter__(s): return 3
    async def __aexit__(s, *a): print('exit')
asyncio.run(g())

import itertools
a = itertools.accumulate([1, 2, 3], lambda x, y: f(x + y)); print(list(a))

import functools
print(functools.reduce(lambda a, b: a * 2 + b, [1, 2, 3]), list(map(f, 'ab', 'cd')), list(filter(None, [0, 1])))

print(list(zip(np.arange(3), 'abc')), sorted(np.array([3, 1, 2])), tuple(np.eye(2)[0]))
""",
    "functions": """
def g(a, b=f(1), *c, d=f(2), **e): return a, b, c, d, e
print(g(1), g(1, 2, 3, d=4, e=5), g(*[1, 2], **{'d': 3}), g(site=1, function=2, a=3))

def deco(x):
    print('deco', x)
    def inner(fn): print(fn.__name__); return fn
    return inner
@deco(f(1))
@deco(2)
def h(): pass

def counter():
    n = 0
    def up():
        nonlocal n
        n += 1
        return n
    return up
c = counter(); print(c(), c())

fs = [lambda x=i: x + i for i in range(3)]; print([q() for q in fs])

def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
print(fib(10))

def go(n, s=0):
    if n == 0: return s
    return go(n - 1, s + n)
print(go(20))

print((lambda *a, **k: (a, k))(1, *[2], x=3, **{'y': 4}))

def g(slice): return [1, 2, 3][slice:]
print(g(1))

slice = 5; print([1, 2, 3][0:2], np.arange(5)[slice - 4::2], slice)

len = f; print(len([1])); range = f; print(range(3))

def g(x, /, y, *, z): return x, y, z
print(g(1, y=2, z=3))

class A:
    def m(self, x): return x
a = A()
def g():
    A.m = lambda self, x: 'new'
    return 1
print(a.m(g()))

a = A = None
try: a.m(f(1))
except AttributeError as e: print(e)

x = [3, 1, 2]; x.sort(key=lambda v: f(-v)); print(x)

print('{} {x}'.format(1, x=f(2)), '%s' % f(3), f'{f(4)!r:>5} {1.5:.2f}')

b = 'abc'.upper; print(b(), str.join(',', ['a', 'b']))

import copy
print(copy.deepcopy([1, [2]]), dict(a=1, **{'b': 2}))

class C:
    def __call__(self, *a, **k): return a, k
print(C()(1, a=2))

class C:
    def __hash__(self): print('hash'); return 1
    def __eq__(self, o): print('eq'); return False
    def __getattr__(self, n): print('getattr', n); raise AttributeError(n)
    def __call__(self, x): return x
c = C(); print(c(1.5), c(np.ones(1)))

class C:
    def __getattribute__(self, n): print('ask', n) if n != '__class__' else 0; return object.__getattribute__(self, n)
    def __add__(self, o): return 1.0
    def __getitem__(self, i): return 2.0
    def __setitem__(self, i, v): pass
    def __lt__(self, o): return True
    def __iter__(self): return iter([1.0])
    def m(self, x): return x
c = C(); c + 1; c[0]; c[0] = 1; c < 1; c < 1.5; c.m(2); f(c is None); [1.0 for x in c]
for x in c: pass
if c < 1.5: print('yes')
""",
    "classes": """
class A:
    x = f(1)
    def __init__(self): self.y = self.x
    @property
    def z(self): return self.y * 2
    @staticmethod
    def s(v): return v
    @classmethod
    def c(cls): return cls.__name__
class B(A):
    def __init__(self): super().__init__(); self.w = super().z
print(B().w, B.s(1), B.c())

class A:
    def __init__(self): self.__p = 1
    def __m(self): return self.__p
    def g(self): self.__p = self.__m() + 1; return self.__p
print(A().g(), vars(A()))

from dataclasses import dataclass, field
@dataclass(order=True)
class D:
    a: int
    b: list = field(default_factory=list)
print(D(1), D(1) < D(2))

class M(type):
    def __new__(m, n, b, d, **k): print(n, k, [x for x in d if x[:2] != '__']); return super().__new__(m, n, b, d)
    def __call__(c, *a): print('new'); return super().__call__(*a)
class A(metaclass=M, key=f(1)):
    low = -1.0
    cut = low if low > 0 else -low
A()

class V:
    def __init__(s, v): s.v = v
    def __add__(s, o): print('add'); return NotImplemented
    def __radd__(s, o): print('radd'); return 5
    def __matmul__(s, o): print('mm'); return 6
    def __neg__(s): print('neg'); return s
print(V(1) + V(2) if 0 else 1 + V(2), -V(1) @ f(2), np.ones(2) + V(1))

from enum import Enum
class E(Enum):
    A = f(1)
    B = 2
print(list(E), E(1), E['B'])
import pickle
print(pickle.loads(pickle.dumps(E.A)))

class Slots:
    __slots__ = ('a',)
s = Slots(); s.a = 1; s.a += 2; print(s.a)
s.b = 1

class D:
    def __del__(self): print('del')
def g(x): return 1
g(D()); print('after'); d = [D()]; d[0] = None; print('end')
""",
    "numpy": """
A = np.array([[1.0, 0.0]]); B = np.array([[0.0], [0.0]]); print(-A @ B, np.signbit(-A @ B))

A = np.ones((2, 2))
def g(): A[0] = 5; return np.ones(2)
print(-A @ g())

x = np.ones(3); y = x + 1; y.resize(5); print(y)

def g():
    y = np.arange(3.0) * 2; y += 1; y[0] = 7; z = np.exp(y); y.resize((2, 2)); return y
print(g())

y = np.ones(3); v = y[1:]
try: y.resize(5)
except ValueError as e: print('no')

for row in [np.ones(2) * 2]: row.resize(3, refcheck=False); print(row)

x = np.arange(6.0).reshape(2, 3); print(x.T, x.sum(axis=1, keepdims=True), x[:, 1], x[..., 0], x[1, ::2], x.mean(), x.shape, x[[0, 1], [1, 2]])

x = np.array([3.0, 1.0, 2.0]); x.sort(); print(x); x.fill(2); print(x); np.maximum(x, 2.5, out=x); np.subtract(x, 1, x); print(x)

np.random.seed(4); a = np.random.randn(3); np.random.shuffle(a); print(a, np.random.permutation(4), np.random.rand())

r = np.random.default_rng(3); x = r.normal(size=3); r.shuffle(x); print(x, r.integers(5), r.choice(4, 2))

random.seed(2); l = [1, 2, 3]; random.shuffle(l); print(l, random.random(), random.gauss(0, 1))

print(np.c_[[1, 2], [3, 4]], np.r_[1:3, 5], np.float64(1.5) + 1, np.float32(2) * 1.5, type(np.int64(3) // 2))

m = np.matrix([[1.0, 2.0], [3.0, 4.0]]); m *= m; print(m, m[0], m.T * m, m.A1, m.sum(0))

x = np.array([1, 2]); x[0] = 2.7; x //= 2; print(x, x.dtype); x /= 2

a = np.zeros(2); b = a; a = a + 1; print(a, b); b[...] = 3; b[0:1] -= 1; print(b)

o = np.array([[1], None, 'x'], dtype=object); o[0] += [2]; print(o, [x for x in o])

x = np.ones((3, 3)); x[1] = 0; x[x > 0.5] *= 3; x[:, [0, 2]] += np.arange(2.0); print(x, (x > 1).any(), np.where(x > 1, 1, 0))

a = np.einsum('ij,jk', np.eye(2), np.ones((2, 2))); np.tensordot(a, a, 1); print(np.split(np.arange(4), 2), np.argmax(a))

q = np.ma.masked_array([1.0, 2.0], [0, 1]); print(q + 1, [v for v in q], q.sum())

s = np.array([(1, 2.0)], dtype=[('a', int), ('b', float)]); s['a'] += 1; print(s, s[0]['b'])

print(max(np.array([1.0, 2.0])), max(np.float64(1), 2), min(np.float64(3), 4.0), sum(np.ones(3)), abs(-np.ones(2)), round(np.float64(2.567), 1))

x = np.float64(2); x += 1; x **= 2; print(x, type(x), x.item(), x.shape, x.T)
""",
    "slices": """
x = list(range(6)); x[1:3] = f([9]); del x[0]; print(x[::-1], x[f(1):f(3):f(1)], x[-2:])

x = list(range(6)); x[1:3] += [7]; x[::2] = 'abc'; print(x)

class S:
    def __getitem__(s, i): return i
print(S()[1], S()[1:2], S()[1:2, ...], S()[::], S()[()], S()[1,], S()[*[1, 2]], S()['a':'b'])

print('abc'[f(1)], (1, 2)[-1], {1: 2}[f(1)], b'ab'[0], range(9)[2:5])

d = {(1, 2): 3}; d[1, 2] += 1; d[1, f(3)] = 2; print(d)
""",
    "comparison": """
print(f(1) < f(2) < f(3), f(3) < f(2) < f(1), 1 == 1.0 != 2)

print(f(1) in [1], f(1) is None, not f(0), f(0) or f(2), f(0) and f(2), -f(1), +f(1), ~f(1), not not f(1))

print(np.arange(3) < 2, np.arange(3) == [0, 1, 2], (np.arange(3) > 0).sum())

if np.arange(3) > 1: pass

print(1 if np.float64(2) > 1 else 0, float('nan') == float('nan'), 'a' < 'b', [1] < [1, 2])
""",
    "lines": """
import sys
def L(*a, **k): return sys._getframe(1).f_lineno
class O:
    def m(self, *a):
        print(sys._getframe(1).f_lineno)
        return self
o = O()
(o.m()
  .m(1,
     2)
  .m(L(
     3)))
x = (o
     .m)(
  L())
print(
  L(1), [L(i)
  for i in
  range(2)])

a = [(o
   ).m(
 ), o
  .m().m(
1)]

v = np.ones(3)
for i in range(2):
    def g(x, y=(v.sum() /
          -0.0),
          *, k=v
          / 0):
        y += 1
        return y
    print(g(1))
z = (1
     / v[
     0] / np.zeros(1)) if v[0] > 0 \\
  else 3
w = np.maximum(
    v,
    v / 0)
w -= (v /
    0)
w[0] = (v[0] /
    0)
w[0] += (v[0] /
    0)
while (v[0] /
      0) < 0: pass
if v[0] \\
   / 0 < \\
   v[1] / 0:
   pass
""",
    "warnings": """
a = np.float64(1.0)
b = a / 0
b = a / 0
for i in range(3): b = a / 0

import warnings
warnings.simplefilter('once')
a = np.float64(1.0)
b = a / 0
b = a / 0; c = a * 0 / 0

import warnings
warnings.simplefilter('error')
try: np.float64(1.0) / 0
except RuntimeWarning as e: print(e)

def g(): return np.zeros(2) / 0
g(); g()
print('snippet' in __name__, len(__warningregistry__))
""",
    "frames": """
from collections import namedtuple
P = namedtuple('P', 'x y'); print(P(1, 2), P.__module__)
import pickle
print(pickle.loads(pickle.dumps(P(1, 2))))

from enum import Enum
import pickle
E = Enum('E', 'A B'); print(E.__module__, pickle.loads(pickle.dumps(E.A)))

from typing import NamedTuple, TypeVar, NewType
N = NamedTuple('N', [('a', int)]); print(N(1), N.__module__, TypeVar('T').__module__)

import logging, sys
logging.basicConfig(stream=sys.stdout, format='%(filename)s %(lineno)d %(funcName)s %(message)s', force=True)
def g(): logging.warning('hm'); logging.getLogger('x').error('no %d', f(1))
g()
logging.getLogger().handlers.clear()

import warnings
def g(): warnings.warn('here'); warnings.warn('there', stacklevel=2)
g()

import sys
def g(): return [sys._getframe(i).f_code.co_name for i in range(2)], sys._getframe(1).f_lineno
def h(): return g()
print(h(), sys._getframe().f_lineno)

import inspect
def g(): return [x.function for x in inspect.stack()[:2]], inspect.currentframe().f_back.f_lineno
def h(): return g()
print(h())

e = exec; v = eval; l = locals
y = 3; e('y = y + 1'); print(v('y * 2'), 'y' in l())
def g(a): b = 2; return sorted(l()), v('a + b')
print(g(1))

print(sorted(k for k in globals() if k.startswith('__')))

import doctest, types
print(type(types.SimpleNamespace(a=1)).__name__)

class A:
    def m(self): return __class__.__name__
    n = [k for k in ('a',)]
print(A().m(), [k for k in vars(A) if k[:2] != '__'])

z = 0.5; s = 0.0
if z > 0: s += z
print([k for k in globals() if 'watch' in k])
""",
}
EVERY = {
    f"{group} {at}": one.strip()
    for group, text in SNIPPETS.items()
    for at, one in enumerate(text.split("\n\n"))
}
LONG = {
    "terms": "x = 1.5\ny = " + " + ".join(["x"] * 1500) + "\nprint(y)",
    "calls": "x = []\ny = 'a'" + ".lower()" * 300 + "\nprint(y)",
    "elifs": "x = 5\nif x == 0: pass\n" + "".join(f"elif x == {n + 9}: pass\n" for n in range(300)),
}
