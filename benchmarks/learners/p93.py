import numpy as np
import matplotlib.pyplot as plt

np.random.seed(0)
N = 100 # number of points per class
D = 2 # dimensionality
K = 3 # number of classes
X = np.zeros((N*K, D)) # data matrix (each row = single example)
y = np.zeros(N*K, dtype='uint8') # class labels
for j in range(K):
  ix = range(N*j, N*(j+1))
  r = np.linspace(0.05, 1, N) # radius
  t = np.linspace(j*4, (j+1)*4, N) + np.random.randn(N)*0.2 # theta
  X[ix] = np.c_[r*np.sin(t), r*np.cos(t)]
  y[ix] = j

# keep every 4th point away for the test
Xt, yt = X[::4], y[::4]
keep = np.arange(N*K) % 4 != 0
X, y = X[keep], y[keep]

# initialize parameters randomly
h = 60 # size of hidden layers
W = np.random.randn(D, h) * np.sqrt(2.0/D)
b = np.zeros((1, h))
W2 = np.random.randn(h, h) * np.sqrt(2.0/h)
b2 = np.zeros((1, h))
W3 = np.random.randn(h, K) * np.sqrt(2.0/h)
b3 = np.zeros((1, K))

# some hyperparameters
step_size = 0.3
reg = 0.05 # regularization strength

num_examples = X.shape[0]
for i in range(1200):

  # evaluate class scores
  hidden = np.dot(X, W) + b
  hidden = np.maximum(0, hidden)
  hidden2 = np.dot(hidden, W2) + b2
  hidden2 = np.maximum(0, hidden2)
  scores = np.dot(hidden2, W3) + b3

  # compute the class probabilities
  exp_scores = np.exp(scores - scores.max(axis=1, keepdims=True))
  probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True) # [N x K]

  # compute the loss: average cross-entropy loss and regularization
  data_loss = np.mean(-np.log(probs[range(num_examples), y] + 1e-12))
  reg_loss = 0.5*reg*(np.sum(W*W) + np.sum(W2*W2) + np.sum(W3*W3))
  if i % 200 == 0:
    print("iteration %d: loss %f" % (i, data_loss + reg_loss))

  # compute the gradient on scores
  dscores = probs
  dscores[range(num_examples), y] -= 1
  dscores /= num_examples

  # backpropate the gradient to the parameters
  dW3 = np.dot(hidden2.T, dscores)
  db3 = np.sum(dscores, axis=0, keepdims=True)
  dhidden2 = np.dot(dscores, W3.T)
  dhidden2[hidden2 < 0] = 0
  dW2 = np.dot(hidden.T, dhidden2)
  db2 = np.sum(dhidden2, axis=0, keepdims=True)
  dhidden = np.dot(dhidden2, W2.T)
  dhidden[hidden < 0] = 0
  dW = np.dot(X.T, dhidden)
  db = np.sum(dhidden, axis=0, keepdims=True)

  # add regularization gradient contribution
  dW3 += reg * W3
  dW2 += reg * W2
  dW += reg * W

  # perform a parameter update
  W += -step_size * dW
  b += -step_size * db
  W2 += -step_size * dW2
  b2 += -step_size * db2
  W3 += -step_size * dW3
  b3 += -step_size * db3

# evaluate test set accuracy
h1 = np.maximum(0, np.dot(Xt, W) + b)
h2 = np.maximum(0, np.dot(h1, W2) + b2)
predicted_class = np.argmax(np.dot(h2, W3) + b3, axis=1)
plt.scatter(Xt[:, 0], Xt[:, 1], c=predicted_class, s=40)
plt.close()
print('test accuracy: %.2f' % (np.mean(predicted_class == yt)))
