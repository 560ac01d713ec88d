"""A network of two layers in functions, as text, which several benchmarks write into programs."""

# Rows, a rectifier and a softmax; each batch shares the error by its size.
PASSES = """
def forward(X, W1, b1, W2, b2):
    Z1 = X @ W1 + b1
    A1 = np.maximum(Z1, 0)
    Z2 = A1 @ W2 + b2
    E = np.exp(Z2 - Z2.max(axis=1, keepdims=True))
    return Z1, A1, Z2, E / E.sum(axis=1, keepdims=True)


def backward(X, Y, Z1, A1, P, W2):
    d2 = (P - Y) / len(X)
    d1 = d2 @ W2.T * (Z1 > 0)
    return X.T @ d1, d1.sum(axis=0), A1.T @ d2, d2.sum(axis=0)
"""
