#include <quant/preparation.h>

#include <quant/simulated.h>

#include "treatedinputs.h"

#include <ldm/error.h>

#include <algorithm>
#include <deque>

namespace quant {

namespace {

/// Of each kind; the oldest goes first.
constexpr std::size_t kKept = 8;

/// What of calibration settings decides which tensors are seen, and how ranges follow from them.
CalibrationSettings relevant(CalibrationSettings how) {
    how.prompts.clear();
    return how;
}

/// The latest results of some work by what they were made from.
template <typename Key, typename Value> class Latest {
public:
    /// The kept value, or what `make` returns; nothing where it returns nothing.
    template <typename Make> std::optional<Value> get(const Key& key, const Make& make) {
        const auto found =
            std::find_if(m_kept.begin(), m_kept.end(), [&](const auto& kept) { return kept.first == key; });
        if (found != m_kept.end()) return found->second;
        std::optional<Value> made = make();
        if (!made) return std::nullopt;
        if (m_kept.size() == kKept) m_kept.pop_front();
        m_kept.emplace_back(key, *made);
        return made;
    }

private:
    std::deque<std::pair<Key, Value>> m_kept;
};

struct TreatmentKey {
    std::vector<PlannedTreatment> treated;
    std::string steps;
    std::vector<ldm::GenerateSettings> runs;
    bool operator==(const TreatmentKey&) const = default;
};

struct CalibrationKey {
    CalibrationSettings how;
    std::vector<ldm::GenerateSettings> runs;
    Treatment treatment;
    bool operator==(const CalibrationKey&) const = default;
};

} // namespace

struct Preparer::Impl {
    ldm::Model model;
    Latest<TreatmentKey, Treatment> treatments;
    Latest<CalibrationKey, Calibration> calibrations;

    std::optional<Treatment> treatment(const Plan& plan, const CalibrationSettings& how,
                                       const ldm::GenerateSettings& sampling, const std::stop_token& stop,
                                       const ldm::ProgressSink& progress) {
        std::vector<ldm::GenerateSettings> runs;
        if (needsInputs(plan)) runs = calibrationRuns(how, sampling, model.info());
        const auto make = [&] { return treat(model, plan, runs, how.steps, stop, progress); };
        return treatments.get({plan.treated, how.steps, runs}, make);
    }

    Calibration loaded(const std::string& file, const Treatment& treatment) const {
        const bool smoothed = std::any_of(treatment.layers.begin(), treatment.layers.end(),
                                          [](const auto& entry) { return entry.second->smoothing.defined(); });
        if (smoothed)
            throw ldm::badInput("the ranges in " + file +
                                " are not those of smoothed inputs; remove 'file' from the "
                                "recipe's calibration, or its smoothing.");
        return loadCalibration(file, withSplitInputs(model.info(), treatment));
    }
};

Preparer::Preparer(ldm::Model model) : m_impl(new Impl{std::move(model), {}, {}}) {
}

Preparer::~Preparer() = default;
Preparer::Preparer(Preparer&&) noexcept = default;

std::optional<Preparation> Preparer::prepare(const Recipe& recipe, const ldm::GenerateSettings& sampling,
                                             std::stop_token stop, const ldm::ProgressSink& progress) {
    Preparation result;
    result.plan = resolve(recipe, m_impl->model.info());
    if (!result.plan.treated.empty()) {
        auto treatment = m_impl->treatment(result.plan, recipe.calibration, sampling, stop, progress);
        if (!treatment) return std::nullopt;
        result.treatment = std::move(*treatment);
    }
    if (!needsCalibration(result.plan)) return result;
    auto calibration = ranges(recipe.calibration, sampling, result.treatment, stop, progress);
    if (!calibration) return std::nullopt;
    result.calibration = std::move(*calibration);
    return result;
}

std::optional<Calibration> Preparer::ranges(const CalibrationSettings& how, const ldm::GenerateSettings& sampling,
                                            const Treatment& treatment, std::stop_token stop,
                                            const ldm::ProgressSink& progress) {
    if (!how.file.empty()) return m_impl->loaded(how.file, treatment);
    const auto runs = calibrationRuns(how, sampling, m_impl->model.info());
    const auto make = [&] { return calibrate(m_impl->model, runs, how, treatment, stop, progress); };
    return m_impl->calibrations.get({relevant(how), runs, treatment}, make);
}

std::vector<ldm::GenerateSettings> calibrationRuns(const CalibrationSettings& how,
                                                   const ldm::GenerateSettings& sampling, const ldm::ModelInfo& model) {
    ldm::GenerateSettings shared = sampling;
    shared.latents.clear();
    shared.latentsRow = 0;
    shared.latentsRows = 1;
    std::vector<ldm::GenerateSettings> runs;
    for (const std::string& prompt : loadPrompts(how.prompts)) {
        shared.prompt = prompt;
        shared.seed = runs.size();
        runs.push_back(ldm::checked(shared, model));
    }
    return runs;
}

} // namespace quant
