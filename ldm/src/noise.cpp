#include "noise.h"

#include "listing.h"

#include <ldm/error.h>
#include <ldm/safetensors.h>
#include <ldm/weights.h>
#include <ldm/wholefiles.h>

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>

namespace ldm {

namespace {

constexpr const char* kLatents = "latents";

std::string noiseOf(std::size_t run) {
    return "noise." + std::to_string(run);
}

/// A file of noise: `latents` and `noise.K`, a row for each picture it was made for.
class NoiseFile {
public:
    NoiseFile(const std::vector<GenerateSettings>& pictures, std::vector<std::int64_t> shape)
        : m_pictures(pictures), m_file(SafetensorsFile::open(pictures.front().latents)), m_shape(std::move(shape)) {
        m_shape.front() = pictures.front().latentsRows;
    }

    /// Throws BadInput for tensors that are the noise of no run.
    void requireKnownNames(std::size_t runs) const {
        std::vector<std::string> strangers;
        for (const TensorEntry& entry : m_file.entries()) {
            bool known = entry.name == kLatents;
            for (std::size_t run = 0; run < runs && !known; ++run) known = entry.name == noiseOf(run);
            if (!known) strangers.push_back(entry.name);
        }
        if (strangers.empty()) return;
        throw badInput(m_file.path().string() + ": the file has " + listedTensors(strangers) +
                       " too many; leave nothing in it but " + inQuotes(kLatents) + " and the noise of the sampler's " +
                       std::to_string(runs) + (runs == 1 ? " run, " : " runs, ") + inQuotes(noiseOf(0)) +
                       (runs == 1 ? "." : " to " + inQuotes(noiseOf(runs - 1)) + "."));
    }

    /// The pictures' rows of a tensor.
    at::Tensor rows(const std::string& name) const {
        const TensorEntry* entry = m_file.find(name);
        if (!entry)
            throw badInput(m_file.path().string() + ": there is no tensor " + inQuotes(name) +
                           " in the file; give one with float32 noise" +
                           (name == kLatents ? "." : ", since the sampler draws noise in this run."));
        const at::IntArrayRef found(entry->shape);
        if (entry->dtype != DType::F32 || found != at::IntArrayRef(m_shape))
            fail(name, "must be F32 of shape " + c10::str(at::IntArrayRef(m_shape)) +
                           ", a row for each prompt, but is " + std::string(nameOf(entry->dtype)) + " of shape " +
                           c10::str(found) + ".");
        const at::Tensor all = view(m_file, *entry);
        std::vector<at::Tensor> chosen;
        for (const GenerateSettings& picture : m_pictures) chosen.push_back(all.narrow(0, picture.latentsRow, 1));
        at::Tensor result = at::cat(chosen);
        requireWhole(m_file.bytes(*entry));
        if (!at::isfinite(result).all().item<bool>())
            fail(name, "holds values that are not finite; make the file again.");
        return result;
    }

private:
    [[noreturn]] void fail(const std::string& name, const std::string& fault) const {
        throw badInput(m_file.path().string() + ": tensor " + inQuotes(name) + " " + fault);
    }

    const std::vector<GenerateSettings>& m_pictures;
    SafetensorsFile m_file;
    std::vector<std::int64_t> m_shape; ///< of every tensor in the file
};

void load(Conditioning& result, const Sampler& sampler, const NoiseFile& file) {
    file.requireKnownNames(result.stepNoise.size());
    result.noise = file.rows(kLatents);
    for (std::size_t run = 0; run < result.stepNoise.size(); ++run)
        if (sampler.drawsNoise(run)) result.stepNoise[run] = file.rows(noiseOf(run));
}

/// One generator per picture, so that a picture does not depend on its neighbours in the batch. It draws the initial
/// noise and then that of the runs, in order.
void draw(Conditioning& result, const Sampler& sampler, const std::vector<GenerateSettings>& pictures,
          const std::vector<std::int64_t>& shape) {
    result.noise = at::empty(shape, at::kFloat);
    for (std::size_t run = 0; run < result.stepNoise.size(); ++run)
        if (sampler.drawsNoise(run)) result.stepNoise[run] = at::empty(shape, at::kFloat);
    for (std::size_t picture = 0; picture < pictures.size(); ++picture) {
        at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(pictures[picture].seed);
        const auto fill = [&](const at::Tensor& all) {
            if (all.defined()) all[static_cast<std::int64_t>(picture)].normal_(0, 1, generator);
        };
        fill(result.noise);
        std::for_each(result.stepNoise.begin(), result.stepNoise.end(), fill);
    }
}

} // namespace

void setNoise(Conditioning& result, const Sampler& sampler, const std::vector<GenerateSettings>& pictures,
              const std::vector<std::int64_t>& shape) {
    result.stepNoise.resize(sampler.timesteps().size());
    if (result.sampling.latents.empty())
        draw(result, sampler, pictures, shape);
    else
        load(result, sampler, NoiseFile(pictures, shape));
}

bool holdsNeedlessNoise(const std::filesystem::path& latents, const Sampler& sampler) {
    for (std::size_t run = 0; run < sampler.timesteps().size(); ++run)
        if (sampler.drawsNoise(run)) return false;
    const SafetensorsFile file = SafetensorsFile::open(latents);
    return std::any_of(file.entries().begin(), file.entries().end(),
                       [](const TensorEntry& entry) { return entry.name.starts_with("noise."); });
}

} // namespace ldm
