"""Workloads of PyTorch on one thread."""
import torch
import torch.nn.functional as F

torch.set_num_threads(1)
torch.manual_seed(1)


def dtype(r):
    return getattr(torch, r["dtype"])


def train(r):
    """One step of the small convnet of bench/train.ts."""
    net = torch.nn.Sequential(
        torch.nn.Conv2d(1, 16, 3, padding=1), torch.nn.ReLU(), torch.nn.MaxPool2d(2),
        torch.nn.Conv2d(16, 32, 3, padding=1), torch.nn.ReLU(), torch.nn.MaxPool2d(2),
        torch.nn.Flatten(), torch.nn.Linear(1568, 10),
    )
    opt = torch.optim.SGD(net.parameters(), lr=0.05)
    x, y = torch.randn(r["batch"], 1, 28, 28), torch.arange(r["batch"]) % 10
    if not r["backward"]:
        def forward():
            with torch.no_grad():
                return net(x)
        return forward

    def step():
        opt.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        opt.step()
        return loss.item()

    return step


def log_gram(r):
    """log(FᵀF + εI) by eigenvalues, with its gradient if asked for."""
    m, d, batch = r["m"], r["d"], r["batch"]
    x = torch.randn(batch, m, d, dtype=dtype(r)) / m**0.5
    g = torch.randn(batch, d, d, dtype=dtype(r))
    shift = 1e-3 * torch.eye(d, dtype=dtype(r))

    def pooled(x):
        w, v = torch.linalg.eigh(x.transpose(1, 2) @ x + shift)
        return (v * torch.log(w)[:, None, :]) @ v.transpose(1, 2)

    if not r["backward"]:
        return lambda: pooled(x)
    x.requires_grad_()

    def both():
        x.grad = None
        (pooled(x) * g).sum().backward()
        return x.grad

    return both


def eigh_batched(r):
    full = torch.randn(r["batch"], r["n"], r["n"], dtype=dtype(r))
    a = full + full.transpose(1, 2)
    return lambda: torch.linalg.eigh(a)


def conv(r):
    """A 3×3 convolution with padding 1: forward, or one of its gradients alone."""
    x = torch.randn(r["n"], r["c"], r["h"], r["h"])
    w = torch.randn(r["o"], r["c"], 3, 3)
    b = torch.randn(r["o"])
    if r["pass"] == "forward":
        def forward():
            with torch.no_grad():
                return F.conv2d(x, w, b, padding=1)
        return forward
    y = torch.randn(r["n"], r["o"], r["h"], r["h"])
    mask = [False, True, True] if r["pass"] == "wgrad" else [True, False, False]
    backward = torch.ops.aten.convolution_backward
    return lambda: backward(y, x, w, [r["o"]], [1, 1], [1, 1], [1, 1], False, [0, 0], 1, mask)


def elementwise(r):
    n, name = r["n"], r["op"]
    a, b, out = torch.rand(n, dtype=dtype(r)), torch.rand(n, dtype=dtype(r)), torch.empty(n, dtype=dtype(r))
    if name in ("add", "mul"):
        op = getattr(torch, name)
        return lambda: op(a, b, out=out)
    if name == "sum":
        return lambda: torch.sum(a)
    if name == "max":
        return lambda: torch.max(a)
    if name == "relu":
        return lambda: torch.clamp_min(a, 0, out=out)
    op = getattr(torch, name)
    return lambda: op(a, out=out)


def qr(r):
    a = torch.randn(r["m"], r["n"], dtype=dtype(r))
    return lambda: torch.linalg.qr(a)
