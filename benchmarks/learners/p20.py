# fuel consumption in litres per 100 km
import numpy as np
import matplotlib
matplotlib.use('Agg')
import matplotlib.pyplot as plt

np.random.seed(55)

m = 300
weight = np.random.uniform(800, 2600, m)       # kg
power = weight / 20 + np.random.uniform(-20, 80, m)   # kW
speed = np.random.uniform(50, 160, m)          # km/h
litres = 1.5 + weight / 450 + power / 60 + (speed / 70) ** 2 + 0.2 * np.random.randn(m)

data = np.column_stack((weight, power, speed))
data = (data - data.mean(0)) / data.std(0)

target = litres.reshape(m, 1)
xtrain, xtest = data[:200], data[200:]
ttrain, ttest = target[:200], target[200:]

par = {}
par['W1'] = np.random.rand(3, 10)
par['W2'] = np.random.rand(10, 1)
par['b1'] = np.zeros((1, 10))
par['b2'] = np.zeros((1, 1))

def go(par, x):
    h = np.tanh(x.dot(par['W1']) + par['b1'])
    o = 1.0 / (1.0 + np.exp(-(h.dot(par['W2']) + par['b2'])))
    return h, o

lr = 0.000001
curve = []
for step in range(3000):
    h, o = go(par, xtrain)
    err = o - ttrain
    curve.append((err ** 2).mean())
    do = err * o * (1 - o) / len(xtrain)
    dh = do.dot(par['W2'].T) * (1 - h ** 2)
    par['W2'] -= lr * h.T.dot(do)
    par['b2'] -= lr * do.sum(axis=0)
    par['W1'] -= lr * xtrain.T.dot(dh)
    par['b1'] -= lr * dh.sum(axis=0)
    if step % 500 == 0:
        print('step', step, 'error', curve[-1])

plt.plot(curve)
plt.xlabel('step')
plt.savefig('curve.png')

# compare with always saying the mean
_, o = go(par, xtest)
mean_guess = ((ttest - ttest.mean()) ** 2).mean()
print('relative test error:', ((o - ttest) ** 2).mean() / mean_guess)
