#!/usr/bin/env python3
"""Implicit MAML against MAML on the sinusoid net (1-40-40-1 ReLU): meta-steps/s and memory.

Inner problem: --inner GD steps (lr --inner-lr) on L(phi) + lambda/2 |phi - theta|^2 over K support points,
from phi = theta.  One meta-step = inner loop for --tasks tasks + meta-gradient + Adam 1e-3, on fixed data.

  imaml      (I + H/lambda)^-1 grad L_query(phi) by --cg conjugate-gradient steps (Hessian products by
             jax.linearize of the support gradient); inner loop in lax.fori_loop, nothing stored.  JAX jit + vmap
  maml       exact second-order gradient through the same number of plain SGD steps, Python-unrolled.  JAX
  maml-scan  the same through lax.scan (stores each step's residuals), jax.checkpoint off
  maml-remat the same through lax.scan with jax.checkpoint on the step
  official   the authors' torch code (implicit_maml.Learner, cg_solve) on this net, MSE loss, a loop over tasks
             (its matrix is (1 + damping) v + H v / (lam + 10); same work, other constants)

Memory: xla_temp_mb = scratch of the compiled step (exact, buffers only); peak_rss_mb = whole process;
rss_before_mb = before the first step (imports, data).
"""
from common import *

a = base_parser(__doc__, ["imaml", "maml", "maml-scan", "maml-remat", "official"])
a.add_argument("--tasks", type=int, default=25)
a.add_argument("--inner", type=int, default=16)
a.add_argument("--cg", type=int, default=5)
a.add_argument("--lam", type=float, default=2.0)
a.add_argument("--shots", type=int, default=10)
a.add_argument("--hidden", type=int, default=40)
a.add_argument("--inner-lr", type=float, default=0.01)
a.add_argument("--batching", choices=["vmap", "map"], default="vmap", help="jax only")
a = a.parse_args()
limit_threads(a)
import numpy as np

T, K, H, S, LR, LAM = a.tasks, a.shots, a.hidden, a.inner, a.inner_lr, a.lam
rng = np.random.default_rng(0)
amp = rng.uniform(.1, 5, (T, 1, 1)); ph = rng.uniform(0, np.pi, (T, 1, 1))
x = rng.uniform(-5, 5, (T, 2 * K, 1)); y = amp * np.sin(x - ph)
data = [np.ascontiguousarray(v, np.float32) for v in (x[:, :K], y[:, :K], x[:, K:], y[:, K:])]
init = [v for i, o in ((1, H), (H, H), (H, 1))
        for v in ((rng.standard_normal((i, o)) / np.sqrt(i)).astype(np.float32), np.zeros(o, np.float32))]
sync, losses, gnorm, extra = lambda: None, [], [], {}

if a.impl == "official":
    import sys, torch
    sys.path.insert(0, os.environ.get("IMAML_ROOT") or sys.exit("IMAML_ROOT is not set: expected the folder of the authors' code"))
    from implicit_maml.learner_model import Learner, make_fc_network
    import implicit_maml.utils as utils
    torch.set_num_threads(a.threads)
    mk = lambda: Learner(make_fc_network(1, 1, (H, H)), torch.nn.MSELoss(), inner_lr=LR, outer_lr=1e-3)
    meta, fast = mk(), mk()
    with torch.no_grad():
        for q, v in zip(meta.model.parameters(), init):
            q.copy_(torch.from_numpy(v).t() if v.ndim == 2 else torch.from_numpy(v))
    xs, ys, xq, yq = map(torch.from_numpy, data)
    tasks = [dict(x_train=xs[t], y_train=ys[t], x_val=xq[t], y_val=yq[t]) for t in range(T)]
    lam = torch.tensor(LAM)

    def step():
        w, grad = meta.get_params(), 0.
        for t in tasks:
            fast.set_params(w.clone())
            fast.learn_task(t, num_steps=S, add_regularization=True, w_0=w, lam=LAM)
            l = fast.get_loss(t["x_val"], t["y_val"])
            g = torch.cat([v.reshape(-1) for v in torch.autograd.grad(l, fast.model.parameters())])
            grad = grad + utils.cg_solve(fast.matrix_evaluator(t, lam, 0.0), g, a.cg) / T
        meta.outer_step_with_grad(grad, flat_grad=True)
else:
    import jax, jax.numpy as jnp, optax
    from jax.flatten_util import ravel_pytree
    tm = jax.tree.map

    def loss(p, x, y):
        h = jax.nn.relu(x @ p[0] + p[1])
        h = jax.nn.relu(h @ p[2] + p[3])
        return jnp.mean((h @ p[4] + p[5] - y) ** 2)

    sgd = lambda p, g: tm(lambda v, d: v - LR * d, p, g)
    dot = lambda u, v: sum(jnp.vdot(p, q) for p, q in zip(u, v))
    axpy = lambda c, u, v: tm(lambda p, q: c * p + q, u, v)              # c u + v

    def imaml_task(theta, xs, ys, xq, yq):
        def body(_, phi):
            g = jax.grad(loss)(phi, xs, ys)
            return tm(lambda v, d, t: v - LR * (d + LAM * (v - t)), phi, g, theta)
        phi = jax.lax.fori_loop(0, S, body, theta)
        l, b = jax.value_and_grad(loss)(phi, xq, yq)
        _, hvp = jax.linearize(lambda q: jax.grad(loss)(q, xs, ys), phi)
        v = tm(jnp.zeros_like, b); r = q = b; rr = dot(r, r)
        for _ in range(a.cg):
            Aq = axpy(1 / LAM, hvp(q), q)
            al = rr / dot(q, Aq)
            v, r = axpy(al, q, v), axpy(-al, Aq, r)
            rr, old = dot(r, r), rr
            q = axpy(rr / old, q, r)
        return l, v

    def maml_task(theta, xs, ys, xq, yq):
        def f(p):
            one = lambda p: sgd(p, jax.grad(loss)(p, xs, ys))
            if a.impl == "maml":
                for _ in range(S):
                    p = one(p)
            else:
                if a.impl == "maml-remat":
                    one = jax.checkpoint(one)
                p, _ = jax.lax.scan(lambda c, _: (one(c), None), p, None, length=S)
            return loss(p, xq, yq)
        return jax.value_and_grad(f)(theta)

    opt = optax.adam(1e-3)
    task = imaml_task if a.impl == "imaml" else maml_task

    def meta_step(p, s, *d):
        if a.batching == "vmap":
            r = jax.vmap(task, (None, 0, 0, 0, 0))(p, *d)
        else:
            r = jax.lax.map(lambda t: task(p, *t), d)
        l, g = tm(lambda v: v.mean(0), r)
        u, s = opt.update(g, s)
        return optax.apply_updates(p, u), s, l, optax.global_norm(g)

    p = [jnp.asarray(v) for v in init]
    data = [jnp.asarray(v) for v in data]
    state = [p, opt.init(p)]
    extra["rss_before_mb"] = round(rss_mb(), 1)
    f = jax.jit(meta_step, donate_argnums=(0, 1)).lower(*state, *data).compile()
    m = f.memory_analysis()
    extra.update(xla_temp_mb=round(m.temp_size_in_bytes / 2**20, 4), xla_args_mb=round(m.argument_size_in_bytes / 2**20, 4),
                 peak_rss_after_compile_mb=round(peak_rss_mb(), 1))

    def step():
        state[0], state[1], l, n = f(*state, *data)
        if len(losses) < 2: losses.append(l); gnorm.append(n)
    sync = lambda: jax.block_until_ready(state)

if a.impl == "official":
    extra["rss_before_mb"] = round(rss_mb(), 1)
r = measure(step, a.repeats, a.seconds, a.warmup, 1, sync)
emit(a, "imaml", "meta_steps/s", r, **extra, first_losses=[round(float(l), 6) for l in losses],
     first_grad_norms=[round(float(l), 6) for l in gnorm])
