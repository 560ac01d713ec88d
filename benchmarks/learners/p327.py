# FizzBuzz with a neural network: 0 number, 1 fizz, 2 buzz, 3 fizzbuzz
import numpy as np

random_source = np.random.default_rng(1)

number_of_bits = 10
hidden_size = 100
number_of_epochs = 60
decay_constant = 0.95
tiny = 1e-6

training_numbers = np.arange(101, 1024)
test_numbers = np.arange(1, 101)

# one column for each number
bit_positions = np.arange(number_of_bits)[:, None]
training_bits = 2.0 * ((training_numbers[None, :] >> bit_positions) & 1) - 1
test_bits = 2.0 * ((test_numbers[None, :] >> bit_positions) & 1) - 1
training_classes = (training_numbers % 3 == 0) * 1 + (training_numbers % 5 == 0) * 2
test_classes = (test_numbers % 3 == 0) * 1 + (test_numbers % 5 == 0) * 2
training_targets = np.zeros((4, len(training_numbers)))
training_targets[training_classes, np.arange(len(training_numbers))] = 1

hidden_weights = random_source.normal(0, 2 / np.sqrt(number_of_bits), (hidden_size, number_of_bits))
hidden_bias = np.zeros((hidden_size, 1))
output_weights = random_source.normal(0, 1 / np.sqrt(hidden_size), (4, hidden_size))
output_bias = np.zeros((4, 1))

# running means for Adadelta
hidden_weights_squares = np.zeros_like(hidden_weights)
hidden_weights_steps = np.zeros_like(hidden_weights)
output_weights_squares = np.zeros_like(output_weights)
output_weights_steps = np.zeros_like(output_weights)
output_bias_squares = np.zeros_like(output_bias)
output_bias_steps = np.zeros_like(output_bias)
hidden_bias_squares = np.zeros_like(hidden_bias)
hidden_bias_steps = np.zeros_like(hidden_bias)

for epoch in range(number_of_epochs):
    total_loss = 0.0
    for sample in range(training_bits.shape[1]):
        inputs = training_bits[:, [sample]]
        targets = training_targets[:, [sample]]

        # forward
        squashed = np.tanh(2 / 3 * (hidden_weights @ inputs + hidden_bias))
        hidden = 1.7159 * squashed
        outputs = 1 / (1 + np.exp(-(output_weights @ hidden + output_bias)))
        total_loss -= np.sum(np.log(np.where(targets == 1, outputs, 1 - outputs) + 1e-12))

        # backward
        output_error = outputs - targets
        hidden_error = -(output_weights.T @ output_error) * 1.7159 * 2 / 3 * (1 - squashed ** 2)

        # Adadelta
        gradient = output_error @ hidden.T
        output_weights_squares = decay_constant * output_weights_squares + (1 - decay_constant) * gradient ** 2
        step = np.sqrt((output_weights_steps + tiny) / (output_weights_squares + tiny)) * gradient
        output_weights_steps = decay_constant * output_weights_steps + (1 - decay_constant) * step ** 2
        output_weights = output_weights - step

        gradient = output_error
        output_bias_squares = decay_constant * output_bias_squares + (1 - decay_constant) * gradient ** 2
        step = np.sqrt((output_bias_steps + tiny) / (output_bias_squares + tiny)) * gradient
        output_bias_steps = decay_constant * output_bias_steps + (1 - decay_constant) * step ** 2
        output_bias = output_bias - step

        gradient = hidden_error @ inputs.T
        hidden_weights_squares = decay_constant * hidden_weights_squares + (1 - decay_constant) * gradient ** 2
        step = np.sqrt((hidden_weights_steps + tiny) / (hidden_weights_squares + tiny)) * gradient
        hidden_weights_steps = decay_constant * hidden_weights_steps + (1 - decay_constant) * step ** 2
        hidden_weights = hidden_weights - step

        gradient = hidden_error
        hidden_bias_squares = decay_constant * hidden_bias_squares + (1 - decay_constant) * gradient ** 2
        step = np.sqrt((hidden_bias_steps + tiny) / (hidden_bias_squares + tiny)) * gradient
        hidden_bias_steps = decay_constant * hidden_bias_steps + (1 - decay_constant) * step ** 2

    if epoch % 20 == 0:
        print("epoch", epoch, "loss", total_loss / training_bits.shape[1])

hidden = 1.7159 * np.tanh(2 / 3 * (hidden_weights @ test_bits + hidden_bias))
answers = np.argmax(output_weights @ hidden + output_bias, axis=0)
words = [[str(number), "fizz", "buzz", "fizzbuzz"][answer] for number, answer in zip(test_numbers, answers)]
print(" ".join(words[:20]))
print("correct from 1 to 100:", np.mean(answers == test_classes))
