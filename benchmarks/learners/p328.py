"""Squeeze small digits through a narrow layer and draw them again."""
import numpy as np

random_numbers = np.random.default_rng(20)

archive = np.load("digits.npz")


def shrink(pictures):
    # 28 x 28 to 7 x 7, by the mean of each block
    blocks = pictures.astype(float).reshape(-1, 7, 4, 7, 4)
    return blocks.mean(axis=(2, 4)).reshape(-1, 49) / 255.0


pictures = shrink(archive["images"])
training_pictures, validation_pictures = pictures[:1000], pictures[1000:]
test_pictures = shrink(archive["test_images"])

sizes = [49, 30, 12, 30, 49]
weights = [random_numbers.normal(0, 1 / np.sqrt(before), (after, before))
           for before, after in zip(sizes[:-1], sizes[1:])]
biases = [np.zeros((after, 1)) for after in sizes[1:]]

learning_rate = 0.15
regularization = 1e-6


def feed_forward(batch):
    """All sums and all activations; the last layer is linear."""
    sums, activations = [], [batch]
    for layer, (weight, bias) in enumerate(zip(weights, biases)):
        total = activations[-1] @ weight.T + bias.T
        sums.append(total)
        last = layer == len(weights) - 1
        activations.append(total if last else np.sin(total))
    return sums, activations


def log_cosh(difference):
    size = np.abs(difference)
    return size + np.log1p(np.exp(-2 * size)) - np.log(2)


def gradients(batch):
    sums, activations = feed_forward(batch)
    difference = activations[-1] - batch
    delta = np.tanh(difference) / len(batch)
    weight_gradients, bias_gradients = [], []
    for layer in reversed(range(len(weights))):
        weight_gradients.insert(0, delta.T @ activations[layer])
        bias_gradients.insert(0, delta.sum(axis=0).reshape(-1, 1))
        if layer > 0:
            delta = (delta @ weights[layer]) * np.cos(sums[layer - 1])
    return weight_gradients, bias_gradients, log_cosh(difference).sum() / len(batch)


def root_mean_square(batch):
    return np.sqrt(np.mean((feed_forward(batch)[1][-1] - batch) ** 2))


for epoch in range(120):
    batch_size = 10 + epoch // 4
    order = random_numbers.permutation(len(training_pictures))
    losses = []
    for start in range(0, len(order), batch_size):
        batch = training_pictures[order[start:start + batch_size]]
        weight_gradients, bias_gradients, loss = gradients(batch)
        losses.append(loss)
        for weight, bias, weight_gradient, bias_gradient in zip(weights, biases, weight_gradients, bias_gradients):
            weight -= learning_rate * (weight_gradient + regularization * weight)
            bias -= learning_rate * bias_gradient
    if epoch % 15 == 0:
        print("epoch", epoch, "loss", round(np.mean(losses), 4),
              "validation", round(root_mean_square(validation_pictures), 4))

print("rms of the test pixels around their mean", np.sqrt(np.mean((test_pictures - pictures.mean(axis=0)) ** 2)))
print("test error (rms)", root_mean_square(test_pictures))
