import numpy as np
import random
random.seed(1)
np.random.seed(1)

#measured flowers from my textbook: sepal length, sepal width, petal length, petal width, kind
table = """
5.4,3.2,1.5,0.2,se  6.7,2.5,5.8,2.3,vi  5.8,2.8,6.2,1.9,vi  6.4,2.6,5.2,2.1,vi  6.2,2.7,4.1,1.3,ve
7.2,2.7,5.5,1.6,vi  5.1,3.3,1.5,0.1,se  6.6,3.3,4.7,2.0,vi  6.3,2.8,5.5,1.9,vi  4.9,3.1,1.5,0.5,se
6.3,3.0,5.5,2.0,vi  5.0,3.5,1.4,0.2,se  5.4,2.9,3.9,1.5,ve  6.4,2.7,4.3,1.0,ve  4.9,3.8,1.5,0.3,se
4.6,3.4,1.5,0.1,se  6.7,2.6,5.0,2.2,vi  4.5,3.3,1.1,0.1,se  6.8,3.0,6.1,1.8,vi  4.8,3.4,1.3,0.1,se
5.1,3.2,1.2,0.4,se  6.1,2.7,4.2,1.3,ve  5.0,3.8,1.4,0.2,se  6.1,2.9,5.2,1.1,ve  7.1,2.8,5.1,1.5,vi
5.9,2.9,5.5,2.4,vi  5.0,3.7,1.7,0.2,se  5.1,2.7,3.9,1.5,ve  5.5,2.9,5.0,1.3,ve  6.1,3.2,5.5,2.2,vi
6.5,3.1,4.8,1.2,ve  6.1,2.0,4.4,1.3,ve  5.0,3.5,1.3,0.3,se  5.6,2.2,2.7,1.2,ve  6.1,2.9,5.0,1.7,vi
4.5,3.1,1.7,0.2,se  5.6,2.8,4.3,1.1,ve  4.6,3.6,1.2,0.0,se  5.5,2.8,1.6,0.3,se  5.0,3.5,1.3,0.3,se
5.1,2.9,3.3,1.0,ve  6.2,3.3,4.5,1.3,ve  6.8,3.5,6.4,2.0,vi  5.1,2.8,1.7,0.4,se  6.4,3.1,4.6,1.4,ve
4.6,3.6,1.1,0.3,se  6.4,3.0,4.2,1.0,ve  7.0,2.7,5.8,1.8,vi  5.6,3.3,4.5,1.3,ve  5.7,2.8,5.4,1.5,vi
6.1,2.9,5.2,1.3,ve  5.8,3.1,4.2,0.9,ve  6.7,2.4,5.3,2.3,vi  5.6,2.4,4.3,1.6,ve  6.6,2.8,3.7,1.1,ve
5.7,2.6,3.4,1.6,ve  5.0,3.4,1.7,0.3,se  4.4,3.3,1.2,0.3,se  6.9,3.2,3.7,1.0,ve  7.8,2.6,4.7,1.8,vi
4.9,3.4,1.6,0.3,se  5.0,3.1,1.5,0.3,se  6.4,2.5,4.3,1.5,ve  5.7,3.2,6.0,1.8,vi  4.8,3.4,1.7,0.3,se
7.5,2.7,5.8,2.0,vi  6.1,2.5,3.7,1.3,ve  6.5,2.2,5.8,1.6,vi  4.7,3.1,1.6,0.2,se  5.4,2.5,4.4,1.2,ve
6.7,3.1,5.3,2.3,vi  6.8,3.2,4.0,1.5,ve  4.9,3.3,1.4,0.4,se  8.2,2.9,6.4,1.9,vi  5.9,2.5,3.5,1.4,ve
4.8,2.9,1.7,0.2,se  6.2,2.9,5.9,2.1,vi  5.8,2.8,4.4,1.3,ve  4.8,3.2,1.5,0.3,se  4.5,3.1,1.6,0.0,se
7.2,3.0,4.7,2.3,vi  6.5,2.8,4.3,1.3,ve  4.9,3.3,1.5,0.2,se  6.6,3.0,5.5,1.9,vi  6.0,3.0,4.5,1.4,ve
4.9,3.1,1.5,0.4,se  5.9,3.1,5.1,1.8,vi  5.8,2.4,4.2,1.5,ve  6.7,3.0,5.6,2.0,vi  4.7,3.2,1.5,0.3,se
6.9,2.6,6.1,1.7,vi  6.2,2.7,6.0,1.9,vi  7.4,2.8,5.4,1.7,vi  5.1,3.4,1.0,0.2,se  5.3,2.7,4.3,1.1,ve
5.8,3.3,5.7,1.7,vi  5.8,2.4,6.6,1.9,vi  6.2,3.4,4.1,1.3,ve  4.9,3.2,1.6,0.2,se  6.4,2.7,5.4,1.9,vi
5.3,3.0,4.5,1.5,ve  5.0,3.2,1.4,0.0,se
"""
lines = table.split()
rows = [l.split(",") for l in lines]
random.shuffle(rows)

names = ["se", "ve", "vi"]
X = []
Y = []
for r in rows:
    X.append(np.array([[float(r[0])], [float(r[1])], [float(r[2])], [float(r[3])]]))
for l in lines:
    t = np.zeros((3, 1))
    t[names.index(l.split(",")[4])] = 1
    Y.append(t)

#62 for learning, 40 for testing
Xtrain, Ytrain = X[:62], Y[:62]
Xtest, Ytest = X[62:], Y[62:]

def sigmoid(x):
    return 1/(1+np.exp(-x))

#weights
w1 = np.random.rand(8,4) * 5
w2 = np.random.rand(3,8) * 5
b1 = np.zeros((8,1))
b2 = np.zeros((3,1))

lr = 0.05

for epoch in range(1500):
    total = 0
    idx = list(range(62))
    random.shuffle(idx)
    for i in idx:
        x = Xtrain[i]
        y = Ytrain[i]
        #forward
        a1 = sigmoid(w1.dot(x) + b1)
        a2 = sigmoid(w2.dot(a1) + b2)
        error = a2 - y
        total += (error**2).sum()
        #backward
        delta2 = error * a2 * (1-a2)
        delta1 = w2.T.dot(delta2) * a1 * (1-a1)
        #update
        w2 = w2 - lr * delta2.dot(a1.T)
        b2 = b2 - lr * delta2
        w1 = w1 - lr * delta1.dot(x.T)
        b1 = b1 - lr * delta1
    if epoch % 100 == 0:
        print("epoch", epoch, "error", total)

hits = 0
for x, y in zip(Xtest, Ytest):
    a1 = sigmoid(w1.dot(x) + b1)
    a2 = sigmoid(w2.dot(a1) + b2)
    if a2.argmax() == y.argmax():
        hits = hits + 1
print("hits:", hits, "of", len(Xtest))
print("accuracy =", hits/len(Xtest))
