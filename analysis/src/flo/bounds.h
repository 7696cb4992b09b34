#pragma once

#include <analysis/flo.h>

#include <ATen/core/Tensor.h>

namespace analysis::flo {

/// What a bound needs besides the critic.
enum class Side {
    None,
    OfPair, ///< u(x, y), one value per sample
    OfX,    ///< s(x)
};
Side sideOf(Bound bound);

/// Of a batch of n samples with M negatives each.
struct Scores {
    at::Tensor positive; ///< [n] g(x_i, y_i)
    at::Tensor negative; ///< [n, M] g(x_i, y') with y' independent of x_i
    at::Tensor side;     ///< [n], undefined where the bound needs none
};

/// What training lowers: its mean is minus the estimate.
struct Loss {
    at::Tensor perSample; ///< [n]
    Scores gradient;      ///< of the mean
};

/// With c_i = log of the mean of exp g over the negatives of i, and p_i = g(x_i, y_i), the losses are
///   FLO      u_i + exp(c_i - u_i - p_i) - 1
///   NWJ      exp(c_i - 1) - p_i                      = FLO with u = 1 - g
///   TUBA     s_i - p_i + exp(c_i - s_i) - 1          = FLO with u = s - g
///   InfoNCE  log of the mean of exp g over the positive and the negatives - p_i
///   FDV      the value of InfoNCE, the gradient of exp(c_i - p_i) relative to itself
///   DV       log of the mean of exp g over all negatives of the batch - p_i
Loss lossOf(Bound bound, const Scores& scores);

} // namespace analysis::flo
