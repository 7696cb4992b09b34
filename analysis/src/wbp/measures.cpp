#include <analysis/wbp.h>

#include "../pixels.h"

#include <ldm/error.h>

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cstring>
#include <numeric>

namespace analysis {

namespace {

constexpr float kInside = 0.5F; ///< of a mask

void requireSameSize(const Plane& a, const Plane& b) {
    if (a.width == b.width && a.height == b.height && !a.values.empty()) return;
    throw ldm::badInput("Maps of " + std::to_string(a.width) + "x" + std::to_string(a.height) + " and " +
                        std::to_string(b.width) + "x" + std::to_string(b.height) +
                        " pixels cannot be compared; give two of one size.");
}

void requireSameSize(const ldm::Image& a, const ldm::Image& b, const Plane& plane) {
    const bool pictures = a.width == b.width && a.height == b.height && !a.empty();
    if (pictures && a.width == plane.width && a.height == plane.height) return;
    throw ldm::badInput("Pixels can only be replaced between two pictures and a map of one size.");
}

/// Pixels by falling value; of equal values the first.
std::vector<std::size_t> byFallingValue(const Plane& plane) {
    std::vector<std::size_t> order(plane.values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, [&](auto a, auto b) { return plane.values[a] > plane.values[b]; });
    return order;
}

double shared(const std::vector<bool>& a, const std::vector<bool>& b) {
    std::size_t both = 0;
    std::size_t any = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        both += a[i] && b[i] ? 1 : 0;
        any += a[i] || b[i] ? 1 : 0;
    }
    return any == 0 ? 1 : double(both) / double(any);
}

std::vector<bool> above(const Plane& plane, double threshold) {
    std::vector<bool> inside;
    for (const float value : plane.values) inside.push_back(double(value) > threshold);
    return inside;
}

} // namespace

Plane resized(const Plane& plane, int width, int height) {
    if (plane.values.empty() || width < 1 || height < 1)
        throw ldm::badInput("A map can only be brought to a size of at least one pixel; give a picture.");
    const cv::Mat from(plane.height, plane.width, CV_32FC1, const_cast<float*>(plane.values.data()));
    Plane result{width, height, std::vector<float>(std::size_t(width) * std::size_t(height))};
    cv::Mat to(height, width, CV_32FC1, result.values.data());
    cv::resize(from, to, {width, height}, 0, 0, cv::INTER_LINEAR);
    return result;
}

bool pointsAt(const Plane& salience, const Plane& mask) {
    requireSameSize(salience, mask);
    const auto highest = std::ranges::max_element(salience.values);
    return *highest > 0 && mask.values[std::size_t(highest - salience.values.begin())] > kInside;
}

double maskOverlap(const Plane& salience, const Plane& mask) {
    requireSameSize(salience, mask);
    const std::vector<bool> inside = above(mask, kInside);
    auto room = std::ranges::count(inside, true);
    std::vector<bool> highest(inside.size());
    for (const std::size_t pixel : byFallingValue(salience)) {
        if (room-- <= 0 || !(salience.values[pixel] > 0)) break;
        highest[pixel] = true;
    }
    return shared(highest, inside);
}

double overlap(const Plane& a, const Plane& b, double threshold) {
    requireSameSize(a, b);
    return shared(above(a, threshold), above(b, threshold));
}

double replacementArea(const ldm::Image& from, const ldm::Image& to, const Plane& salience, const Scorer& score,
                       int steps) {
    requireSameSize(from, to, salience);
    if (steps < 1) throw ldm::badInput("Pixels must be replaced in at least one step.");
    const std::vector<std::size_t> order = byFallingValue(salience);
    ldm::Image picture = from;
    std::size_t replaced = 0;
    double last = score(picture);
    double area = 0;
    for (int step = 1; step <= steps; ++step) {
        for (const std::size_t until = order.size() * std::size_t(step) / std::size_t(steps); replaced < until;
             ++replaced)
            std::memcpy(&picture.rgb[3 * order[replaced]], &to.rgb[3 * order[replaced]], 3);
        const double present = score(picture);
        area += (last + present) / 2 / steps;
        last = present;
    }
    return area;
}

} // namespace analysis
