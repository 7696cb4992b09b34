#include "train.h"

#include <ldm/error.h>

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>

#include <atomic>
#include <cmath>
#include <mutex>

namespace analysis::flo {

namespace {

constexpr int kTestBatches = kEpoch;

/// Draws pairs of correlated normals.
class Normals {
public:
    Normals(const CorrelatedNormals& what, at::Generator& random) : m_what(what), m_random(random) {
        if (what.cubed) m_rotation = std::get<0>(at::linalg_qr(normal(what.dimensions), "reduced"));
    }

    Pairs operator()(std::int64_t count) {
        const at::Tensor x = normal(count);
        const at::Tensor y = m_what.rho * x + std::sqrt(1 - m_what.rho * m_what.rho) * normal(count);
        return {x, m_what.cubed ? at::mm(y, m_rotation).pow_(3) : y};
    }

private:
    at::Tensor normal(std::int64_t rows) { return at::randn({rows, m_what.dimensions}, m_random, at::kFloat); }

    CorrelatedNormals m_what;
    at::Generator& m_random;
    at::Tensor m_rotation; ///< [d, d] orthogonal
};

void check(const CorrelatedNormals& normals) {
    if (normals.dimensions < 1 || !(std::abs(normals.rho) < 1))
        throw ldm::badInput("Correlated normals need at least one dimension and a correlation between -1 and 1.");
}

} // namespace

double informationOf(const CorrelatedNormals& normals) {
    check(normals);
    return -0.5 * normals.dimensions * std::log1p(-normals.rho * normals.rho);
}

std::optional<Estimate> estimate(const CorrelatedNormals& normals, const Training& training,
                                 const std::stop_token& stop, const ldm::ProgressSink& progress) {
    check(normals);
    check(training);
    at::Generator random = at::detail::createCPUGenerator(training.seed);
    Normals draw(normals, random);
    Source source{normals.dimensions, normals.dimensions, [&] { return draw(training.batch); }, {}};
    for (int i = 0; i < kTestBatches; ++i) source.test.push_back(draw(training.batch));
    return train(training, source, random, stop, progress);
}

std::vector<double> Benchmark::evenRhos(int count) {
    constexpr double kHighest = 0.99;
    std::vector<double> rhos;
    for (int i = 0; i < count; ++i) rhos.push_back(kHighest * (double(i) / (count - 1)));
    return rhos;
}

namespace {

BenchmarkCell cellOf(const Benchmark& benchmark, std::size_t index) {
    const double rho = benchmark.rhos[index % benchmark.rhos.size()];
    const CorrelatedNormals normals{benchmark.dimensions, rho, benchmark.cubed};
    return {benchmark.bounds[index / benchmark.rhos.size()], rho, informationOf(normals), std::nullopt};
}

void fill(BenchmarkCell& cell, const Benchmark& benchmark, const std::stop_token& stop) {
    Training training = benchmark.training;
    training.bound = cell.bound;
    try {
        cell.estimate = estimate(CorrelatedNormals{benchmark.dimensions, cell.rho, benchmark.cubed}, training, stop);
    } catch (const ldm::Error& error) {
        if (error.kind() != ldm::ErrorKind::Failed) throw;
    }
}

} // namespace

std::optional<std::vector<BenchmarkCell>> run(const Benchmark& benchmark, const std::stop_token& stop,
                                              const ldm::ProgressSink& progress) {
    std::vector<BenchmarkCell> cells;
    for (std::size_t i = 0; i < benchmark.bounds.size() * benchmark.rhos.size(); ++i)
        cells.push_back(cellOf(benchmark, i));
    const auto total = std::int64_t(cells.size());
    std::mutex reporting;
    std::atomic<std::int64_t> next = 0;
    std::int64_t done = 0;
    at::parallel_for(0, at::get_num_threads(), 1, [&](std::int64_t, std::int64_t) {
        for (std::int64_t i = next++; i < total && !stop.stop_requested(); i = next++) {
            fill(cells[std::size_t(i)], benchmark, stop);
            const std::lock_guard lock(reporting);
            ldm::report(progress, "estimating information", ++done, total);
        }
    });
    if (stop.stop_requested() || done < total) return std::nullopt;
    return cells;
}

} // namespace analysis::flo
