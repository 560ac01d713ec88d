# Backprop on a small flower dataset, no numpy
from random import seed, random, gauss, shuffle
from math import exp

def make_dataset(n_per_class):
	# sepal length, petal length, petal width (roughly iris)
	centers = [(5.0, 1.5, 0.3), (5.9, 4.3, 1.3), (6.6, 5.6, 2.0)]
	spreads = [(0.35, 0.2, 0.1), (0.5, 0.4, 0.2), (0.6, 0.5, 0.25)]
	rows = []
	for label in range(3):
		for _ in range(n_per_class):
			rows.append([gauss(c, s) for c, s in zip(centers[label], spreads[label])] + [label])
	shuffle(rows)
	return rows

def dataset_minmax(dataset):
	return [[min(column), max(column)] for column in zip(*dataset)]

def normalize_dataset(dataset, minmax):
	for row in dataset:
		for i in range(len(row) - 1):
			row[i] = (row[i] - minmax[i][0]) / (minmax[i][1] - minmax[i][0])

def initialize_network(n_inputs, n_hidden, n_outputs):
	network = list()
	hidden_layer = [{'weights': [random() for i in range(n_inputs + 1)]} for i in range(n_hidden)]
	network.append(hidden_layer)
	output_layer = [{'weights': [random() for i in range(n_hidden + 1)]} for i in range(n_outputs)]
	network.append(output_layer)
	return network

def activate(weights, inputs):
	activation = weights[-1]
	for i in range(len(weights) - 1):
		activation += weights[i] * inputs[i]
	return activation

def transfer(activation):
	return 1.0 / (1.0 + exp(-activation))

def forward_propagate(network, row):
	inputs = row
	for layer in network:
		new_inputs = []
		for neuron in layer:
			neuron['output'] = transfer(activate(neuron['weights'], inputs))
			new_inputs.append(neuron['output'])
		inputs = new_inputs
	return inputs

def transfer_derivative(output):
	return output * (1.0 - output)

def backward_propagate_error(network, expected):
	for i in reversed(range(len(network))):
		layer = network[i]
		errors = list()
		if i != len(network) - 1:
			for j in range(len(layer)):
				error = 0.0
				for neuron in network[i + 1]:
					error += neuron['weights'][j] * neuron['delta']
				errors.append(error)
		else:
			for j in range(len(layer)):
				errors.append(layer[j]['output'] - expected[j])
		for j in range(len(layer)):
			neuron = layer[j]
			neuron['delta'] = errors[j] * transfer_derivative(neuron['output'])

def update_weights(network, row, l_rate):
	for i in range(len(network)):
		inputs = row[:-1]
		if i != 0:
			inputs = [neuron['output'] for neuron in network[i]]
		for neuron in network[i]:
			for j in range(len(inputs)):
				neuron['weights'][j] -= l_rate * neuron['delta'] * inputs[j]
			neuron['weights'][-1] -= l_rate * neuron['delta']

def train_network(network, train, l_rate, n_epoch, n_outputs):
	for epoch in range(n_epoch):
		sum_error = 0
		for row in train:
			outputs = forward_propagate(network, row)
			expected = [0 for i in range(n_outputs)]
			expected[row[-1] - 1] = 1
			sum_error += sum([(expected[i] - outputs[i]) ** 2 for i in range(n_outputs)])
			backward_propagate_error(network, expected)
			update_weights(network, row, l_rate)
		if epoch % 20 == 0:
			print('>epoch=%d, lrate=%.3f, error=%.3f' % (epoch, l_rate, sum_error))

def predict(network, row):
	outputs = forward_propagate(network, row)
	return outputs.index(max(outputs))

seed(1)
dataset = make_dataset(60)
normalize_dataset(dataset, dataset_minmax(dataset))
train, test = dataset[:130], dataset[130:]
network = initialize_network(3, 6, 3)
train_network(network, train, 0.3, 100, 3)
correct = 0
for row in test:
	if predict(network, row) == row[-1]:
		correct += 1
print('Accuracy: %.3f%%' % (correct / len(test) * 100.0))
