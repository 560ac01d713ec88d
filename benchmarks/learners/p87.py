import numpy as np


class Compose:
    def __init__(self, transforms):
        self.transforms = transforms

    def __call__(self, img):
        for t in self.transforms:
            img = t(img)
        return img


class Center:
    """bring pixels to -1 ... 1"""
    def __call__(self, img):
        return (img - 128) / 128.


class Flatten:
    def __call__(self, img):
        return img.flatten()


class DigitsDataset:
    def __init__(self, path='digits.npz', train=True, transform=None):
        data = np.load(path)
        prefix = '' if train else 'test_'
        self.images = data[prefix + 'images']
        self.labels = data[prefix + 'labels']
        self.transform = transform

    def __len__(self):
        return len(self.images)

    def __getitem__(self, idx):
        img = self.images[idx]
        if self.transform:
            img = self.transform(img)
        return img, self.labels[idx]


class DataLoader:
    def __init__(self, dataset, batch_size=1, shuffle=False):
        self.dataset = dataset
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.indices = np.arange(len(dataset))
        if shuffle:
            np.random.shuffle(self.indices)

    def __iter__(self):
        self.pos = 0
        return self

    def __next__(self):
        if self.pos >= len(self.indices):
            raise StopIteration
        batch = [self.dataset[i] for i in self.indices[self.pos:self.pos + self.batch_size]]
        self.pos += self.batch_size
        imgs, labels = zip(*batch)
        return np.stack(imgs), np.array(labels)


class Net:
    def __init__(self, n_in, n_hidden, n_out):
        k1, k2 = 1 / np.sqrt(n_in), 1 / np.sqrt(n_hidden)
        self.params = {
            'fc1.weight': np.random.uniform(-k1, k1, (n_hidden, n_in)),
            'fc1.bias': np.random.uniform(-k1, k1, n_hidden),
            'fc2.weight': np.random.uniform(-k2, k2, (n_out, n_hidden)),
            'fc2.bias': np.random.uniform(-k2, k2, n_out)}

    def __call__(self, x):
        self.x = x
        self.h = np.maximum(x @ self.params['fc1.weight'].T + self.params['fc1.bias'], 0)
        return self.h @ self.params['fc2.weight'].T + self.params['fc2.bias']

    def backward(self, dout):
        dh = dout @ self.params['fc2.weight'] * (self.h > 0)
        return {'fc1.weight': dh.T @ self.x, 'fc1.bias': dh.sum(0),
                'fc2.weight': dout.T @ self.h, 'fc2.bias': dout.sum(0)}


def cross_entropy(logits, target):
    z = logits - logits.max(1, keepdims=True)
    p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    n = np.arange(len(target))
    loss = -np.log(p[n, target] + 1e-9).mean()
    p[n, target] -= 1
    return loss, p / len(target)


class Trainer:
    def __init__(self, model, lr):
        self.model, self.lr = model, lr

    def train_epoch(self, loader):
        running = []
        for imgs, labels in loader:
            loss, d = cross_entropy(self.model(imgs), labels)
            grads = self.model.backward(d)
            for k in grads:
                self.model.params[k] -= self.lr * grads[k]
            running.append(loss)
        return np.mean(running)

    def evaluate(self, loader):
        correct, total = 0, 0
        for imgs, labels in loader:
            correct += (self.model(imgs).argmax(1) == labels).sum()
            total += len(labels)
        return correct / total


if __name__ == '__main__':
    np.random.seed(0)
    transform = Compose([Center(), Flatten()])
    train_loader = DataLoader(DigitsDataset(train=True, transform=transform), 32, shuffle=True)
    test_loader = DataLoader(DigitsDataset(train=False, transform=transform), 100)
    trainer = Trainer(Net(784, 48, 10), lr=0.05)
    for epoch in range(12):
        print('epoch', epoch + 1, 'train loss', trainer.train_epoch(train_loader))
    print('test accuracy', trainer.evaluate(test_loader))
