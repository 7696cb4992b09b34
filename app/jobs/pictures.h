#pragma once

#include <analysis/images.h>

#include <ldm/generate.h>
#include <quant/recipe.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <mutex>
#include <optional>
#include <stop_token>

namespace app::jobs {

/// A picture after one run of the UNet.
struct StepPicture {
    int run = 0;       ///< from 1
    int timestep = 0;  ///< training timestep of the run
    ldm::Image coarse; ///< one pixel per latent position
    /// SQNR of the latent against that of full precision after the same run; NaN where there is none to compare with.
    double db = std::numeric_limits<double>::quiet_NaN();
};
using StepSink = std::function<void(const StepPicture&)>;

/// One picture of a grid of prompts x recipes.
struct GridPicture {
    int prompt = 0;
    int recipe = -1; ///< -1: full precision
    std::uint64_t seed = 0;
    ldm::Image image;
    std::optional<analysis::ImageMetrics> metrics; ///< against full precision; of recipes only
    std::optional<analysis::Recognition> recognition = {};
};

/// A picture under a recipe, beside that of full precision.
struct QuantizedPicture {
    ldm::Image image;
    quant::Recipe recipe;
    analysis::ImageMetrics metrics;
    /// Of both, where the evaluator knows such pictures.
    std::optional<analysis::Recognition> fullRecognition;
    std::optional<analysis::Recognition> recognition;
};

/// A pair of pictures of the same prompt and seed.
struct PreviewRequest {
    quant::Recipe recipe;
    ldm::GenerateSettings sampling;
};

/// The pair that is being made. As long as its full-precision picture is in the making, another recipe takes the place
/// of the one asked for, so that an edit does not begin that picture anew. Any thread.
class PendingPreview {
public:
    /// `afterPicture` ends the work when the present picture is made.
    PendingPreview(PreviewRequest request, std::stop_token afterPicture);

    /// False where the work does not count any more, is past that point, or samples otherwise.
    bool replace(const PreviewRequest& newer);
    const ldm::GenerateSettings& sampling() const { return m_request.sampling; } ///< never replaced
    /// The work begins and ends early when this token says so.
    void begin(std::stop_token stop);
    /// The recipe to go on with, which stays from now on; nothing where the work ends after the present picture.
    std::optional<quant::Recipe> takeRecipe();

private:
    std::mutex m_mutex;
    PreviewRequest m_request;
    std::stop_token m_afterPicture;
    std::stop_token m_stop;
    bool m_isTaken = false;
};

} // namespace app::jobs
