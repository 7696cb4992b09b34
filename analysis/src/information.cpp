#include <analysis/information.h>

#include <ldm/error.h>

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <cmath>

namespace analysis {

namespace {

/// [n, channels, ...] -> [positions, channels], float64.
at::Tensor positionsOf(const at::Tensor& map) {
    const at::Tensor last = map.dim() > 2 ? map.movedim(1, -1) : map;
    return last.reshape({-1, map.size(1)}).to(at::kDouble);
}

/// [channels, dimensions] with orthonormal columns; as it is where there are not more channels.
at::Tensor projectionFor(std::int64_t channels, std::int64_t dimensions) {
    if (channels <= dimensions) return at::eye(channels, at::kDouble);
    at::Generator random = at::detail::createCPUGenerator(std::uint64_t(channels));
    return std::get<0>(at::linalg_qr(at::randn({channels, dimensions}, random, at::kDouble), "reduced"));
}

/// Maps as samples of a few dimensions, the same positions of each.
class Projection {
public:
    Projection(const at::Tensor& full, const InformationSettings& settings)
        : m_shape(full.sizes().vec()), m_matrix(projectionFor(full.size(1), settings.dimensions)) {
        const std::int64_t positions = full.numel() / full.size(1);
        at::Generator random = at::detail::createCPUGenerator(settings.training.seed);
        m_positions = at::randperm(positions, random, at::kLong).narrow(0, 0, std::min(positions, settings.samples));
    }
    at::Tensor operator()(const at::Tensor& map) const {
        if (map.sizes() != at::IntArrayRef(m_shape))
            throw ldm::badInput("Information can only be compared between feature maps of the same shape.");
        return at::mm(positionsOf(map).index_select(0, m_positions), m_matrix);
    }

private:
    std::vector<std::int64_t> m_shape;
    at::Tensor m_matrix;
    at::Tensor m_positions;
};

at::Tensor withNoise(const at::Tensor& samples, double noise, std::uint64_t seed) {
    at::Generator random = at::detail::createCPUGenerator(seed);
    return samples + noise * samples.std(0, false, true) * at::randn(samples.sizes(), random, at::kDouble);
}

/// Adds up repeats of one altered map.
struct Sums {
    double nats = 0;
    double share = 0;
    double squares = 0; ///< of the shares

    void add(double kept, double full) {
        nats += kept;
        share += kept / full;
        squares += (kept / full) * (kept / full);
    }
    KeptInformation over(int repeats, double fullNats) const {
        const double mean = share / repeats;
        const double variance = repeats > 1 ? (squares - repeats * mean * mean) / (repeats - 1) : 0;
        return {nats / repeats, fullNats / repeats, mean, std::sqrt(std::max(0.0, variance))};
    }
};

void check(const at::Tensor& full, const InformationSettings& settings) {
    if (full.dim() < 2 || full.numel() == 0)
        throw ldm::badInput("Information can only be measured of feature maps that hold values.");
    if (settings.dimensions < 1 || !(settings.noise > 0) || settings.samples < 1 || settings.repeats < 1)
        throw ldm::badInput("Information needs dimensions, samples, repeats and noise above 0.");
}

/// A share of what may be chance alone would mean nothing.
void requireInformation(double nats) {
    constexpr double kLeastNats = 0.05;
    if (!(nats > kLeastNats))
        throw ldm::badInput("The full-precision feature map says nothing that could be kept; take more samples.");
}

} // namespace

std::optional<std::vector<KeptInformation>> keptInformation(const at::Tensor& full,
                                                            const std::vector<at::Tensor>& altered,
                                                            const InformationSettings& settings,
                                                            const std::stop_token& stop) {
    check(full, settings);
    const Projection project(full, settings);
    const at::Tensor clean = project(full);
    std::vector<Sums> sums(altered.size());
    double fullNats = 0;
    flo::Training training = settings.training;
    for (int repeat = 0; repeat < settings.repeats; ++repeat, ++training.seed) {
        const at::Tensor noisy = withNoise(clean, settings.noise, training.seed);
        const auto reference = flo::estimate(noisy, clean, training, stop);
        if (!reference) return std::nullopt;
        requireInformation(reference->nats);
        fullNats += reference->nats;
        for (std::size_t i = 0; i < altered.size(); ++i) {
            const auto kept = flo::estimate(noisy, project(altered[i]), training, stop);
            if (!kept) return std::nullopt;
            sums[i].add(kept->nats, reference->nats);
        }
    }
    std::vector<KeptInformation> all;
    for (const Sums& each : sums) all.push_back(each.over(settings.repeats, fullNats));
    return all;
}

} // namespace analysis
