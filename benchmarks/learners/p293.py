import numpy as np

np.random.seed(31)

# should the text on this background colour be white (1, colour is dark) or black (0)?
named_colours = {
    "navy": (0, 0, 128), "black": (0, 0, 0), "maroon": (128, 0, 0), "indigo": (75, 0, 130),
    "darkgreen": (0, 100, 0), "purple": (128, 0, 128), "teal": (0, 128, 128),
    "saddlebrown": (139, 69, 19), "midnightblue": (25, 25, 112), "dimgray": (105, 105, 105),
    "firebrick": (178, 34, 34), "slategray": (112, 128, 144), "blue": (0, 0, 255),
    "crimson": (220, 20, 60), "olive": (128, 128, 0), "forestgreen": (34, 139, 34),
    "white": (255, 255, 255), "yellow": (255, 255, 0), "pink": (255, 192, 203),
    "gold": (255, 215, 0), "khaki": (240, 230, 140), "cyan": (0, 255, 255),
    "beige": (245, 245, 220), "lavender": (230, 230, 250), "orange": (255, 165, 0),
    "lime": (0, 255, 0), "salmon": (250, 128, 114), "skyblue": (135, 206, 235),
    "tan": (210, 180, 140), "plum": (221, 160, 221), "silver": (192, 192, 192),
    "aquamarine": (127, 255, 212),
}


def is_dark(red, green, blue):
    return 1.0 if 0.299 * red + 0.587 * green + 0.114 * blue < 128 else 0.0


training_colours = np.matrix([list(rgb) for rgb in named_colours.values()]).T / 255.0
# a few made up colours on top, 32 are not many
extra = np.matrix(np.random.rand(3, 120))
training_colours = np.hstack([training_colours, extra])
training_answers = np.matrix([is_dark(*(255 * np.ravel(column))) for column in training_colours.T])

test_colours = np.matrix(np.random.rand(3, 300))
test_answers = np.matrix([is_dark(*(255 * np.ravel(column))) for column in test_colours.T])

hidden_size = 10
hidden_weights = np.matrix(np.random.randn(hidden_size, 3))
hidden_bias = np.zeros(hidden_size)
output_weights = np.matrix(np.random.randn(1, hidden_size) * 0.3)
output_bias = np.zeros(1)
running_squares = [0.0, 0.0, 0.0, 0.0]
learning_rate = 0.01


def feed_forward(colours):
    ones = np.ones(colours.shape[1])
    hidden_sum = hidden_weights * (colours - 0.5) + np.outer(hidden_bias, ones)
    hidden = np.log1p(np.exp(hidden_sum))           # softplus
    output = 1 / (1 + np.exp(-(output_weights * hidden + np.outer(output_bias, ones))))
    return hidden_sum, hidden, output


for iteration in range(600):
    hidden_sum, hidden, output = feed_forward(training_colours)
    output_error = (output - training_answers) / training_colours.shape[1]
    slope = 1 / (1 + np.exp(-hidden_sum))
    hidden_error = np.multiply(output_weights.T * output_error, slope)
    gradients = [
        hidden_error * (training_colours - 0.5).T,
        np.ravel(hidden_error.sum(axis=1)),
        output_error * hidden.T,
        np.ravel(output_error.sum(axis=1)),
    ]
    steps = []
    for position, gradient in enumerate(gradients):
        running_squares[position] = (0.9 * running_squares[position]
                                     + 0.1 * np.square(gradient))
        steps.append(learning_rate * gradient / (np.sqrt(running_squares[position]) + 1e-6))
    hidden_weights = hidden_weights - np.asmatrix(steps[0])
    hidden_bias = hidden_bias - steps[1]
    output_weights = output_weights - np.asmatrix(steps[2])
    output_bias = output_bias - steps[3]
    if iteration % 100 == 0:
        print("iteration", iteration, "accuracy",
              np.mean((output > 0.5) == (training_answers > 0.5)))

_, _, output = feed_forward(test_colours)
print("test accuracy", np.mean((output > 0.5) == (test_answers > 0.5)))
