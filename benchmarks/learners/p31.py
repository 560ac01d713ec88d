import numpy as np

np.random.seed(20)

def points(n_each):
    mid = np.array([[0.0, 0.3], [0.3, -0.2], [-0.3, -0.2]])
    xs = np.vstack([m + 0.1 * np.random.randn(n_each, 2) for m in mid])
    cs = np.repeat([0, 1, 2], n_each)
    return xs, cs

xs, cs = points(80)
xs_new, cs_new = points(40)

net = {
    "in": np.random.randn(2, 15) * 0.3,
    "in_bias": np.zeros((1, 15)),
    "out": np.random.randn(15, 3) * 0.3,
    "out_bias": np.zeros((1, 3)),
}
lam = 1e-5

def leaky(v):
    return np.where(v > 0, v, 0.05 * v)

def run(net, xs):
    pre = xs @ net["in"] + net["in_bias"]
    act = leaky(pre)
    sc = act @ net["out"] + net["out_bias"]
    ex = np.exp(sc - sc.max(1, keepdims=True))
    return pre, act, ex / ex.sum(1, keepdims=True)

onehot = np.eye(3)[cs]
track = []
for ep in range(3000):
    rate = 0.1 / (1 + 0.001 * ep)
    pre, act, p = run(net, xs)
    loss = -np.mean(np.sum(onehot * np.log(p), axis=1))
    track.append(loss)
    g = (p - onehot) / len(xs)
    gh = (g @ net["out"].T) * np.where(pre > 0, 1, 0.05)
    grad = {
        "out": act.T @ g + lam * net["out"],
        "out_bias": g.sum(0, keepdims=True),
        "in": xs.T @ gh + lam * net["in"],
        "in_bias": gh.sum(0, keepdims=True),
    }
    for key in net:
        net[key] -= rate * grad[key]
    if ep % 300 == 0:
        print(f"ep {ep} rate {rate:.4f} loss {loss:.4f}")

p = run(net, xs_new)[2]
print("new points right:", np.mean(p.argmax(1) == cs_new))
