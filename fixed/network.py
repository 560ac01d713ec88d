"""The post's network, corrected: compare it with ``buggy_reference/post.py`` line by line.

Same functions, same order, same shape 784-10-10-10, one sample at a time. Each changed line of
arithmetic names the defect that it repairs. The parentheses in dz2 and dz1 matter for more than
one column only. ``learn`` takes arrays and, at last, says how it fares.
Adapted from the question on Stack Overflow; licence CC BY-SA 4.0, see buggy_reference/LICENSE.md.
"""
# mypy: allow-untyped-defs, no-check-untyped-defs
# ruff: noqa: E501
import numpy as np


def init_setup():
    #three layers perception
    w1=np.random.randn(10,784)*np.sqrt(2/784) # initialization-offset, initialization-scale
    b1=np.zeros((10,1)) # initialization-offset, initialization-scale
    #second layer
    w2=np.random.randn(10,10)*np.sqrt(2/10) # initialization-offset, initialization-scale
    b2=np.zeros((10,1)) # initialization-offset, initialization-scale
    #third layer
    w3=np.random.randn(10,10)*np.sqrt(2/10) # initialization-offset, initialization-scale
    b3=np.zeros((10,1)) # initialization-offset, initialization-scale
    return w1,b1,w2,b2,w3,b3
def activate(A):
    # use ReLU function as the activation function
    Z=np.maximum(0,A)
    return Z
def softmax(Z):
    E=np.exp(Z-np.max(Z,axis=0)) # softmax-overflow
    return E/np.sum(E,axis=0) # softmax-overflow
def forward_propagation(A,w1,b1,w2,b2,w3,b3):
    # input A :(784,1)-> A1: (10,1) ->A2: (10,1) -> prob: (10,1)
    z1=w1@A+b1
    A1=activate(z1)
    z2=w2@A1+b2
    A2=activate(z2)
    z3=w3@A2+b3
    prob=softmax(z3)
    return z1,A1,z2,A2,z3,prob
def one_hot(Y:np.ndarray)->np.ndarray:
    one_hot=np.zeros((10, 1)).astype(int)
    one_hot[Y]=1
    return one_hot
def back_propagation(A,z1,A1:np.ndarray,z2,A2:np.ndarray,z3,prob,w1,w2:np.ndarray,w3,Y:np.ndarray,lr:float):
    dz3=prob-Y
    dw3=dz3@A2.T # wrong-gradient
    db3= dz3
    dz2=ReLU_deriv(z2)*(w3.T@dz3) # wrong-gradient
    dw2 = dz2@A1.T
    db2 = dz2
    dz1=ReLU_deriv(z1)*(w2.T@dz2) # wrong-gradient
    dw1 = dz1@A.T
    db1 = dz1
    return db1,dw1,dw2,db2,dw3,db3
def ReLU_deriv(Z):
    return (Z>0).astype(float) # inplace-mutation
def step(lr,w1,b1,w2,b2,w3,b3,dw1,db1,dw2,db2,dw3,db3):
    w1 = w1 - lr * dw1
    b1 = b1 - lr * db1
    w2 = w2 - lr * dw2
    b2 = b2 - lr * db2
    w3 = w3 - lr * dw3
    b3 = b3 - lr * db3
    return w1,b1,w2,b2,w3,b3
# put functions together
def learn(images,labels,epochs=10):
    lr=0.01 # learning-rate
    w1,b1,w2,b2,w3,b3=init_setup()
    for e in range(epochs):
        if e>0 and e%3 == 0: # learning-rate
            lr=lr/10
        loss,right=0,0
        for i in np.random.permutation(len(labels)): # class-order
            Y=one_hot(labels[i])
            A=images[i].reshape(-1,1)/255 # unnormalized-input
            z1,A1,z2,A2,z3,prob=forward_propagation(A,w1,b1,w2,b2,w3,b3)
            loss-=np.log(prob[labels[i],0])
            right+=np.argmax(prob)==labels[i]
            db1,dw1,dw2,db2,dw3,db3=back_propagation(A,z1,A1,z2,A2,z3,prob,w1,w2,w3,Y,lr)
            w1,b1,w2,b2,w3,b3=step(lr,w1,b1,w2,b2,w3,b3,dw1,db1,dw2,db2,dw3,db3)
        print(f'epoch {e+1}: loss {loss/len(labels):.3f}, accuracy {right/len(labels):.1%}')
    return w1,b1,w2,b2,w3,b3
