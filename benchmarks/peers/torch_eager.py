"""Epochs of one net by an eager PyTorch loop, timed one at a time; a line on standard input asks for each."""

from __future__ import annotations

import sys
import time

import numpy as np
import torch
from torch import nn

BATCH = 32


def hidden(sizes, activation, *, normalized=False):
    layers = []
    for inputs, units in sizes:
        layers += [nn.Linear(inputs, units), activation(), *([nn.BatchNorm1d(units)] if normalized else [])]
    return layers


def build(name):
    small = [(784, 300), (300, 100)]
    if name == "leaky_relu":
        return nn.Sequential(nn.Flatten(), *hidden(small, lambda: nn.LeakyReLU(0.3)), nn.Linear(100, 10))
    if name == "batch_normalization":
        layers = hidden(small, nn.ReLU, normalized=True)
        return nn.Sequential(nn.Flatten(), nn.BatchNorm1d(784), *layers, nn.Linear(100, 10))
    if name == "selu_100":
        sizes = [*small, *[(100, 100)] * 98]
        return nn.Sequential(nn.Flatten(), *hidden(sizes, nn.SELU), nn.Linear(100, 10))
    convolutions = []
    for channels, filters in ((1, 32), (32, 64)):
        convolutions += [nn.Conv2d(channels, filters, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    head = [nn.Flatten(), nn.Linear(7 * 7 * 64, 64), nn.ReLU(), nn.Linear(64, 10)]
    return nn.Sequential(nn.Unflatten(1, (1, 28)), *convolutions, *head)


name, path = sys.argv[1:]
data = np.load(path)
x, y = torch.from_numpy(data["x"]), torch.from_numpy(data["y"].astype("int64"))
model = build(name).train()
parameters = model.parameters()
optimizer = torch.optim.Adam(parameters, 1e-3) if name == "conv" else torch.optim.SGD(parameters, 1e-3)
loss_of = nn.CrossEntropyLoss()
for _ in sys.stdin:
    began = time.perf_counter()
    total = correct = 0.0
    for rows in torch.randperm(len(x)).split(BATCH):
        batch, targets = x[rows], y[rows]
        optimizer.zero_grad()
        logits = model(batch)
        loss = loss_of(logits, targets)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(rows)
        correct += (logits.argmax(1) == targets).sum().item()
    print(time.perf_counter() - began, flush=True)
