import numpy as np


class TwoLayerNet:
    """input - fully connected - ReLU - fully connected - softmax
    (assignment 1, but on the digits because CIFAR takes too long on my laptop)
    """

    def __init__(self, input_size, hidden_size, output_size, std=1e-2):
        self.params = {}
        self.params['W1'] = std * np.random.randn(input_size, hidden_size)
        self.params['b1'] = np.zeros(hidden_size)
        self.params['W2'] = std * np.random.randn(hidden_size, output_size)
        self.params['b2'] = np.zeros(output_size)

    def loss(self, X, y=None, reg=0.0):
        W1, b1 = self.params['W1'], self.params['b1']
        W2, b2 = self.params['W2'], self.params['b2']
        N, D = X.shape

        h1 = X.dot(W1) + b1
        h1 *= h1 > 0
        scores = h1.dot(W2) + b2
        if y is None:
            return scores

        scores = scores - scores.max(axis=1, keepdims=True)
        logZ = np.log(np.exp(scores).sum(axis=1))
        loss = np.mean(logZ - scores[range(N), y])
        loss += reg * (np.sum(W1 * W1) + np.sum(W2 * W2))

        grads = {}
        p = np.exp(scores - logZ[:, None])
        p[range(N), y] -= 1
        p /= N
        grads['W2'] = h1.T.dot(p) + 2 * reg * W2
        grads['b2'] = p.sum(axis=0)
        dh = p.dot(W2.T)
        dh[h1 == 0] = 0
        grads['W1'] = X.T.dot(dh) + 2 * reg * W1
        grads['b1'] = dh.sum(axis=0)
        return loss, grads

    def train(self, X, y, X_val, y_val, learning_rate=1e-3,
              learning_rate_decay=0.95, reg=5e-6, num_iters=100,
              batch_size=200, verbose=False):
        num_train = X.shape[0]
        iterations_per_epoch = max(num_train // batch_size, 1)
        history = []
        for it in range(num_iters):
            idx = np.random.choice(num_train, batch_size, replace=True)
            loss, grads = self.loss(X[idx], y=y[idx], reg=reg)
            history.append(loss)
            for name in self.params:
                self.params[name] -= learning_rate * grads[name]
            if verbose and it % 100 == 0:
                print('iteration %d / %d: loss %f' % (it, num_iters, loss))
            if (it + 1) % iterations_per_epoch == 0:
                learning_rate *= learning_rate_decay
        return history

    def predict(self, X):
        return np.argmax(self.loss(X), axis=1)


np.random.seed(0)
data = np.load('digits.npz')
X = data['images'].reshape(1200, -1).astype(float)
y = data['labels']
X_train, y_train = X[:1000], y[:1000]
X_val, y_val = X[1000:], y[1000:]
X_test = data['test_images'].reshape(400, -1).astype(float)
y_test = data['test_labels']

# subtract the mean image (pixels stay in 0..255 like in the assignment)
mean_image = X_train.mean(axis=0)
X_train -= mean_image
X_val -= mean_image
X_test -= mean_image

best_net, best_val = None, -1
for lr in [1e-7, 1e-5, 3e-4]:
    net = TwoLayerNet(784, 40, 10, std=1e-3)
    net.train(X_train, y_train, X_val, y_val, learning_rate=lr,
              learning_rate_decay=0.98, reg=1e-3, num_iters=400, batch_size=100)
    val = (net.predict(X_val) == y_val).mean()
    print('lr %e val accuracy: %f' % (lr, val))
    if val > best_val:
        best_val, best_net = val, net

print('best validation accuracy', best_val)
print('test accuracy:', (best_net.predict(X_test) == y_test).mean())
