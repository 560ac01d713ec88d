import numpy as n
n.random.seed(6)
D=n.load('digits.npz')
P=lambda a:n.pad(a,((0,0),(0,1)),constant_values=1)
F=lambda k:P((D[k].reshape(-1,784)>>4)/15)
S=lambda z:1/(1+n.exp(-z))
X,T=F('images'),F('test_images')
Y=n.identity(10)[D['labels']]
# +1 for the bias
A=n.random.randn(785,30)/28
B=n.random.randn(31,10)/5
r=3
for e in range(900):
    i=n.random.randint(1200,size=60)
    h=P(S((x:=X[i])@A)); o=S(h@B)
    # half squared error, the minus is in here
    d=(Y[i]-o)*o*(1-o)
    g=(d@B.T*h*(1-h))[:,:-1]
    B+=r*h.T@d/60; A+=r*x.T@g/60
    if e%150<1: print(e,n.square(Y[i]-o).mean())
print((S(P(S(T@A))@B).argmax(1)==D['test_labels']).mean())
