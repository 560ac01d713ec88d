# -*- coding: utf-8 -*-
import numpy as np
import math

np.random.seed(0)

# N is batch size; D_in is input dimension;
# H is hidden dimension; D_out is output dimension.
N, D_in, H, D_out = 200, 1, 50, 1

# Create input and output data
x = np.linspace(-math.pi, math.pi, N).reshape(N, D_in)
y = np.sin(2 * x) + 0.05 * np.random.randn(N, D_out)

# every fourth point is for testing
test = np.arange(N) % 4 == 0
x_test, y_test = x[test], y[test]
x, y = x[~test], y[~test]

# Randomly initialize weights
w1 = np.random.randn(D_in, H) * 0.5
b1 = np.random.randn(1, H)
w2 = np.random.randn(H, D_out) * 0.1
b2 = np.zeros((1, D_out))

learning_rate = 1e-7
for t in range(12000):
    # Forward pass: compute predicted y
    h = x.dot(w1) + b1
    h_relu = np.maximum(h, 0)
    y_pred = h.dot(w2) + b2

    # Compute and print loss
    loss = np.square(y_pred - y).sum()
    if t % 2000 == 1999:
        print(t, loss)

    # Backprop to compute gradients of w1 and w2 with respect to loss
    grad_y_pred = 2.0 * (y_pred - y)
    grad_w2 = h_relu.T.dot(grad_y_pred)
    grad_b2 = grad_y_pred.sum(axis=0, keepdims=True)
    grad_h_relu = grad_y_pred.dot(w2.T)
    grad_h = grad_h_relu.copy()
    grad_h[h < 0] = 0
    grad_w1 = x.T.dot(grad_h)
    grad_b1 = grad_h.sum(axis=0, keepdims=True)

    # Update weights
    w1 -= learning_rate * grad_w1
    b1 -= learning_rate * grad_b1
    w2 -= learning_rate * grad_w2
    b2 -= learning_rate * grad_b2

h = x_test.dot(w1) + b1
h_relu = np.maximum(h, 0)
y_pred = h.dot(w2) + b2
print("R2 =", 1 - np.square(y_pred - y_test).sum() / np.square(y_test - y_test.mean()).sum())
