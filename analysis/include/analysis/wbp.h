#pragma once

#include <analysis/evaluator.h>

#include <ldm/image.h>

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

/// What a classifier relies on in a picture. Weight back propagation carries the weights of one class back to the
/// pixels through the linear map that the network is for this picture (after Wang et al., "Proactive
/// pseudo-intervention", 2020, arXiv 2012.03369); the other methods are what it is compared with. docs/salience.md says
/// how well they do.
namespace analysis {

/// One value per pixel: rows from the top, pixels from the left.
struct Plane {
    int width = 0;
    int height = 0;
    std::vector<float> values; ///< width * height

    bool operator==(const Plane&) const = default;
};

enum class SalienceMethod {
    Wbp,                ///< weights carried back through ReLU as the picture set it, times (picture - baseline)
    OpenWbp,            ///< the same through ReLU that is always open
    Gradient,           ///< the largest |d logit / d channel| of the pixel
    GradientTimesInput, ///< by autograd: what Wbp is for baseline 127.5
    GuidedGradient,     ///< Gradient, where ReLU lets nothing negative back (Springenberg et al. 2015)
    GradCam,            ///< feature maps of the last stage, by their mean gradients (Selvaraju et al. 2017)
};
/// All of them, Wbp first.
std::vector<SalienceMethod> allSalienceMethods();
/// "WBP", "Grad-CAM".
std::string nameOf(SalienceMethod method);

struct Salience {
    Plane map;              ///< in [0, 1]: positive values by the largest of them; all 0 where none is positive
    Plane values;           ///< before that; for Wbp what each pixel adds to the logit of the class
    int cls = 0;            ///< the class whose logit is explained
    double probability = 0; ///< that the classifier gives to it
};

inline constexpr std::array<double, 3> kGrey{127.5, 127.5, 127.5};

struct SalienceSettings {
    SalienceMethod method = SalienceMethod::Wbp;
    std::optional<int> cls; ///< nothing: the most probable one
    /// Colour that says nothing, in levels of the picture: nothing means that of its edge, on average. Only for Wbp and
    /// OpenWbp.
    std::optional<std::array<double, 3>> baseline = kGrey;
    /// Side of the square that values are averaged over, odd: neighbours of opposite sign, of which there are many,
    /// cancel out.
    int blur = 1;
};

/// side() x side() values of the evaluator. Float32; on any thread. Throws BadInput for an empty picture or a class
/// that there is none of, and ldm::Error (Failed) where weights overflow.
Salience salience(const Evaluator& evaluator, const ldm::Image& image, const SalienceSettings& settings = {});

/// The map at the size of another picture, interpolated linearly. Throws BadInput for an empty map or size.
Plane resized(const Plane& plane, int width, int height);

/// The pointing game: whether the highest value lies where `mask` is above 0.5. A map without a value above 0 points
/// nowhere. Throws BadInput for different sizes.
bool pointsAt(const Plane& salience, const Plane& mask);

/// Intersection over union of `mask` (above 0.5) with as many of the highest values above 0; 0 to 1, and 1 if both are
/// empty. Of equal values the first count. Throws BadInput for different sizes.
double maskOverlap(const Plane& salience, const Plane& mask);

/// Intersection over union of what is above `threshold` in each; 1 if both are empty. Throws BadInput for different
/// sizes.
double overlap(const Plane& a, const Plane& b, double threshold = 0.25);

/// What a picture scores, such as the probability of a class.
using Scorer = std::function<double(const ldm::Image&)>;

/// Area under the score while pixels of `from` are replaced by those of `to`, highest salience first (of equal values
/// the first), over the share that is replaced; by the trapezoidal rule over `steps` equal shares. From the picture to
/// a blank one this is the deletion area (lower is better), from a blank one to the picture the insertion area (higher
/// is better; Petsiuk et al. 2018). Throws BadInput for different sizes or steps < 1.
double replacementArea(const ldm::Image& from, const ldm::Image& to, const Plane& salience, const Scorer& score,
                       int steps = 32);

} // namespace analysis
