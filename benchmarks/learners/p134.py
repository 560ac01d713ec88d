import numpy as np


class TwoLayerNet:
    """ Two layers, relu, sigmoid. L2 regularisation with strength `reg`. """

    def __init__(self, input_size, hidden_size, reg=0.0, scale=0.5):
        self.params = {}
        self.params['W1'] = scale * np.random.randn(input_size, hidden_size)
        self.params['b1'] = np.zeros(hidden_size)
        self.params['W2'] = scale * np.random.randn(hidden_size, 1)
        self.params['b2'] = np.zeros(1)
        self.reg = reg

    def loss(self, X, y=None):
        W1, b1 = self.params['W1'], self.params['b1']
        W2, b2 = self.params['W2'], self.params['b2']
        N = X.shape[0]

        hidden = np.maximum(0, X.dot(W1) + b1)
        probs = 1 / (1 + np.exp(-(hidden.dot(W2) + b2)))
        if y is None:
            return probs

        eps = 1e-9
        data_loss = -np.mean(y * np.log(probs + eps) + (1 - y) * np.log(1 - probs + eps))
        reg_loss = 0.5 * self.reg * (np.sum(W1 * W1) + np.sum(W2 * W2))

        grads = {}
        dscores = (probs - y) / N
        grads['W2'] = hidden.T.dot(dscores) + self.reg * W2
        grads['b2'] = np.sum(dscores, axis=0)
        dhidden = dscores.dot(W2.T)
        dhidden[hidden <= 0] = 0
        grads['W1'] = X.T.dot(dhidden) + self.reg * W1
        grads['b1'] = np.sum(dhidden, axis=0)
        return data_loss + reg_loss, grads

    def train(self, X, y, learning_rate=0.2, num_iters=12000, batch_size=64, verbose=True):
        for it in range(num_iters):
            batch = np.random.choice(X.shape[0], batch_size)
            loss, grads = self.loss(X[batch], y[batch])
            self.params['W1'] -= learning_rate * grads['W1']
            self.params['b1'] -= learning_rate * grads['b1']
            self.params['W2'] -= learning_rate * grads['W2']
            self.params['b2'] -= learning_rate * grads['b2']
            if verbose and it % 2000 == 0:
                print('iteration %d / %d: loss %f' % (it, num_iters, loss))

    def predict(self, X):
        return self.loss(X) > 0.5


def circles(n, noise=0.1):
    angle = np.random.rand(n) * 2 * np.pi
    inner = np.random.rand(n) < 0.5
    radius = np.where(inner, 0.7, 1.3) + noise * np.random.randn(n)
    return np.c_[radius * np.cos(angle), radius * np.sin(angle)], inner.reshape(-1, 1)


np.random.seed(231)
X, y = circles(500)
Xt, yt = circles(300)
net = TwoLayerNet(2, 20, reg=0.5)
net.train(X, y)
print('train accuracy:', (net.predict(X) == y).mean())
print('test accuracy:', (net.predict(Xt) == yt).mean())
