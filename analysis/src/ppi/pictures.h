#pragma once

#include <analysis/ppi.h>

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

namespace analysis::ppi {

/// Objects on backgrounds.
struct Batch {
    at::Tensor pictures; ///< [n, 3, side, side] in [-1, 1]
    at::Tensor labels;   ///< [n]
    at::Tensor masks;    ///< [n, side, side]: alpha of the objects, 0 to 1
};

/// Draws pictures as long as it is asked to; from one seed always the same ones.
class Painter {
public:
    Painter(const Objects& objects, std::uint64_t seed);
    /// The background has the colour of the object's class in a share `correlation` of the pictures, and else that of
    /// any class.
    Batch draw(std::int64_t count, double correlation);

private:
    at::Tensor placed(const at::Tensor& labels);

    at::Generator m_random;
    at::Tensor m_objects; ///< [classes, 4, side, side]: colour times alpha, alpha
    at::Tensor m_colours; ///< [classes, 3]
};

} // namespace analysis::ppi
