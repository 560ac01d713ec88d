import numpy as np

np.random.seed(4)

f = np.load("digits.npz")

# the ten digits one after the other, so I can look at them in a grid
order = np.argsort(f["labels"], kind="stable")
imgs = f["images"][order]
labels = f["labels"][order]

pixels = np.zeros_like(imgs).reshape(-1, 784)
for i in range(len(imgs)):
    pixels[i] = imgs[i].flatten() / 256.0

test_pixels = np.zeros_like(f["test_images"]).reshape(-1, 784)
for i in range(len(test_pixels)):
    test_pixels[i] = f["test_images"][i].flatten() / 256.0

wanted = np.zeros((len(labels), 10))
wanted[range(len(labels)), labels] = 1

weights = [np.random.randn(784, 30) / 28, np.random.randn(30, 10) / np.sqrt(30)]
biases = [np.random.randn(30), np.random.randn(10)]


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


mini_batch = 10
eta = 3.0
for epoch in range(15):
    for k in range(0, len(pixels), mini_batch):
        x = pixels[k:k + mini_batch]
        y = wanted[k:k + mini_batch]
        activations = [x]
        for w, b in zip(weights, biases):
            activations.append(sigmoid(activations[-1] @ w + b))

        delta = (activations[-1] - y) * activations[-1] * (1 - activations[-1])
        nabla_w, nabla_b = [None, None], [None, None]
        nabla_w[1] = activations[1].T @ delta
        nabla_b[1] = delta.sum(axis=0)
        delta = (delta @ weights[1].T) * activations[1] * (1 - activations[1])
        nabla_w[0] = activations[0].T @ delta
        nabla_b[0] = delta.sum(axis=0)

        for l in range(2):
            weights[l] = weights[l] - eta / mini_batch * nabla_w[l]
            biases[l] = biases[l] - eta / mini_batch * nabla_b[l]
    if epoch % 5 == 4:
        a = pixels
        for w, b in zip(weights, biases):
            a = sigmoid(a @ w + b)
        print("Epoch", epoch, "cost", np.sum((a - wanted) ** 2) / len(a) / 2)

a = test_pixels
for w, b in zip(weights, biases):
    a = sigmoid(a @ w + b)
result = np.argmax(a, axis=1)
print("first answers", result[:15])
print("correct on the test pictures:", np.sum(result == f["test_labels"]) / len(result))
