# SPDX-License-Identifier: Apache-2.0
"""What is recorded of gradients. They are computed in float64; random deep networks amplify rounding, so that the
relative differences of PyTorch's own float32 from that are the measure."""

SAMPLES = 5


def summary(name, flat):
    """Name, norm and values at even distances."""
    return [name, float(flat.norm()), *(float(flat[i * (len(flat) - 1) // (SAMPLES - 1)]) for i in range(SAMPLES))]


def short(value):
    if isinstance(value, dict):
        return {k: short(v) for k, v in value.items()}
    if isinstance(value, list):
        return [short(v) for v in value]
    return float(f"{value:.8g}") if isinstance(value, float) else value


def figures(exact, rounded):
    """Of flat vectors by name."""
    errors = []
    for name, flat in exact.items():
        a, b = summary(name, flat)[1:], summary(name, rounded[name])[1:]
        errors.append(max(abs(x - y) for x, y in zip(a, b)) / (a[0] + 1e-4))
    errors.sort()
    return short({"float32_median": errors[len(errors) // 2], "float32_worst": errors[-1],
                  "params": [summary(*item) for item in exact.items()]})
