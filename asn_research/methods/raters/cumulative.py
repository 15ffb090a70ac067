"""The chance of an ordered answer given where it lies on a latent scale, with its derivatives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special, stats

Array = np.ndarray
Link = Literal["logit", "probit"]
#: Beyond this the outer limits of the scale lie; the chance there is zero to machine precision.
FAR = 500.0


@dataclass(frozen=True)
class Chances:
    """Log chances of the answers given, and derivatives by the upper and lower limit and by eta.

    ``first``, ``weight`` and ``weight_eta`` are the log chance's derivative by eta, minus its second
    derivative, and the derivative of that. Names with upper and lower are derivatives by the limits.
    """

    log_chance: Array
    first: Array
    weight: Array
    weight_eta: Array
    upper: Array
    lower: Array
    first_upper: Array
    first_lower: Array
    weight_upper: Array
    weight_lower: Array


def chances(upper: Array, lower: Array, link: Link) -> Chances:
    """Return the log chances that a latent variable falls between two limits (less eta).

    Parameters
    ----------
    upper, lower : np.ndarray
        Limits of each answer minus its eta; plus or minus `FAR` at the scale's ends.
    link : {"logit", "probit"}
        The latent variable's distribution.
    """
    mass = np.maximum(_mass(upper, lower, link), 1e-300)
    fu, fu1, fu2 = (d / mass for d in _densities(upper, link))
    fl, fl1, fl2 = (d / mass for d in _densities(lower, link))
    a, b = fu, -fl
    aa, bb, ab = fu1 - a * a, -fl1 - b * b, -a * b
    aaa = fu2 - fu1 * a - 2 * a * aa
    aab = -fu1 * b - 2 * a * ab
    bbb = -fl2 + fl1 * b - 2 * b * bb
    abb = fl1 * a - 2 * b * ab
    weight_upper, weight_lower = -(aaa + 2 * aab + abb), -(aab + 2 * abb + bbb)
    return Chances(
        log_chance=np.log(mass),
        first=-(a + b),
        weight=-(aa + 2 * ab + bb),
        weight_eta=-(weight_upper + weight_lower),
        upper=a,
        lower=b,
        first_upper=-(aa + ab),
        first_lower=-(ab + bb),
        weight_upper=weight_upper,
        weight_lower=weight_lower,
    )


def _mass(upper: Array, lower: Array, link: Link) -> Array:
    """Chance between limits, from the tail in which nothing cancels."""
    below = special.expit if link == "logit" else special.ndtr
    positive = lower > 0
    return np.asarray(np.where(positive, below(-lower) - below(-upper), below(upper) - below(lower)))


def _densities(x: Array, link: Link) -> tuple[Array, Array, Array]:
    if link == "logit":
        p, q = special.expit(x), special.expit(-x)
        f = p * q
        return f, f * (q - p), f * ((q - p) ** 2 - 2 * f)
    f = stats.norm.pdf(x)
    return f, -x * f, (x * x - 1) * f
