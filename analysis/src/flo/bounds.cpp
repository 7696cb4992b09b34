#include "bounds.h"

#include <ATen/ATen.h>

#include <cmath>

namespace analysis::flo {

namespace {

/// [n, M] exp(g - offset) / M, as one exponent: early in training gaps between scores are wide.
at::Tensor contrasts(const at::Tensor& negative, const at::Tensor& offset) {
    return (negative - (offset + std::log(double(negative.size(1)))).unsqueeze(1)).exp_();
}

at::Tensor filled(const at::Tensor& like, double value) {
    return at::full_like(like, value);
}

Loss floLoss(const Scores& scores) {
    const double n = double(scores.positive.numel());
    const at::Tensor weights = contrasts(scores.negative, scores.side + scores.positive);
    const at::Tensor sum = weights.sum(1);
    return {scores.side + sum - 1, {-sum / n, weights / n, (1 - sum) / n}};
}

Loss nwjLoss(const Scores& scores) {
    const double n = double(scores.positive.numel());
    const at::Tensor weights = contrasts(scores.negative, filled(scores.positive, 1));
    return {weights.sum(1) - scores.positive, {filled(scores.positive, -1 / n), weights / n, {}}};
}

Loss tubaLoss(const Scores& scores) {
    const double n = double(scores.positive.numel());
    const at::Tensor weights = contrasts(scores.negative, scores.side);
    const at::Tensor sum = weights.sum(1);
    return {scores.side - scores.positive + sum - 1, {filled(scores.positive, -1 / n), weights / n, (1 - sum) / n}};
}

at::Tensor withPositives(const Scores& scores) {
    return at::cat({scores.positive.unsqueeze(1), scores.negative}, 1);
}

at::Tensor infoNceValues(const Scores& scores) {
    return withPositives(scores).logsumexp({1}) - scores.positive - std::log(double(scores.negative.size(1) + 1));
}

Loss infoNceLoss(const Scores& scores) {
    const double n = double(scores.positive.numel());
    const at::Tensor shares = withPositives(scores).softmax(1) / n;
    return {infoNceValues(scores), {shares.select(1, 0) - 1 / n, shares.narrow(1, 1, shares.size(1) - 1), {}}};
}

Loss fdvLoss(const Scores& scores) {
    const double n = double(scores.positive.numel());
    return {infoNceValues(scores), {filled(scores.positive, -1 / n), scores.negative.softmax(1) / n, {}}};
}

Loss dvLoss(const Scores& scores) {
    const double n = double(scores.positive.numel());
    const at::Tensor all = scores.negative.reshape({-1});
    const at::Tensor normalizer = all.logsumexp({0}) - std::log(double(all.numel()));
    return {normalizer - scores.positive,
            {filled(scores.positive, -1 / n), all.softmax(0).view_as(scores.negative), {}}};
}

} // namespace

Side sideOf(Bound bound) {
    if (bound == Bound::Flo) return Side::OfPair;
    return bound == Bound::Tuba ? Side::OfX : Side::None;
}

Loss lossOf(Bound bound, const Scores& scores) {
    switch (bound) {
    case Bound::Flo:
        return floLoss(scores);
    case Bound::Fdv:
        return fdvLoss(scores);
    case Bound::InfoNce:
        return infoNceLoss(scores);
    case Bound::Nwj:
        return nwjLoss(scores);
    case Bound::Tuba:
        return tubaLoss(scores);
    case Bound::Dv:
        break;
    }
    return dvLoss(scores);
}

} // namespace analysis::flo
