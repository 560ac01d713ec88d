# Exercise 4: multilayer perceptron with Rprop   (was matlab)
import numpy as np
from numpy import tanh, zeros, ones, vstack, sign

np.random.seed(2008)


def premnmx(p):
    minp, maxp = p.min(axis=1, keepdims=True), p.max(axis=1, keepdims=True)
    return 2*(p - minp)/(maxp - minp) - 1, minp, maxp


def tramnmx(p, minp, maxp):
    return 2*(p - minp)/(maxp - minp) - 1


def postmnmx(pn, minp, maxp):
    return 0.5*(pn + 1)*(maxp - minp) + minp


# data: cylinders, displacement (l), weight (kg), year ; litres per 100 km
Q = 240
cyl = np.random.choice([4, 4, 6, 8], Q)
disp = cyl*0.5 + np.random.rand(Q)*1.2
weight = 700 + 130*cyl + 150*np.random.randn(Q)
year = np.random.randint(70, 83, Q)
litre = 4 + 0.9*disp + 3.5*(weight/1500)**2 - 0.25*(year - 70)*(weight/1800) + 0.4*np.random.randn(Q)
p = vstack((cyl, disp, weight, year)).astype(float)
t = litre.reshape(1, Q)

iitr = np.arange(0, Q) % 3 != 2
iits = np.arange(0, Q) % 3 == 2
pn, minp, maxp = premnmx(p[:, iitr])
tn, mint, maxt = premnmx(t[:, iitr])

S1 = 6
W1 = np.random.rand(S1, 4 + 1) - 0.5    # last column: bias
W2 = np.random.rand(1, S1 + 1) - 0.5

etap, etam = 1.2, 0.5
deltamax, deltamin = 50, 1e-6
D1, D2 = 0.07*ones(W1.shape), 0.07*ones(W2.shape)
G1old, G2old = zeros(W1.shape), zeros(W2.shape)

goal = 0.3
E = np.inf
epoch = 0
while E > goal and epoch < 400:
    # presentation phase
    a0 = vstack((pn, ones((1, pn.shape[1]))))
    a1 = tanh(W1 @ a0)
    a1b = vstack((a1, ones((1, pn.shape[1]))))
    a2 = tanh(W2 @ a1b)

    # backpropagate
    e = tn - a2
    E = 0.5*(e**2).sum()
    s2 = -e*(1 - a2*a2)
    s1 = (W2[:, 0:S1].T @ s2)*(1 - a1*a1)
    G2 = s2 @ a1b.T
    G1 = s1 @ a0.T

    # step sizes; the size of the gradient is not used
    for W, D, G, Gold in ((W1, D1, G1, G1old), (W2, D2, G2, G2old)):
        same = G*Gold
        D[same > 0] = np.minimum(D[same > 0]*etap, deltamax)
        D[same < 0] = np.maximum(D[same < 0]*etam, deltamin)
        G[same < 0] = 0
        W -= sign(G)*D
        Gold[:] = G

    if epoch % 50 == 0:
        print('TRAINRP, Epoch %d/400, SSE %g' % (epoch, E))
    epoch = epoch + 1


def sim(pp):
    b = ones((1, pp.shape[1]))
    return tanh(W2 @ vstack((tanh(W1 @ vstack((pp, b))), b)))


an = sim(tramnmx(p[:, iits], minp, maxp))
a = postmnmx(an, mint, maxt)
tt = t[:, iits]
print('mean absolute error in litres:', np.abs(a - tt).mean())
print('R2 =', 1 - ((a - tt)**2).sum()/((tt - tt.mean())**2).sum())
