#pragma once

#include <analysis/evaluator.h>
#include <analysis/images.h>

#include <quant/simulation.h>

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace analysis {

struct CompareRequest {
    std::vector<quant::Recipe> recipes;
    std::vector<std::string> prompts;
    /// The prompt is replaced; the seed is that of the first prompt, the next ones count up; `latents` has a row for
    /// each prompt.
    ldm::GenerateSettings sampling;
};

/// What stays of the evaluator's look at one picture.
struct Verdict {
    std::vector<double> features;
    std::optional<Agreement> agreement;
    std::optional<Recognition> recognition = {};
};

struct ComparedPicture {
    std::string prompt;
    std::uint64_t seed = 0;
    ldm::Picture full;
    std::vector<ldm::Picture> quantized; ///< by recipe
    std::vector<ImageMetrics> metrics;   ///< by recipe, against full
    Verdict fullVerdict;
    std::vector<Verdict> verdicts; ///< by recipe
};

/// Pictures of every prompt in full precision and under every recipe, judged by the embedded evaluator. When stopped,
/// the finished prompts are returned.
std::vector<ComparedPicture> compare(quant::Simulation& simulation, const CompareRequest& request,
                                     std::stop_token stop = {}, const ldm::ProgressSink& progress = {});

/// A comparison picture by picture: says which comes next and takes it once it is made. Full precision of a prompt
/// comes first, then its recipes; what was taken stays, so that one who was stopped can go on.
class ComparisonRun {
public:
    explicit ComparisonRun(CompareRequest request);

    bool done() const { return m_made == total(); }
    std::size_t made() const { return m_made; }
    std::size_t total() const { return m_request.prompts.size() * perPrompt(); }

    // Of the picture that comes next.
    std::size_t prompt() const { return m_made / perPrompt(); }
    ldm::GenerateSettings settings() const;
    const quant::Recipe* recipe() const; ///< null: full precision
    void take(ldm::Picture picture);

    const CompareRequest& request() const { return m_request; }
    /// All pictures so far; the last prompt may lack recipes.
    const std::vector<ComparedPicture>& pictures() const { return m_pictures; }
    /// Only the prompts that lack nothing.
    std::vector<ComparedPicture> finishedPrompts() const;

private:
    std::size_t perPrompt() const { return m_request.recipes.size() + 1; }

    CompareRequest m_request;
    Evaluator m_evaluator;
    Seen m_fullSeen; ///< of the present prompt
    std::vector<ComparedPicture> m_pictures;
    std::size_t m_made = 0;
};

/// SQNR in dB of one latent against that of full precision; infinite where nothing differs. Throws BadInput for
/// different sizes.
double latentDb(const std::vector<float>& full, const std::vector<float>& other);

/// Over the pictures whose salience can be compared.
struct MeanSalience {
    double drift = 0;
    double salientPsnr = 0; ///< dB; infinite ones have no part; infinite if all are
    double restPsnr = 0;    ///< dB, likewise
    double sameClass = 0;   ///< share of pictures that are taken for what full precision's is
    int pictures = 0;
};
/// Nothing where there is no such picture.
std::optional<MeanSalience> meanOf(const std::vector<std::optional<SalienceMetrics>>& metrics);

/// All pictures of one recipe.
struct RecipeQuality {
    /// SQNR in dB of the latents after the last step, sums pooled over the pictures; infinite where nothing differs.
    double endToEndDb = 0;
    ImageMetrics mean;     ///< the infinite PSNR of exact pictures has no part; infinite if all are exact; no salience
    std::size_t exact = 0; ///< pictures equal to those of full precision
    std::optional<double> frechet; ///< frechetDistance() to full precision; nothing for fewer than two pictures
    std::optional<MeanAgreement> agreement;
    std::optional<MeanSalience> salience;
};
struct ComparisonQuality {
    std::optional<MeanAgreement> full; ///< of full precision: what the recipes can at best be expected to reach
    std::vector<RecipeQuality> recipes;
};
/// Throws BadInput if there is no picture.
ComparisonQuality qualityOf(const std::vector<ComparedPicture>& pictures);

/// Metrics of a comparison folder, and what marks it as one: `overwrite` replaces no other folder.
inline constexpr const char* kMetricsFile = "metrics.json";

/// Writes the folder: sheet.png, PNGs of all pictures, metrics.csv (a line per picture) and metrics.json (per picture
/// and mean per recipe).
/// Returns the text of metrics.json.
std::string writeComparison(const CompareRequest& request, const std::vector<ComparedPicture>& pictures,
                            const ldm::ModelInfo& model, const std::filesystem::path& folder, bool overwrite);

} // namespace analysis
