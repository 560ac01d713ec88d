# I labelled some digits by hand myself, only a dozen of each, that is all I train with
import numpy as np

rand = np.random.RandomState(16)

npz = np.load("digits.npz")
pictures, names = npz["images"] / 255.0, npz["labels"]

mine = []
for digit in range(10):
    mine.extend(np.flatnonzero(names == digit)[:12])
print("training with", len(mine), "pictures")

layers = []
for n_from, n_to in [(28 * 28, 24), (24, 10)]:
    layers.append({
        "w": rand.uniform(-1, 1, (n_to, n_from)) * (6 / (n_from + n_to)) ** 0.5,
        "b": np.zeros(n_to),
    })


def look(picture):
    signal = picture.ravel()
    for layer in layers:
        layer["in"] = signal
        signal = 1 / (1 + np.exp(-(layer["w"] @ signal + layer["b"])))
        layer["out"] = signal
    return signal


rate = 0.4
for round_ in range(1, 26):
    rand.shuffle(mine)
    off = 0
    for m in mine:
        wanted = np.zeros(10)
        wanted[names[m]] = 1
        got = look(pictures[m])
        off += np.sum((got - wanted) ** 2)
        # every output is its own yes/no question -> cross entropy, delta is just the difference
        delta = got - wanted
        for layer in reversed(layers):
            before = layer["w"].T @ delta
            layer["w"] -= rate * np.outer(delta, layer["in"])
            layer["b"] -= rate * delta
            delta = before * layer["in"] * (1 - layer["in"])
    if round_ % 5 == 0:
        print("round", round_, "squared error", off / len(mine))

answers = [np.argmax(look(p)) for p in npz["test_images"] / 255.0]
print("right:", np.mean(np.array(answers) == npz["test_labels"]))
