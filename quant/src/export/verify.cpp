#include "job.h"

#include <quant/quantize.h>
#include <quant/verify.h>

#include <ldm/error.h>
#include <ldm/files.h>
#include <ldm/gguf.h>
#include <ldm/networks.h>
#include <ldm/safetensors.h>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace quant {

namespace {

namespace fs = std::filesystem;

constexpr const char* kRecipeKey = "noisefloor.recipe";

/// The recipe that an export of ours carries, as text; empty where there is none.
std::string carriedRecipe(const fs::path& path) {
    if (fs::is_directory(path))
        return fs::exists(path / kExportedRecipeFile) ? ldm::readTextFile(path / kExportedRecipeFile) : std::string();
    if (path.extension() == ".gguf") {
        const ldm::GgufFile file = ldm::GgufFile::open(path);
        const std::string* text = file.text(kRecipeKey);
        return text ? *text : std::string();
    }
    const ldm::SafetensorsFile file = ldm::SafetensorsFile::open(path);
    const auto found = file.metadata().find(kRecipeKey);
    return found == file.metadata().end() ? std::string() : found->second;
}

/// One verification of files that open as a model.
class Verification {
public:
    Verification(const ldm::Model& against, const VerifyRequest& request, std::stop_token stop,
                 const ldm::ProgressSink& progress)
        : m_against(against), m_request(request), m_stop(std::move(stop)), m_progress(progress),
          m_export(ldm::openCheckpoint(opening(request.path))) {}

    VerifyReport run() {
        m_report.container = m_export.container;
        prepareRecipe();
        for (const ldm::PartSource& part : m_export.parts) m_total += tensorsOf(part);
        for (const ldm::PartSource& part : m_export.parts) comparePart(part);
        for (const ldm::PartSource& part : m_against.networks().checkpoint.parts)
            if (!m_export.find(part.name)) m_report.notes.push_back("the export holds no " + part.name);
        return std::move(m_report);
    }

private:
    static ldm::OpenRequest opening(const fs::path& path) {
        ldm::OpenRequest request;
        request.model = path.string();
        return request;
    }

    static std::int64_t tensorsOf(const ldm::PartSource& part) {
        return static_cast<std::int64_t>(part.tensors.tensors().size());
    }

    /// The recipe's own weights are compared where there is a recipe for this very model.
    void prepareRecipe() {
        std::optional<Recipe> recipe = m_request.recipe;
        const std::string carried = recipe ? std::string() : carriedRecipe(m_request.path);
        if (!carried.empty()) {
            recipe = parseRecipe(carried, "the recipe in " + m_request.path.string());
            if (recipe->model.fingerprint != m_against.info().fingerprint) {
                m_report.notes.push_back("the export was made from another model, '" + recipe->model.name +
                                         "', so its recipe is not compared");
                return;
            }
        }
        if (!recipe) return;
        m_exportRequest.sampling = m_request.sampling;
        m_job.emplace(m_against, *recipe, m_exportRequest, m_stop, m_progress);
        m_job->treat();
    }

    void comparePart(const ldm::PartSource& part) {
        const ldm::PartSource* source = m_against.networks().checkpoint.find(part.name);
        if (!source) {
            m_report.notes.push_back("the model has no " + part.name + " to compare that of the export with");
            return;
        }
        for (const ldm::StoredTensor& tensor : source->tensors.tensors())
            if (!ldm::isIgnorable(tensor.name) && !part.tensors.find(tensor.name))
                m_report.missing.push_back(part.name + "." + tensor.name);
        for (const ldm::StoredTensor& tensor : part.tensors.tensors()) compare(part, *source, tensor);
    }

    void compare(const ldm::PartSource& part, const ldm::PartSource& sources, const ldm::StoredTensor& tensor) {
        if (m_stop.stop_requested()) throw ExportStopped();
        ldm::report(m_progress, "verifying " + part.name, m_done++, m_total);
        if (ldm::isIgnorable(tensor.name)) return;
        VerifiedTensor verified{part.name + "." + tensor.name, tensor.storedAs, -1, {}, {}};
        const ldm::StoredTensor* source = sources.tensors.find(tensor.name);
        if (!source) {
            m_report.surplus.push_back(verified.name);
            return;
        }
        if (source->elements() != tensor.elements())
            throw ldm::badInput(m_request.path.string() + ": '" + verified.name +
                                "' has another size than in the model; name the model it was exported from.");
        const at::Tensor found = tensor.values().to(at::kFloat).flatten();
        verified.against = errorSums(source->values().to(at::kFloat).flatten(), found);
        compareWithRecipe(verified, found);
        tensor.release();
        source->release();
        m_report.tensors.push_back(std::move(verified));
    }

    void compareWithRecipe(VerifiedTensor& verified, const at::Tensor& found) {
        constexpr std::string_view kWeight = ".weight";
        if (!verified.name.ends_with(kWeight)) return;
        verified.layer = m_against.info().layerIndex(
            std::string_view(verified.name).substr(0, verified.name.size() - kWeight.size()));
        if (m_job && verified.layer >= 0)
            verified.recipe = errorSums(m_job->simulatedWeight(verified.layer).flatten(), found);
    }

    const ldm::Model& m_against;
    const VerifyRequest& m_request;
    std::stop_token m_stop;
    const ldm::ProgressSink& m_progress;
    ldm::Checkpoint m_export;
    ExportRequest m_exportRequest;
    std::optional<ExportJob> m_job;
    VerifyReport m_report;
    std::int64_t m_done = 0;
    std::int64_t m_total = 0;
};

bool isFinite(const ErrorSums& sums) {
    return std::isfinite(sums.signal) && std::isfinite(sums.error);
}

} // namespace

std::vector<std::size_t> VerifyReport::worst(std::size_t count) const {
    std::vector<std::size_t> layers;
    for (std::size_t i = 0; i < tensors.size(); ++i)
        if (tensors[i].layer >= 0) layers.push_back(i);
    const auto db = [this](std::size_t i) {
        const double value = tensors[i].against.db();
        return std::isnan(value) ? -INFINITY : value;
    };
    std::ranges::stable_sort(layers, {}, db);
    layers.resize(std::min(layers.size(), count));
    return layers;
}

bool VerifyReport::isSound() const {
    const auto tensorIsFinite = [](const VerifiedTensor& tensor) { return isFinite(tensor.against); };
    const auto blockIsFinite = [](const VerifiedBlock& block) { return isFinite(block.against); };
    return missing.empty() && surplus.empty() && std::ranges::all_of(tensors, tensorIsFinite) &&
           std::ranges::all_of(blocks, blockIsFinite);
}

std::optional<VerifyReport> verifyExport(const ldm::Model& against, const VerifyRequest& request, std::stop_token stop,
                                         const ldm::ProgressSink& progress) {
    const at::NoGradGuard noGrad;
    try {
        return Verification(against, request, std::move(stop), progress).run();
    } catch (const ExportStopped&) {
        return std::nullopt;
    }
}

} // namespace quant
