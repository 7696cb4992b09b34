#pragma once

#include <analysis/wbp.h>

#include <optional>
#include <string>

namespace analysis {

/// What the evaluator takes a picture for, and which pixels make it say so.
struct Recognition {
    std::string name;       ///< of the most probable class
    double probability = 0; ///< of that class
    Salience salience;      ///< of the class that was asked for, by WBP from the picture's edge over 5x5 pixels
};
/// `cls` is the class whose salience is wanted: nothing means the most probable one. Nothing for pictures of another
/// size than the evaluator's: it knows emoji pictures and would give meaningless names for all others. Throws BadInput
/// for a class that there is none of.
std::optional<Recognition> recognise(const Evaluator& evaluator, const ldm::Image& image, const Perception& seen,
                                     std::optional<int> cls = std::nullopt);

/// How a picture differs from its reference where that is recognised by.
struct SalienceMetrics {
    double drift = 0;       ///< 1 - overlap() of both maps of one class, 0 where the same pixels matter
    double salientPsnr = 0; ///< dB, squared errors weighted by the reference's map; infinite where nothing differs
    double restPsnr = 0;    ///< dB, weighted by 1 - that map
    bool isSameClass = true;
};
/// Nothing where one of them is not recognised, or by no pixel. Throws BadInput for pictures of different sizes and
/// maps of different classes.
std::optional<SalienceMetrics> compareSalience(const ldm::Image& reference, const ldm::Image& other,
                                               const std::optional<Recognition>& ofReference,
                                               const std::optional<Recognition>& ofOther);

/// PSNR in dB, peak 255, with squared errors weighted by a value per pixel that is not negative; infinite where what
/// has weight is equal, and where nothing has weight. In double. Throws BadInput for different sizes.
double weightedPsnr(const ldm::Image& a, const ldm::Image& b, const Plane& weights);

} // namespace analysis
