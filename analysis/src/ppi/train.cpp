#include "pictures.h"
#include "trainee.h"

#include "../onthisthread.h"
#include "../wbp/maps.h"

#include <ldm/error.h>

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>

namespace analysis::ppi {

namespace {

void require(bool holds, const std::string& what) {
    if (!holds) throw ldm::badInput("The classifier cannot be trained so: " + what + ".");
}

void check(const Objects& objects, const Training& training) {
    const auto pixels = std::size_t(objects.side) * std::size_t(objects.side);
    require(objects.side >= 8 && objects.names.size() >= 2 && objects.rgba.size() == objects.names.size() * pixels * 4,
            "it needs pictures of at least two objects of one size");
    const auto& channels = training.channels;
    require(!channels.empty() && std::ranges::all_of(channels, [](int c) { return c >= 1 && c <= 4096; }) &&
                objects.side >> channels.size() >= 1,
            "every stage needs at least one channel and something left of the picture");
    require(training.iterations >= 1 && training.warmUp >= 0 && training.batch >= 2,
            "it needs at least one iteration of at least two pictures");
    require(std::isfinite(training.learningRate) && training.learningRate > 0, "the learning rate must be above 0");
    require(training.correlation >= 0 && training.correlation <= 1, "the correlation must be from 0 to 1");
    require(training.blur >= 1 && training.blur % 2 == 1, "the blur must be an odd number of pixels");
    for (const double number : {training.sharpness, training.threshold, training.unrelatedWeight,
                                training.blankedWeight, training.sparsityWeight})
        require(std::isfinite(number) && number >= 0, "weights, sharpness and threshold must be 0 or more");
}

class Trainer {
public:
    Trainer(const Objects& objects, const Training& training)
        : m_training(training), m_random(at::detail::createCPUGenerator(training.seed)),
          m_painter(objects, training.seed + 1),
          m_trainee(training.channels, std::int64_t(objects.names.size()), m_random),
          m_adam(m_trainee.parameters(), training.learningRate) {
        for (flo::Parameter* parameter : m_trainee.parameters()) parameter->value.requires_grad_(true);
    }

    void step(int iteration) {
        const Batch batch = m_painter.draw(m_training.batch, m_training.correlation);
        const bool intervenes = m_training.intervenes && iteration > m_training.warmUp;
        const at::Tensor loss = intervenes ? intervened(batch) : crossEntropy(m_trainee.logits(batch.pictures), batch);
        if (!std::isfinite(loss.item<double>()))
            throw ldm::Error(ldm::ErrorKind::Failed, "Training diverged in iteration " + std::to_string(iteration) +
                                                         "; take a lower learning rate.");
        loss.backward();
        const at::NoGradGuard noGrad;
        for (flo::Parameter* parameter : m_trainee.parameters()) {
            parameter->gradient.copy_(parameter->value.grad());
            parameter->value.mutable_grad().reset();
        }
        m_adam.step();
    }
    const Trainee& trainee() const { return m_trainee; }

private:
    static at::Tensor crossEntropy(const at::Tensor& logits, const Batch& batch) {
        return at::cross_entropy_loss(logits, batch.labels);
    }

    /// [n, height, width] in [0, 1]
    at::Tensor salienceOf(const Batch& batch) const {
        const at::Tensor values = at::relu(m_trainee.contributions(batch.pictures, batch.labels));
        return wbp::normalized(wbp::blurred(values, m_training.blur));
    }

    /// The picture without what should not count.
    at::Tensor withoutUnrelated(const at::Tensor& pictures, const at::Tensor& mask) {
        if (m_training.unrelated == Unrelated::OthersMask) return pictures * (1 - mask.roll({1}, {0}));
        const at::Tensor colours = at::rand({pictures.size(0), 3, 1, 1}, m_random, at::kFloat) * 2 - 1;
        return pictures * mask + colours * (1 - mask);
    }

    at::Tensor intervened(const Batch& batch) {
        at::Tensor salience;
        {
            const at::AutoGradMode flows(m_training.throughMask);
            salience = salienceOf(batch);
        }
        const at::Tensor mask = at::sigmoid(m_training.sharpness * (salience - m_training.threshold)).unsqueeze(1);
        const at::Tensor& x = batch.pictures;
        const auto logits = m_trainee.logits(at::cat({x, withoutUnrelated(x, mask), x * (1 - mask)})).chunk(3);
        constexpr double kSurest = 1 - 1e-6; // beyond, the logarithm has no end
        const at::Tensor without = logits[2].softmax(1).gather(1, batch.labels.unsqueeze(1)).clamp_max(kSurest);
        return crossEntropy(logits[0], batch) + m_training.unrelatedWeight * crossEntropy(logits[1], batch) -
               m_training.blankedWeight * at::log1p(-without).mean() + m_training.sparsityWeight * salience.mean();
    }

    const Training& m_training;
    at::Generator m_random;
    Painter m_painter;
    Trainee m_trainee;
    flo::Adam m_adam;
};

} // namespace

std::optional<Trained> train(const Objects& objects, const Training& training, const std::stop_token& stop,
                             const ldm::ProgressSink& progress) {
    check(objects, training);
    const at::AutoGradMode gradients(true);
    const OnThisThread onThisThread;
    Trainer trainer(objects, training);
    for (int i = 1; i <= training.iterations; ++i) {
        if (stop.stop_requested()) return std::nullopt;
        trainer.step(i);
        ldm::report(progress, "training", i, training.iterations);
    }
    return trained(trainer.trainee(), objects);
}

} // namespace analysis::ppi
