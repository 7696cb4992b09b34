#include "job.h"

#include <quant/preparation.h>

#include <ldm/error.h>
#include <ldm/files.h>
#include <ldm/networks.h>

#include <ATen/ATen.h>

#include <algorithm>

namespace quant {

namespace fs = std::filesystem;

ExportJob::ExportJob(const ldm::Model& model, const Recipe& recipe, const ExportRequest& request, std::stop_token stop,
                     const ldm::ProgressSink& progress)
    : m_opened(model), m_model(model.info()), m_checkpoint(model.networks().checkpoint), m_recipe(recipe),
      m_request(request), m_stop(std::move(stop)), m_progress(progress), m_plan(resolve(recipe, m_model)) {
    m_recipe.model = modelRef(m_model);
    for (const ldm::PartInfo& part : m_model.parts) m_total += 2 * part.tensors; // written, and read back
}

void ExportJob::treat() {
    std::vector<ldm::GenerateSettings> runs;
    if (needsInputs(m_plan)) runs = calibrationRuns(m_recipe.calibration, m_request.sampling, m_model);
    auto treatment = quant::treat(m_opened, m_plan, runs, m_recipe.calibration.steps, m_stop, m_progress);
    if (!treatment) throw ExportStopped();
    m_treatment = std::move(*treatment);
}

Calibration ExportJob::calibration() {
    Preparer preparer(m_opened);
    auto found = preparer.ranges(m_recipe.calibration, m_request.sampling, m_treatment, m_stop, m_progress);
    if (!found) throw ExportStopped();
    return std::move(*found);
}

Format ExportJob::formatOf(int layer) const {
    return m_plan.segments.front().formats.at(static_cast<std::size_t>(layer));
}

namespace {

const ldm::StoredTensor& storedWeight(const ldm::Checkpoint& checkpoint, const ldm::LayerInfo& layer) {
    const std::string_view name = std::string_view(layer.name).substr(std::string_view("unet.").size());
    return *checkpoint.find("unet")->tensors.find(std::string(name) + ".weight");
}

} // namespace

at::Tensor ExportJob::sourceWeight(int layer) const {
    const ldm::LayerInfo& info = m_model.layers.at(static_cast<std::size_t>(layer));
    const ldm::StoredTensor& stored = storedWeight(m_checkpoint, info);
    const at::Tensor weight =
        released(stored, toFloats(stored.values().reshape(info.weightShape), FloatFormat::Fp32, info.name));
    const LayerTreatment* treated = m_treatment.find(layer);
    const bool isPlain = !treated || treated->exact || (!treated->smoothing.defined() && !treated->lowRank.defined());
    return isPlain ? weight : roundedWeight(weight, formatOf(layer).weights, treated, info.name).contiguous();
}

at::Tensor ExportJob::simulatedWeight(int layer) const {
    const ldm::LayerInfo& info = m_model.layers.at(static_cast<std::size_t>(layer));
    const at::Tensor weight = storedWeight(m_checkpoint, info).values().reshape(info.weightShape);
    return toFloats(roundedWeight(weight, formatOf(layer).weights, m_treatment.find(layer), info.name),
                    FloatFormat::Fp32, info.name);
}

std::optional<IntegerWeights> ExportJob::codesOf(int layer) const {
    const WeightFormat format = formatOf(layer).weights;
    if (!isInteger(format)) return std::nullopt;
    const LayerTreatment* treated = m_treatment.find(layer);
    if (!treated) return integerWeights(sourceWeight(layer), format);
    if (treated->exact || treated->smoothing.defined() || treated->usesLowRank(format)) return std::nullopt;
    const auto found = treated->rounded.find(format);
    return found == treated->rounded.end() ? integerWeights(sourceWeight(layer), format) : found->second;
}

std::vector<BakedTensor> ExportJob::baked(const ldm::PartSource& part) {
    std::vector<BakedTensor> tensors = bake(part, m_model, m_plan, m_treatment, options().floats, &m_underflows);
    const auto rounded = std::ranges::count_if(tensors, &BakedTensor::rounded);
    m_rounded += rounded;
    return tensors;
}

void ExportJob::noteRounding() {
    if (m_rounded > 0)
        note(std::to_string(m_rounded) + (m_rounded == 1 ? " tensor" : " tensors") +
             " of higher precision rounded to " + (options().floats == FloatFormat::Fp16 ? "fp16" : "bf16"));
    noteUnderflows();
}

void ExportJob::noteUnderflows() {
    for (const auto& [remedy, tensors] : m_underflows)
        note(std::to_string(tensors.size()) + (tensors.size() == 1 ? " tensor" : " tensors") +
             " lost values that are too small for the type they are written as, such as '" + tensors.front() +
             "': " + remedy);
}

void ExportJob::writeTensors(const fs::path& file, const std::string& what, const std::vector<BakedTensor>& tensors,
                             const std::map<std::string, std::string>& metadata) {
    std::vector<ldm::TensorToWrite> written;
    for (const BakedTensor& tensor : tensors)
        written.push_back({tensor.name, tensor.type, tensor.shape, {}, [&, what] {
                               checkStop();
                               advance("exporting " + what);
                               return bytesOf(tensor.values());
                           }});
    m_report.tensors += static_cast<std::int64_t>(written.size());
    ldm::writeSafetensors(file, std::move(written), metadata);
    m_report.bytes += fs::file_size(file);
}

void ExportJob::writeText(const fs::path& file, const std::string& text) {
    fs::create_directories(file.parent_path());
    ldm::writeTextFile(file, text);
    m_report.bytes += text.size();
}

void ExportJob::writeRecipe(const fs::path& file) {
    saveRecipe(m_recipe, file);
    if (loadRecipe(file) != m_recipe)
        throw ldm::Error(
            ldm::ErrorKind::WriteFailed,
            file.string() + " could not be written: what was read back differs from what was written; check the disk.");
    m_report.bytes += fs::file_size(file);
}

std::map<std::string, std::string> ExportJob::provenance() const {
    return {{"noisefloor.version", NOISEFLOOR_VERSION},
            {"noisefloor.source", m_model.name + " " + m_model.fingerprint},
            {"noisefloor.recipe", toJson(m_recipe)}};
}

void ExportJob::checkStop() const {
    if (m_stop.stop_requested()) throw ExportStopped();
}

void ExportJob::advance(const std::string& what) {
    m_heapGaps.release();
    ldm::report(m_progress, what, std::min(m_done++, m_total), m_total);
}

} // namespace quant
