#include <quant/export.h>

#include <quant/preparation.h>
#include <quant/treatment.h>

#include "ldmlayout.h"

#include <ldm/error.h>
#include <ldm/files.h>
#include <ldm/networks.h>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <map>
#include <set>
#include <system_error>

namespace quant {

namespace {

namespace fs = std::filesystem;

/// Ends the writing from within; the folder or file made so far is removed on the way out.
struct Stopped {};

ldm::Error writeFailed(const fs::path& path, const std::string& why) {
    return {ldm::ErrorKind::WriteFailed, path.string() + " could not be written: " + why + "."};
}

bool isBelow(const fs::path& path, const fs::path& folder) {
    return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first == folder.end();
}

bool isWeightFile(const fs::path& path) {
    static const std::set<std::string> extensions{".safetensors", ".bin", ".ckpt", ".pt",        ".pth", ".msgpack",
                                                  ".onnx",        ".h5",  ".gguf", ".onnx_data", ".pb"};
    const std::string name = path.filename().string();
    return extensions.contains(path.extension().string()) || name.find(".safetensors.index.") != std::string::npos ||
           name.find(".bin.index.") != std::string::npos;
}

/// The weights of a part that is none of ours, such as a safety checker: they belong to the pipeline.
bool isOtherPart(const fs::path& relative) {
    static const std::set<std::string> ours{"", "unet", "vae", "text_encoder", "text_encoder_2"};
    return !ours.contains(relative.parent_path().string());
}

/// What of the source goes along as it is, relative to its folder: all files that are no weights of ours. Hidden files
/// and folders (version control), variants and other containers of our parts' weights stay behind.
std::vector<fs::path> plainFiles(const fs::path& folder) {
    std::vector<fs::path> files;
    for (auto entry = fs::recursive_directory_iterator(folder); entry != fs::recursive_directory_iterator(); ++entry) {
        if (entry->path().filename().string().starts_with('.')) {
            entry.disable_recursion_pending();
            continue;
        }
        const fs::path relative = entry->path().lexically_relative(folder);
        if (entry->is_regular_file() && (!isWeightFile(relative) || isOtherPart(relative))) files.push_back(relative);
    }
    std::sort(files.begin(), files.end());
    return files;
}

bool weightsVaryOverTime(const Plan& plan) {
    return std::any_of(plan.segments.begin(), plan.segments.end(), [&](const PlanSegment& segment) {
        return !std::equal(segment.formats.begin(), segment.formats.end(), plan.segments.front().formats.begin(),
                           [](Format a, Format b) { return a.weights == b.weights; });
    });
}

/// One export of a model under a resolved recipe.
class Exporter {
public:
    Exporter(const ldm::Model& model, Recipe recipe, const ExportRequest& request, std::stop_token stop,
             const ldm::ProgressSink& progress)
        : m_opened(model), m_model(model.info()), m_checkpoint(model.networks().checkpoint),
          m_recipe(std::move(recipe)), m_request(request), m_stop(std::move(stop)), m_progress(progress),
          m_plan(resolve(m_recipe, m_model)) {
        m_recipe.model = modelRef(m_model);
        for (const ldm::PartInfo& part : m_model.parts) m_total += part.tensors;
    }

    ExportReport run() {
        if (m_request.format != ExportFormat::Recipe) {
            checkBakeable();
            treatLayers();
        }
        const auto fill = [this](const fs::path& aside) { write(aside); };
        ldm::createAside(m_request.path, m_request.overwrite, fill, kExportedRecipeFile);
        m_report.path = m_request.path;
        return std::move(m_report);
    }

private:
    void write(const fs::path& aside) {
        if (m_request.format == ExportFormat::Diffusers) writeFolder(aside);
        if (m_request.format == ExportFormat::Checkpoint) writeCheckpoint(aside);
        if (m_request.format == ExportFormat::Recipe) writeRecipe(aside);
    }

    void checkBakeable() {
        if (weightsVaryOverTime(m_plan))
            throw ldm::badInput("recipe '" + m_recipe.name +
                                "' gives weights different formats at different timesteps, "
                                "which one set of weights cannot hold; export it as a recipe.");
        const fs::path target = fs::weakly_canonical(fs::absolute(m_request.path));
        const fs::path source = fs::canonical(m_model.path);
        if (isBelow(target, source) || isBelow(source, target))
            throw writeFailed(m_request.path, "it would touch the model it is made from; choose another place");
        checkSpace(target);
        countLayers();
    }

    void checkSpace(const fs::path& target) const {
        std::uintmax_t needed = 0;
        for (const ldm::PartInfo& part : m_model.parts) needed += 2 * static_cast<std::uintmax_t>(part.parameters);
        std::error_code unknown;
        const fs::space_info space = fs::space(target.parent_path(), unknown);
        if (!unknown && space.available < needed)
            throw writeFailed(m_request.path, "it needs " + std::to_string(needed >> 20) + " MiB and " +
                                                  std::to_string(space.available >> 20) +
                                                  " MiB are free; free some space or choose another disk");
    }

    void countLayers() {
        bool quantizesActivations = false;
        for (const PlanSegment& segment : m_plan.segments)
            for (const Format format : segment.formats)
                quantizesActivations |= format.activations != ActivationFormat::Fp32;
        const std::vector<Format>& formats = m_plan.segments.front().formats;
        for (std::size_t layer = 0; layer < formats.size(); ++layer) {
            const PlannedTreatment* planned = m_plan.treatmentOf(static_cast<int>(layer));
            const WeightFormat stored = storedAs(formats[layer].weights, m_model.layers[layer].weightShape);
            if (bits(stored) <= 8 && !(planned && planned->exact)) ++m_report.quantizedLayers;
        }
        if (quantizesActivations)
            m_report.notes.push_back("activation formats are not carried: the file holds weights alone, so programs "
                                     "that load it compute activations in their own precision");
    }

    void treatLayers() {
        std::vector<ldm::GenerateSettings> runs;
        if (needsInputs(m_plan)) runs = calibrationRuns(m_recipe.calibration, m_request.sampling, m_model);
        auto treatment = treat(m_opened, m_plan, runs, m_recipe.calibration.steps, m_stop, m_progress);
        if (!treatment) throw Stopped();
        m_treatment = std::move(*treatment);
        noteTreatments();
    }

    void noteTreatments() {
        const auto note = [this](bool asked, const char* sentence) {
            if (asked) m_report.notes.push_back(sentence);
        };
        const auto any = [this](const auto& asks) {
            return std::any_of(m_plan.treated.begin(), m_plan.treated.end(), asks);
        };
        note(any([](const PlannedTreatment& planned) { return planned.smoothed; }),
             "smoothing is part of the weights: it shapes their rounding, but inputs are not divided by anything");
        note(any([](const PlannedTreatment& planned) { return planned.rank > 0; }),
             "low-rank parts are added to the weights, which hold both in fp16");
        note(any([](const PlannedTreatment& planned) { return planned.splitAt > 0; }),
             "split ranges of skip concatenations are not carried: they are ranges of activations");
        note(any([](const PlannedTreatment& planned) { return planned.exact; }),
             "the precomputed time embedding is not carried as a table: its weights are written in fp16");
    }

    void checkStop() const {
        if (m_stop.stop_requested()) throw Stopped();
    }

    std::vector<BakedTensor> bakePart(const ldm::PartSource& part) {
        std::vector<BakedTensor> baked = bake(part, m_model, m_plan, m_treatment);
        for (const BakedTensor& tensor : baked) m_rounded += tensor.rounded ? 1 : 0;
        return baked;
    }

    /// Writes tensors one by one, as they are made.
    void writeTensors(const fs::path& file, const std::string& what, const std::vector<BakedTensor>& baked,
                      const std::map<std::string, std::string>& metadata) {
        std::vector<ldm::TensorToWrite> tensors;
        for (const BakedTensor& tensor : baked) {
            const auto make = [&, what] {
                checkStop();
                ldm::report(m_progress, "exporting " + what, std::min(m_done++, m_total), m_total);
                return bytesOf(tensor.values());
            };
            tensors.push_back({tensor.name, tensor.type, tensor.shape, {}, make});
        }
        m_report.tensors += static_cast<std::int64_t>(tensors.size());
        ldm::writeSafetensors(file, std::move(tensors), metadata);
        m_report.bytes += fs::file_size(file);
    }

    void noteRounding() {
        if (m_rounded > 0)
            m_report.notes.push_back(std::to_string(m_rounded) + (m_rounded == 1 ? " tensor" : " tensors") +
                                     " of higher precision rounded to fp16");
    }

    std::map<std::string, std::string> provenance() const {
        return {{"noisefloor.version", NOISEFLOOR_VERSION},
                {"noisefloor.source", m_model.name + " " + m_model.fingerprint},
                {"noisefloor.recipe", toJson(m_recipe)}};
    }

    void writeFolder(const fs::path& aside) {
        fs::create_directory(aside);
        if (fs::is_directory(m_model.path)) copyPlainFiles(aside);
        writeConfigurations(aside);
        for (const ldm::PartSource& part : m_checkpoint.parts) {
            checkStop();
            const fs::path file = aside / weightFile(part.name);
            fs::create_directories(file.parent_path());
            writeTensors(file, part.name, bakePart(part), provenance());
        }
        writeRecipe(aside / kExportedRecipeFile);
        noteRounding();
        checkStop();
        ldm::Model::open(aside.string()); // configurations and weights still agree
    }

    void copyPlainFiles(const fs::path& aside) {
        for (const fs::path& file : plainFiles(m_model.path)) {
            checkStop();
            if (m_checkpoint.borrowed && file == "model_index.json") continue; // does not know the lent parts
            fs::create_directories((aside / file).parent_path());
            fs::copy_file(m_model.path / file, aside / file);
            m_report.bytes += fs::file_size(aside / file);
        }
    }

    /// What was not copied: the configurations of a single file, or of parts that another model lent.
    void writeConfigurations(const fs::path& aside) {
        for (const auto& [file, text] : ldm::configurationFiles(m_checkpoint)) {
            if (fs::exists(aside / file)) continue;
            fs::create_directories((aside / file).parent_path());
            ldm::writeTextFile(aside / file, text);
            m_report.bytes += text.size();
        }
    }

    void writeCheckpoint(const fs::path& aside) {
        std::vector<std::vector<BakedTensor>> parts;
        for (const ldm::PartSource& part : m_checkpoint.parts) parts.push_back(bakePart(part));
        noteRounding();
        checkStop();
        std::map<std::string, std::string> metadata = provenance();
        metadata.emplace(ldm::kCarriedConfigsKey, ldm::carriedConfigs(m_checkpoint));
        writeTensors(aside, "checkpoint", inLdmLayout(m_checkpoint, std::move(parts)), metadata);
        checkStop();
        ldm::Model::open(aside.string()); // and is recognized again
    }

    void writeRecipe(const fs::path& file) {
        saveRecipe(m_recipe, file);
        if (loadRecipe(file) != m_recipe)
            throw writeFailed(file, "what was read back differs from what was written; check the disk");
        m_report.bytes += fs::file_size(file);
    }

    const ldm::Model& m_opened;
    const ldm::ModelInfo& m_model;
    const ldm::Checkpoint& m_checkpoint;
    Recipe m_recipe;
    const ExportRequest& m_request;
    std::stop_token m_stop;
    const ldm::ProgressSink& m_progress;
    Plan m_plan;
    Treatment m_treatment;
    ExportReport m_report;
    std::int64_t m_done = 0;
    std::int64_t m_total = 0;
    std::int64_t m_rounded = 0;
};

} // namespace

const std::vector<ExportFormatInfo>& exportFormats() {
    static const std::vector<ExportFormatInfo> formats{
        {ExportFormat::Diffusers, "diffusers", "Diffusers folder, quantized values baked into fp16 weights", ""},
        {ExportFormat::Checkpoint, "checkpoint", "Single-file checkpoint in the original layout, fp16, values baked in",
         ".safetensors"},
        {ExportFormat::Recipe, "recipe", "The recipe alone", ".recipe.json"},
    };
    return formats;
}

std::optional<ExportReport> exportModel(const ldm::Model& model, const Recipe& recipe, const ExportRequest& request,
                                        std::stop_token stop, const ldm::ProgressSink& progress) {
    const at::NoGradGuard noGrad;
    try {
        return Exporter(model, recipe, request, std::move(stop), progress).run();
    } catch (const Stopped&) {
        return std::nullopt;
    }
}

} // namespace quant
