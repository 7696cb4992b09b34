#pragma once

#include "bounds.h"
#include "network.h"

#include <memory>

namespace analysis::flo {

/// Rows belong together: x [n, dx], y [n, dy].
struct Pairs {
    at::Tensor x;
    at::Tensor y;
};

/// Scores the pairs of a batch, and each x with other rows' y. The negatives of row i are those of the rows i + 1,
/// i + 2, ... (from the last on to the first), never its own; so rows must be in random order.
class Critic {
public:
    virtual ~Critic() = default;
    /// Keeps what backward() needs. `negatives` < n.
    virtual Scores score(const Pairs& pairs, std::int64_t negatives) = 0;
    /// From the gradients by the scores of the last score(): writes those of the parameters.
    virtual void backward(const Scores& gradients) = 0;
    virtual Parameters parameters() = 0;
};

/// One that scores by encodings of x and of y.
class EncodingCritic : public Critic {
public:
    /// Both sides' codes, of length 1.
    virtual Pairs encode(const Pairs& pairs) = 0;
};

/// For x and y with so many columns.
std::unique_ptr<Critic> makeCritic(const Training& training, std::int64_t dx, std::int64_t dy, at::Generator& random,
                                   at::ScalarType type);
/// Of the bilinear form, whatever the training says. `code`: width of the codes.
std::unique_ptr<EncodingCritic> makeEncodingCritic(const Training& training, std::int64_t code, std::int64_t dx,
                                                   std::int64_t dy, at::Generator& random, at::ScalarType type);

} // namespace analysis::flo
