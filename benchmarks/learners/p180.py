import numpy as np


def houses(rng, n=600):
    wall = rng.uniform(150, 450, n)
    glass = rng.uniform(0, 0.4, n)
    height = rng.choice([3.5, 7.0], n)
    insulation = rng.uniform(2, 30, n)
    degree_days = rng.normal(3200, 350, n)
    loss_factor = wall * (1.8 * glass + (1 - glass) * 4 / (insulation + 2))
    demand = loss_factor * degree_days / 9000 * (1 + 0.08 * (height - 3.5)) + rng.normal(0, 1.5, n)
    return np.column_stack((wall, glass, height, insulation, degree_days)), demand


def scale(table):
    return (table - table.mean(axis=0)) / table.std(axis=0)


def new_params(rng, sizes):
    return {
        f"layer{k}": {
            "kernel": rng.normal(0, (2 / a) ** 0.5, (a, b)),
            "bias": np.zeros((1, b)),
        }
        for k, (a, b) in enumerate(zip(sizes[:-1], sizes[1:]))
    }


def apply(params, x):
    acts = [x]
    last = len(params) - 1
    for k in range(len(params)):
        layer = params[f"layer{k}"]
        x = x @ layer["kernel"] + layer["bias"]
        if k < last:
            x = np.where(x > 0, x, 0)
        acts.append(x)
    return acts


def mse_and_grads(params, x, y):
    acts = apply(params, x)
    diff = acts[-1] - y
    grads = {}
    up = 2 * diff.mean(axis=1, keepdims=True) / len(x)
    for k in reversed(range(len(params))):
        grads[f"layer{k}"] = {"kernel": acts[k].T @ up, "bias": up.sum(axis=0, keepdims=True)}
        up = (up @ params[f"layer{k}"]["kernel"].T) * (acts[k] > 0)
    return (diff ** 2).mean(), grads


def adam(params, grads, state, lr, decay, b1=0.9, b2=0.99):
    state["t"] += 1
    for name, layer in params.items():
        for part in layer:
            g = grads[name][part]
            m, v = state.get((name, part), (0.0, 0.0))
            m = b1 * m + (1 - b1) * g
            v = b2 * v + (1 - b2) * g * g
            state[name, part] = m, v
            m = m / (1 - b1 ** state["t"])
            v = v / (1 - b2 ** state["t"])
            layer[part] -= lr * m / (np.sqrt(v) + 1e-8)
            if part == "kernel":
                layer[part] *= 1 - lr * decay


def main():
    rng = np.random.default_rng(8)
    x, y = houses(rng)
    perm = rng.permutation(len(x))
    x_train, y_train = x[perm[:450]], y[perm[:450]]
    x_test, y_test = x[perm[450:]], y[450:]
    print("demand from", y.min(), "to", y.max(), "mean", y.mean())

    centre, width = x_train.mean(axis=0), x_train.std(axis=0)
    x_train = (x_train - centre) / width
    x_test = scale(x_test)

    # targets about 1
    goal = y_train / 50
    params = new_params(rng, (5, 32, 16, 1))
    state = {"t": 0}
    for epoch in range(250):
        mix = rng.permutation(len(x_train))
        costs = []
        for k in range(0, len(mix), 30):
            pick = mix[k:k + 30]
            cost, grads = mse_and_grads(params, x_train[pick], goal[pick])
            adam(params, grads, state, lr=0.003, decay=0.01)
            costs.append(cost)
        if epoch % 50 == 0:
            print(f"epoch {epoch}: {np.mean(costs):.5f}")

    said = apply(params, x_test)[-1][:, 0] * 50
    print("some:", said[:5].round(1), y_test[:5].round(1))
    print("RMSE on the test houses:", np.sqrt(np.mean((said - y_test) ** 2)))


main()
