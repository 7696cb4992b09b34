#include "train.h"

#include "../onthisthread.h"

#include <ldm/error.h>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>

namespace analysis::flo {

namespace {

void require(bool holds, const std::string& demand) {
    if (!holds) throw ldm::badInput("Mutual information cannot be estimated so: " + demand + ".");
}

double requireFinite(double nats, const Training& training, int iteration) {
    if (std::isfinite(nats)) return nats;
    throw ldm::Error(ldm::ErrorKind::Failed, "The " + nameOf(training.bound) + " bound diverged within " +
                                                 std::to_string(iteration) +
                                                 " iterations; take a lower learning rate or another bound.");
}

class Trainer {
public:
    Trainer(const Training& training, const Source& source, at::Generator& random)
        : m_training(training), m_critic(makeCritic(training, source.dx, source.dy, random, at::kFloat)),
          m_adam(m_critic->parameters(), training.learningRate) {}

    /// One step; what the batch said before it.
    double step(const Pairs& pairs) {
        const Loss loss = lossOf(m_training.bound, m_critic->score(pairs, m_training.candidates - 1));
        m_critic->backward(loss.gradient);
        m_adam.step();
        return -loss.perSample.mean().item<double>();
    }
    double ask(const Pairs& pairs) {
        const Loss loss = lossOf(m_training.bound, m_critic->score(pairs, m_training.candidates - 1));
        return -loss.perSample.to(at::kDouble).mean().item<double>();
    }

private:
    const Training& m_training;
    std::unique_ptr<Critic> m_critic;
    Adam m_adam;
};

/// The value that a share of `sorted` is below, interpolated linearly.
double quantile(const std::vector<double>& sorted, double share) {
    const double place = share * double(sorted.size() - 1);
    const auto below = std::size_t(place);
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    return std::lerp(sorted[below], sorted[above], place - double(below));
}

Estimate tested(Trainer& trainer, const Training& training, const Source& source) {
    std::vector<double> batches;
    double sum = 0;
    for (const Pairs& pairs : source.test) {
        batches.push_back(requireFinite(trainer.ask(pairs), training, training.iterations));
        sum += batches.back();
    }
    std::ranges::sort(batches);
    return {sum / double(batches.size()), quantile(batches, 0.1), quantile(batches, 0.9), {}};
}

} // namespace

void check(const Training& training) {
    require(!training.hidden.empty() && std::ranges::all_of(training.hidden, [](auto w) { return w >= 1; }),
            "networks need hidden layers of at least one unit");
    require(training.batch >= 2, "a batch needs at least two pairs");
    require(training.candidates >= 2 && training.candidates <= training.batch,
            "candidates must be from 2 to the " + std::to_string(training.batch) + " of a batch");
    require(training.iterations >= 1, "training needs at least one iteration");
    require(std::isfinite(training.learningRate) && training.learningRate > 0, "the learning rate must be above 0");
}

std::optional<Estimate> train(const Training& training, const Source& source, at::Generator& random,
                              const std::stop_token& stop, const ldm::ProgressSink& progress) {
    const c10::InferenceMode inference;
    const OnThisThread onThisThread;
    Trainer trainer(training, source, random);
    std::vector<double> course;
    double sum = 0;
    for (int i = 1; i <= training.iterations; ++i) {
        if (stop.stop_requested()) return std::nullopt;
        sum += trainer.step(source.train());
        if (i % kEpoch != 0) continue;
        course.push_back(requireFinite(sum / kEpoch, training, i));
        sum = 0;
        ldm::report(progress, "estimating information", i, training.iterations);
    }
    Estimate estimate = tested(trainer, training, source);
    estimate.course = std::move(course);
    return estimate;
}

} // namespace analysis::flo
