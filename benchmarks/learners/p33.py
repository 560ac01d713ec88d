import numpy as np

# my version of the "neural network in 11 lines", but with 4 bits:
# output should be 1 if the number of ones is odd

def nonlin(x, deriv=False):
    if deriv:
        return x*(1-x)
    return 1/(1+np.exp(-x))

# input dataset
X = np.array([[(n >> 3) & 1, (n >> 2) & 1, (n >> 1) & 1, n & 1, 1] for n in range(16)])

# output dataset
y = np.array([[bin(n).count("1") % 2 for n in range(16)]]).T

np.random.seed(1)

# initialize weights
syn0 = np.random.random((5, 16))
syn1 = 2*np.random.random((16, 1)) - 1

for iter in range(30000):

    # forward propagation
    l0 = X
    l1 = nonlin(np.dot(l0, syn0))
    l2 = nonlin(np.dot(l1, syn1))

    # how much did we miss?
    l2_error = l2 - y

    if iter % 5000 == 0:
        print("Error:" + str(np.mean(np.abs(l2_error))))

    # multiply how much we missed by the
    # slope of the sigmoid at the values in l2
    l2_delta = l2_error * nonlin(l2, deriv=True)

    l1_error = l2_delta.dot(syn1.T)
    l1_delta = l1_error * nonlin(l1, deriv=True)

    # update weights
    syn1 += l1.T.dot(l2_delta)
    syn0 += l0.T.dot(l1_delta)

print("Output After Training:")
print(l2)
right = 0
for i in range(16):
    if round(l2[i][0]) == y[i][0]:
        right += 1
print("correct:", right / 16)
