#include "pictures.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <cmath>

namespace analysis::ppi {

namespace {

constexpr double kSmallest = 0.56; ///< side of an object by that of the picture
constexpr double kLargest = 0.81;
constexpr double kColourSpread = 0.04; ///< of a background from its class' colour, of 1
constexpr double kNoise = 0.03;        ///< of each value

/// Hues all around, each in a light and a dark tone.
at::Tensor coloursOf(std::int64_t classes) {
    at::Tensor colours = at::empty({classes, 3});
    const std::int64_t hues = (classes + 1) / 2;
    constexpr double kSaturation = 0.6;
    for (std::int64_t i = 0; i < classes; ++i)
        for (int c = 0; c < 3; ++c) {
            const double value = i < hues ? 0.9 : 0.5;
            const double k = std::fmod(5 - 2 * c + 6 * double(i % hues) / double(hues), 6);
            const double share = std::clamp(std::min(k, 4 - k), 0.0, 1.0);
            colours[i][c].fill_(value * (1 - kSaturation * share));
        }
    return colours;
}

at::Tensor premultiplied(const Objects& objects) {
    const auto classes = std::int64_t(objects.names.size());
    const at::Tensor bytes = at::from_blob(const_cast<std::uint8_t*>(objects.rgba.data()),
                                           {classes, objects.side, objects.side, 4}, at::kByte);
    const at::Tensor values = bytes.permute({0, 3, 1, 2}).to(at::kFloat) / 255;
    const at::Tensor alpha = values.narrow(1, 3, 1);
    return at::cat({values.narrow(1, 0, 3) * alpha, alpha}, 1);
}

} // namespace

Painter::Painter(const Objects& objects, std::uint64_t seed)
    : m_random(at::detail::createCPUGenerator(seed)), m_objects(premultiplied(objects)),
      m_colours(coloursOf(m_objects.size(0))) {
}

at::Tensor Painter::placed(const at::Tensor& labels) {
    const std::int64_t n = labels.numel();
    const at::Tensor sides = kSmallest + (kLargest - kSmallest) * at::rand({n}, m_random, at::kFloat);
    const at::Tensor moves = (at::rand({n, 2}, m_random, at::kFloat) * 2 - 1) * (1 - sides).unsqueeze(1);
    at::Tensor maps = at::zeros({n, 2, 3});
    for (int axis = 0; axis < 2; ++axis) {
        maps.select(1, axis).select(1, axis).copy_(1 / sides);
        maps.select(1, axis).select(1, 2).copy_(-moves.select(1, axis) / sides);
    }
    const at::Tensor objects = m_objects.index_select(0, labels);
    const at::Tensor grid = at::affine_grid_generator(maps, objects.sizes(), false);
    return at::grid_sampler(objects, grid, 0, 0, false); // bilinear, nothing around
}

Batch Painter::draw(std::int64_t count, double correlation) {
    const std::int64_t classes = m_objects.size(0);
    const at::Tensor labels = at::randint(classes, {count}, m_random, at::kLong);
    const at::Tensor others = at::randint(classes, {count}, m_random, at::kLong);
    const at::Tensor own = at::rand({count}, m_random, at::kFloat) < correlation;
    const at::Tensor objects = placed(labels);
    const at::Tensor alpha = objects.narrow(1, 3, 1);
    const at::Tensor colours = m_colours.index_select(0, at::where(own, labels, others)) +
                               kColourSpread * at::randn({count, 3}, m_random, at::kFloat);
    at::Tensor pictures = objects.narrow(1, 0, 3) + (1 - alpha) * colours.unsqueeze(2).unsqueeze(3);
    pictures = pictures + kNoise * at::randn(pictures.sizes(), m_random, at::kFloat);
    return {pictures.clamp(0, 1) * 2 - 1, labels, alpha.squeeze(1)};
}

} // namespace analysis::ppi
