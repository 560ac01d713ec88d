import numpy as np

random_source = np.random.RandomState(4)

number_of_classes = 4
cluster_centers = np.array([[2.0, 2.0], [-2.0, 2.0], [-2.0, -2.0], [2.0, -2.0]])


def make_points(points_per_class):
    points = np.concatenate([
        center + 0.75 * random_source.randn(points_per_class, 2) for center in cluster_centers
    ])
    classes = np.repeat(np.arange(number_of_classes), points_per_class)
    shuffled = random_source.permutation(len(classes))
    return points[shuffled], classes[shuffled]


training_points, training_classes = make_points(100)
test_points, test_classes = make_points(60)

# one column for each class
training_targets = -np.ones((len(training_classes), number_of_classes))
training_targets[np.arange(len(training_classes)), training_classes] = 1

weights = 0.1 * random_source.randn(2, number_of_classes)
biases = np.zeros(number_of_classes)
squared_weight_gradients = np.zeros_like(weights)
squared_bias_gradients = np.zeros_like(biases)

keep_probability = 0.8      # dropout of the inputs
learning_rate = 0.1


def sigmoid(value):
    return 1 / (1 + np.exp(-value))


def predict(points, training=False):
    inputs = points
    if keep_probability < 1:
        mask = random_source.rand(*points.shape) < keep_probability
        inputs = points * mask / keep_probability
    return inputs, sigmoid(np.dot(inputs, weights) + biases)


for epoch in range(60):
    order = random_source.permutation(len(training_points))
    for batch in np.array_split(order, 20):
        inputs, probabilities = predict(training_points[batch], training=True)
        # binary cross entropy with a sigmoid: simply the difference
        difference = (probabilities - training_targets[batch]) / len(batch)
        weight_gradient = np.dot(inputs.T, difference)
        bias_gradient = np.sum(difference, axis=0)

        # gradient check (was fine up to 1e-7)
        # epsilon = 1e-5
        # weights[0, 0] += epsilon
        # ...
        # print(numerical, weight_gradient[0, 0])

        squared_weight_gradients += weight_gradient ** 2
        squared_bias_gradients += bias_gradient ** 2
        weights -= learning_rate * weight_gradient / (np.sqrt(squared_weight_gradients) + 1e-8)
        biases -= learning_rate * bias_gradient / (np.sqrt(squared_bias_gradients) + 1e-8)
    if (epoch + 1) % 20 == 0:
        _, probabilities = predict(training_points)
        print("epoch", epoch + 1, "training accuracy",
              np.mean(probabilities.argmax(axis=1) == training_classes))

_, probabilities = predict(test_points)
guesses = np.argmax(probabilities, axis=1)
confusion_matrix = np.zeros((number_of_classes, number_of_classes), dtype=int)
for true_class, guess in zip(test_classes, guesses):
    confusion_matrix[true_class, guess] += 1
print("rows: truth, columns: guess")
print(confusion_matrix)
print("test accuracy:", np.trace(confusion_matrix) / confusion_matrix.sum())
