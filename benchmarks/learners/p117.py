import numpy as np

# ---------- helpers ----------
def sigmoid(x):
    return 1 / (1 + np.exp(-x))

def softmax(x):
    ex = np.exp(x - np.max(x))
    return ex / np.sum(ex, axis=0)

def cross_entropy(p, y):
    return -np.mean(np.sum(y * np.log(p + 1e-10), axis=1))

# ---------- data ----------
np.random.seed(0)
dataset = np.load('digits.npz')
images = dataset['images'].astype('float32').reshape(len(dataset['images']), -1)
test_images = dataset['test_images'].astype('float32').reshape(len(dataset['test_images']), -1)

images = images / 255
test_images = test_images

targets = np.zeros((images.shape[0], 10))
for row, lab in enumerate(dataset['labels']):
    targets[row][lab] = 1

# ---------- network ----------
input_size, hidden_size, output_size = 784, 64, 10
w_ih = np.random.normal(0.0, input_size ** -0.5, (input_size, hidden_size))
w_ho = np.random.normal(0.0, hidden_size ** -0.5, (hidden_size, output_size))
b_h = np.zeros(hidden_size)
b_o = np.zeros(output_size)

learning_rate = 0.5
n_epochs = 40
batch_size = 32

for epoch in range(n_epochs):
    indices = np.arange(images.shape[0])
    np.random.shuffle(indices)
    epoch_loss = []
    for start in range(0, images.shape[0], batch_size):
        batch_idx = indices[start:start + batch_size]
        x = images[batch_idx]
        y = targets[batch_idx]

        hidden_in = np.dot(x, w_ih) + b_h
        hidden_out = sigmoid(hidden_in)
        final_in = np.dot(hidden_out, w_ho) + b_o
        final_out = softmax(final_in)
        epoch_loss.append(cross_entropy(final_out, y))

        # backprop
        error = final_out - y
        output_delta = error * final_out * (1 - final_out)
        hidden_delta = np.dot(output_delta, w_ho.T) * hidden_out * (1 - hidden_out)

        w_ho -= learning_rate * np.dot(hidden_out.T, output_delta) / len(x)
        b_o -= learning_rate * output_delta.mean(axis=0)
        w_ih -= learning_rate * np.dot(x.T, hidden_delta) / len(x)
        b_h -= learning_rate * hidden_delta.mean(axis=0)
    if epoch % 10 == 0:
        print(f'Epoch {epoch}: {np.mean(epoch_loss):.4f}')

# ---------- evaluation ----------
n_correct = 0
for img, lab in zip(test_images, dataset['test_labels']):
    h = sigmoid(np.dot(img, w_ih) + b_h)
    o = softmax(np.dot(h, w_ho) + b_o)
    n_correct += int(np.argmax(o) == lab)
print(f'Test accuracy: {n_correct / len(test_images):.4f}')
