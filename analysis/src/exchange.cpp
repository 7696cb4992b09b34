#include "exchange.h"

#include <ldm/error.h>
#include <ldm/safetensors.h>

#include <ATen/ATen.h>

#include <cstring>

namespace analysis {

namespace {

constexpr const char* kNoises = "noises";
constexpr const char* kRanges = "ranges";

ldm::TensorToWrite named(const char* name, const at::Tensor& values) {
    const auto* data = static_cast<const std::byte*>(values.data_ptr());
    return {name, ldm::DType::F32, values.sizes().vec(), {data, values.nbytes()}};
}

/// Undefined where the file has no such tensor of this shape.
at::Tensor tensorIn(const ldm::SafetensorsFile& file, const char* name, at::IntArrayRef shape) {
    const auto* entry = file.find(name);
    if (!entry || entry->dtype != ldm::DType::F32 || at::IntArrayRef(entry->shape) != shape) return {};
    at::Tensor values = at::empty(shape);
    const auto bytes = file.bytes(*entry);
    std::memcpy(values.data_ptr(), bytes.data(), bytes.size());
    return values;
}

} // namespace

void TrajectoryExchange::write(const Recording& recording, const RangeRecorder& ranges) const {
    const at::Tensor noises = at::stack(recording.noises).contiguous();
    const at::Tensor seen = ranges.exported();
    ldm::writeSafetensors(m_work.shared->fileOf(m_unit), {named(kNoises, noises), named(kRanges, seen)});
    m_work.shared->finished(m_unit);
}

bool TrajectoryExchange::read(Recording& recording, RangeRecorder& ranges) const {
    ldm::Trajectory trajectory(m_work.networks, recording.conditioning);
    auto shape = trajectory.state().hidden.sizes().vec();
    shape[1] = recording.conditioning.noise.size(1); // channels of the noise, not of the input
    shape.insert(shape.begin(), std::int64_t(trajectory.steps()));
    at::Tensor noises;
    at::Tensor seen;
    try {
        const auto file = ldm::SafetensorsFile::open(m_work.shared->fileOf(m_unit));
        noises = tensorIn(file, kNoises, shape);
        seen = tensorIn(file, kRanges, ranges.exported().sizes());
    } catch (const ldm::Error&) { // removed or damaged: then it is computed here
    }
    if (!noises.defined() || !seen.defined()) return false;
    for (std::size_t run = 0; !trajectory.done(); ++run) {
        recording.starts.push_back(trajectory.state());
        recording.noises.push_back(noises[std::int64_t(run)]);
        trajectory.advance(recording.noises.back());
    }
    recording.keyValues = recording.starts.back().keyValues;
    recording.result = trajectory.denoised();
    ranges.add(seen);
    return true;
}

} // namespace analysis
