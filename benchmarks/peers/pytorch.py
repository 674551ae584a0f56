"""Times PyTorch on works of the benchmark program.

    pytorch.py [WORK ...]

    pytorch.py --works

Prints one JSON object for each work and number of threads: work, threads, seconds (the median of five). An epoch is timed for W1 to W4, a
step for W5, a pass for W6, a pass or a step for layers by themselves. With --works it prints the names of the works, one a line.
"""
import json
import statistics
import sys
import time

import torch

RUNS = 5


def median_seconds(do, repeat=1):
    """The median time of do(), which is called `repeat` times for each measurement, after two calls to warm up."""
    do()
    do()
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        for _ in range(repeat):
            do()
        times.append((time.perf_counter() - start) / repeat)
    return statistics.median(times)


def epoch(samples, steps, features, units, batch, layers=1, part=1.0):
    """An epoch with Adam and the mean squared error. Of many samples a part stands for all: an epoch is the sum of its batches."""
    kept = int(samples * part)
    lstm = torch.nn.LSTM(features, units, layers, batch_first=True)
    dense = torch.nn.Linear(units, 1)
    optimizer = torch.optim.Adam([*lstm.parameters(), *dense.parameters()])
    loss = torch.nn.MSELoss()
    x, y = torch.rand(kept, steps, features), torch.rand(kept, 1)

    def do():
        for i in range(0, kept, batch):
            hidden, _ = lstm(x[i:i + batch])
            optimizer.zero_grad()
            loss(dense(hidden[:, -1]), y[i:i + batch]).backward()
            optimizer.step()

    return median_seconds(do) * samples / kept


@torch.no_grad()
def step(layers, units):
    """A step of one sequence, the states kept."""
    lstm = torch.nn.LSTM(units, units, layers, batch_first=True).eval()
    x = torch.rand(1, 1, units)
    states = [None]

    def do():
        _, states[0] = lstm(x, states[0])

    return median_seconds(do, repeat=200)


@torch.no_grad()
def forward(samples, steps, features, units):
    lstm = torch.nn.LSTM(features, units, batch_first=True).eval()
    x = torch.rand(samples, steps, features)
    return median_seconds(lambda: lstm(x), repeat=3)


def layer(call, shape, modules=(), backward=False):
    """A pass of call(x), or a step: the pass and the gradients of x and of the modules' weights."""
    x = torch.rand(*shape, requires_grad=backward)

    def do():
        if not backward:
            with torch.no_grad():
                call(x)
            return
        for array in (x, *(weight for module in modules for weight in module.parameters())):
            array.grad = None
        y = call(x)
        y.backward(y.detach())

    return median_seconds(do, repeat=10)


def convolution(kind, shape, *arguments, **options):
    """A convolution; channels come before places here."""
    module = kind(*arguments, **options)
    return lambda backward: layer(module, shape, [module], backward)


def heads(backward):
    module = torch.nn.MultiheadAttention(256, 8, batch_first=True)
    return layer(lambda x: module(x, x, x, need_weights=False)[0], (32, 128, 256), [module], backward)


def dot(backward):
    return layer(lambda x: torch.softmax(x @ x.transpose(1, 2), -1) @ x, (64, 100, 128), [], backward)


def additive(backward):
    scale = torch.rand(256)
    return layer(lambda x: torch.softmax((scale * torch.tanh(x[:, :, None] + x[:, None])).sum(-1), -1) @ x, (64, 50, 256), [], backward)


LAYERS = {
    "conv1d": convolution(torch.nn.Conv1d, (32, 64, 128), 64, 128, 5, padding="same"),
    "conv2d": convolution(torch.nn.Conv2d, (16, 32, 32, 32), 32, 64, 3, padding="same"),
    "depthwise1d": convolution(torch.nn.Conv1d, (32, 64, 128), 64, 64, 5, padding="same", groups=64),
    "depthwise2d": convolution(torch.nn.Conv2d, (16, 32, 32, 32), 32, 32, 3, padding="same", groups=32),
    "transpose1d": convolution(torch.nn.ConvTranspose1d, (32, 64, 128), 64, 128, 4, stride=2, padding=1),
    "attention heads": heads,
    "attention dot": dot,
    "attention additive": additive,
}

WORKS = {
    "W1": lambda: epoch(1000, 1000, 1, 50, 64, part=0.128),
    "W2": lambda: epoch(1024, 60, 5, 64, 32, layers=2, part=0.25),
    "W3": lambda: epoch(256, 100, 128, 256, 64, part=0.25),
    "W4": lambda: epoch(100, 35, 650, 650, 20, layers=2, part=0.2),
    "W5a": lambda: step(2, 128),
    "W5b": lambda: step(3, 256),
    "W5c": lambda: step(3, 480),
    "W6": lambda: forward(64, 1000, 1, 50),
}
for name, run in LAYERS.items():
    WORKS[f"{name} forward"] = lambda run=run: run(False)
    WORKS[f"{name} {'step' if name.startswith('attention') else 'training'}"] = lambda run=run: run(True)

if __name__ == "__main__":
    if sys.argv[1:] == ["--works"]:
        print("\n".join(WORKS))
        sys.exit()
    torch.manual_seed(0)
    for threads in (1, 2):
        torch.set_num_threads(threads)
        for work in sys.argv[1:] or WORKS:
            print(json.dumps({"work": work, "threads": threads, "seconds": WORKS[work]()}), flush=True)
