#include <analysis/information.h>

#include <ldm/error.h>

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numeric>

namespace analysis {

namespace {

/// [n, channels, height, width], or channels last -> [positions, channels].
at::Tensor positionsOf(const at::Tensor& map) {
    const at::Tensor last = map.dim() == 4 ? map.movedim(1, -1) : map;
    return last.reshape({-1, last.size(-1)});
}

/// [channels, dimensions] with orthonormal columns; as it is where there are not more channels.
at::Tensor projectionFor(std::int64_t channels, std::int64_t dimensions) {
    if (channels <= dimensions) return at::eye(channels, at::kDouble);
    at::Generator random = at::detail::createCPUGenerator(std::uint64_t(channels));
    return std::get<0>(at::linalg_qr(at::randn({channels, dimensions}, random, at::kDouble), "reduced"));
}

at::Tensor withNoise(const at::Tensor& samples, double noise, std::uint64_t seed) {
    at::Generator random = at::detail::createCPUGenerator(seed);
    return samples + noise * samples.std(0, false, true) * at::randn(samples.sizes(), random, at::kDouble);
}

void check(const InformationSettings& settings) {
    if (settings.dimensions < 1 || !(settings.noise > 0) || settings.samples < 1 || settings.repeats < 1)
        throw ldm::badInput("Information needs dimensions, samples, repeats and noise above 0.");
}

/// A share of what may be chance alone would mean nothing.
void requireInformation(double nats) {
    constexpr double kLeastNats = 0.05;
    if (!(nats > kLeastNats))
        throw ldm::badInput("The full-precision feature map says nothing that could be kept; take more samples.");
}

/// Nats between each of several x and y, trained with seeds that count up and shared out among the threads. Nothing
/// when stopped.
std::optional<std::vector<double>> estimates(const std::vector<at::Tensor>& xs, const at::Tensor& y,
                                             const flo::Training& training, const std::stop_token& stop) {
    std::vector<double> nats(xs.size());
    std::atomic<bool> isStopped = false;
    at::parallel_for(0, std::int64_t(xs.size()), 1, [&](std::int64_t first, std::int64_t end) {
        for (std::int64_t i = first; i < end; ++i) {
            flo::Training own = training;
            own.seed += std::uint64_t(i);
            if (const auto estimate = flo::estimate(xs[std::size_t(i)], y, own, stop))
                nats[std::size_t(i)] = estimate->nats;
            else
                isStopped = true;
        }
    });
    if (isStopped) return std::nullopt;
    return nats;
}

/// Does not go through the samples so often that they are learned by heart.
flo::Training trainingFor(std::int64_t samples, flo::Training training) {
    constexpr std::int64_t kMostPasses = 60;
    const auto most = std::max<std::int64_t>(1, kMostPasses * samples / training.batch);
    training.iterations = int(std::min<std::int64_t>(training.iterations, most));
    return training;
}

double meanOf(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / double(values.size());
}

/// Standard deviation, 0 of one value.
double spreadOf(const std::vector<double>& values) {
    const double mean = meanOf(values);
    double squares = 0;
    for (const double value : values) squares += (value - mean) * (value - mean);
    return values.size() > 1 ? std::sqrt(squares / double(values.size() - 1)) : 0;
}

} // namespace

flo::Training trainingForMaps() {
    flo::Training training = flo::trainingForSamples();
    training.candidates = 4;
    training.iterations = 5 * flo::kEpoch;
    return training;
}

at::Tensor informationSamples(const at::Tensor& map, std::int64_t most, int dimensions, std::uint64_t seed) {
    if (map.dim() < 2 || map.numel() == 0)
        throw ldm::badInput("Information can only be measured of feature maps that hold values.");
    const at::Tensor positions = positionsOf(map);
    at::Generator random = at::detail::createCPUGenerator(seed);
    const at::Tensor chosen =
        at::randperm(positions.size(0), random, at::kLong).narrow(0, 0, std::min(positions.size(0), most));
    const at::Tensor samples = positions.index_select(0, chosen.to(map.device())).cpu().to(at::kDouble);
    return at::mm(samples, projectionFor(samples.size(1), dimensions));
}

std::optional<InformationReference>
InformationReference::of(const at::Tensor& samples, const InformationSettings& settings, const std::stop_token& stop) {
    check(settings);
    InformationReference reference;
    reference.m_settings = settings;
    reference.m_settings.training = trainingFor(samples.size(0), settings.training);
    for (int repeat = 0; repeat < settings.repeats; ++repeat)
        reference.m_noisy.push_back(withNoise(samples, settings.noise, settings.training.seed + std::uint64_t(repeat)));
    auto nats = estimates(reference.m_noisy, samples, reference.m_settings.training, stop);
    if (!nats) return std::nullopt;
    requireInformation(meanOf(*nats));
    reference.m_nats = std::move(*nats);
    return reference;
}

std::optional<KeptInformation> InformationReference::keptBy(const at::Tensor& samples,
                                                            const std::stop_token& stop) const {
    const auto nats = estimates(m_noisy, samples, m_settings.training, stop);
    if (!nats) return std::nullopt;
    KeptInformation kept{meanOf(*nats), meanOf(m_nats), 0, 0};
    kept.share = kept.nats / kept.fullNats;
    // Chance moves both numbers of a repeat alike, so what is left of one beside the other is what scatters.
    std::vector<double> rests;
    for (std::size_t i = 0; i < nats->size(); ++i) rests.push_back((*nats)[i] - kept.share * m_nats[i]);
    kept.spread = spreadOf(rests) / kept.fullNats;
    return kept;
}

std::optional<std::vector<KeptInformation>> keptInformation(const at::Tensor& full,
                                                            const std::vector<at::Tensor>& altered,
                                                            const InformationSettings& settings,
                                                            const std::stop_token& stop) {
    check(settings);
    const auto samplesOf = [&](const at::Tensor& map) {
        if (map.sizes() != full.sizes())
            throw ldm::badInput("Information can only be compared between feature maps of the same shape.");
        return informationSamples(map, settings.samples, settings.dimensions, settings.training.seed);
    };
    const auto reference = InformationReference::of(samplesOf(full), settings, stop);
    if (!reference) return std::nullopt;
    std::vector<KeptInformation> all;
    for (const at::Tensor& map : altered) {
        const auto kept = reference->keptBy(samplesOf(map), stop);
        if (!kept) return std::nullopt;
        all.push_back(*kept);
    }
    return all;
}

} // namespace analysis
