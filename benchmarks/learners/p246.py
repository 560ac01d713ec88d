# rabbits: N[t+1] = r * N[t] * (1 - N[t]/1000), can a net find that out by itself?
import numpy as np

gen = np.random.default_rng(2024)

years = 700
N = np.empty(years)
N[0] = gen.uniform(200, 800)
for t in range(years - 1):
    N[t + 1] = 3.9 * N[t] * (1 - N[t] / 1000)

now, nxt = N[:-1], N[1:]
train_now, train_nxt = now[:560], nxt[:560]
test_now, test_nxt = now[600:650], nxt[600:650]


def with_one(M):
    """the column of ones is the bias"""
    return np.hstack([M, np.ones((M.shape[0], 1))])


def scale(v, mean, std):
    return ((v - mean) / std).reshape(-1, 1)


X = scale(train_now, train_now.mean(), train_now.std())
Xtest = scale(test_now, test_now.mean(), test_now.std())

# what the network should say
m, s = train_nxt.mean(), train_nxt.std()
Y = scale(train_nxt, m, s)

H = 24
W = gen.normal(0, 1, (2, H))
V = gen.normal(0, np.sqrt(2 / H), (H + 1, 1))
W[1] = gen.uniform(-1.5, 1.5, H)
V[-1] = 0

SLOPE = 0.1
rate_max = 0.15
rate = rate_max
BATCH = 20
step = 0

for epoch in range(450):
    mix = gen.permutation(len(X))
    sse = 0.0
    for a in range(0, len(X), BATCH):
        rows = mix[a:a + BATCH]
        x1 = with_one(X[rows])
        z = x1 @ W
        h = np.where(z > 0, z, SLOPE * z)
        h1 = with_one(h)
        y = np.tanh(h1 @ V)

        e = y - Y[rows]
        sse += (e ** 2).sum()
        d = 2 * e * (1 - y ** 2) / len(rows)
        gV = h1.T @ d
        dh = (d @ V[:-1].T) * np.where(z > 0, 1, SLOPE)
        gW = x1.T @ dh

        # clip by the common length
        length = np.sqrt((gV ** 2).sum() + (gW ** 2).sum())
        if length > 1:
            gV /= length
            gW /= length

        step += 1
        warm = min(1.0, step / 40)       # start slowly
        V -= warm * rate * gV
        W -= warm * rate * gW
        rate = rate * 0.96
    if epoch % 50 == 0:
        print(f"epoch {epoch:3d}  mse {sse / len(X):.5f}")

z = with_one(Xtest) @ W
guess = np.tanh(with_one(np.where(z > 0, z, SLOPE * z)) @ V)
rabbits = guess.ravel() * s + m
for k in range(5):
    print("%6.0f rabbits -> %6.0f  net says %6.0f" % (test_now[k], test_nxt[k], rabbits[k]))
print("RMSE in rabbits:", round(float(np.sqrt(np.mean((rabbits - test_nxt) ** 2))), 2))
