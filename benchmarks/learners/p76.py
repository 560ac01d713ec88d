import time
import numpy as np

rng = np.random.default_rng(0)

layer_sizes = [784, 64, 32, 32, 10]
step_size = 0.2
num_epochs = 14
batch_size = 40
n_targets = 10


def random_layer_params(m, n, scale=1e-3):
    scale = scale or np.sqrt(1.0 / m)
    return scale * rng.standard_normal((n, m)), np.zeros((n,))


def init_network_params(sizes):
    return [random_layer_params(m, n) for m, n in zip(sizes[:-1], sizes[1:])]


def logsumexp(z):
    top = z.max(axis=1, keepdims=True)
    return top + np.log(np.exp(z - top).sum(axis=1, keepdims=True))


def predict(params, images):
    activations = images
    acts = [activations]
    for w, b in params[:-1]:
        activations = np.tanh(np.dot(activations, w.T) + b)
        acts.append(activations)
    final_w, final_b = params[-1]
    logits = np.dot(activations, final_w.T) + final_b
    return logits - logsumexp(logits), acts


def one_hot(x, k):
    return np.array(x[:, None] == np.arange(k), np.float32)


def grad(params, x, y):
    logp, acts = predict(params, x)
    delta = (np.exp(logp) - y) / x.shape[0]
    grads = []
    for i in reversed(range(len(params))):
        grads.append((delta.T @ acts[i], delta.sum(axis=0)))
        if i > 0:
            delta = (delta @ params[i][0]) * (1 - acts[i] ** 2)
    return grads[::-1]


def update(params, x, y):
    grads = grad(params, x, y)
    new_params = []
    for (w, b), (dw, db) in zip(params, grads):
        w_new = w - step_size * dw
        b_new = b - step_size * db
        new_params.append((w, b))
    return new_params


def accuracy(params, images, targets):
    target_class = np.argmax(targets, axis=1)
    predicted_class = np.argmax(predict(params, images)[0], axis=1)
    return np.mean(predicted_class == target_class)


d = np.load('digits.npz')
train_images = d['images'].reshape(-1, 784) / 255.0
train_labels = one_hot(d['labels'], n_targets)
test_images = d['test_images'].reshape(-1, 784) / 255.0
test_labels = one_hot(d['test_labels'], n_targets)

params = init_network_params(layer_sizes)
for epoch in range(num_epochs):
    start_time = time.time()
    perm = rng.permutation(len(train_images))
    for k in range(0, len(perm), batch_size):
        idx = perm[k:k + batch_size]
        params = update(params, train_images[idx], train_labels[idx])
    print("Epoch {} in {:0.2f} sec, train acc {}".format(
        epoch, time.time() - start_time, accuracy(params, train_images, train_labels)))

print("Test set accuracy {}".format(accuracy(params, test_images, test_labels)))
