#include "exporter.h"
#include "folder.h"
#include "formats.h"
#include "job.h"

#include <ldm/error.h>
#include <ldm/files.h>
#include <ldm/wholefiles.h>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <system_error>

namespace quant {

namespace {

namespace fs = std::filesystem;

ldm::Error writeFailed(const fs::path& path, const std::string& why) {
    return {ldm::ErrorKind::WriteFailed, path.string() + " could not be written: " + why + "."};
}

bool isBelow(const fs::path& path, const fs::path& folder) {
    return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first == folder.end();
}

void requireApartFromSource(const fs::path& wanted, const ExportJob& job) {
    const fs::path target = fs::weakly_canonical(fs::absolute(wanted));
    const fs::path model = fs::canonical(job.model().path);
    bool touches = isBelow(target, model) || isBelow(model, target);
    for (const ldm::PartSource& part : job.checkpoint().parts) // some may be lent by another model
        touches |= isBelow(fs::weakly_canonical(part.tensors.source()), target);
    if (touches) throw writeFailed(wanted, "it would touch the model it is made from; choose another place");
}

void requireSpace(const fs::path& wanted, std::uint64_t bytes) {
    std::error_code unknown;
    const fs::space_info space = fs::space(fs::weakly_canonical(fs::absolute(wanted)).parent_path(), unknown);
    if (!unknown && space.available < bytes)
        throw writeFailed(wanted, "it needs " + std::to_string(bytes >> 20) + " MiB and " +
                                      std::to_string(space.available >> 20) +
                                      " MiB are free; free some space or choose another disk");
}

/// Sizes and times of change of the files that a model was opened from: whether they still are what was opened.
class SourceState {
public:
    explicit SourceState(const ExportJob& job) {
        add(job.model().path);
        for (const ldm::PartSource& part : job.checkpoint().parts) add(part.tensors.source());
    }

    void requireUnchanged(const fs::path& target) const {
        for (const auto& [file, state] : m_files)
            if (stateOf(file) != state)
                throw writeFailed(target, file.string() +
                                              " changed while it was read; open the model again and export it anew");
    }

private:
    using State = std::pair<std::uintmax_t, fs::file_time_type>;

    static State stateOf(const fs::path& file) {
        std::error_code gone;
        return {fs::file_size(file, gone), fs::last_write_time(file, gone)};
    }

    void add(const fs::path& place) {
        std::error_code gone;
        if (!fs::is_directory(place, gone)) {
            m_files[place] = stateOf(place);
            return;
        }
        for (const auto& entry : fs::recursive_directory_iterator(place, gone))
            if (entry.is_regular_file(gone)) m_files[entry.path()] = stateOf(entry.path());
    }

    std::map<fs::path, State> m_files;
};

ExportPlan planned(const Exporter& exporter, const ExportFormatInfo& format, const ExportInput& input) {
    ExportPlan plan;
    exporter.check(input, plan.notes);
    plan.bytes = exporter.otherBytes(input);
    if (!format.holdsWeights) return plan;
    const std::vector<Format>& formats = input.plan.segments.front().formats;
    for (std::size_t i = 0; i < formats.size(); ++i) {
        plan.layers.push_back(exporter.carriage(input.model.layers[i], formats[i],
                                                input.plan.treatmentOf(static_cast<int>(i)), input.options));
        plan.bytes += plan.layers.back().bytes;
    }
    return plan;
}

bool isRounded(const Plan& plan, const ldm::ModelInfo& model, std::size_t layer) {
    const PlannedTreatment* planned = plan.treatmentOf(static_cast<int>(layer));
    const WeightFormat format = plan.segments.front().formats[layer].weights;
    return bits(storedAs(format, model.layers[layer].weightShape)) <= 8 && !(planned && planned->exact);
}

/// What the file carries, which reading it back has proven.
void countLayers(ExportJob& job, std::size_t layers) {
    ExportReport& report = job.report();
    for (std::size_t layer = 0; layer < layers; ++layer) {
        const Carriage carriage = job.carriageOf(static_cast<int>(layer)).carriage;
        if (carriage == Carriage::Exact) ++report.exactLayers;
        if (carriage == Carriage::Requantized) ++report.requantizedLayers;
        if (carriage != Carriage::Float) continue;
        ++report.floatLayers;
        if (isRounded(job.plan(), job.model(), layer)) ++report.bakedLayers;
    }
}

/// Of layers that are not floats: those are the recipe's weights as their type rounds them.
void findWorst(ExportJob& job) {
    ExportReport& report = job.report();
    for (const VerifiedTensor& tensor : report.verified.tensors) {
        if (tensor.layer < 0 || job.carriageOf(tensor.layer).carriage == Carriage::Float) continue;
        const double db = tensor.recipe->db();
        if (!std::isfinite(db) || (report.worstDb && db >= *report.worstDb)) continue;
        report.worstDb = db;
        report.worstLayer = job.model().layers[static_cast<std::size_t>(tensor.layer)].name;
    }
}

ExportReport exported(ExportJob& job) {
    const ExportRequest& request = job.request();
    const ExportFormatInfo& format = infoOf(request.format);
    const std::unique_ptr<Exporter> exporter = exporterFor(request.format);
    ExportPlan plan = planned(*exporter, format, {job.model(), job.recipe(), job.plan(), request.options});
    const std::size_t layers = plan.layers.size();
    job.report().notes = std::move(plan.notes);
    job.report().predictedBytes = plan.bytes;
    job.setCarriages(std::move(plan.layers));
    const SourceState source(job);
    if (format.holdsWeights) requireApartFromSource(request.path, job);
    const auto fill = [&](const fs::path& aside) {
        if (format.holdsWeights) {
            requireSpace(request.path, plan.bytes);
            job.treat();
        }
        exporter->write(job, aside);
        exporter->readBack(job, aside);
        ldm::requireWhole(job.opened());
        source.requireUnchanged(request.path);
    };
    ldm::createAside(request.path, request.overwrite, fill, kExportedRecipeFile, isFileOfExports);
    countLayers(job, layers);
    findWorst(job);
    job.report().path = request.path;
    return std::move(job.report());
}

} // namespace

std::string_view nameOf(Carriage carriage) {
    switch (carriage) {
    case Carriage::Exact:
        return "exact";
    case Carriage::Requantized:
        return "requantized";
    case Carriage::Float:
        break;
    }
    return "float";
}

int ExportPlan::count(Carriage carriage) const {
    return static_cast<int>(std::ranges::count(layers, carriage, &LayerCarriage::carriage));
}

ExportPlan planExport(const ldm::ModelInfo& model, const Recipe& recipe, ExportFormat format,
                      const ExportOptions& options) {
    const Plan plan = resolve(recipe, model);
    return planned(*exporterFor(format), infoOf(format), {model, recipe, plan, options});
}

std::optional<ExportReport> exportModel(const ldm::Model& model, const Recipe& recipe, const ExportRequest& request,
                                        std::stop_token stop, const ldm::ProgressSink& progress) {
    const at::NoGradGuard noGrad;
    ldm::requireReplaceable(request.path, request.overwrite, kExportedRecipeFile);
    try {
        ExportJob job(model, recipe, request, std::move(stop), progress);
        return exported(job);
    } catch (const ExportStopped&) {
        return std::nullopt;
    } catch (const ldm::Error&) {
        ldm::requireWhole(model); // where it is not, that is why
        throw;
    } catch (const std::filesystem::filesystem_error& error) {
        throw writeFailed(request.path, error.code().message() + "; free some space or choose another disk");
    }
}

} // namespace quant
