#pragma once

#include <ldm/progress.h>

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

/// Mutual information from samples: a network, the critic, is trained to raise a lower bound of it (Guo et al.,
/// "Tight mutual information estimation with contrastive Fenchel-Legendre optimization", 2021, arXiv 2107.01131).
/// docs/information.md says how well that works. Everything is in nats.
namespace analysis::flo {

/// Fenchel-Legendre optimization; Fenchel-Donsker-Varadhan, which reports InfoNCE; and what they are compared with.
enum class Bound { Flo, Fdv, InfoNce, Nwj, Tuba, Dv };

/// All of them, FLO first.
std::vector<Bound> allBounds();
/// "FLO", "InfoNCE".
std::string nameOf(Bound bound);
/// By name, whatever the case. Nothing if there is none of that name.
std::optional<Bound> boundNamed(std::string_view name);

/// How pairs are scored.
enum class Form {
    Shared,   ///< one network of the pair for the critic g and for u, the other function that FLO learns
    Separate, ///< a network of the pair for each
    Bilinear, ///< g is the cosine of an encoding of x and one of y by a temperature; u is a network of both encodings
};

/// How a critic is trained: with Adam, from seeded Xavier-uniform weights, always on one thread, so the result is the
/// same for any number of threads.
struct Training {
    Bound bound = Bound::Flo;
    Form form = Form::Shared;
    std::vector<std::int64_t> hidden = {512, 512}; ///< widths of the hidden layers, at least one; ReLU
    int batch = 128;                               ///< pairs per iteration
    int candidates = 2;         ///< K: what a sample is told from its partner among, itself included; 2..batch
    int iterations = 3900;      ///< at least 1
    double learningRate = 1e-4; ///< above 0
    std::uint64_t seed = 0;
};

/// What a trained critic says of samples it has not seen. A bound, so less than the information but for chance.
struct Estimate {
    double nats = 0;
    double lowDecile = 0; ///< of the estimates from single batches
    double highDecile = 0;
    std::vector<double> course; ///< mean over each kEpoch iterations of what their batches said before their step
};
inline constexpr int kEpoch = 78;

/// Pairs (x, y) of standard normals with correlation rho in each of several independent dimensions. Cubed: y is turned
/// by a random rotation and its elements are cubed, which changes no information.
struct CorrelatedNormals {
    int dimensions = 10;
    double rho = 0.5; ///< above -1, below 1
    bool cubed = false;
};
/// -d/2 log(1 - rho^2).
double informationOf(const CorrelatedNormals& normals);

/// Trained on fresh samples in every iteration, tested on another 9,984. Nothing when stopped. Throws BadInput for
/// settings out of range, and ldm::Error (Failed) if the training diverges.
std::optional<Estimate> estimate(const CorrelatedNormals& normals, const Training& training,
                                 const std::stop_token& stop = {}, const ldm::ProgressSink& progress = {});

/// Every bound at every correlation.
struct Benchmark {
    int dimensions = 10;
    bool cubed = false;
    std::vector<double> rhos = evenRhos(20);
    std::vector<Bound> bounds = allBounds();
    Training training; ///< its bound is not looked at

    /// From 0 to 0.99, at equal distances; count >= 2.
    static std::vector<double> evenRhos(int count);
};
struct BenchmarkCell {
    Bound bound = Bound::Flo;
    double rho = 0;
    double truth = 0;                 ///< nats
    std::optional<Estimate> estimate; ///< nothing where the training diverged
};
/// In the order of bounds, then rhos; cells are shared out among the threads, and `progress` is called by one at a
/// time. Nothing when stopped. Throws as estimate() does.
std::optional<std::vector<BenchmarkCell>> run(const Benchmark& benchmark, const std::stop_token& stop = {},
                                              const ldm::ProgressSink& progress = {});

} // namespace analysis::flo
