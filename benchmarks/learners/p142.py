import numpy as np

np.random.seed(3)


# ---------------------------------------------------------------- data
def ring(m):
    X = np.random.uniform(-1.5, 1.5, (2, m))
    r2 = np.sum(X ** 2, axis=0, keepdims=True)
    Y = ((r2 > 0.5) & (r2 < 1.8)).astype(float)
    return X, Y


X, Y = ring(500)
X_test, Y_test = ring(400)

# ---------------------------------------------------------------- network
dims = [2, 16, 8, 1]
L = len(dims) - 1


def init(dims):
    params = {}
    for l in range(1, len(dims)):
        params["W" + str(l)] = np.zeros((dims[l], dims[l - 1]))
        params["b" + str(l)] = np.zeros((dims[l], 1))
    params["b" + str(L)] = np.zeros((1, 1))
    return params


def activation(Z):
    return Z


def activation_derivative(A):
    return np.ones(A.shape)


def model_forward(X, params):
    caches = [X]
    A = X
    for l in range(1, L):
        Z = np.dot(params["W" + str(l)], A) + params["b" + str(l)]
        A = activation(Z)
        caches.append(A)
    Z = np.dot(params["W" + str(L)], A) + params["b" + str(L)]
    AL = 1 / (1 + np.exp(-Z))
    return AL, caches


def model_backward(AL, Y, caches, params):
    m = Y.shape[1]
    grads = {}
    dZ = AL - Y
    for l in range(L, 0, -1):
        grads["dW" + str(l)] = 1 / m * np.dot(dZ, caches[l - 1].T)
        grads["db" + str(l)] = 1 / m * np.sum(dZ, axis=1, keepdims=True)
        if l > 1:
            dA = np.dot(params["W" + str(l)].T, dZ)
            dZ = dA * activation_derivative(caches[l - 1])
    return grads


def compute_cost(AL, Y):
    return float(-np.mean(Y * np.log(AL + 1e-9) + (1 - Y) * np.log(1 - AL + 1e-9)))


params = init(dims)
for i in range(8000):
    AL, caches = model_forward(X, params)
    grads = model_backward(AL, Y, caches, params)
    for l in range(1, L + 1):
        params["W" + str(l)] -= 0.4 * grads["dW" + str(l)]
        params["b" + str(l)] -= 0.4 * grads["db" + str(l)]
    if i % 1000 == 0:
        print("Cost after iteration", i, ":", compute_cost(AL, Y))

AL, _ = model_forward(X_test, params)
print("Test accuracy:", np.mean((AL > 0.5) == Y_test))
