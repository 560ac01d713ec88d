import numpy as np
np.random.seed(3)

def make_circles(n):
    # inner circle = 1, outer ring = 0
    t = np.random.uniform(0, 2 * np.pi, n)
    labels = (np.arange(n) % 2)
    r = np.where(labels == 1, 0.5, 1.2) + 0.1 * np.random.randn(n)
    pts = np.vstack([r * np.cos(t), r * np.sin(t)])      # shape (2, n)
    return pts, labels.reshape(1, n)

def init_params(nx, nh, ny):
    W1 = np.random.randn(nh, nx) * np.sqrt(2.0 / nx)
    b1 = np.zeros((nh, 1))
    W2 = np.random.randn(ny, nh) * np.sqrt(1.0 / nh)
    b2 = np.zeros((ny, 1))
    return W1, b1, W2, b2

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def forward(X, W1, b1, W2, b2):
    Z1 = np.dot(W1, X) + b1
    A1 = Z1
    Z2 = np.dot(W2, A1) + b2
    A2 = sigmoid(Z2)
    return Z1, A1, A2

def cost_fn(A2, Y):
    m = Y.shape[1]
    return -np.sum(Y * np.log(A2 + 1e-8) + (1 - Y) * np.log(1 - A2 + 1e-8)) / m

def backward(X, Y, Z1, A1, A2, W2):
    m = X.shape[1]
    dZ2 = A2 - Y
    dW2 = np.dot(dZ2, A1.T) / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = np.dot(W2.T, dZ2)
    dW1 = np.dot(dZ1, X.T) / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    return dW1, db1, dW2, db2

def train(X, Y, nh=16, lr=0.3, epochs=60, bs=50):
    m = X.shape[1]
    W1, b1, W2, b2 = init_params(2, nh, 1)
    costs = []
    for ep in range(epochs):
        # shuffle every epoch
        X = X[:, np.random.permutation(m)]
        Y = Y[:, np.random.permutation(m)]
        for k in range(0, m, bs):
            Xb, Yb = X[:, k:k + bs], Y[:, k:k + bs]
            Z1, A1, A2 = forward(Xb, W1, b1, W2, b2)
            dW1, db1, dW2, db2 = backward(Xb, Yb, Z1, A1, A2, W2)
            W1 = W1 - lr * dW1
            b1 = b1 - lr * db1
            W2 = W2 - lr * dW2
            b2 = b2 - lr * db2
        costs.append(cost_fn(forward(X, W1, b1, W2, b2)[2], Y))
        if ep % 10 == 0:
            print("cost after epoch %d: %f" % (ep, costs[-1]))
    return W1, b1, W2, b2

Xtrain, Ytrain = make_circles(600)
Xtest, Ytest = make_circles(300)
params = train(Xtrain, Ytrain)
_, _, out = forward(Xtest, *params)
print("Test accuracy:", np.mean((out > 0.5) == Ytest))
