import numpy as np

def nonlin(x, deriv=False):
    if deriv == True:
        return x * (1 - x)
    return 1 / (1 + np.exp(-x))

data = np.load("digits.npz")
X = data["images"].reshape(1200, 784).astype(float)
X_test = data["test_images"].reshape(400, 784).astype(float)
y = (data["labels"].reshape(-1, 1) == np.arange(10)).astype(float)

np.random.seed(1)

# randomly initialize our weights with mean 0
syn0 = (2 * np.random.random((784, 32)) - 1) * 0.1
syn1 = 2 * np.random.random((32, 10)) - 1

for j in range(601):

    # Feed forward through layers 0, 1, and 2
    l0 = X
    l1 = nonlin(np.dot(l0, syn0))
    l2 = nonlin(np.dot(l1, syn1))

    # how much did we miss the target value?
    l2_error = l2 - y

    if (j % 100) == 0:
        print("Error:" + str(np.mean(np.abs(l2_error))))

    l2_delta = l2_error * nonlin(l2, deriv=True)

    # how much did each l1 value contribute to the l2 error (according to the weights)?
    l1_error = l2_delta.dot(syn1.T)
    l1_delta = l1_error * nonlin(l1, deriv=True)

    syn1 += 0.003 * l1.T.dot(l2_delta)
    syn0 += 0.003 * l0.T.dot(l1_delta)

out = nonlin(np.dot(nonlin(np.dot(X_test, syn0)), syn1))
answers = np.argmax(out.T, axis=1)
good = sum(1 for a, t in zip(answers, data["test_labels"]) if a == t)
print("good:", good, "accuracy:", good / len(X_test))
