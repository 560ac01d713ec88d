import numpy as np

np.random.seed(231)


def affine_forward(x, w, b):
    return x.dot(w) + b, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    return dout.dot(w.T), x.T.dot(dout), dout.sum(axis=0)


def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param['mode']
    eps = bn_param.get('eps', 1e-5)
    momentum = bn_param.get('momentum', 0.9)
    N, D = x.shape
    running_mean = bn_param.get('running_mean', np.zeros(D))
    running_var = bn_param.get('running_var', np.ones(D))
    out, cache = None, None
    if mode == 'train':
        mu = x.mean(axis=0)
        var = x.var(axis=0)
        std = np.sqrt(var + eps)
        x_hat = (x - mu) / std
        out = gamma * x_hat + beta
        cache = (x_hat, gamma, std)
        running_mean = momentum * running_mean + (1 - momentum) * mu
        running_var = momentum * running_var + (1 - momentum) * var
    elif mode == 'test':
        x_hat = (x - running_mean) / np.sqrt(running_var + eps)
        out = gamma * x_hat + beta
    # Store the updated running means back into bn_param
    bn_param['running_mean'] = running_mean
    bn_param['running_val'] = running_var
    return out, cache


def batchnorm_backward(dout, cache):
    x_hat, gamma, std = cache
    dbeta = dout.sum(axis=0)
    dgamma = np.sum(dout * x_hat, axis=0)
    dx_hat = dout * gamma
    dx = (dx_hat - dx_hat.mean(axis=0) - x_hat * np.mean(dx_hat * x_hat, axis=0)) / std
    return dx, dgamma, dbeta


def relu_forward(x):
    return np.maximum(0, x), x


def relu_backward(dout, x):
    return dout * (x > 0)


def softmax_loss(x, y):
    shifted = x - x.max(axis=1, keepdims=True)
    log_probs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    N = x.shape[0]
    loss = -np.sum(log_probs[np.arange(N), y]) / N
    dx = np.exp(log_probs)
    dx[np.arange(N), y] -= 1
    return loss, dx / N


H = 50
params = {
    'W1': 0.01 * np.random.randn(784, H), 'b1': np.zeros(H),
    'gamma': np.ones(H), 'beta': np.zeros(H),
    'W2': 0.01 * np.random.randn(H, 10), 'b2': np.zeros(10),
}
bn_param = {'mode': 'train'}


def scores_and_loss(X, y=None):
    a, fc1 = affine_forward(X, params['W1'], params['b1'])
    n, bn = batchnorm_forward(a, params['gamma'], params['beta'], bn_param)
    h, rl = relu_forward(n)
    scores, fc2 = affine_forward(h, params['W2'], params['b2'])
    if y is None:
        return scores
    grads = {}
    loss, dscores = softmax_loss(scores, y)
    dh, grads['W2'], grads['b2'] = affine_backward(dscores, fc2)
    dn = relu_backward(dh, rl)
    da, grads['gamma'], grads['beta'] = batchnorm_backward(dn, bn)
    _, grads['W1'], grads['b1'] = affine_backward(da, fc1)
    return loss, grads


data = np.load('digits.npz')
mean_image = data['images'].reshape(1200, -1).mean(axis=0)
X_train = data['images'].reshape(1200, -1) - mean_image
X_test = data['test_images'].reshape(400, -1) - mean_image
y_train, y_test = data['labels'], data['test_labels']

lr = 0.2
for it in range(300):
    mask = np.random.choice(1200, 60)
    loss, grads = scores_and_loss(X_train[mask], y_train[mask])
    for p in ['W1', 'b1', 'beta', 'W2', 'b2']:
        params[p] -= lr * grads[p]
    if it % 60 == 0:
        print('(Iteration %d) loss: %f' % (it, loss))


def predict(image):
    return scores_and_loss(image.reshape(1, -1)).argmax(axis=1)[0]


print('done')
y_pred = np.array([predict(image) for image in X_test])
print('test acc: %f' % np.mean(y_pred == y_test))
