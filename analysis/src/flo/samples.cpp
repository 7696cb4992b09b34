#include <analysis/flosamples.h>

#include "train.h"

#include <ldm/error.h>

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>

namespace analysis::flo {

namespace {

[[noreturn]] void refuse(const std::string& why) {
    throw ldm::badInput("Mutual information cannot be estimated from these samples: " + why + ".");
}

/// Float64, every column with mean 0 and variance 1.
at::Tensor standardized(const at::Tensor& samples, const std::string& name) {
    const at::Tensor values = samples.to(at::kDouble);
    if (!values.isfinite().all().item<bool>()) refuse(name + " holds values that are not finite");
    const at::Tensor centred = values - values.mean({0}, true);
    const at::Tensor deviation = centred.square().mean({0}, true).sqrt();
    // What rounding leaves of a constant in float32 is no signal.
    constexpr double kRounding = 1e-6;
    const at::Tensor constant = deviation <= kRounding * std::get<0>(values.abs().max(0, true));
    if (constant.any().item<bool>())
        refuse("column " + std::to_string(constant.to(at::kInt).argmax().item<std::int64_t>() + 1) + " of " + name +
               " has the same value in all rows");
    return centred / deviation;
}

void requireEnough(const at::Tensor& x, const at::Tensor& y, std::int64_t tested, int candidates) {
    for (const at::Tensor& samples : {x, y})
        if (samples.dim() != 2 || samples.size(1) == 0) refuse("x and y must have rows of at least one number");
    if (x.size(0) != y.size(0))
        refuse("x has " + std::to_string(x.size(0)) + " rows and y has " + std::to_string(y.size(0)));
    const std::int64_t columns = x.size(1) + y.size(1);
    if (x.size(0) <= columns || tested < candidates)
        refuse(std::to_string(x.size(0)) + " rows are too few for " + std::to_string(columns) + " columns and " +
               std::to_string(candidates) + " candidates; take at least " +
               std::to_string(std::max<std::int64_t>(columns + 1, 4 * candidates)));
}

Pairs rowsOf(const Pairs& pairs, const at::Tensor& rows) {
    return {pairs.x.index_select(0, rows), pairs.y.index_select(0, rows)};
}

/// Batches in random order, shuffled anew when all rows have been used.
class Batches {
public:
    Batches(Pairs pairs, std::int64_t batch, at::Generator& random)
        : m_pairs(std::move(pairs)), m_batch(batch), m_random(random) {}

    Pairs operator()() {
        const std::int64_t rows = m_pairs.x.size(0);
        if (!m_order.defined() || m_next + m_batch > rows) {
            m_order = at::randperm(rows, m_random, at::kLong);
            m_next = 0;
        }
        m_next += m_batch;
        return rowsOf(m_pairs, m_order.narrow(0, m_next - m_batch, m_batch));
    }

private:
    Pairs m_pairs;
    std::int64_t m_batch;
    at::Generator& m_random;
    at::Tensor m_order;
    std::int64_t m_next = 0;
};

} // namespace

Training trainingForSamples() {
    Training training;
    training.hidden = {64, 64};
    training.candidates = 8;
    training.iterations = 1560;
    training.learningRate = 2e-3;
    return training;
}

std::optional<Estimate> estimate(const at::Tensor& x, const at::Tensor& y, const Training& training,
                                 const std::stop_token& stop, const ldm::ProgressSink& progress) {
    check(training);
    const std::int64_t rows = x.dim() == 2 ? x.size(0) : 0;
    const std::int64_t tested = rows / 4;
    requireEnough(x, y, tested, training.candidates);
    const Pairs all{standardized(x, "x").to(at::kFloat), standardized(y, "y").to(at::kFloat)};
    at::Generator random = at::detail::createCPUGenerator(training.seed);
    const at::Tensor order = at::randperm(rows, random, at::kLong);
    const std::int64_t batch = std::min<std::int64_t>(training.batch, tested);
    Batches draw(rowsOf(all, order.narrow(0, tested, rows - tested)), batch, random);
    Source source{x.size(1), y.size(1), [&draw] { return draw(); }, {}};
    for (std::int64_t start = 0; start + batch <= tested; start += batch)
        source.test.push_back(rowsOf(all, order.narrow(0, start, batch)));
    return train(training, source, random, stop, progress);
}

} // namespace analysis::flo
