#include "../onnx/compare.h"
#include "exportedmodel.h"
#include "job.h"
#include "readback.h"

#include <quant/preparation.h>
#include <quant/quantize.h>
#include <quant/verify.h>

#include <ldm/error.h>
#include <ldm/ldmnames.h>
#include <ldm/networks.h>
#include <ldm/wholefiles.h>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>

namespace quant {

namespace {

namespace fs = std::filesystem;

/// What the coarsest rounding still leaves of a weight; zeros in its place have 0 dB.
constexpr double kLeastCommonDb = 1;

/// Pictures whose steps a graph is run for.
constexpr std::size_t kComparedPictures = 2;

/// One verification.
class Verification {
public:
    Verification(const ldm::Model& against, const VerifyRequest& request, std::stop_token stop,
                 const ldm::ProgressSink& progress)
        : m_against(against), m_request(request), m_stop(std::move(stop)), m_progress(progress),
          m_export(openExport(request.path)) {}

    VerifyReport run() {
        m_report.container = m_export.container;
        prepareRecipe();
        for (const ExportedPart& part : m_export.parts) m_total += tensorsOf(part);
        for (const ExportedPart& part : m_export.parts) comparePart(part);
        for (const ldm::PartSource& part : m_against.networks().checkpoint.parts)
            if (!m_export.find(part.name)) m_report.notes.push_back("the export holds no " + part.name);
        requireWholeFiles();
        if (m_export.isGraph) compareBlocks();
        return std::move(m_report);
    }

private:
    static std::int64_t tensorsOf(const ExportedPart& part) {
        return static_cast<std::int64_t>(part.tensors.tensors().size());
    }

    /// Nothing was compared with zeros that stand for what could not be read.
    void requireWholeFiles() const {
        ldm::requireWhole(m_against);
        for (const ExportedPart& part : m_export.parts) ldm::requireWhole(part.tensors);
    }

    /// The recipe's own weights are compared where there is a recipe for this very model.
    void prepareRecipe() {
        std::optional<Recipe> recipe = m_request.recipe;
        if (!recipe && !m_export.recipe.empty()) {
            recipe = parseRecipe(m_export.recipe, "the recipe in " + m_request.path.string());
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

    void comparePart(const ExportedPart& part) {
        const ldm::PartSource* source = m_against.networks().checkpoint.find(part.name);
        if (!source) {
            m_report.notes.push_back("the model has no " + part.name + " to compare that of the export with");
            return;
        }
        for (const ldm::StoredTensor& tensor : source->tensors.tensors())
            if (!ldm::isIgnorable(tensor.name) && !ldm::findUnderEitherName(part.tensors, tensor.name))
                m_report.missing.push_back(part.name + "." + tensor.name);
        for (const ldm::StoredTensor& tensor : part.tensors.tensors()) compare(part, *source, tensor);
    }

    void compare(const ExportedPart& part, const ldm::PartSource& sources, const ldm::StoredTensor& tensor) {
        if (m_stop.stop_requested()) throw ExportStopped();
        ldm::report(m_progress, "verifying " + part.name, m_done++, m_total);
        if (ldm::isIgnorable(tensor.name)) return;
        VerifiedTensor verified{part.name + "." + tensor.name, tensor.storedAs, -1, {}, {}};
        const ldm::StoredTensor* source = ldm::findUnderEitherName(sources.tensors, tensor.name);
        if (!source) {
            m_report.surplus.push_back(verified.name);
            return;
        }
        if (source->elements() != tensor.elements())
            throw ldm::badInput(m_request.path.string() + ": '" + verified.name +
                                "' has another size than in the model; name the model it was exported from.");
        const at::Tensor found = tensor.values().to(at::kFloat).flatten();
        const at::Tensor full = source->values().to(at::kFloat).flatten();
        verified.against = errorSums(full, found);
        compareWithRecipe(verified, found);
        const bool isPlain =
            verified.layer < 0 && (tensor.storedAs == "F32" || tensor.storedAs == "F16" || tensor.storedAs == "BF16");
        const bool isRight =
            isPlain ? at::equal(found, asStored(full, tensor.storedAs)) : isPlausible(verified, tensor);
        if (!isRight) m_report.wrong.push_back(verified.name);
        tensor.release();
        source->release();
        m_report.tensors.push_back(std::move(verified));
    }

    void compareWithRecipe(VerifiedTensor& verified, const at::Tensor& found) {
        verified.layer = layerOfTensor(verified.name, m_against.info());
        if (m_job && verified.layer >= 0)
            verified.recipe = errorSums(m_job->simulatedWeight(verified.layer).flatten(), found);
    }

    /// Whether a weight can be what rounding made of the model's: as close as the fewest bits it went through allow.
    bool isPlausible(const VerifiedTensor& verified, const ldm::StoredTensor& tensor) const {
        if (verified.against.signal == 0) return verified.against.error == 0;
        if (!(verified.against.db() >= kLeastCommonDb)) return false;
        if (!verified.recipe || verified.recipe->signal == 0) return true;
        const double stored = 8.0 * static_cast<double>(tensor.bytes) / static_cast<double>(tensor.elements());
        const double rounded = bits(m_job->formatOf(verified.layer).weights);
        return verified.recipe->db() >= leastDb(std::min(stored, rounded));
    }

    /// Runs the graph beside the model and beside the recipe's simulation.
    void compareBlocks() {
        std::optional<Preparation> prepared;
        if (m_job) {
            prepared = Preparer(m_against).prepare(m_job->recipe(), m_request.sampling, m_stop, m_progress);
            if (!prepared) throw ExportStopped();
        }
        const CalibrationSettings how = m_job ? m_job->recipe().calibration : CalibrationSettings();
        onnx::ComparedRuns runs{calibrationRuns(how, m_request.sampling, m_against.info()), m_request.runs,
                                prepared ? &*prepared : nullptr};
        runs.pictures.resize(std::min(runs.pictures.size(), kComparedPictures));
        const onnx::Interpreter graph = onnx::openGraph(onnx::unetGraph(m_request.path));
        auto blocks = onnx::compareBlocks(m_against, graph, runs, m_stop, m_progress);
        if (!blocks) throw ExportStopped();
        for (const onnx::Initializer& constant : graph.graph().initializers) ldm::requireWhole(constant.bytes().bytes);
        for (onnx::ComparedBlock& block : *blocks)
            m_report.blocks.push_back({std::move(block.id), block.full, block.simulated, block.recipe, block.deployed});
    }

    const ldm::Model& m_against;
    const VerifyRequest& m_request;
    std::stop_token m_stop;
    const ldm::ProgressSink& m_progress;
    ExportedModel m_export;
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
    return missing.empty() && surplus.empty() && wrong.empty() && std::ranges::all_of(tensors, tensorIsFinite) &&
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
