import numpy as np

np.random.seed(1)

# hyperparameters
hidden_size = 10
seq_length = 16
learning_rate = 1e-1
vocab_size = 2

# model parameters
Wxh = np.random.randn(hidden_size, vocab_size)*0.5 # input to hidden
Whh = np.random.randn(hidden_size, hidden_size)*0.01 # hidden to hidden
Why = np.random.randn(vocab_size, hidden_size)*0.1 # hidden to output
bh = np.zeros((hidden_size, 1)) # hidden bias
by = np.zeros((vocab_size, 1)) # output bias


def lossFun(inputs, target, hprev):
  """
  inputs is a list of integers, target is the first one of them.
  returns the loss and gradients on model parameters
  """
  xs, hs = {}, {}
  hs[-1] = np.copy(hprev)
  # forward pass
  for t in range(len(inputs)):
    xs[t] = np.zeros((vocab_size, 1)) # encode in 1-of-k representation
    xs[t][inputs[t]] = 1
    hs[t] = np.tanh(np.dot(Wxh, xs[t]) + np.dot(Whh, hs[t-1]) + bh)
  y = np.dot(Why, hs[len(inputs)-1]) + by # only after the last one
  p = np.exp(y) / np.sum(np.exp(y))
  loss = -np.log(p[target, 0])

  # backward pass
  dWxh, dWhh = np.zeros_like(Wxh), np.zeros_like(Whh)
  dbh = np.zeros_like(bh)
  dy = np.copy(p)
  dy[target] -= 1
  dWhy = np.dot(dy, hs[len(inputs)-1].T)
  dby = dy
  dhnext = np.zeros_like(hs[0])
  dlast = np.dot(Why.T, dy)
  for t in reversed(range(len(inputs))):
    dh = (dlast if t == len(inputs)-1 else 0) + dhnext
    dhraw = (1 - hs[t] * hs[t]) * dh # backprop through tanh nonlinearity
    dbh += dhraw
    dWxh += np.dot(dhraw, xs[t].T)
    dWhh += np.dot(dhraw, hs[t-1].T)
    dhnext = np.zeros_like(dh)
  for dparam in [dWxh, dWhh, dWhy, dbh, dby]:
    np.clip(dparam, -5, 5, out=dparam) # clip to mitigate exploding gradients
  return loss, p, (dWxh, dWhh, dWhy, dbh, dby)


mem = [np.zeros_like(w) for w in (Wxh, Whh, Why, bh, by)] # memory variables for Adagrad
smooth_loss = -np.log(1.0/vocab_size)

for n in range(2500):
  inputs = list(np.random.randint(0, 2, seq_length))
  loss, p, grads = lossFun(inputs, inputs[0], np.zeros((hidden_size, 1)))
  smooth_loss = smooth_loss * 0.99 + loss * 0.01
  if n % 500 == 0:
    print('iter %d, loss: %f' % (n, smooth_loss))

  # perform parameter update with Adagrad
  for param, dparam, m in zip([Wxh, Whh, Why, bh, by], grads, mem):
    m += dparam * dparam
    param += -learning_rate * dparam / np.sqrt(m + 1e-8)

good = 0
for n in range(300):
  inputs = list(np.random.randint(0, 2, seq_length))
  loss, p, _ = lossFun(inputs, inputs[0], np.zeros((hidden_size, 1)))
  good += int(p.argmax() == inputs[0])
print('accuracy', good / 300)
